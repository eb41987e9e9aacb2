import { readFileSync } from 'node:fs';
import { Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';

const blob = assemble(readFileSync(new URL('fibonacci.pvmasm', import.meta.url), 'utf8'));
const module = new Engine().compile(blob);
const instance = module.instantiate();

instance.gas = 10_000n;
instance.prepareCall('main', [10n]);

const told: bigint[] = [];
let interrupt = instance.run();
while (interrupt.kind === 'ecalli') {
  console.assert(module.imports[interrupt.index]?.name === 'tell');
  told.push(instance.getRegister('a0'));
  interrupt = instance.run(); // goes on behind the ecalli
}

console.log(interrupt.kind, instance.getRegister('a0'), `gas left ${instance.gas}`);
console.log(told.join(' '));
