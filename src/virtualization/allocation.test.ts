import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { assemble } from '../text/index.js';
import {
  createHostFunctions,
  EXEC_BUFFER_SIZE,
  InMemoryExternalities,
  silentLogger,
  VirtManager,
  VirtManagerExt,
} from './index.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const ext = new InMemoryExternalities();
ext.extensions.register(new VirtManagerExt(new VirtManager()));
const host = createHostFunctions(ext, { logger: silentLogger });
const PROGRAM = assemble(`
  %isa = revive_v1
  %import = ping
  %rw_data_size = 4096
  pub @main:
  ecalli ping
  jump @main
`);

/** Few enough calls for none of their garbage to be collected meanwhile, many enough to outweigh everything else. */
const CALLS = 20_000;
/** Less than the smallest object there is, so that one object for each call is noticed. */
const MAX_BYTES_PER_CALL = 12;

/** Compiling what is called allocates as well, so that the least of a few rounds counts. */
const ROUNDS = 4;

function bytesPerCall(call: () => unknown): number {
  // Compiled code allocates less than the interpreter does, so let it be compiled first.
  for (let i = 0; i < 2 * CALLS; i++) call();
  return Math.min(...Array.from({ length: ROUNDS }, () => bytesInRound(call) / CALLS));
}

function bytesInRound(call: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < CALLS; i++) call();
  return process.memoryUsage().heapUsed - before;
}

const compiled = host.compileFromBytes(PROGRAM);
const instance = host.instantiate(compiled.ok ? compiled.value.id : -1);
const id = instance.ok ? instance.value : -1;
host.prepare(id, new TextEncoder().encode('main'));
const execBuffer = new Uint8Array(EXEC_BUFFER_SIZE);
const bytes = new Uint8Array(64);
const GAS = 10n ** 15n;
const ADDRESS = 0x20000;

it.each<[string, () => { readonly ok: boolean }]>([
  ['run to a syscall', () => host.run(id, GAS, 7n, execBuffer)],
  ['readMemory', () => host.readMemory(id, ADDRESS, bytes)],
  ['readMemory to a part of an array', () => host.readMemory(id, ADDRESS, bytes, 8, 32)],
  ['writeMemory', () => host.writeMemory(id, ADDRESS, bytes)],
  ['writeMemory from a part of an array', () => host.writeMemory(id, ADDRESS, bytes, 8, 32)],
])('%s allocates nothing', (_name, call) => {
  expect(call().ok).toBe(true);
  expect(bytesPerCall(call)).toBeLessThan(MAX_BYTES_PER_CALL);
});
