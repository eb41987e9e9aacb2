/** Random loops of one block that count, as compilers make them of copying, filling and summing up. */
import { INSTRUCTIONS, Op } from '../../src/isa/index.js';
import type { CodeBuilder } from './codeBuilder.js';
import { A0, A1, A2, A3, A4, A5, type StraightCode, T0, T1, T2 } from './straightCode.js';

const COUNTERS = [T0, A5, A0, A1] as const;
const LIMITS = [T2, A2, A3] as const;
const BRANCHES = INSTRUCTIONS.filter(({ name }) => /^branch_(not_eq|less|greater)/.test(name));

/** Emits a loop, mostly one that ends when a counter reaches its limit. */
export function emitCountedRounds(code: CodeBuilder, straight: StraightCode): void {
  const { random } = code;
  const counter = random.pick(COUNTERS);
  const limit = random.pick(LIMITS);
  const step = random.pick([1, 1, 1, 4, 8, 8, -1, -1, -8, 3, 0x400, -70_000]);
  const rounds = random.pick([0, 1, 2, 7, 8, 9, 15, 16, 30, 100]);
  const isPointer = code.chance(0.5);
  const start = isPointer ? straight.address() | 0 : random.pick([0, 0, 1, 100, -3, 0x7ffffff0, -0x7ffffff0]);
  const isReached = code.chance(0.9);
  const end = (start + step * rounds + (isReached ? 0 : random.below(5) - 2)) | 0;
  code.emit(Op.load_imm, { r0: counter, imm0: start });
  code.emit(Op.load_imm, { r0: limit, imm0: end });
  if (code.chance(0.5)) straight.point(A4);
  if (code.is64Bit && code.chance(0.1)) code.emit(Op.load_imm64, { r0: counter, imm0: start, imm1: code.bits32() });
  const header = code.newLabels(1);
  code.placeBlock(header);
  const isCountedFirst = code.chance(0.3);
  const count = (): void => code.add(counter, counter, step);
  if (isCountedFirst) count();
  for (let i = random.below(4); i > 0; i--) {
    const pointer = isPointer && code.chance(0.7) ? counter : A4;
    if (code.chance(0.7)) straight.accessBy(pointer, T1);
    else code.emit(Op.xor, { r0: T1, r1: T1, r2: counter });
    if (pointer === A4 && code.chance(0.5)) code.add(A4, A4, random.pick([1, 8, step]));
  }
  if (!isCountedFirst) count();
  const branches = code.available(BRANCHES).filter(({ name }) => {
    if (name.includes('not_eq')) return true;
    return code.chance(0.05) || name.includes('less') === step > 0;
  });
  const { op, name } = random.pick(branches);
  if (name.endsWith('_imm')) code.emitJump(op, header, { r0: counter, imm0: end });
  // Without an immediate there is no "greater": the operands change places.
  else if (step < 0 && name.includes('less')) code.emitJump(op, header, { r0: limit, r1: counter });
  else code.emitJump(op, header, { r0: counter, r1: limit });
}
