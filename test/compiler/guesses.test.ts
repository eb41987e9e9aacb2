import { expect, it } from 'vitest';
import { type Backend, Engine, type Instance } from '../../src/engine/index.js';
import { assemble } from '../../src/text/index.js';
import { watchCompiledCode } from '../differential/coverage.js';

/** Adds up what is at an address, time and again, in a way that does not tell which region of memory that is in. */
const PROGRAM = assemble(`
  %isa = latest64
  %ro_data_size = 16
  %ro_data = 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
  %rw_data_size = 16
  %rw_data = 03 00 00 00 00 00 00 00 04
  %stack_size = 4096

  pub @repeat:
  a2 = 0
  a3 = a0 ^ 0
  @next:
  a4 = u64 [a3]
  a5 = u64 [a3 + 8]
  a2 = a2 + a4
  a2 = a2 + a5
  a1 = a1 - 1
  jump @again if a1 != 0
  a0 = a2
  ret
  @again:
  jump @next
`);
const ROUNDS = 20_000;
const OPTIONS = { cache: false, auxDataSize: 4096 } as const;
const { memoryMap } = new Engine().compile(PROGRAM, OPTIONS);
const READ_ONLY = BigInt(memoryMap.readOnlyBase);
const DATA = BigInt(memoryMap.readWriteBase);
const STACK = BigInt(memoryMap.stackLow);
const AUX = BigInt(memoryMap.auxBase);

const coverage = watchCompiledCode();

function start(backend: Backend): Instance {
  return new Engine({ backend }).compile(PROGRAM, OPTIONS).instantiate();
}

function repeat(instance: Instance, address: bigint): { readonly sum: bigint; readonly gas: bigint } {
  instance.gas = 10n ** 9n;
  instance.prepareCall('repeat', [address, BigInt(ROUNDS)]);
  expect(instance.run()).toEqual({ kind: 'finished' });
  return { sum: instance.getRegister('a0'), gas: instance.gas };
}

it.each([
  ['read-only data', READ_ONLY, 3],
  ['data', DATA, 7],
  ['the stack', STACK, 0],
])('code learns that its addresses are of %s', (_, address, sum) => {
  const compiled = start('compiler');
  const expected = repeat(start('interpreter'), address);
  expect(expected.sum).toBe(BigInt(ROUNDS * sum));
  expect(repeat(compiled, address)).toEqual(expected);
  const { interpret } = coverage.exits;
  expect(repeat(compiled, address)).toEqual(expected);
  expect(coverage.exits.interpret - interpret).toBeLessThan(10);
});

it('code goes on when its addresses change from region to region', () => {
  const compiled = start('compiler');
  const interpreted = start('interpreter');
  for (let turn = 0; turn < 3; turn++) {
    for (const address of [DATA, READ_ONLY, STACK]) {
      expect(repeat(compiled, address)).toEqual(repeat(interpreted, address));
    }
  }
  const { interpret } = coverage.exits;
  repeat(compiled, DATA);
  repeat(compiled, READ_ONLY);
  expect(coverage.exits.interpret - interpret).toBeLessThan(10);
});

it('what no region check finds is interpreted without having code compiled for ever', () => {
  const compiled = start('compiler');
  const interpreted = start('interpreter');
  const { modules } = coverage;
  for (let turn = 0; turn < 3; turn++) {
    expect(repeat(compiled, AUX)).toEqual(repeat(interpreted, AUX));
  }
  expect(coverage.modules - modules).toBeLessThan(10);
});
