/**
 * Everything that only computes: from registers and immediates into a register.
 */
import { Op } from '../isa/index.js';
import type { BlockInstruction } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { Wasm } from './wasmOpcodes.js';

/** Emits the code of an instruction. */
type Rule = (emitter: Emitter, instruction: BlockInstruction) => void;

/** 32-bit operations work on the low halves of registers and extend their result; the others on whole registers. */
const registers32 =
  (code: Wasm): Rule =>
  (emitter, { r0, r1, r2 }) => {
    emitter.get32(r1);
    emitter.get32(r2);
    emitter.code.op(code);
    emitter.set32(r0);
  };

const immediate32 =
  (code: Wasm): Rule =>
  (emitter, { r0, r1, imm0 }) => {
    emitter.get32(r1);
    emitter.code.i32Const(imm0);
    emitter.code.op(code);
    emitter.set32(r0);
  };

/** The immediate is the first operand. */
const swapped32 =
  (code: Wasm): Rule =>
  (emitter, { r0, r1, imm0 }) => {
    emitter.code.i32Const(imm0);
    emitter.get32(r1);
    emitter.code.op(code);
    emitter.set32(r0);
  };

const unary32 =
  (code: Wasm): Rule =>
  (emitter, { r0, r1 }) => {
    emitter.get32(r1);
    emitter.code.op(code);
    emitter.set32(r0);
  };

const registers =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1, r2 }) => {
    emitter.get(r1);
    emitter.get(r2);
    emitter.wide(code32, code64);
    emitter.set(r0);
  };

const immediate =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1, imm0 }) => {
    emitter.get(r1);
    emitter.constant(imm0);
    emitter.wide(code32, code64);
    emitter.set(r0);
  };

const swapped =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1, imm0 }) => {
    emitter.constant(imm0);
    emitter.get(r1);
    emitter.wide(code32, code64);
    emitter.set(r0);
  };

const unary =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1 }) => {
    emitter.get(r1);
    emitter.wide(code32, code64);
    emitter.set(r0);
  };

/** On sign extensions the 32-bit form does: its result is extended again, where it is needed at all. */
const bitwise = (code32: Wasm, code64: Wasm): Rule => {
  const narrow = registers32(code32);
  const wide = registers(code32, code64);
  return (emitter, instruction) => {
    (emitter.isNarrow(instruction.r1, instruction.r2) ? narrow : wide)(emitter, instruction);
  };
};

const bitwiseImmediate = (code32: Wasm, code64: Wasm): Rule => {
  const narrow = immediate32(code32);
  const wide = immediate(code32, code64);
  return (emitter, instruction) => {
    (emitter.isNarrow(instruction.r1) ? narrow : wide)(emitter, instruction);
  };
};

/** An operation with the inverse of its second operand; for xor that is the inverse of the result. */
const inverted =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1, r2 }) => {
    const { code } = emitter;
    if (emitter.isNarrow(r1, r2)) {
      emitter.get32(r1);
      emitter.get32(r2);
      code.i32Const(-1);
      code.op(Wasm.i32Xor);
      code.op(code32);
      emitter.set32(r0);
      return;
    }
    emitter.get(r1);
    emitter.get(r2);
    emitter.constant(-1);
    emitter.wide(Wasm.i32Xor, Wasm.i64Xor);
    emitter.wide(code32, code64);
    emitter.set(r0);
  };

const compare =
  (code32: Wasm, code64: Wasm, isImmediate: boolean): Rule =>
  (emitter, { r0, r1, r2, imm0 }) => {
    const { code } = emitter;
    if (emitter.isNarrow(r1, isImmediate ? r1 : r2)) {
      emitter.get32(r1);
      if (isImmediate) code.i32Const(imm0);
      else emitter.get32(r2);
      code.op(code32);
    } else {
      emitter.get(r1);
      if (isImmediate) code.i64Const(imm0);
      else emitter.get(r2);
      code.op(code64);
    }
    emitter.setU32(r0);
  };

