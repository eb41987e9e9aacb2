import { readFileSync } from 'node:fs';
import { assemble } from 'polkavm-js/text';
import {
  createHostFunctions,
  InMemoryExternalities,
  Module,
  syscallSymbolName,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';

const externalities = new InMemoryExternalities();
externalities.extensions.register(new VirtManagerExt(new VirtManager()));
const host = createHostFunctions(externalities);

const blob = assemble(readFileSync(new URL('fibonacci.pvmasm', import.meta.url), 'utf8'));
const compiled = Module.fromBytes(host, blob);
if (!compiled.ok) throw new Error('not a program');
const instantiated = compiled.value.module.instantiate();
if (!instantiated.ok) throw new Error('no memory for it');
const prepared = instantiated.value.prepare('main');
if (!prepared.ok) throw new Error('no such export');

// The first run's a0 is the argument; each later one's is the result of the syscall before.
let result = prepared.value.run(10_000n, 5n);
while (result.kind === 'syscall') {
  console.log(`${syscallSymbolName(result.symbol)}(${result.a0}), gas left ${result.gasLeft}`);
  result = result.execution.run(result.gasLeft, 0n);
}
console.log(result.kind, result.kind === 'finished' ? `gas left ${result.gasLeft}` : result.error);
result.instance[Symbol.dispose]();
