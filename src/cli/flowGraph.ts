import { INSTRUCTIONS, Op } from '../isa/index.js';
import {
  canFallThrough,
  endsBlock,
  forEachInstruction,
  hasTarget,
  InstructionDecoder,
  isJumpTarget,
  type Program,
  shapeOfBlock,
} from '../program/index.js';

/** Why control goes from one block to another. */
export type EdgeKind = 'next' | 'jump' | 'call' | 'return';

/** A basic block of a listing. */
export interface FlowBlock {
  /** Code offsets `start` to `end`, the latter excluded. */
  readonly start: number;
  readonly end: number;
  readonly instructions: number;
  /** How it ends. */
  readonly last: Op;
  /** Where control can go from here, to the starts of other blocks. A call leads to what is called and to behind it. */
  readonly edges: readonly { readonly to: number; readonly kind: EdgeKind }[];
  /** Whether it jumps to an address that it computes. */
  readonly isDynamic: boolean;
  /** Where its last instruction would jump, if nothing starts there. */
  readonly invalidTarget: number | undefined;
}

/** All basic blocks of a program in the order of the code, and what is known of the ways between them. */
export function flowGraph(program: Program): FlowBlock[] {
  const blocks: FlowBlock[] = [];
  const targets = new InstructionDecoder(program);
  const shapes = new InstructionDecoder(program);
  let start = 0;
  let instructions = 0;
  forEachInstruction(new InstructionDecoder(program), (decoder) => {
    if (instructions++ === 0) start = decoder.offset;
    if (!endsBlock(decoder.op)) return;
    const { op, next, target } = decoder;
    const shape = shapeOfBlock(program, shapes, start);
    const edges: FlowBlock['edges'][number][] = [];
    let invalidTarget: number | undefined;
    if (op !== Op.invalid && hasTarget(INSTRUCTIONS[op]!.format)) {
      if (isJumpTarget(targets, target)) edges.push({ to: target, kind: shape.callee === target ? 'call' : 'jump' });
      else invalidTarget = target;
    }
    if (canFallThrough(op) && isJumpTarget(targets, next)) edges.push({ to: next, kind: 'next' });
    if (shape.returnsTo >= 0 && isJumpTarget(targets, shape.returnsTo)) {
      edges.push({ to: shape.returnsTo, kind: 'return' });
    }
    const isDynamic = op === Op.jump_indirect || op === Op.load_imm_and_jump_indirect;
    blocks.push({
      start,
      end: Math.min(next, program.code.length),
      instructions,
      last: op,
      edges,
      isDynamic,
      invalidTarget,
    });
    instructions = 0;
  });
  return blocks;
}

/** Starts of the blocks that can be reached from exports and from the jump table. */
export function reachableBlocks(program: Program, blocks: readonly FlowBlock[]): Set<number> {
  const byStart = new Map(blocks.map((block) => [block.start, block]));
  const reached = new Set<number>();
  const waiting: number[] = program.exports.map(({ pc }) => pc);
  for (let entry = 0; entry < program.jumpTable.length; entry++) waiting.push(program.jumpTable.get(entry)!);
  for (let start = waiting.pop(); start !== undefined; start = waiting.pop()) {
    const block = byStart.get(start);
    if (block === undefined || reached.has(start)) continue;
    reached.add(start);
    for (const { to } of block.edges) waiting.push(to);
  }
  return reached;
}
