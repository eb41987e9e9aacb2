import { Op } from '../isa/index.js';
import type { BlockInstruction } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { Wasm } from './wasmOpcodes.js';

/** Comparison of each branch, for 32-bit and for 64-bit registers. */
const COMPARISONS: ReadonlyMap<Op, readonly [code32: Wasm, code64: Wasm]> = new Map<Op, readonly [Wasm, Wasm]>([
  [Op.branch_eq, [Wasm.i32Eq, Wasm.i64Eq]],
  [Op.branch_eq_imm, [Wasm.i32Eq, Wasm.i64Eq]],
  [Op.branch_not_eq, [Wasm.i32Ne, Wasm.i64Ne]],
  [Op.branch_not_eq_imm, [Wasm.i32Ne, Wasm.i64Ne]],
  [Op.branch_less_unsigned, [Wasm.i32LtU, Wasm.i64LtU]],
  [Op.branch_less_unsigned_imm, [Wasm.i32LtU, Wasm.i64LtU]],
  [Op.branch_less_signed, [Wasm.i32LtS, Wasm.i64LtS]],
  [Op.branch_less_signed_imm, [Wasm.i32LtS, Wasm.i64LtS]],
  [Op.branch_greater_or_equal_unsigned, [Wasm.i32GeU, Wasm.i64GeU]],
  [Op.branch_greater_or_equal_unsigned_imm, [Wasm.i32GeU, Wasm.i64GeU]],
  [Op.branch_greater_or_equal_signed, [Wasm.i32GeS, Wasm.i64GeS]],
  [Op.branch_greater_or_equal_signed_imm, [Wasm.i32GeS, Wasm.i64GeS]],
  [Op.branch_less_or_equal_unsigned_imm, [Wasm.i32LeU, Wasm.i64LeU]],
  [Op.branch_less_or_equal_signed_imm, [Wasm.i32LeS, Wasm.i64LeS]],
  [Op.branch_greater_unsigned_imm, [Wasm.i32GtU, Wasm.i64GtU]],
  [Op.branch_greater_signed_imm, [Wasm.i32GtS, Wasm.i64GtS]],
]);

const FIRST_REGISTER_FORM = Op.branch_eq;

/** Pushes whether a branch is taken, or, if `isInverted`, whether it is not. */
export function emitCondition(emitter: Emitter, { op, r0, r1, imm0 }: BlockInstruction, isInverted: boolean): void {
  const [code32, code64] = COMPARISONS.get(op)!;
  const isRegisterForm = op >= FIRST_REGISTER_FORM;
  if (emitter.isNarrow(r0, isRegisterForm ? r1 : r0)) {
    // Sign extension keeps every order, signed or unsigned.
    emitter.get32(r0);
    if (isRegisterForm) emitter.get32(r1);
    else emitter.code.i32Const(imm0);
    emitter.code.op(code32);
  } else {
    emitter.get(r0);
    if (isRegisterForm) emitter.get(r1);
    else emitter.code.i64Const(imm0);
    emitter.code.op(code64);
  }
  if (isInverted) emitter.code.op(Wasm.i32Eqz);
}
