/**
 * What each instruction asks of the pipeline of the full gas model (spec: gas model, constants and table).
 */
import { type GasClass, INSTRUCTIONS, type Instruction } from '../isa/index.js';

/** How many of each kind of execution resource there are, or an instruction needs. */
interface Resources {
  readonly alu?: number;
  readonly load?: number;
  readonly store?: number;
  readonly mul?: number;
  readonly div?: number;
}

interface ClassCosts extends Resources {
  /** Cycles of execution; `load` and `branch` stand for values that depend on the cache model and on the code around. */
  readonly latency: number | 'load' | 'branch';
  /** Decode slots, of which a cycle has four. */
  readonly slots: number;
  /** One slot more when the destination differs from the first source, or from every source: a copy is needed then. */
  readonly extraSlot?: 'dst!=src1' | 'dst!=src';
  /** Whether a 64-bit ISA needs a cycle and a slot more, for the sign extension of a 32-bit result. */
  readonly extends?: true;
}

/** Decode slots in a cycle. */
export const DECODE_SLOTS = 4;

/** Latency of a branch that is predicted well, and of one that is not. */
export const BRANCH_HIT = 1;
export const BRANCH_MISS = 20;

const CAPACITY: Required<Resources> = { alu: 4, load: 4, store: 4, mul: 1, div: 1 };

// biome-ignore format: a table reads best with one row per line
const CLASSES: Readonly<Record<GasClass, ClassCosts>> = {
  alu3:         { latency: 1, slots: 1, alu: 1, extraSlot: 'dst!=src' },
  alu3_32:      { latency: 1, slots: 1, alu: 1, extraSlot: 'dst!=src', extends: true },
  alu2:         { latency: 1, slots: 1, alu: 1, extraSlot: 'dst!=src1' },
  alu2_32:      { latency: 1, slots: 1, alu: 1, extraSlot: 'dst!=src1', extends: true },
  trivial1:     { latency: 1, slots: 1, alu: 1 },
  trivial2:     { latency: 2, slots: 1, alu: 2 },
  shift:        { latency: 1, slots: 2, alu: 1, extraSlot: 'dst!=src1' },
  shift_32:     { latency: 1, slots: 2, alu: 1, extraSlot: 'dst!=src1', extends: true },
  shift_alt:    { latency: 1, slots: 3, alu: 1 },
  shift_alt_32: { latency: 2, slots: 4, alu: 1 },
  compare:      { latency: 3, slots: 3, alu: 1 },
  cmov:         { latency: 2, slots: 2, alu: 1 },
  cmov_imm:     { latency: 2, slots: 3, alu: 1 },
  minmax:       { latency: 3, slots: 2, alu: 1, extraSlot: 'dst!=src' },
  load:         { latency: 'load', slots: 1, alu: 1, load: 1 },
  store:        { latency: 25, slots: 1, alu: 1, store: 1 },
  branch:       { latency: 'branch', slots: 1, alu: 1 },
  div:          { latency: 60, slots: 4, alu: 1, div: 1 },
  inv:          { latency: 2, slots: 3, alu: 1 },
  xnor:         { latency: 2, slots: 2, alu: 1, extraSlot: 'dst!=src' },
  negadd64:     { latency: 2, slots: 3, alu: 1 },
  negadd32:     { latency: 3, slots: 4, alu: 1 },
  move:         { latency: 0, slots: 1 },
  load_imm:     { latency: 1, slots: 1 },
  load_imm64:   { latency: 1, slots: 2 },
  mul32:        { latency: 4, slots: 2, alu: 1, mul: 1, extraSlot: 'dst!=src' },
  mul64:        { latency: 3, slots: 1, alu: 1, mul: 1, extraSlot: 'dst!=src' },
  mulimm32:     { latency: 4, slots: 2, alu: 1, mul: 1, extraSlot: 'dst!=src1' },
  mulimm64:     { latency: 3, slots: 1, alu: 1, mul: 1, extraSlot: 'dst!=src1' },
  mulh:         { latency: 4, slots: 4, alu: 1, mul: 1 },
  mulhsu:       { latency: 6, slots: 4, alu: 1, mul: 1 },
  finish2:      { latency: 2, slots: 1 },
  jump:         { latency: 15, slots: 1 },
  djump:        { latency: 22, slots: 1 },
  unlikely:     { latency: 40, slots: 1 },
  host:         { latency: 100, slots: 4, alu: 1 },
};

/**
 * Packs resource counts into one integer: three bits for each kind and a guard bit above it. While the guard bits of the
 * free resources are set, a subtraction cannot borrow across kinds, and it clears a guard bit exactly where it asks for
 * more than is free. So one subtraction and one mask tell whether an instruction's needs fit.
 */
function pack({ alu = 0, load = 0, store = 0, mul = 0, div = 0 }: Resources): number {
  return alu | (load << 4) | (store << 8) | (mul << 12) | (div << 16);
}

/** The guard bits of packed resources. */
export const RESOURCE_GUARDS = 0x88888;

/** All resources free, guard bits set. */
export const FREE_RESOURCES = pack(CAPACITY) | RESOURCE_GUARDS;

/** Bits of {@link PipelineCosts.traits}. */
export const READS_0 = 1;
export const READS_1 = 2;
export const READS_2 = 4;
export const WRITES = 8;
export const EXTRA_SLOT_UNLESS_SRC1 = 16;
export const EXTRA_SLOT_UNLESS_SRC = 32;

/** Columns of the pipeline's table; the index of each is an {@link Op}. */
export interface PipelineCosts {
  /** Cycles of execution; 0 for branches, whose latency depends on the code around them. */
  readonly latency: Uint8Array;
  /** Decode slots, before the extra one. */
  readonly slots: Uint8Array;
  /** Packed execution resources. */
  readonly resources: Uint32Array;
  /** Which register operands are read, whether operand 0 is written, and when an extra decode slot is due. */
  readonly traits: Uint8Array;
}

function traitsOf({ gasReads, gasWrites }: Instruction, { extraSlot }: ClassCosts): number {
  let traits = gasWrites ? WRITES : 0;
  for (const position of gasReads) traits |= 1 << position;
  if (extraSlot === 'dst!=src1') traits |= EXTRA_SLOT_UNLESS_SRC1;
  if (extraSlot === 'dst!=src') traits |= EXTRA_SLOT_UNLESS_SRC;
  return traits;
}

/** Lays out the pipeline's table for a register width and a load latency of 1 to 127 cycles. */
export function makePipelineCosts(is64Bit: boolean, loadLatency: number): PipelineCosts {
  // The invalid instruction has no row: it costs what a trap costs, which is row 0.
  const rows = [...INSTRUCTIONS, INSTRUCTIONS[0]];
  const costs: PipelineCosts = {
    latency: new Uint8Array(rows.length),
    slots: new Uint8Array(rows.length),
    resources: new Uint32Array(rows.length),
    traits: new Uint8Array(rows.length),
  };
  rows.forEach((row, op) => {
    const of = CLASSES[row.gasClass];
    const extension = of.extends && is64Bit ? 1 : 0;
    costs.latency[op] = of.latency === 'load' ? loadLatency : of.latency === 'branch' ? 0 : of.latency + extension;
    costs.slots[op] = of.slots + extension;
    costs.resources[op] = pack(of);
    costs.traits[op] = traitsOf(row, of);
  });
  return costs;
}