/** Minimum and maximum. */
const pick =
  (code32: Wasm, code64: Wasm): Rule =>
  (emitter, { r0, r1, r2 }) => {
    emitter.get(r1);
    emitter.get(r2);
    emitter.get(r1);
    emitter.get(r2);
    emitter.wide(code32, code64);
    emitter.code.op(Wasm.select);
    emitter.set(r0);
  };

const conditionalMove =
  (ifZero: boolean): Rule =>
  (emitter, { r0, r1, r2 }) => {
    // The operand order of select: value if true, value if false, condition.
    emitter.get(ifZero ? r0 : r1);
    emitter.get(ifZero ? r1 : r0);
    pushIsNotZero(emitter, r2);
    emitter.code.op(Wasm.select);
    emitter.set(r0);
  };

const conditionalMoveImmediate =
  (ifZero: boolean): Rule =>
  (emitter, { r0, r1, imm0 }) => {
    if (ifZero) emitter.get(r0);
    emitter.constant(imm0);
    if (!ifZero) emitter.get(r0);
    pushIsNotZero(emitter, r1);
    emitter.code.op(Wasm.select);
    emitter.set(r0);
  };

function pushIsNotZero(emitter: Emitter, register: number): void {
  emitter.get(register);
  emitter.constant(0);
  emitter.wide(Wasm.i32Ne, Wasm.i64Ne);
}

/** Division where WebAssembly would trap: by zero, and of the smallest value by -1, which is left as it is. */
const divide32 = (operation: Wasm, canOverflow: boolean, isRemainder: boolean): Rule => {
  const divide = registers32(operation);
  return (emitter, instruction) => {
    const { r0, r1, r2 } = instruction;
    const { code } = emitter;
    emitter.get32(r2);
    code.op(Wasm.i32Eqz);
    code.if();
    if (isRemainder) emitter.get32(r1);
    else code.i32Const(-1);
    emitter.set32(r0);
    code.else();
    if (canOverflow) {
      emitter.get32(r1);
      code.i32Const(-0x80000000);
      code.op(Wasm.i32Eq);
      emitter.get32(r2);
      code.i32Const(-1);
      code.op(Wasm.i32Eq);
      code.op(Wasm.i32And);
      code.if();
      emitter.get32(r1);
      emitter.set32(r0);
      code.else();
    }
    divide(emitter, instruction);
    if (canOverflow) code.end();
    code.end();
  };
};

const divide64 = (operation: Wasm, canOverflow: boolean, isRemainder: boolean): Rule => {
  const divide = registers(operation, operation);
  return (emitter, instruction) => {
    const { r0, r1, r2 } = instruction;
    const { code } = emitter;
    emitter.get(r2);
    code.op(Wasm.i64Eqz);
    code.if();
    if (isRemainder) emitter.get(r1);
    else code.i64Const(-1);
    emitter.set(r0);
    code.else();
    if (canOverflow) {
      emitter.get(r1);
      code.i64ConstHalves(0, -0x80000000);
      code.op(Wasm.i64Eq);
      emitter.get(r2);
      code.i64Const(-1);
      code.op(Wasm.i64Eq);
      code.op(Wasm.i32And);
      code.if();
      emitter.get(r1);
      emitter.set(r0);
      code.else();
    }
    divide(emitter, instruction);
    if (canOverflow) code.end();
    code.end();
  };
};

const reverseBytes: Rule = (emitter, { r0, r1 }) => {
  const { code } = emitter;
  emitter.get(r1);
  if (!emitter.is64Bit) {
    swapBytesOfI32(emitter);
    emitter.set(r0);
    return;
  }
  const value = emitter.temporaryI64(0);
  code.localSet(value);
  // Bytes, then pairs of bytes, then halves.
  swapWithin(emitter, value, 8, 0x00ff00ff);
  swapWithin(emitter, value, 16, 0x0000ffff);
  code.localGet(value);
  code.i64Const(32);
  code.op(Wasm.i64Rotl);
  emitter.set(r0);
};

