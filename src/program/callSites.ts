/**
 * What a program's code says about calls. PolkaVM has no call instruction: a call is a jump that leaves the address of
 * what follows in a register, and a return a dynamic jump to such an address.
 */
import { INSTRUCTIONS, Op } from '../isa/index.js';
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
}

/** A basic block, as far as calls are concerned. */
export interface BlockShape {
  readonly end: BlockEnd;
  /** Code offset to which a call returns; -1 for other blocks. */
  readonly returnsTo: number;
  /** Code offset of the function that is called, where it is known; else -1. */
  readonly callee: number;
  readonly instructions: number;
}

const NONE = -1;
/** Registers hold constants in these slots while a block is looked at; `undefined` where the value is not known. */
type Constants = (number | undefined)[];

/** Looks at the basic block that starts at a code offset. */
export function shapeOfBlock(program: Program, decoder: InstructionDecoder, start: number): BlockShape {
  const constants: Constants = [];
  let instructions = 0;
  let shape: Omit<BlockShape, 'instructions'> = { end: BlockEnd.jump, returnsTo: NONE, callee: NONE };
  forEachInstructionOfBlock(decoder, start, (instruction) => {
    instructions++;
    switch (instruction.op) {
      case Op.load_imm_and_jump:
        shape = linked(returnAddress(program, instruction.imm0), instruction.target, BlockEnd.jump);
        break;
      case Op.load_imm_and_jump_indirect:
        shape = linked(returnAddress(program, instruction.imm0), NONE, BlockEnd.dynamic);
        break;
      case Op.jump:
        shape = linked(addressOfNext(program, constants, instruction, NONE), instruction.target, BlockEnd.jump);
        break;
      case Op.jump_indirect:
        shape = linked(addressOfNext(program, constants, instruction, instruction.r0), NONE, BlockEnd.dynamic);
        break;
      default:
        noteConstants(constants, instruction);
    }
  });
  return { ...shape, instructions };
}

function linked(returnsTo: number, callee: number, otherwise: BlockEnd): Omit<BlockShape, 'instructions'> {
  return returnsTo === NONE
    ? { end: otherwise, returnsTo: NONE, callee: NONE }
    : { end: BlockEnd.call, returnsTo, callee };
}

/** The code offset that a dynamic address stands for, or -1 where it stands for none. */
function returnAddress({ jumpTable }: Program, address: number): number {
  return (address & 1) === 0 ? (jumpTable.get((address >>> 1) - 1) ?? NONE) : NONE;
}

/** The block behind a jump, if its address has been put into a register other than the one that is jumped by. */
function addressOfNext(program: Program, constants: Constants, { next }: InstructionDecoder, base: number): number {
  const isLinked = constants.some(
    (value, register) => register !== base && value !== undefined && returnAddress(program, value) === next,
  );
  return isLinked ? next : NONE;
}

function noteConstants(constants: Constants, instruction: InstructionDecoder): void {
  const { op, r0, r1, r2, imm0 } = instruction;
  const registers = [r0, r1, r2];
  for (const [index, role] of (INSTRUCTIONS[op]?.operands ?? []).entries()) {
    if (role === 'dst') constants[registers[index]!] = op === Op.load_imm ? imm0 : undefined;
  }
}
