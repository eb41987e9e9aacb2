import { Op } from '../isa/index.js';
import type { BlockInstruction } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { comparisonCodes, comparisonOf } from './relations.js';
import { Wasm } from './wasmOpcodes.js';

const FIRST_REGISTER_FORM = Op.branch_eq;

/** Pushes whether a branch is taken, or, if `isInverted`, whether it is not. */
export function emitCondition(emitter: Emitter, { op, r0, r1, imm0 }: BlockInstruction, isInverted: boolean): void {
  const [code32, code64] = comparisonCodes(comparisonOf(op)!);
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