/** value = (value >> shift & mask) | (value & mask) << shift, with the mask repeated in both halves. */
function swapWithin({ code }: Emitter, value: number, shift: number, mask: number): void {
  code.localGet(value);
  code.i64Const(shift);
  code.op(Wasm.i64ShrU);
  code.i64ConstHalves(mask, mask);
  code.op(Wasm.i64And);
  code.localGet(value);
  code.i64ConstHalves(mask, mask);
  code.op(Wasm.i64And);
  code.i64Const(shift);
  code.op(Wasm.i64Shl);
  code.op(Wasm.i64Or);
  code.localSet(value);
}

/** Swaps the bytes of the i32 on the stack: two bytes come from each of two rotations. */
function swapBytesOfI32(emitter: Emitter): void {
  const { code } = emitter;
  const value = emitter.temporaryI32();
  code.localTee(value);
  code.i32Const(8);
  code.op(Wasm.i32Rotl);
  code.i32Const(0x00ff00ff);
  code.op(Wasm.i32And);
  code.localGet(value);
  code.i32Const(8);
  code.op(Wasm.i32Rotr);
  code.i32Const(0xff00ff00 | 0);
  code.op(Wasm.i32And);
  code.op(Wasm.i32Or);
  emitter.release([value]);
}

/** The upper half of the product. */
const multiplyUpper =
  (isSigned1: boolean, isSigned2: boolean): Rule =>
  (emitter, { r0, r1, r2 }) => {
    const { code } = emitter;
    if (emitter.is64Bit) {
      multiplyUpper64(emitter, r1, r2);
      const [a, b] = [emitter.temporaryI64(0), emitter.temporaryI64(1)];
      if (isSigned1) subtractIfNegative(emitter, a, b);
      if (isSigned2) subtractIfNegative(emitter, b, a);
    } else {
      emitter.get(r1);
      code.op(isSigned1 ? Wasm.i64ExtendI32S : Wasm.i64ExtendI32U);
      emitter.get(r2);
      code.op(isSigned2 ? Wasm.i64ExtendI32S : Wasm.i64ExtendI32U);
      code.op(Wasm.i64Mul);
      code.i64Const(32);
      code.op(Wasm.i64ShrU);
      code.op(Wasm.i32WrapI64);
    }
    emitter.set(r0);
  };

/** Pushes the upper half of the unsigned product of two registers, made from four products of 32-bit halves. */
function multiplyUpper64(emitter: Emitter, r1: number, r2: number): void {
  const { code } = emitter;
  const a = emitter.temporaryI64(0);
  const b = emitter.temporaryI64(1);
  const middle = emitter.temporaryI64(2);
  const low = emitter.temporaryI64(3);
  emitter.get(r1);
  code.localSet(a);
  emitter.get(r2);
  code.localSet(b);
  // middle = high(a) * low(b) + high(low(a) * low(b))
  pushHighHalf(emitter, a);
  pushLowHalf(emitter, b);
  code.op(Wasm.i64Mul);
  pushLowHalf(emitter, a);
  pushLowHalf(emitter, b);
  code.op(Wasm.i64Mul);
  code.i64Const(32);
  code.op(Wasm.i64ShrU);
  code.op(Wasm.i64Add);
  code.localSet(middle);
  // low = low(a) * high(b) + low(middle)
  pushLowHalf(emitter, a);
  pushHighHalf(emitter, b);
  code.op(Wasm.i64Mul);
  pushLowHalf(emitter, middle);
  code.op(Wasm.i64Add);
  code.localSet(low);
  // high(a) * high(b) + high(middle) + high(low)
  pushHighHalf(emitter, a);
  pushHighHalf(emitter, b);
  code.op(Wasm.i64Mul);
  pushHighHalf(emitter, middle);
  code.op(Wasm.i64Add);
  pushHighHalf(emitter, low);
  code.op(Wasm.i64Add);
}

function pushLowHalf({ code }: Emitter, local: number): void {
  code.localGet(local);
  code.i64ConstHalves(-1, 0);
  code.op(Wasm.i64And);
}

function pushHighHalf({ code }: Emitter, local: number): void {
  code.localGet(local);
  code.i64Const(32);
  code.op(Wasm.i64ShrU);
}

