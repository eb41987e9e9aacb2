import { INSTRUCTIONS, Op } from '../isa/index.js';
import {
  type CodeItem,
  encodeInstruction,
  forEachInstruction,
  hasTarget,
  InstructionDecoder,
  layOut,
  MAX_INSTRUCTION_LENGTH,
  type Program,
} from '../program/index.js';
import type { DraftInstruction } from './codeBuilder.js';

/**
 * Makes a test of whether the assembler, given the text of a program's instruction, encodes it as the program does. The
 * test is for the current instruction of a decoder of that program. Encoders differ in how they choose lengths; what
 * fails the test must be given by its bytes.
 */
export function reproducibleIn(
  program: Program,
  blocks: ReadonlyMap<number, number>,
): (decoder: InstructionDecoder) => boolean {
  const isPlain = (decoder: InstructionDecoder) => hasText(decoder) && isShortest(program, decoder);
  // Displacements of the shortest length each can, together, be another solution than the one that layOut finds.
  const sameJumps = layOutAgain(program, blocks, isPlain);
  return sameJumps ? isPlain : (decoder) => isPlain(decoder) && !isJump(decoder.op);
}

/** Lays out a program's instructions anew and tells whether that gives the same code. */
function layOutAgain(
  program: Program,
  blocks: ReadonlyMap<number, number>,
  isPlain: (decoder: InstructionDecoder) => boolean,
): boolean {
  const { code, isa } = program;
  const items: CodeItem[] = [];
  const itemOfBlock = new Map<number, number>();
  const jumps: DraftInstruction[] = [];
  let end = 0;
  const addBytesUpTo = (offset: number) => {
    if (offset > end) items.push({ bytes: code.subarray(end, offset), marked: false });
    end = offset;
  };
  forEachInstruction(new InstructionDecoder(program), (decoder) => {
    const { op, offset, next, r0, r1, r2, imm0, imm1, target } = decoder;
    addBytesUpTo(offset);
    if (blocks.has(offset)) itemOfBlock.set(offset, items.length);
    if (!isPlain(decoder)) {
      addBytesUpTo(Math.min(next, code.length));
      return;
    }
    const instruction: DraftInstruction = { op, r0, r1, r2, imm0, imm1, target, targetItem: undefined };
    if (isJump(op)) jumps.push(instruction);
    items.push(instruction);
    end = next;
  });
  addBytesUpTo(code.length);
  for (const jump of jumps) jump.targetItem = itemOfBlock.get(jump.target);
  return equalBytes(layOut(isa, items).code, code);
}

function isJump(op: Op): boolean {
  return op !== Op.invalid && hasTarget(INSTRUCTIONS[op].format);
}

/** Whether the assembler accepts the text of the instruction: it insists that stored bytes and half-words fit. */
function hasText({ op, imm1 }: InstructionDecoder): boolean {
  if (op === Op.invalid) return false;
  switch (op) {
    case Op.store_imm_u8:
    case Op.store_imm_indirect_u8:
      return imm1 >= -0x80 && imm1 <= 0xff;
    case Op.store_imm_u16:
    case Op.store_imm_indirect_u16:
      return imm1 >= -0x8000 && imm1 <= 0xffff;
    default:
      return true;
  }
}

const scratch = new Uint8Array(MAX_INSTRUCTION_LENGTH);

/** Whether the instruction is encoded in the shortest form. */
function isShortest({ code, isa }: Program, decoder: InstructionDecoder): boolean {
  const { offset, next } = decoder;
  const length = encodeInstruction(isa, decoder, scratch, 0);
  if (offset + length !== next) return false;
  for (let i = 0; i < length; i++) {
    if (scratch[i] !== code[offset + i]) return false;
  }
  return true;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
