/**
 * What a program's code says about calls. PolkaVM has no call instruction: a call is a jump that leaves the address of
 * what follows in a register, and a return a dynamic jump to such an address.
 */
import { INSTRUCTIONS, Op, RA } from '../isa/index.js';
import { forEachInstructionOfBlock } from './blocks.js';
import type { InstructionDecoder } from './decoder.js';
import type { Program } from './program.js';

/** How a basic block ends. */
export const enum BlockEnd {
  /** It goes on somewhere without leaving a way back. */
  jump = 0,
  /** It calls, and has left the address of where to return to. */
  call = 1,
  /** It jumps to an address that it was given, which may be a return. */
  dynamic = 2,
  /**
   * It has left the address of what follows some time before its jump. Optimizers put the start of a function in the place
   * of a jump to it: then this is a call of where the rest is. If they put all of it there, it is none.
   */
  maybeCall = 3,
}

/** A basic block, as far as calls are concerned. */
export interface BlockShape {
  readonly end: BlockEnd;
  /** Code offset to which a call returns; -1 for other blocks. */
  readonly returnsTo: number;
  /** Code offset of the function that is called, where that is certain; else -1. */
  readonly callee: number;
  readonly instructions: number;
}

const NONE = -1;

/** Looks at the basic block that starts at a code offset. */
export function shapeOfBlock(program: Program, decoder: InstructionDecoder, start: number): BlockShape {
  /** The constant that ra holds, and the number of the instruction behind the one that loaded it. */
  let ra = 0;
  let loadedBefore = NONE;
  let instructions = 0;
  let end = BlockEnd.jump;
  let returnsTo = NONE;
  let callee = NONE;
  forEachInstructionOfBlock(decoder, start, ({ op, r0, imm0, target, next }) => {
    switch (op) {
      case Op.load_imm_and_jump:
      case Op.load_imm_and_jump_indirect:
        returnsTo = returnAddress(program, imm0);
        if (returnsTo !== NONE) end = BlockEnd.call;
        else if (op === Op.load_imm_and_jump_indirect) end = BlockEnd.dynamic;
        if (op === Op.load_imm_and_jump && returnsTo !== NONE) callee = target;
        break;
      case Op.jump:
      case Op.jump_indirect: {
        const isReturn = op === Op.jump_indirect && r0 === RA;
        const address = loadedBefore === NONE || isReturn ? NONE : returnAddress(program, ra);
        if (address !== NONE && loadedBefore === instructions) {
          returnsTo = address;
          end = BlockEnd.call;
          if (op === Op.jump) callee = target;
        } else if (address === next) {
          returnsTo = address;
          end = BlockEnd.maybeCall;
        } else if (op === Op.jump_indirect) {
          end = BlockEnd.dynamic;
        }
        break;
      }
      case Op.load_imm:
        if (r0 === RA) {
          ra = imm0;
          loadedBefore = instructions + 1;
        }
        break;
      default:
        // A register that is written is the first operand of every instruction.
        if (r0 === RA && INSTRUCTIONS[op]?.operands[0] === 'dst') loadedBefore = NONE;
    }
    instructions++;
  });
  return { end, returnsTo, callee, instructions };
}

/** The code offset that a dynamic address stands for, or -1 where it stands for none. */
function returnAddress({ jumpTable }: Program, address: number): number {
  return (address & 1) === 0 ? (jumpTable.get((address >>> 1) - 1) ?? NONE) : NONE;
}