function subtractIfNegative({ code }: Emitter, sign: number, value: number): void {
  code.localGet(sign);
  code.i64Const(63);
  code.op(Wasm.i64ShrS);
  code.localGet(value);
  code.op(Wasm.i64And);
  code.op(Wasm.i64Sub);
}

// biome-ignore format: a table reads best with one row per line
const RULES: ReadonlyMap<Op, Rule> = new Map<Op, Rule>([
  [Op.unlikely, () => {}],
  [Op.load_imm, (emitter, { r0, imm0 }) => { emitter.constant(imm0); emitter.set(r0); }],
  [Op.load_imm64, (emitter, { r0, imm0, imm1 }) => { emitter.code.i64ConstHalves(imm0, imm1); emitter.set(r0); }],
  [Op.move_reg, (emitter, { r0, r1 }) => { emitter.get(r1); emitter.set(r0); }],
  [Op.zero_extend_16, (emitter, { r0, r1 }) => {
    emitter.get(r1);
    emitter.constant(0xffff);
    emitter.wide(Wasm.i32And, Wasm.i64And);
    emitter.set(r0);
  }],
  [Op.cmov_if_zero, conditionalMove(true)],
  [Op.cmov_if_not_zero, conditionalMove(false)],
  [Op.cmov_if_zero_imm, conditionalMoveImmediate(true)],
  [Op.cmov_if_not_zero_imm, conditionalMoveImmediate(false)],
  [Op.add_32, registers32(Wasm.i32Add)],
  [Op.sub_32, registers32(Wasm.i32Sub)],
  [Op.mul_32, registers32(Wasm.i32Mul)],
  [Op.shift_logical_left_32, registers32(Wasm.i32Shl)],
  [Op.shift_logical_right_32, registers32(Wasm.i32ShrU)],
  [Op.shift_arithmetic_right_32, registers32(Wasm.i32ShrS)],
  [Op.rotate_left_32, registers32(Wasm.i32Rotl)],
  [Op.rotate_right_32, registers32(Wasm.i32Rotr)],
  [Op.add_imm_32, immediate32(Wasm.i32Add)],
  [Op.mul_imm_32, immediate32(Wasm.i32Mul)],
  [Op.shift_logical_left_imm_32, immediate32(Wasm.i32Shl)],
  [Op.shift_logical_right_imm_32, immediate32(Wasm.i32ShrU)],
  [Op.shift_arithmetic_right_imm_32, immediate32(Wasm.i32ShrS)],
  [Op.rotate_right_imm_32, immediate32(Wasm.i32Rotr)],
  [Op.negate_and_add_imm_32, swapped32(Wasm.i32Sub)],
  [Op.shift_logical_left_imm_alt_32, swapped32(Wasm.i32Shl)],
  [Op.shift_logical_right_imm_alt_32, swapped32(Wasm.i32ShrU)],
  [Op.shift_arithmetic_right_imm_alt_32, swapped32(Wasm.i32ShrS)],
  [Op.rotate_right_imm_alt_32, swapped32(Wasm.i32Rotr)],
  [Op.add_64, registers(Wasm.i32Add, Wasm.i64Add)],
  [Op.sub_64, registers(Wasm.i32Sub, Wasm.i64Sub)],
  [Op.mul_64, registers(Wasm.i32Mul, Wasm.i64Mul)],
  [Op.and, bitwise(Wasm.i32And, Wasm.i64And)],
  [Op.or, bitwise(Wasm.i32Or, Wasm.i64Or)],
  [Op.xor, bitwise(Wasm.i32Xor, Wasm.i64Xor)],
  [Op.shift_logical_left_64, registers(Wasm.i32Shl, Wasm.i64Shl)],
  [Op.shift_logical_right_64, registers(Wasm.i32ShrU, Wasm.i64ShrU)],
  [Op.shift_arithmetic_right_64, registers(Wasm.i32ShrS, Wasm.i64ShrS)],
  [Op.rotate_left_64, registers(Wasm.i32Rotl, Wasm.i64Rotl)],
  [Op.rotate_right_64, registers(Wasm.i32Rotr, Wasm.i64Rotr)],
  [Op.add_imm_64, immediate(Wasm.i32Add, Wasm.i64Add)],
  [Op.mul_imm_64, immediate(Wasm.i32Mul, Wasm.i64Mul)],
  [Op.and_imm, bitwiseImmediate(Wasm.i32And, Wasm.i64And)],
  [Op.or_imm, bitwiseImmediate(Wasm.i32Or, Wasm.i64Or)],
  [Op.xor_imm, bitwiseImmediate(Wasm.i32Xor, Wasm.i64Xor)],
  [Op.shift_logical_left_imm_64, immediate(Wasm.i32Shl, Wasm.i64Shl)],
  [Op.shift_logical_right_imm_64, immediate(Wasm.i32ShrU, Wasm.i64ShrU)],
  [Op.shift_arithmetic_right_imm_64, immediate(Wasm.i32ShrS, Wasm.i64ShrS)],
  [Op.rotate_right_imm_64, immediate(Wasm.i32Rotr, Wasm.i64Rotr)],
  [Op.negate_and_add_imm_64, swapped(Wasm.i32Sub, Wasm.i64Sub)],
  [Op.shift_logical_left_imm_alt_64, swapped(Wasm.i32Shl, Wasm.i64Shl)],
  [Op.shift_logical_right_imm_alt_64, swapped(Wasm.i32ShrU, Wasm.i64ShrU)],
  [Op.shift_arithmetic_right_imm_alt_64, swapped(Wasm.i32ShrS, Wasm.i64ShrS)],
  [Op.rotate_right_imm_alt_64, swapped(Wasm.i32Rotr, Wasm.i64Rotr)],
  [Op.and_inverted, inverted(Wasm.i32And, Wasm.i64And)],
  [Op.or_inverted, inverted(Wasm.i32Or, Wasm.i64Or)],
  [Op.xnor, inverted(Wasm.i32Xor, Wasm.i64Xor)],
  [Op.set_less_than_unsigned, compare(Wasm.i32LtU, Wasm.i64LtU, false)],
  [Op.set_less_than_signed, compare(Wasm.i32LtS, Wasm.i64LtS, false)],
  [Op.set_less_than_unsigned_imm, compare(Wasm.i32LtU, Wasm.i64LtU, true)],
  [Op.set_less_than_signed_imm, compare(Wasm.i32LtS, Wasm.i64LtS, true)],
  [Op.set_greater_than_unsigned_imm, compare(Wasm.i32GtU, Wasm.i64GtU, true)],
  [Op.set_greater_than_signed_imm, compare(Wasm.i32GtS, Wasm.i64GtS, true)],
  [Op.maximum, pick(Wasm.i32GtS, Wasm.i64GtS)],
  [Op.maximum_unsigned, pick(Wasm.i32GtU, Wasm.i64GtU)],
  [Op.minimum, pick(Wasm.i32LtS, Wasm.i64LtS)],
  [Op.minimum_unsigned, pick(Wasm.i32LtU, Wasm.i64LtU)],
  [Op.count_leading_zero_bits_32, unary32(Wasm.i32Clz)],
  [Op.count_trailing_zero_bits_32, unary32(Wasm.i32Ctz)],
  [Op.count_set_bits_32, unary32(Wasm.i32Popcnt)],
  [Op.count_leading_zero_bits_64, unary(Wasm.i32Clz, Wasm.i64Clz)],
  [Op.count_trailing_zero_bits_64, unary(Wasm.i32Ctz, Wasm.i64Ctz)],
  [Op.count_set_bits_64, unary(Wasm.i32Popcnt, Wasm.i64Popcnt)],
  [Op.sign_extend_8, unary(Wasm.i32Extend8S, Wasm.i64Extend8S)],
  [Op.sign_extend_16, unary(Wasm.i32Extend16S, Wasm.i64Extend16S)],
  [Op.reverse_byte, reverseBytes],
  [Op.div_unsigned_32, divide32(Wasm.i32DivU, false, false)],
  [Op.div_signed_32, divide32(Wasm.i32DivS, true, false)],
  [Op.rem_unsigned_32, divide32(Wasm.i32RemU, false, true)],
  // WebAssembly's own remainder of the smallest value by -1 is 0, as it has to be.
  [Op.rem_signed_32, divide32(Wasm.i32RemS, false, true)],
  [Op.div_unsigned_64, divide64(Wasm.i64DivU, false, false)],
  [Op.div_signed_64, divide64(Wasm.i64DivS, true, false)],
  [Op.rem_unsigned_64, divide64(Wasm.i64RemU, false, true)],
  [Op.rem_signed_64, divide64(Wasm.i64RemS, false, true)],
  [Op.mul_upper_signed_signed, multiplyUpper(true, true)],
  [Op.mul_upper_unsigned_unsigned, multiplyUpper(false, false)],
  [Op.mul_upper_signed_unsigned, multiplyUpper(true, false)],
]);

