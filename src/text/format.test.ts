import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, instructionByName } from '../isa/index.js';
import { type FormatOptions, formatInstruction } from './index.js';

const zeros = { op: 0, offset: 0, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0 };

/** Text of the instruction of this name with a0, a1, a2 as its registers. */
function format(name: string, fields: Partial<typeof zeros> = {}, options: FormatOptions = {}): string {
  const op = instructionByName(name)?.op ?? INSTRUCTIONS.length;
  return formatInstruction({ ...zeros, op, r0: 7, r1: 8, r2: 9, ...fields }, options);
}

const on32Bit: FormatOptions = { is64Bit: false };
const plain: FormatOptions = { aliases: false };

describe('formatInstruction', () => {
  it.each([
    ['trap', {}, 'trap'],
    ['fallthrough', {}, 'fallthrough'],
    ['unlikely', {}, 'unlikely'],
    ['memset', {}, '[a0..a0 + a2] = u8 a1'],
    ['sbrk', {}, 'a0 = sbrk a1'],
    ['ecalli', { imm0: -1 }, 'ecalli 4294967295'],
    ['move_reg', {}, 'a0 = a1'],
    ['load_imm', { imm0: 0 }, 'a0 = 0'],
    ['load_imm', { imm0: 300 }, 'a0 = 0x12c'],
    ['load_imm', { imm0: -2 }, 'a0 = 0xfffffffffffffffe'],
    ['load_imm64', { imm0: 0x9abcdef0 | 0, imm1: 0x12345678 }, 'a0 = 0x123456789abcdef0'],
    ['load_imm64', { imm0: 5, imm1: -1 }, 'a0 = 0xffffffff00000005'],
    ['add_64', {}, 'a0 = a1 + a2'],
    ['add_32', {}, 'i32 a0 = a1 + a2'],
    ['rem_signed_32', {}, 'i32 a0 = a1 %s a2'],
    ['and_inverted', {}, 'a0 = a1 & ~a2'],
    ['or_inverted', {}, 'a0 = a1 | ~a2'],
    ['xnor', {}, 'a0 = ~(a1 ^ a2)'],
    ['maximum_unsigned', {}, 'a0 = maxu(a1, a2)'],
    ['mul_upper_signed_unsigned', {}, 'a0 = a1 mulhsu a2'],
    ['set_less_than_signed', {}, 'a0 = a1 <s a2'],
    ['set_greater_than_unsigned_imm', { imm0: 10 }, 'a0 = a1 >u 0xa'],
    ['shift_arithmetic_right_imm_32', { imm0: 3 }, 'i32 a0 = a1 >>a 0x3'],
    ['shift_logical_left_imm_alt_64', { imm0: 3 }, 'a0 = 0x3 << a1'],
    ['rotate_right_imm_alt_32', { imm0: 3 }, 'i32 a0 = 0x3 >>r a1'],
    ['count_set_bits_32', {}, 'i32 a0 = cpop a1'],
    ['reverse_byte', {}, 'a0 = reverse a1'],
    ['cmov_if_not_zero', {}, 'a0 = a1 if a2 != 0'],
    ['cmov_if_zero_imm', { imm0: -1 }, 'a0 = 0xffffffffffffffff if a1 == 0'],
    ['load_u8', { imm0: 0x20000 }, 'a0 = u8 [0x20000]'],
    ['store_u64', { imm0: -8 }, 'u64 [0xfffffffffffffff8] = a0'],
    ['load_indirect_i16', { imm0: 8 }, 'a0 = i16 [a1 + 0x8]'],
    ['store_indirect_u32', { imm0: -8 }, 'u32 [a1 + 0xfffffffffffffff8] = a0'],
    ['store_imm_u16', { imm0: 0x20000, imm1: 0 }, 'u16 [0x20000] = 0'],
    ['store_imm_indirect_u8', { imm0: 0, imm1: 5 }, 'u8 [a0 + 0] = 0x5'],
    ['store_imm_indirect_u8', { imm0: -4, imm1: 5 }, 'u8 [a0 + -4] = 0x5'],
    ['jump', { target: 40 }, 'jump 40'],
    ['jump_indirect', { imm0: 8 }, 'jump [a0 + 0x8]'],
    ['load_imm_and_jump', { imm0: -300, target: 40 }, 'a0 = -300, jump 40'],
    ['load_imm_and_jump_indirect', { imm0: 10, imm1: 8 }, 'a0 = 10, jump [a1 + 0x8]'],
    ['load_imm_and_jump_indirect', { r1: 7, imm0: 10, imm1: 8 }, 'tmp = a0, a0 = 10, jump [tmp + 0x8]'],
    ['branch_less_unsigned', { target: 40 }, 'jump 40 if a0 <u a1'],
    ['branch_less_or_equal_signed_imm', { imm0: -300, target: 40 }, 'jump 40 if a0 <=s -300'],
    ['no such instruction', {}, 'invalid'],
  ])('%s %o: %s', (name, fields, text) => {
    expect(format(name, fields)).toBe(text);
  });

  it.each([
    ['add_imm_64', { imm0: -1 }, 'a0 = a1 - 1', 'a0 = a1 + 0xffffffffffffffff'],
    ['add_imm_64', { imm0: -4095 }, 'a0 = a1 - 4095', 'a0 = a1 + 0xfffffffffffff001'],
    ['add_imm_64', { imm0: -4096 }, 'a0 = a1 + 0xfffffffffffff000', 'a0 = a1 + 0xfffffffffffff000'],
    ['add_imm_32', { imm0: -1 }, 'i32 a0 = a1 - 1', 'i32 a0 = a1 + 0xffffffffffffffff'],
    ['add_imm_32', { imm0: 0 }, 'i32 a0 = a1 + 0', 'i32 a0 = a1 + 0'],
    ['negate_and_add_imm_64', { imm0: 0 }, 'a0 = -a1', 'a0 = 0 - a1'],
    ['negate_and_add_imm_32', { imm0: 0 }, 'i32 a0 = -a1', 'i32 a0 = 0 - a1'],
    ['negate_and_add_imm_32', { imm0: 1 }, 'i32 a0 = 0x1 - a1', 'i32 a0 = 0x1 - a1'],
    ['load_indirect_u16', {}, 'a0 = u16 [a1]', 'a0 = u16 [a1 + 0]'],
    ['store_indirect_u8', {}, 'u8 [a1] = a0', 'u8 [a1 + 0] = a0'],
    ['jump_indirect', {}, 'jump [a0]', 'jump [a0 + 0]'],
    ['jump_indirect', { r0: 0 }, 'ret', 'jump [ra + 0]'],
    ['load_imm_and_jump_indirect', {}, 'a0 = 0, jump [a1]', 'a0 = 0, jump [a1 + 0]'],
    ['load_imm_and_jump_indirect', { r1: 7 }, 'tmp = a0, a0 = 0, jump [tmp]', 'tmp = a0, a0 = 0, jump [tmp + 0]'],
  ])('%s %o has the short form %s and the plain form %s', (name, fields, short, long) => {
    expect(format(name, fields)).toBe(short);
    expect(format(name, fields, plain)).toBe(long);
  });

  it('has no prefix and 32-bit patterns on a 32-bit ISA', () => {
    expect(format('add_32', {}, on32Bit)).toBe('a0 = a1 + a2');
    expect(format('add_imm_32', { imm0: -1 }, on32Bit)).toBe('a0 = a1 - 1');
    expect(format('negate_and_add_imm_32', {}, on32Bit)).toBe('a0 = -a1');
    expect(format('count_set_bits_32', {}, on32Bit)).toBe('a0 = cpop a1');
    expect(format('load_imm', { imm0: -2 }, on32Bit)).toBe('a0 = 0xfffffffe');
  });

  it('can name registers by their numbers', () => {
    const options: FormatOptions = { registers: 'numbered' };
    expect(format('store_indirect_u8', { r0: 12 }, options)).toBe('u8 [r8] = r12');
    expect(format('add_imm_64', { imm0: -1 }, options)).toBe('r7 = r8 - 1');
    expect(format('load_imm64', { r0: 0, imm1: 1 }, options)).toBe('r0 = 0x100000000');
  });

  it('can name jump targets', () => {
    expect(format('jump', { target: 40 }, { target: (offset) => `@${offset / 2}` })).toBe('jump @20');
  });

  it('departs from the reference where that would be read back as another instruction', () => {
    expect(format('load_imm64', { imm0: 5 })).toBe('a0 = i64 0x5');
    expect(format('load_imm64', { imm0: -1, imm1: -1 })).toBe('a0 = i64 0xffffffffffffffff');
    expect(format('rotate_right_imm_32', { imm0: 1 }, on32Bit)).toBe('a0 = a1 >>r 0x1');
    expect(format('rotate_right_imm_alt_32', { imm0: 1 }, on32Bit)).toBe('a0 = 0x1 >>r a1');
  });

  it('has a text of its own for every instruction, with all of its operands', () => {
    const fields = { imm0: 1001, imm1: 1002, target: 1003 };
    const texts = INSTRUCTIONS.map(({ name }) => format(name, fields));
    expect(new Set(texts).size).toBe(INSTRUCTIONS.length);
    INSTRUCTIONS.forEach(({ operands, name }, i) => {
      const parts = texts[i].match(/\b(?:a0|a1|a2|0x[0-9a-f]+|\d{4,})\b/g) ?? [];
      if (name !== 'memset') expect(new Set(parts).size, texts[i]).toBe(operands.length);
    });
  });
});
