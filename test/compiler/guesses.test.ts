import { expect, it } from 'vitest';
import { type Backend, Engine, type Instance } from '../../src/engine/index.js';
import { REGISTER_NAMES } from '../../src/isa/index.js';
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

/**
 * Keeps the address of a table and a mask on the stack, and the mask in s0, too, while it calls a function through a0 with the
 * address of its frame. That may change any of them, or nothing.
 */
const KEEPING = assemble(`
  %isa = latest64
  %ro_data = u32 @back         // makes @back the first entry of the jump table: its address is 2
  %rw_data_size = 4096
  %stack_size = 4096

  pub @repeat:
  sp = sp - 40
  u64 [sp + 32] = ra
  u64 [sp] = 0x30000
  u64 [sp + 8] = 0x38
  u64 [sp + 16] = a0
  u64 [sp + 24] = a1
  s0 = 0xff
  a2 = 0
  @next:
  a3 = sp
  a0 = u64 [sp + 16]
  ra = 2, jump [a0]
  @back:
  a4 = u64 [sp]
  a5 = u64 [sp + 8]
  a5 = a5 & a2
  a4 = a4 + a5
  a5 = u64 [a4]
  a5 = a5 + s0
  u64 [a4] = a5
  a2 = a2 + 9
  a1 = u64 [sp + 24]
  a1 = a1 - 1
  u64 [sp + 24] = a1
  jump @next if a1 != 0
  ra = u64 [sp + 32]
  sp = sp + 40
  a0 = s0
  ret

  pub @addresses:
  a0 = @nothing
  a1 = @table
  a2 = @mask
  a3 = @register
  ret
  @nothing:
  ret
  @table:
  u64 [a3] = 0x30100
  ret
  @mask:
  t0 = u64 [a3 + 8]
  t0 = t0 ^ 0x18
  u64 [a3 + 8] = t0
  ret
  @register:
  s0 = s0 + 1
  ret
`);

/** Runs the program with one of its functions; all that can be seen behind that. */
function keep(instance: Instance, called: 'a0' | 'a1' | 'a2' | 'a3'): unknown {
  instance.gas = 10n ** 9n;
  instance.prepareCall('addresses');
  instance.run();
  const address = instance.getRegister(called);
  instance.resetMemory();
  instance.prepareCall('repeat', [address, BigInt(ROUNDS)]);
  const interrupt = instance.run();
  const memory = Buffer.from(instance.readMemory(0x30000, 4096)).toString('base64');
  return { interrupt, memory, gas: instance.gas, registers: REGISTER_NAMES.map((name) => instance.getRegister(name)) };
}

it.each([
  ['nothing changes', 'a0'],
  ['a table on the stack is replaced by another', 'a1'],
  ['a mask on the stack changes with each call', 'a2'],
  ['a register that functions leave as it was does not stay so', 'a3'],
] as const)('code that relies on constants goes on when %s', (_, called) => {
  const [compiled, interpreted] = (['compiler', 'interpreter'] as const).map((backend) =>
    new Engine({ backend }).compile(KEEPING, { cache: false }).instantiate(),
  );
  expect(keep(compiled!, called)).toEqual(keep(interpreted!, called));
  const { interpret, refused } = coverage.exits;
  const { modules } = coverage;
  expect(keep(compiled!, called)).toEqual(keep(interpreted!, called));
  // What it has learned is enough.
  expect(coverage.exits.interpret - interpret).toBeLessThan(10);
  expect(coverage.exits.refused - refused).toBeLessThan(10);
  expect(coverage.modules - modules).toBe(0);
});
