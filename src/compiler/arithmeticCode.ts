/**
 * Everything that only computes: from registers and immediates into a register.
 */
import { Op } from '../isa/index.js';
import type { BlockInstruction } from './addressing.js';
import type { Emitter } from './emitter.js';
import { Wasm } from './wasmOpcodes.js';

/** Emits an instruction that neither accesses memory nor ends a block nor leaves the region. */
export function emitArithmetic(emitter: Emitter, instruction: BlockInstruction): void {
  const { op, r0, r1, r2, imm0, imm1 } = instruction;
  const { code } = emitter;

  switch (op) {
    case Op.unlikely:
      break;
    case Op.load_imm:
      emitter.constant(imm0);
      emitter.set(r0);
      break;
    case Op.load_imm64:
      code.i64ConstHalves(imm0, imm1);
      emitter.set(r0);
      break;
    case Op.move_reg:
      emitter.get(r1);
      emitter.set(r0);
      break;

    case Op.add_32:
      registers32(Wasm.i32Add);
      break;
    case Op.sub_32:
      registers32(Wasm.i32Sub);
      break;
    case Op.mul_32:
      registers32(Wasm.i32Mul);
      break;
    case Op.shift_logical_left_32:
      registers32(Wasm.i32Shl);
      break;
    case Op.shift_logical_right_32:
      registers32(Wasm.i32ShrU);
      break;
    case Op.shift_arithmetic_right_32:
      registers32(Wasm.i32ShrS);
      break;
    case Op.rotate_left_32:
      registers32(Wasm.i32Rotl);
      break;
    case Op.rotate_right_32:
      registers32(Wasm.i32Rotr);
      break;
    case Op.add_imm_32:
      immediate32(Wasm.i32Add);
      break;
    case Op.mul_imm_32:
      immediate32(Wasm.i32Mul);
      break;
    case Op.shift_logical_left_imm_32:
      immediate32(Wasm.i32Shl);
      break;
    case Op.shift_logical_right_imm_32:
      immediate32(Wasm.i32ShrU);
      break;
    case Op.shift_arithmetic_right_imm_32:
      immediate32(Wasm.i32ShrS);
      break;
    case Op.rotate_right_imm_32:
      immediate32(Wasm.i32Rotr);
      break;
    case Op.negate_and_add_imm_32:
      swapped32(Wasm.i32Sub);
      break;
    case Op.shift_logical_left_imm_alt_32:
      swapped32(Wasm.i32Shl);
      break;
    case Op.shift_logical_right_imm_alt_32:
      swapped32(Wasm.i32ShrU);
      break;
    case Op.shift_arithmetic_right_imm_alt_32:
      swapped32(Wasm.i32ShrS);
      break;
    case Op.rotate_right_imm_alt_32:
      swapped32(Wasm.i32Rotr);
      break;

    case Op.add_64:
      registers(Wasm.i32Add, Wasm.i64Add);
      break;
    case Op.sub_64:
      registers(Wasm.i32Sub, Wasm.i64Sub);
      break;
    case Op.mul_64:
      registers(Wasm.i32Mul, Wasm.i64Mul);
      break;
    case Op.and:
      bitwise(Wasm.i32And, Wasm.i64And, false);
      break;
    case Op.or:
      bitwise(Wasm.i32Or, Wasm.i64Or, false);
      break;
    case Op.xor:
      bitwise(Wasm.i32Xor, Wasm.i64Xor, false);
      break;
    case Op.shift_logical_left_64:
      registers(Wasm.i32Shl, Wasm.i64Shl);
      break;
    case Op.shift_logical_right_64:
      registers(Wasm.i32ShrU, Wasm.i64ShrU);
      break;
    case Op.shift_arithmetic_right_64:
      registers(Wasm.i32ShrS, Wasm.i64ShrS);
      break;
    case Op.rotate_left_64:
      registers(Wasm.i32Rotl, Wasm.i64Rotl);
      break;
    case Op.rotate_right_64:
      registers(Wasm.i32Rotr, Wasm.i64Rotr);
      break;
    case Op.add_imm_64:
      immediate(Wasm.i32Add, Wasm.i64Add);
      break;
    case Op.mul_imm_64:
      immediate(Wasm.i32Mul, Wasm.i64Mul);
      break;
    case Op.and_imm:
      bitwise(Wasm.i32And, Wasm.i64And, true);
      break;
    case Op.or_imm:
      bitwise(Wasm.i32Or, Wasm.i64Or, true);
      break;
    case Op.xor_imm:
      bitwise(Wasm.i32Xor, Wasm.i64Xor, true);
      break;
    case Op.shift_logical_left_imm_64:
      immediate(Wasm.i32Shl, Wasm.i64Shl);
      break;
    case Op.shift_logical_right_imm_64:
      immediate(Wasm.i32ShrU, Wasm.i64ShrU);
      break;
    case Op.shift_arithmetic_right_imm_64:
      immediate(Wasm.i32ShrS, Wasm.i64ShrS);
      break;
    case Op.rotate_right_imm_64:
      immediate(Wasm.i32Rotr, Wasm.i64Rotr);
      break;
    case Op.negate_and_add_imm_64:
      swapped(Wasm.i32Sub, Wasm.i64Sub);
      break;
    case Op.shift_logical_left_imm_alt_64:
      swapped(Wasm.i32Shl, Wasm.i64Shl);
      break;
    case Op.shift_logical_right_imm_alt_64:
      swapped(Wasm.i32ShrU, Wasm.i64ShrU);
      break;
    case Op.shift_arithmetic_right_imm_alt_64:
      swapped(Wasm.i32ShrS, Wasm.i64ShrS);
      break;
    case Op.rotate_right_imm_alt_64:
      swapped(Wasm.i32Rotr, Wasm.i64Rotr);
      break;

    case Op.and_inverted:
      inverted(Wasm.i32And, Wasm.i64And);
      break;
    case Op.or_inverted:
      inverted(Wasm.i32Or, Wasm.i64Or);
      break;
    case Op.xnor:
      inverted(Wasm.i32Xor, Wasm.i64Xor);
      break;

    case Op.set_less_than_unsigned:
      compare(Wasm.i32LtU, Wasm.i64LtU, false);
      break;
    case Op.set_less_than_signed:
      compare(Wasm.i32LtS, Wasm.i64LtS, false);
      break;
    case Op.set_less_than_unsigned_imm:
      compare(Wasm.i32LtU, Wasm.i64LtU, true);
      break;
    case Op.set_less_than_signed_imm:
      compare(Wasm.i32LtS, Wasm.i64LtS, true);
      break;
    case Op.set_greater_than_unsigned_imm:
      compare(Wasm.i32GtU, Wasm.i64GtU, true);
      break;
    case Op.set_greater_than_signed_imm:
      compare(Wasm.i32GtS, Wasm.i64GtS, true);
      break;
    case Op.maximum:
      pick(Wasm.i32GtS, Wasm.i64GtS);
      break;
    case Op.maximum_unsigned:
      pick(Wasm.i32GtU, Wasm.i64GtU);
      break;
    case Op.minimum:
      pick(Wasm.i32LtS, Wasm.i64LtS);
      break;
    case Op.minimum_unsigned:
      pick(Wasm.i32LtU, Wasm.i64LtU);
      break;

    case Op.cmov_if_zero:
    case Op.cmov_if_not_zero:
      // The operand order of select: value if true, value if false, condition.
      emitter.get(op === Op.cmov_if_zero ? r0 : r1);
      emitter.get(op === Op.cmov_if_zero ? r1 : r0);
      isNotZero(r2);
      code.op(Wasm.select);
      emitter.set(r0);
      break;
    case Op.cmov_if_zero_imm:
      emitter.get(r0);
      emitter.constant(imm0);
      isNotZero(r1);
      code.op(Wasm.select);
      emitter.set(r0);
      break;
    case Op.cmov_if_not_zero_imm:
      emitter.constant(imm0);
      emitter.get(r0);
      isNotZero(r1);
      code.op(Wasm.select);
      emitter.set(r0);
      break;

    case Op.count_leading_zero_bits_32:
      unary32(Wasm.i32Clz);
      break;
    case Op.count_trailing_zero_bits_32:
      unary32(Wasm.i32Ctz);
      break;
    case Op.count_set_bits_32:
      unary32(Wasm.i32Popcnt);
      break;
    case Op.count_leading_zero_bits_64:
      unary(Wasm.i32Clz, Wasm.i64Clz);
      break;
    case Op.count_trailing_zero_bits_64:
      unary(Wasm.i32Ctz, Wasm.i64Ctz);
      break;
    case Op.count_set_bits_64:
      unary(Wasm.i32Popcnt, Wasm.i64Popcnt);
      break;
    case Op.sign_extend_8:
      unary(Wasm.i32Extend8S, Wasm.i64Extend8S);
      break;
    case Op.sign_extend_16:
      unary(Wasm.i32Extend16S, Wasm.i64Extend16S);
      break;
    case Op.zero_extend_16:
      emitter.get(r1);
      emitter.constant(0xffff);
      emitter.wide(Wasm.i32And, Wasm.i64And);
      emitter.set(r0);
      break;
    case Op.reverse_byte:
      reverseBytes();
      break;

    case Op.div_unsigned_32:
      divide32(Wasm.i32DivU, false, false);
      break;
    case Op.div_signed_32:
      divide32(Wasm.i32DivS, true, false);
      break;
    case Op.rem_unsigned_32:
      divide32(Wasm.i32RemU, false, true);
      break;
    case Op.rem_signed_32:
      // WebAssembly's own remainder of the smallest value by -1 is 0, as it has to be.
      divide32(Wasm.i32RemS, false, true);
      break;
    case Op.div_unsigned_64:
      divide64(Wasm.i64DivU, false, false);
      break;
    case Op.div_signed_64:
      divide64(Wasm.i64DivS, true, false);
      break;
    case Op.rem_unsigned_64:
      divide64(Wasm.i64RemU, false, true);
      break;
    case Op.rem_signed_64:
      divide64(Wasm.i64RemS, false, true);
      break;

    case Op.mul_upper_signed_signed:
      multiplyUpper(true, true);
      break;
    case Op.mul_upper_unsigned_unsigned:
      multiplyUpper(false, false);
      break;
    case Op.mul_upper_signed_unsigned:
      multiplyUpper(true, false);
      break;

    default:
      throw new RangeError(`the compiler has no code for instruction ${op}`);
  }

  function registers32(code32: Wasm): void {
    emitter.get32(r1);
    emitter.get32(r2);
    code.op(code32);
    emitter.set32(r0);
  }

  function immediate32(code32: Wasm): void {
    emitter.get32(r1);
    code.i32Const(imm0);
    code.op(code32);
    emitter.set32(r0);
  }

  function swapped32(code32: Wasm): void {
    code.i32Const(imm0);
    emitter.get32(r1);
    code.op(code32);
    emitter.set32(r0);
  }

  function unary32(code32: Wasm): void {
    emitter.get32(r1);
    code.op(code32);
    emitter.set32(r0);
  }

  function registers(code32: Wasm, code64: Wasm): void {
    emitter.get(r1);
    emitter.get(r2);
    emitter.wide(code32, code64);
    emitter.set(r0);
  }

  function immediate(code32: Wasm, code64: Wasm): void {
    emitter.get(r1);
    emitter.constant(imm0);
    emitter.wide(code32, code64);
    emitter.set(r0);
  }

  /** On sign extensions the 32-bit form does: its result is extended again, where it is needed at all. */
  function bitwise(code32: Wasm, code64: Wasm, isImmediate: boolean): void {
    const is32 = emitter.isExtended(r1, isImmediate ? r1 : r2);
    if (is32 && isImmediate) immediate32(code32);
    else if (is32) registers32(code32);
    else if (isImmediate) immediate(code32, code64);
    else registers(code32, code64);
  }

  function swapped(code32: Wasm, code64: Wasm): void {
    emitter.constant(imm0);
    emitter.get(r1);
    emitter.wide(code32, code64);
    emitter.set(r0);
  }

  function unary(code32: Wasm, code64: Wasm): void {
    emitter.get(r1);
    emitter.wide(code32, code64);
    emitter.set(r0);
  }

  /** An operation with the inverse of its second operand; for xor that is the inverse of the result. */
  function inverted(code32: Wasm, code64: Wasm): void {
    if (emitter.isExtended(r1, r2)) {
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
  }

  function compare(code32: Wasm, code64: Wasm, isImmediate: boolean): void {
    if (emitter.isExtended(r1, isImmediate ? r1 : r2)) {
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
  }

  function pick(code32: Wasm, code64: Wasm): void {
    emitter.get(r1);
    emitter.get(r2);
    emitter.get(r1);
    emitter.get(r2);
    emitter.wide(code32, code64);
    code.op(Wasm.select);
    emitter.set(r0);
  }

  function isNotZero(register: number): void {
    emitter.get(register);
    emitter.constant(0);
    emitter.wide(Wasm.i32Ne, Wasm.i64Ne);
  }

  /** Division where WebAssembly would trap: by zero, and of the smallest value by -1, which is left as it is. */
  function divide32(code32: Wasm, canOverflow: boolean, isRemainder: boolean): void {
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
    registers32(code32);
    if (canOverflow) code.end();
    code.end();
  }

  function divide64(code64: Wasm, canOverflow: boolean, isRemainder: boolean): void {
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
    registers(code64, code64);
    if (canOverflow) code.end();
    code.end();
  }

  function reverseBytes(): void {
    if (!emitter.is64Bit) {
      emitter.get(r1);
      swapBytesOfI32();
      emitter.set(r0);
      return;
    }
    const value = emitter.temporaryI64(0);
    emitter.get(r1);
    code.localSet(value);
    // Bytes, then pairs of bytes, then halves.
    swapWithin(value, 8, 0x00ff00ff);
    swapWithin(value, 16, 0x0000ffff);
    code.localGet(value);
    code.i64Const(32);
    code.op(Wasm.i64Rotl);
    emitter.set(r0);
  }

  /** value = (value >> shift & mask) | (value & mask) << shift, with the mask repeated in both halves. */
  function swapWithin(value: number, shift: number, mask: number): void {
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
  function swapBytesOfI32(): void {
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
  }

  /** The upper half of the product: on 64-bit ISAs from four products of 32-bit halves. */
  function multiplyUpper(isSigned1: boolean, isSigned2: boolean): void {
    if (!emitter.is64Bit) {
      emitter.get(r1);
      code.op(isSigned1 ? Wasm.i64ExtendI32S : Wasm.i64ExtendI32U);
      emitter.get(r2);
      code.op(isSigned2 ? Wasm.i64ExtendI32S : Wasm.i64ExtendI32U);
      code.op(Wasm.i64Mul);
      code.i64Const(32);
      code.op(Wasm.i64ShrU);
      code.op(Wasm.i32WrapI64);
      emitter.set(r0);
      return;
    }
    const a = emitter.temporaryI64(0);
    const b = emitter.temporaryI64(1);
    const middle = emitter.temporaryI64(2);
    const low = emitter.temporaryI64(3);
    emitter.get(r1);
    code.localSet(a);
    emitter.get(r2);
    code.localSet(b);
    // middle = high(a) * low(b) + high(low(a) * low(b))
    highHalf(a);
    lowHalf(b);
    code.op(Wasm.i64Mul);
    lowHalf(a);
    lowHalf(b);
    code.op(Wasm.i64Mul);
    code.i64Const(32);
    code.op(Wasm.i64ShrU);
    code.op(Wasm.i64Add);
    code.localSet(middle);
    // low = low(a) * high(b) + low(middle)
    lowHalf(a);
    highHalf(b);
    code.op(Wasm.i64Mul);
    lowHalf(middle);
    code.op(Wasm.i64Add);
    code.localSet(low);
    // high(a) * high(b) + high(middle) + high(low)
    highHalf(a);
    highHalf(b);
    code.op(Wasm.i64Mul);
    highHalf(middle);
    code.op(Wasm.i64Add);
    highHalf(low);
    code.op(Wasm.i64Add);
    if (isSigned1) subtractIfNegative(a, b);
    if (isSigned2) subtractIfNegative(b, a);
    emitter.set(r0);
  }

  function lowHalf(local: number): void {
    code.localGet(local);
    code.i64ConstHalves(-1, 0);
    code.op(Wasm.i64And);
  }

  function highHalf(local: number): void {
    code.localGet(local);
    code.i64Const(32);
    code.op(Wasm.i64ShrU);
  }

  function subtractIfNegative(sign: number, value: number): void {
    code.localGet(sign);
    code.i64Const(63);
    code.op(Wasm.i64ShrS);
    code.localGet(value);
    code.op(Wasm.i64And);
    code.op(Wasm.i64Sub);
  }
}
