/**
 * The text of every instruction: the one table that both the assembler and the disassembler work from.
 *
 * In a text, `$n` stands for operand n of the instruction (its position in the instruction table), `#n` for the same but
 * printed in signed decimal, `!n` for an immediate's negative, `@n` for the dynamic address of a label and `'n` for an
 * import's symbol. An instruction name with a `*` means the 64-bit instruction as written and the 32-bit one with the
 * prefix `i32`; on a 32-bit ISA the prefix may be left out.
 */
import { INSTRUCTIONS } from '../isa/index.js';

/** An instruction's name, perhaps with `*` for its width, and its text. */
export type Form = readonly [name: string, text: string];

const loadsAndStores: Form[] = INSTRUCTIONS.flatMap(({ name, memory }): Form[] => {
  const width = memory?.split(' ')[1];
  if (/^load_[iu]\d+$/.test(name)) return [[name, `$0 = ${width} [$1]`]];
  if (/^load_indirect/.test(name)) return [[name, `$0 = ${width} [$1 + $2]`]];
  if (/^store_[iu]\d+$/.test(name)) return [[name, `${width} [$1] = $0`]];
  if (/^store_indirect/.test(name)) return [[name, `${width} [$1 + $2] = $0`]];
  if (/^store_imm_[iu]\d+$/.test(name)) return [[name, `${width} [$0] = $1`]];
  if (/^store_imm_indirect/.test(name)) return [[name, `${width} [$0 + #1] = $2`]];
  return [];
});

/** Forms that compute with an operator. The prefix `i32` is an error where it selects nothing. */
export const OPERATOR_FORMS: readonly Form[] = [
  ['add_*', '$0 = $1 + $2'],
  ['sub_*', '$0 = $1 - $2'],
  ['mul_*', '$0 = $1 * $2'],
  ['div_unsigned_*', '$0 = $1 /u $2'],
  ['div_signed_*', '$0 = $1 /s $2'],
  ['rem_unsigned_*', '$0 = $1 %u $2'],
  ['rem_signed_*', '$0 = $1 %s $2'],
  ['shift_logical_left_*', '$0 = $1 << $2'],
  ['shift_logical_right_*', '$0 = $1 >> $2'],
  ['shift_arithmetic_right_*', '$0 = $1 >>a $2'],
  ['rotate_left_*', '$0 = $1 <<r $2'],
  ['rotate_right_*', '$0 = $1 >>r $2'],
  ['and', '$0 = $1 & $2'],
  ['or', '$0 = $1 | $2'],
  ['xor', '$0 = $1 ^ $2'],
  ['and_inverted', '$0 = $1 & ~$2'],
  ['or_inverted', '$0 = $1 | ~$2'],
  ['set_less_than_unsigned', '$0 = $1 <u $2'],
  ['set_less_than_signed', '$0 = $1 <s $2'],
  ['mul_upper_signed_signed', '$0 = $1 mulh $2'],
  ['mul_upper_unsigned_unsigned', '$0 = $1 mulhu $2'],
  ['mul_upper_signed_unsigned', '$0 = $1 mulhsu $2'],
  ['add_imm_*', '$0 = $1 + $2'],
  ['negate_and_add_imm_*', '$0 = $2 - $1'],
  ['mul_imm_*', '$0 = $1 * $2'],
  ['shift_logical_left_imm_*', '$0 = $1 << $2'],
  ['shift_logical_right_imm_*', '$0 = $1 >> $2'],
  ['shift_arithmetic_right_imm_*', '$0 = $1 >>a $2'],
  ['rotate_right_imm_*', '$0 = $1 >>r $2'],
  ['shift_logical_left_imm_alt_*', '$0 = $2 << $1'],
  ['shift_logical_right_imm_alt_*', '$0 = $2 >> $1'],
  ['shift_arithmetic_right_imm_alt_*', '$0 = $2 >>a $1'],
  ['rotate_right_imm_alt_*', '$0 = $2 >>r $1'],
  ['and_imm', '$0 = $1 & $2'],
  ['or_imm', '$0 = $1 | $2'],
  ['xor_imm', '$0 = $1 ^ $2'],
  ['set_less_than_unsigned_imm', '$0 = $1 <u $2'],
  ['set_less_than_signed_imm', '$0 = $1 <s $2'],
  ['set_greater_than_unsigned_imm', '$0 = $1 >u $2'],
  ['set_greater_than_signed_imm', '$0 = $1 >s $2'],
];

