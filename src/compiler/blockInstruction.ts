/** Decoded instructions, and what the compiler asks of them. */
import { INSTRUCTIONS, type Op } from '../isa/index.js';
import type { InstructionDecoder } from '../program/index.js';

/** One decoded instruction of a block. */
export interface BlockInstruction {
  readonly op: Op;
  readonly pc: number;
  readonly next: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  readonly imm0: number;
  readonly imm1: number;
}

/** Copies what a decoder has decoded. */
export function blockInstruction(decoder: InstructionDecoder): BlockInstruction {
  const { op, offset, next, r0, r1, r2, imm0, imm1 } = decoder;
  return { op, pc: offset, next, r0, r1, r2, imm0, imm1 };
}

const WIDTH = INSTRUCTIONS.map(({ memory }) => (memory === undefined ? 0 : Number(memory.match(/\d+$/)![0]) / 8));
const HAS_BASE_FIRST = INSTRUCTIONS.map(({ format }) => format === 'reg_imm_imm');
/** For each instruction whether it writes its first operand, a register. */
export const WRITES_R0: readonly boolean[] = INSTRUCTIONS.map(({ operands }) => operands[0] === 'dst');

/** Bytes that an instruction accesses; 0 for those that access no memory. */
export function accessWidth(op: Op): number {
  return WIDTH[op] ?? 0;
}

/** The register that an indirect access has its address from. */
export function baseRegister({ op, r0, r1 }: Pick<BlockInstruction, 'op' | 'r0' | 'r1'>): number {
  return HAS_BASE_FIRST[op] ? r0 : r1;
}
