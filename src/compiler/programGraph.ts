/**
 * The basic blocks of a whole program and how control goes between them, as far as that is known before it runs.
 */
import { Op } from '../isa/index.js';
import { canFallThrough, endsBlock, InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';

/** How a basic block ends. */
export const enum Ending {
  /** A trap: the instruction itself, an invalid one, or a jump or branch that may never be taken. */
  trap = 0,
  jump = 1,
  /** A jump that loads a register first, which is how functions are called. */
  call = 2,
  branch = 3,
  fallthrough = 4,
  /** A jump through the jump table. */
  dynamic = 5,
}

/** A basic block. Blocks are named by their position in {@link ProgramGraph.blocks}; -1 stands for none. */
export interface BasicBlock {
  /** Code offset of the first instruction. */
  readonly start: number;
  readonly instructionCount: number;
  readonly ending: Ending;
  /** Where a jump, a call or a taken branch goes. */
  target: number;
  /** Where a branch that is not taken, or a fallthrough, goes. */
  next: number;
  /** Whether it has an instruction that grows the heap. */
  readonly growsHeap: boolean;
  /** Jump table entries that lead to it. */
  readonly jumps: number[];
  /** For a call, also a dynamic one, the block to which its return address leads. */
  returnTo: number;
  /** The jump table entry of that return address. */
  readonly returnEntry: number;
}

/** All basic blocks of a program, in the order of the code. */
export class ProgramGraph {
  readonly blocks: readonly BasicBlock[];
  /** For each jump table entry the block that it leads to, or -1 where a jump through it traps. */
  readonly jumpTable: Int32Array;
  /** Whether every entry of the jump table leads to a block, so that a jump through any of them goes through. */
  readonly hasOnlyValidJumps: boolean;
  /** Whether any instruction grows the heap. */
  readonly growsHeap: boolean;
  /** A decoder for the program's code. */
  readonly decoder: InstructionDecoder;
  /** For each code offset the block that starts there plus one. */
  readonly #blockAt: Int32Array;

  constructor(program: Program) {
    const decoder = new InstructionDecoder(program);
    this.decoder = decoder;
    let growsHeap = false;
    const blocks: BasicBlock[] = [];
    const blockAt = new Int32Array(program.code.length + 1);
    // Targets are code offsets until all blocks are known.
    for (let offset = 0; offset < program.code.length; ) {
      if (!decoder.isMarked(offset)) {
        offset++;
        continue;
      }
      const block = decodeBlock(decoder, offset, program);
      blocks.push(block);
      growsHeap ||= block.growsHeap;
      blockAt[offset] = blocks.length;
      offset = decoder.next;
    }
    this.blocks = blocks;
    this.growsHeap = growsHeap;
    this.#blockAt = blockAt;
    this.jumpTable = Int32Array.from({ length: program.jumpTable.length }, (_, i) => {
      const target = program.jumpTable.get(i)!;
      if (!isJumpTarget(decoder, target)) return -1;
      const block = this.blockAt(target);
      blocks[block]!.jumps.push(i);
      return block;
    });
    this.hasOnlyValidJumps = this.jumpTable.every((block) => block >= 0);
    for (const block of blocks) {
      block.target = block.target < 0 ? -1 : this.blockAt(block.target);
      block.next = block.next < 0 ? -1 : this.blockAt(block.next);
      block.returnTo = this.jumpTable[block.returnEntry] ?? -1;
    }
  }

  /** The block that the instruction at a code offset belongs to. */
  blockAround(offset: number): number {
    let at = offset;
    while (this.blockAt(at) < 0) at--;
    return this.blockAt(at);
  }

  /** The block that starts at a code offset, or -1. */
  blockAt(offset: number): number {
    return (this.#blockAt[offset] ?? 0) - 1;
  }
}

function decodeBlock(decoder: InstructionDecoder, start: number, program: Program): BasicBlock {
  let instructionCount = 0;
  let growsHeap = false;
  for (let offset = start; ; offset = decoder.next) {
    decoder.decode(offset);
    instructionCount++;
    growsHeap ||= decoder.op === Op.sbrk;
    if (endsBlock(decoder.op) || decoder.nextIsInvalid) break;
  }
  const block: BasicBlock = {
    start,
    instructionCount,
    ending: Ending.trap,
    growsHeap,
    jumps: [],
    target: -1,
    next: -1,
    returnTo: -1,
    returnEntry: -1,
  };
  const { op, target, next } = decoder;
  switch (op) {
    case Op.jump:
    case Op.load_imm_and_jump:
      if (!isJumpTarget(decoder, target)) return block;
      if (op === Op.jump) return { ...block, ending: Ending.jump, target };
      return { ...block, ending: Ending.call, target, returnEntry: returnEntry(decoder.imm0, program) };
    case Op.jump_indirect:
      return { ...block, ending: Ending.dynamic };
    case Op.load_imm_and_jump_indirect:
      return { ...block, ending: Ending.dynamic, returnEntry: returnEntry(decoder.imm0, program) };
    case Op.fallthrough:
      // A gap behind it is left to the interpreter, which enters the invalid instruction there as a block of its own.
      return decoder.isMarked(next) ? { ...block, ending: Ending.fallthrough, next } : block;
    default:
      if (!endsBlock(op) || !canFallThrough(op)) return block;
      if (!isJumpTarget(decoder, target) || !isJumpTarget(decoder, next)) return block;
      return { ...block, ending: Ending.branch, target, next };
  }
}

/** The jump table entry of a return address, or -1. */
function returnEntry(address: number, program: Program): number {
  const index = (address >>> 1) - 1;
  return (address & 1) === 0 && index >= 0 && index < program.jumpTable.length ? index : -1;
}
