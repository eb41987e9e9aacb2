import { describe, expect, it } from 'vitest';
import { instruction, named } from '../../test/support/singleInstruction.js';
import { Op, SP } from '../isa/index.js';
import { Ranges } from './ranges.js';

const [a, b, t0] = [7, 8, 2];
const TABLE = 0x30000;

/** What is guessed to be loaded behind instructions. */
function guess(ranges: Ranges, offset: number, name = 'load_indirect_u64', destination = a): number | undefined {
  return ranges.guessLoaded(named(name, { r0: destination, r1: SP, imm0: offset }));
}

function behind(...instructions: readonly ReturnType<typeof named>[]): Ranges {
  const ranges = new Ranges();
  for (const each of instructions) ranges.apply(each);
  return ranges;
}

const keep = (offset: number, imm1 = TABLE): ReturnType<typeof named> =>
  named('store_imm_indirect_u64', { r0: SP, imm0: offset, imm1 });

describe('constants on the stack', () => {
  it('are what was stored as an immediate, or from a register of which all is known', () => {
    expect(guess(behind(keep(8)), 8)).toBe(TABLE);
    const store = named('store_indirect_u64', { r0: b, r1: SP, imm0: 8 });
    expect(guess(behind(named('load_imm', { r0: b, imm0: 0xfff }), store), 8)).toBe(0xfff);
    expect(guess(behind(named('and_imm', { r0: b, r1: b, imm0: 0xfff }), store), 8)).toBeUndefined();
  });

  it('are addresses and masks, not small numbers, nor what has no sign extension of 31 bits', () => {
    for (const value of [3, 7, 0xff, 0x10000, 0x7fffffff]) expect(guess(behind(keep(8, value)), 8)).toBe(value);
    for (const value of [0, 1, 2, 5, 100, -1, -0x80000000]) expect(guess(behind(keep(8, value)), 8)).toBeUndefined();
  });

  it('are loaded by what loads all of their bytes and nothing else', () => {
    const ranges = behind(keep(8));
    for (const offset of [0, 4, 7, 9, 16]) expect(guess(ranges, offset)).toBeUndefined();
    for (const name of ['load_indirect_u32', 'load_indirect_i32', 'load_indirect_u8']) {
      expect(guess(ranges, 8, name)).toBeUndefined();
    }
    const narrow = behind(named('store_imm_indirect_u32', { r0: SP, imm0: 8, imm1: TABLE }));
    expect(guess(narrow, 8, 'load_indirect_u32')).toBe(TABLE);
    expect(guess(narrow, 8)).toBeUndefined();
  });

  it('are not guessed for a load into the stack pointer, which could not be repeated', () => {
    expect(guess(behind(keep(8)), 8, 'load_indirect_u64', SP)).toBeUndefined();
  });

  it.each([
    ['all of it', 'store_indirect_u64', 8],
    ['its first byte', 'store_indirect_u8', 8],
    ['its last byte', 'store_indirect_u8', 15],
    ['some of what is in front of it, too', 'store_indirect_u64', 1],
  ])('are forgotten when something is stored over %s', (_, name, offset) => {
    expect(guess(behind(keep(8), named(name, { r0: b, r1: SP, imm0: offset })), 8)).toBeUndefined();
  });

  it('stay when something is stored beside them, or by another register', () => {
    const beside = [0, 16].map((imm0) => named('store_indirect_u64', { r0: b, r1: SP, imm0 }));
    expect(guess(behind(keep(8), ...beside), 8)).toBe(TABLE);
    expect(guess(behind(keep(8), named('store_indirect_u64', { r0: b, r1: t0, imm0: 8 })), 8)).toBe(TABLE);
  });

  it('move with the stack pointer, and are forgotten when that is set anew', () => {
    const moved = behind(keep(8), named('add_imm_64', { r0: SP, r1: SP, imm0: -16 }));
    expect(guess(moved, 24)).toBe(TABLE);
    expect(guess(moved, 8)).toBeUndefined();
    moved.apply(named('move_reg', { r0: SP, r1: b }));
    for (const offset of [8, 24]) expect(guess(moved, offset)).toBeUndefined();
  });

  it('are those of all ways where ways meet', () => {
    const ranges = behind(keep(0), keep(8), keep(16));
    expect(ranges.copy().join(behind(keep(0), keep(8), keep(16)), false)).toBe(false);
    expect(ranges.join(behind(keep(0), keep(8, 0x40000)), false)).toBe(true);
    expect([0, 8, 16].map((offset) => guess(ranges, offset))).toEqual([TABLE, undefined, undefined]);
  });

  it('are no more than a function has use for', () => {
    const ranges = new Ranges();
    for (let slot = 0; slot < 1000; slot++) ranges.apply(keep(8 * slot));
    expect(Array.from({ length: 1000 }, (_, slot) => guess(ranges, 8 * slot)).filter(Boolean).length).toBeLessThan(50);
  });

  it('are on the stack of 32-bit programs, too', () => {
    const ranges = behind(instruction(Op.store_imm_indirect_u32, { r0: SP, imm0: 4, imm1: TABLE }));
    expect(guess(ranges, 4, 'load_indirect_i32')).toBe(TABLE);
  });
});