/** The same by the number of the instruction. */
const RULE_OF: (Rule | undefined)[] = [];
for (const [op, rule] of RULES) RULE_OF[op] = rule;

/**
 * What instructions on whole registers, and the 32-bit ones that extend the sign, become where the result is known to be
 * from 0 to 2^31 - 1: its low 32 bits depend on nothing but those of the operands.
 */
// biome-ignore format: a table reads best in columns
const SMALL_RULES: ReadonlyMap<Op, Rule> = new Map<Op, Rule>([
  ...([
    [[Op.add_32, Op.add_64], Wasm.i32Add],
    [[Op.sub_32, Op.sub_64], Wasm.i32Sub],
    [[Op.mul_32, Op.mul_64], Wasm.i32Mul],
    [[Op.and], Wasm.i32And],
    [[Op.or], Wasm.i32Or],
    [[Op.xor], Wasm.i32Xor],
  ] as const).flatMap(([ops, code]) => ops.map((op) => [op, small(code, false)] as const)),
  ...([
    [[Op.add_imm_32, Op.add_imm_64], Wasm.i32Add],
    [[Op.mul_imm_32, Op.mul_imm_64], Wasm.i32Mul],
    [[Op.and_imm], Wasm.i32And],
    [[Op.or_imm], Wasm.i32Or],
    [[Op.xor_imm], Wasm.i32Xor],
    [[Op.shift_logical_left_imm_32], Wasm.i32Shl],
    [[Op.shift_logical_right_imm_32], Wasm.i32ShrU],
  ] as const).flatMap(([ops, code]) => ops.map((op) => [op, small(code, true)] as const)),
  [Op.shift_logical_left_imm_64, smallShiftLeft],
]);

