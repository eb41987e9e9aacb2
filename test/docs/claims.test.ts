/** What the guide says in passing about its first program. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Engine, type Instance } from '../../src/index.js';
import { assemble } from '../../src/text/index.js';
import { root } from './documents.js';

const source = readFileSync(`${root}examples/fibonacci.pvmasm`, 'utf8');

function started(text: string, gas: bigint): Instance {
  const instance = new Engine().compile(assemble(text)).instantiate();
  instance.gas = gas;
  instance.prepareCall('main', [10n]);
  return instance;
}

/** Runs to the first interrupt that is no host call. */
function runOn(instance: Instance) {
  let interrupt = instance.run();
  while (interrupt.kind === 'ecalli') interrupt = instance.run();
  return interrupt;
}

it('the start: with 100 gas it runs out, and goes on when it gets more', () => {
  const instance = started(source, 100n);
  expect(runOn(instance)).toEqual({ kind: 'outOfGas' });
  instance.gas += 10_000n;
  expect(runOn(instance)).toEqual({ kind: 'finished' });
  expect([instance.getRegister('a0'), instance.gas]).toEqual([55n, 8856n]);
});

it('the start: with a trap in the place of ret it traps at 24', () => {
  expect(runOn(started(source.replace('\nret', '\ntrap'), 10_000n))).toEqual({ kind: 'trap', pc: 24 });
});

it('the concepts: blocks cost 2, 20, 100 and 22 gas', () => {
  const module = new Engine().compile(assemble(source));
  expect([0, 8, 11, 24].map((pc) => module.gasCostOfBlock(pc))).toEqual([2, 20, 100, 22]);
});

it('the concepts: up to 64 KiB of read-only data put the read-write data at 0x30000, and the stack below 0xfffe0000', () => {
  const text = `%isa = latest64\n%ro_data = 'x'\n%rw_data_size = 8\n%stack_size = 8\npub @main:\nret`;
  const { readOnlyBase, readWriteBase, stackHigh } = new Engine().compile(assemble(text)).memoryMap;
  expect([readOnlyBase, readWriteBase, stackHigh]).toEqual([0x10000, 0x30000, 0xfffe0000]);
});