/** The other forms. The prefix `i32` is allowed, and means nothing, where a register is assigned. */
export const OTHER_FORMS: readonly Form[] = [
  ['trap', 'trap'],
  ['fallthrough', 'fallthrough'],
  ['unlikely', 'unlikely'],
  ['memset', '[a0..a0 + a2] = u8 a1'],
  ['sbrk', '$0 = sbrk $1'],
  ['ecalli', 'ecalli $0'],
  ['move_reg', '$0 = $1'],
  ['load_imm', '$0 = $1'],
  ['load_imm64', '$0 = i64 $1'],
  ['xnor', '$0 = ~($1 ^ $2)'],
  ['maximum', '$0 = maxs($1, $2)'],
  ['maximum_unsigned', '$0 = maxu($1, $2)'],
  ['minimum', '$0 = mins($1, $2)'],
  ['minimum_unsigned', '$0 = minu($1, $2)'],
  ['count_leading_zero_bits_*', '$0 = clz $1'],
  ['count_trailing_zero_bits_*', '$0 = ctz $1'],
  ['count_set_bits_*', '$0 = cpop $1'],
  ['sign_extend_8', '$0 = sext8 $1'],
  ['sign_extend_16', '$0 = sext16 $1'],
  ['zero_extend_16', '$0 = zext16 $1'],
  ['reverse_byte', '$0 = reverse $1'],
  ['cmov_if_zero', '$0 = $1 if $2 == 0'],
  ['cmov_if_not_zero', '$0 = $1 if $2 != 0'],
  ['cmov_if_zero_imm', '$0 = $2 if $1 == 0'],
  ['cmov_if_not_zero_imm', '$0 = $2 if $1 != 0'],
  ...loadsAndStores,
  ['jump', 'jump $0'],
  ['jump_indirect', 'jump [$0 + $1]'],
  ['load_imm_and_jump', '$0 = #1, jump $2'],
  ['load_imm_and_jump_indirect', '$0 = #2, jump [$1 + $3]'],
  ['branch_eq', 'jump $2 if $0 == $1'],
  ['branch_not_eq', 'jump $2 if $0 != $1'],
  ['branch_less_unsigned', 'jump $2 if $0 <u $1'],
  ['branch_less_signed', 'jump $2 if $0 <s $1'],
  ['branch_greater_or_equal_unsigned', 'jump $2 if $0 >=u $1'],
  ['branch_greater_or_equal_signed', 'jump $2 if $0 >=s $1'],
  ['branch_eq_imm', 'jump $2 if $0 == #1'],
  ['branch_not_eq_imm', 'jump $2 if $0 != #1'],
  ['branch_less_unsigned_imm', 'jump $2 if $0 <u #1'],
  ['branch_less_signed_imm', 'jump $2 if $0 <s #1'],
  ['branch_less_or_equal_unsigned_imm', 'jump $2 if $0 <=u #1'],
  ['branch_less_or_equal_signed_imm', 'jump $2 if $0 <=s #1'],
  ['branch_greater_unsigned_imm', 'jump $2 if $0 >u #1'],
  ['branch_greater_signed_imm', 'jump $2 if $0 >s #1'],
  ['branch_greater_or_equal_unsigned_imm', 'jump $2 if $0 >=u #1'],
  ['branch_greater_or_equal_signed_imm', 'jump $2 if $0 >=s #1'],
];

/** How a jump is printed whose base is also the register that it loads. Accepted for any registers. */
export const LOAD_IMM_AND_JUMP_INDIRECT_VIA_TMP = 'tmp = $1, $0 = #2, jump [tmp + $3]';

/** Operator forms that are understood but not printed. */
export const OPERATOR_ALIASES: readonly Form[] = [
  ['add_imm_*', '$0 = $2 + $1'],
  ['add_imm_*', '$0 = $1 - !2'],
  ['negate_and_add_imm_*', '$0 = -$1'],
  ['mul_imm_*', '$0 = $2 * $1'],
  ['and_imm', '$0 = $2 & $1'],
  ['or_imm', '$0 = $2 | $1'],
  ['xor_imm', '$0 = $2 ^ $1'],
  ['set_less_than_unsigned', '$0 = $2 >u $1'],
  ['set_less_than_signed', '$0 = $2 >s $1'],
  ['set_greater_than_unsigned_imm', '$0 = $2 <u $1'],
  ['set_greater_than_signed_imm', '$0 = $2 <s $1'],
  ['set_less_than_unsigned_imm', '$0 = $2 >u $1'],
  ['set_less_than_signed_imm', '$0 = $2 >s $1'],
];

/** Other forms that are understood but not printed. */
export const OTHER_ALIASES: readonly Form[] = [
  ['ecalli', "ecalli '0"],
  ['load_imm', '$0 = @1'],
  ['load_imm_and_jump_indirect', LOAD_IMM_AND_JUMP_INDIRECT_VIA_TMP],
  ['branch_less_unsigned', 'jump $2 if $1 >u $0'],
  ['branch_less_signed', 'jump $2 if $1 >s $0'],
  ['branch_greater_or_equal_unsigned', 'jump $2 if $1 <=u $0'],
  ['branch_greater_or_equal_signed', 'jump $2 if $1 <=s $0'],
  ['branch_eq_imm', 'jump $2 if $1 == $0'],
  ['branch_not_eq_imm', 'jump $2 if $1 != $0'],
  ['branch_greater_unsigned_imm', 'jump $2 if $1 <u $0'],
  ['branch_greater_signed_imm', 'jump $2 if $1 <s $0'],
  ['branch_greater_or_equal_unsigned_imm', 'jump $2 if $1 <=u $0'],
  ['branch_greater_or_equal_signed_imm', 'jump $2 if $1 <=s $0'],
  ['branch_less_unsigned_imm', 'jump $2 if $1 >u $0'],
  ['branch_less_signed_imm', 'jump $2 if $1 >s $0'],
  ['branch_less_or_equal_unsigned_imm', 'jump $2 if $1 >=u $0'],
  ['branch_less_or_equal_signed_imm', 'jump $2 if $1 >=s $0'],
];