/** By 32 and more, the result is known only of 0. */
function smallShiftLeft(emitter: Emitter, instruction: BlockInstruction): void {
  if ((instruction.imm0 & 63) < 32) small(Wasm.i32Shl, true)(emitter, instruction);
  else RULE_OF[instruction.op]!(emitter, instruction);
}

function small(code: Wasm, isImmediate: boolean): Rule {
  return (emitter, { r0, r1, r2, imm0 }) => {
    emitter.get32(r1);
    if (isImmediate) emitter.code.i32Const(imm0);
    else emitter.get32(r2);
    emitter.code.op(code);
    emitter.setU32(r0);
  };
}

const SMALL_RULE_OF: (Rule | undefined)[] = [];
for (const [op, rule] of SMALL_RULES) SMALL_RULE_OF[op] = rule;

/**
 * Emits an instruction that neither accesses memory nor ends a block nor leaves the region.
 *
 * @param isSmall whether the result is known to be from 0 to 2^31 - 1
 */
export function emitArithmetic(emitter: Emitter, instruction: BlockInstruction, isSmall: boolean): void {
  const rule = (isSmall ? SMALL_RULE_OF[instruction.op] : undefined) ?? RULE_OF[instruction.op];
  if (rule === undefined) throw new RangeError(`the compiler has no code for instruction ${instruction.op}`);
  rule(emitter, instruction);
}
