import { endsBlock, forEachInstruction, InstructionDecoder, type Program } from '../program/index.js';

/** A jump table entry or an export. */
export interface Reference {
  readonly kind: 'jumpTableEntry' | 'export';
  readonly index: number;
}

/** What a listing must know about a program before its first line. */
export interface ListingIndex {
  /** Number of lines that are instructions, invalid ones included. */
  readonly instructionCount: number;
  /** Number of each basic block, by its code offset. */
  readonly blocks: ReadonlyMap<number, number>;
  /** What points at a code offset, jump table entries first. */
  readonly references: ReadonlyMap<number, readonly Reference[]>;
}

/** Numbers the blocks of a program and finds out what its jump table and its exports point at. */
export function indexProgram(program: Program): ListingIndex {
  const blocks = new Map<number, number>();
  let instructionCount = 0;
  let startsBlock = true;
  forEachInstruction(new InstructionDecoder(program), ({ op, offset }) => {
    if (startsBlock) blocks.set(offset, blocks.size);
    startsBlock = endsBlock(op);
    instructionCount++;
  });

  const references = new Map<number, Reference[]>();
  const add = (offset: number, reference: Reference) => {
    const others = references.get(offset);
    if (others === undefined) references.set(offset, [reference]);
    else others.push(reference);
  };
  for (let index = 0; index < program.jumpTable.length; index++) {
    add(program.jumpTable.get(index)!, { kind: 'jumpTableEntry', index });
  }
  program.exports.forEach(({ pc }, index) => {
    add(pc, { kind: 'export', index });
  });
  return { instructionCount, blocks, references };
}
