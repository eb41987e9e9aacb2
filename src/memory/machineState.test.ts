import { describe, expect, it } from 'vitest';
import { ARGUMENT_REGISTERS, RA, REGISTER_NAMES, type RegisterName, SP } from '../isa/index.js';
import { MachineState, requireRegister } from './machineState.js';
import { layOutMemory } from './memoryMap.js';
import { MemoryPool } from './memoryPool.js';
import { RegionMemory } from './regionMemory.js';

const MAP = layOutMemory({
  pageSize: 4096,
  readOnlyDataSize: 0,
  readWriteDataSize: 0,
  stackSize: 4096,
  auxDataSize: 0,
});
const NO_DATA = { readOnlyData: new Uint8Array(0), readWriteData: new Uint8Array(0) };

function stateOf(is64Bit: boolean): MachineState {
  return new MachineState(new RegionMemory(MAP, NO_DATA, new MemoryPool(), 'buffer'), is64Bit);
}

describe('registers', () => {
  it('hold 64 bits, read as unsigned', () => {
    const state = stateOf(true);
    for (const [value, expected] of [
      [0n, 0n],
      [-1n, 2n ** 64n - 1n],
      [2n ** 64n - 1n, 2n ** 64n - 1n],
      [2n ** 63n, 2n ** 63n],
    ] as const) {
      state.setRegister(3, value);
      expect(state.getRegister(3)).toBe(expected);
    }
    state.setRegister32(3, 0xfffffffe);
    expect(state.getRegister(3)).toBe(0xfffffffen);
  });

  it('hold 32 bits on latest32', () => {
    const state = stateOf(false);
    state.setRegister(3, 0x1_8000_0001n);
    expect(state.getRegister(3)).toBe(0x80000001n);
    // Kept sign-extended for the instructions.
    expect(state.words[7]).toBe(-1);
    state.setRegister32(3, 0x7fffffff);
    expect([state.getRegister(3), state.words[7]]).toEqual([0x7fffffffn, 0]);
  });

  it('are copied as eight little-endian bytes each', () => {
    const wide = stateOf(true);
    wide.setRegister(11, 0x0807060504030201n);
    wide.setRegister(12, -1n);
    const target = new Uint8Array(18).fill(0xee);
    wide.copyRegisters(target, 1, 11, 2);
    expect([...target]).toEqual([0xee, 1, 2, 3, 4, 5, 6, 7, 8, ...new Array(8).fill(0xff), 0xee]);
    const narrow = stateOf(false);
    narrow.setRegister(0, 0xfffffffen);
    narrow.copyRegisters(target, 0, 0, 1);
    expect([...target.subarray(0, 8)]).toEqual([0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
  });

  it('are copied with the gas, as a call of the host has them', () => {
    const wide = stateOf(true);
    wide.gas = -3n;
    for (let i = 0; i < REGISTER_NAMES.length; i++) wide.setRegister(i, -BigInt(i));
    const target = new BigInt64Array(9).fill(99n);
    wide.copyCall(target, 0, 2);
    expect([...target]).toEqual([-3n, 99n, -7n, -8n, -9n, -10n, -11n, -12n, 99n]);
    const narrow = stateOf(false);
    narrow.gas = 5n;
    for (let i = 0; i < REGISTER_NAMES.length; i++) narrow.setRegister(i, -BigInt(i));
    narrow.copyCall(target, 8, 0);
    expect([...target]).toEqual([...[7n, 8n, 9n, 10n, 11n, 12n].map((i) => 0x100000000n - i), -11n, -12n, 5n]);
  });

  it('are known by name', () => {
    expect(REGISTER_NAMES.map(requireRegister)).toEqual(REGISTER_NAMES.map((_, i) => i));
    expect(() => requireRegister('r0' as RegisterName)).toThrow(
      'register: got r0, expected one of ra sp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5',
    );
  });
});

describe('gas', () => {
  it.each([0n, 1n, -1n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])('can be %d', (value) => {
    const state = stateOf(true);
    state.gas = value;
    expect(state.gas).toBe(value);
    expect(state.isGasNegative).toBe(value < 0n);
    const bytes = new Uint8Array(9);
    state.copyGas(bytes, 1);
    expect(new DataView(bytes.buffer).getBigInt64(1, true)).toBe(value);
  });

  it('can wait elsewhere', () => {
    const state = stateOf(true);
    state.gas = -5n;
    const halves = Int32Array.of(3, 1);
    state.exchangeGas(halves);
    expect([state.gas, ...halves]).toEqual([0x100000003n, -5, -1]);
    state.exchangeGas(halves);
    expect([state.gas, ...halves]).toEqual([-5n, 3, 1]);
  });
});

describe('preparing a call', () => {
  it('clears all registers but those of the calling convention', () => {
    const state = stateOf(true);
    for (let i = 0; i < 13; i++) state.setRegister(i, 99n);
    state.gas = 77n;
    state.prepareCall(5, [1n, -1n]);
    const expected = new Array<bigint>(13).fill(0n);
    expected[RA] = 0xffff0000n;
    expected[SP] = 0xfffe0000n;
    expected[ARGUMENT_REGISTERS[0]] = 1n;
    expected[ARGUMENT_REGISTERS[1]] = 2n ** 64n - 1n;
    expect(expected.map((_, i) => state.getRegister(i))).toEqual(expected);
    expect(state).toMatchObject({ gas: 77n, pc: -1, nextPc: 5, isPaid: false });
  });

  it('puts nine arguments into a0 to a5 and t0 to t2', () => {
    const state = stateOf(false);
    state.prepareCall(0, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    const at = (name: RegisterName): bigint => state.getRegister(requireRegister(name));
    expect((['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 't0', 't1', 't2'] as const).map(at)).toEqual([
      1n,
      2n,
      3n,
      4n,
      5n,
      6n,
      7n,
      8n,
      9n,
    ]);
    expect(at('sp')).toBe(0xfffe0000n);
  });
});

it('the state follows its memory to another buffer', () => {
  const memory = new RegionMemory(MAP, NO_DATA, new MemoryPool(), 'buffer');
  const state = new MachineState(memory, true);
  state.setRegister(4, 7n);
  state.gas = 9n;
  const { buffer } = memory;
  memory.sbrk(0x100000);
  expect(memory.buffer).not.toBe(buffer);
  expect([state.getRegister(4), state.gas]).toEqual([7n, 9n]);
  state.setRegister(4, 8n);
  expect(state.words[8]).toBe(8);
  memory.reset();
  expect([state.getRegister(4), state.gas]).toEqual([8n, 9n]);
  state.clear();
  expect([state.getRegister(4), state.gas, state.nextPc]).toEqual([0n, 0n, -1]);
});
