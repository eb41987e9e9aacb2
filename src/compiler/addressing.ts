/**
 * Which accesses of a basic block can share one check.
 *
 * The addresses that a block accesses are mostly a few registers plus constants. All accesses with the same register
 * behind them (moved and added to as it may be) form a group; when the whole range of a group lies in one region of
 * memory, checking that once is enough.
 */
import { INSTRUCTIONS, Op, REGISTER_COUNT } from '../isa/index.js';
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

/** Accesses that one check serves. */
export interface AccessGroup {
  /** Position in the block of the first access, where the check is made. */
  readonly first: number;
  /** Register from which the first access has its address. */
  readonly base: number;
  /** What the group's common register has had added to it in {@link base} by then. */
  readonly baseDelta: number;
  /** Range of the accesses relative to the common register. */
  min: number;
  end: number;
  hasStore: boolean;
}

/** An access: at a constant address, or at an offset from the start of its group's range. */
export type Access =
  | { readonly kind: 'static'; readonly address: number }
  | { readonly kind: 'grouped'; readonly group: AccessGroup; readonly offset: number };

interface Value {
  /** Which unknown value is behind the register; -1 when the value is known. */
  readonly root: number;
  readonly delta: number;
}

/** Groups do not grow wider than this, so that none reaches across a region that its accesses themselves stay in. */
const MAX_SPAN = 2048;
/** Sums beyond this are given up: a new unknown value takes their place. */
const MAX_DELTA = 1 << 24;
const CONSTANT = -1;

const WIDTH = INSTRUCTIONS.map(({ memory }) => (memory === undefined ? 0 : Number(memory.match(/\d+$/)![0]) / 8));
const IS_STORE = INSTRUCTIONS.map(({ memory }) => memory?.startsWith('store') ?? false);
const WRITES_R0 = INSTRUCTIONS.map(({ operands }) => operands[0] === 'dst');
const FORMAT = INSTRUCTIONS.map(({ format }) => format);

/** Bytes that an instruction accesses; 0 for those that access no memory. */
export function accessWidth(op: Op): number {
  return WIDTH[op] ?? 0;
}

/** Copies what a decoder has decoded. */
export function blockInstruction(decoder: InstructionDecoder): BlockInstruction {
  const { op, offset, next, r0, r1, r2, imm0, imm1 } = decoder;
  return { op, pc: offset, next, r0, r1, r2, imm0, imm1 };
}

/** Finds the accesses of a block, by position of the instruction. */
export function planAccesses(instructions: readonly BlockInstruction[]): ReadonlyMap<number, Access> {
  const accesses = new Map<number, Access>();
  const values: Value[] = Array.from({ length: REGISTER_COUNT }, (_, root) => ({ root, delta: 0 }));
  const groups = new Map<number, AccessGroup>();
  let nextRoot = REGISTER_COUNT;
  for (const [at, instruction] of instructions.entries()) {
    const { op, r0, r1, imm0 } = instruction;
    const width = accessWidth(op);
    if (width > 0 && op !== Op.memset) {
      const isStore = IS_STORE[op]!;
      const format = FORMAT[op]!;
      if (format === 'reg_imm' || format === 'imm_imm') {
        accesses.set(at, { kind: 'static', address: imm0 >>> 0 });
      } else {
        const base = format === 'reg_imm_imm' ? r0 : r1;
        const { root, delta } = values[base]!;
        if (root === CONSTANT) accesses.set(at, { kind: 'static', address: (delta + imm0) >>> 0 });
        else accesses.set(at, join(groups, root, at, base, delta, imm0, width, isStore));
      }
    }
    if (WRITES_R0[op]) {
      const value = valueAfter(instruction, values);
      values[r0] = value ?? { root: nextRoot++, delta: 0 };
    }
  }
  return accesses;
}

function join(
  groups: Map<number, AccessGroup>,
  root: number,
  at: number,
  base: number,
  delta: number,
  imm: number,
  width: number,
  isStore: boolean,
): Access {
  const offset = delta + imm;
  let group = groups.get(root);
  if (group !== undefined) {
    const min = Math.min(group.min, offset);
    const end = Math.max(group.end, offset + width);
    if (end - min > MAX_SPAN) group = undefined;
    else {
      group.min = min;
      group.end = end;
      group.hasStore ||= isStore;
    }
  }
  if (group === undefined) {
    group = { first: at, base, baseDelta: delta, min: offset, end: offset + width, hasStore: isStore };
    groups.set(root, group);
  }
  return { kind: 'grouped', group, offset };
}

/** The value that an instruction gives its destination, as far as its low 32 bits, which make addresses, are known. */
function valueAfter(instruction: BlockInstruction, values: readonly Value[]): Value | undefined {
  const { op, r1, imm0 } = instruction;
  switch (op) {
    case Op.load_imm:
    case Op.load_imm64:
      return { root: CONSTANT, delta: imm0 };
    case Op.move_reg:
      return values[r1];
    case Op.add_imm_32:
    case Op.add_imm_64: {
      const { root, delta } = values[r1]!;
      const sum = delta + imm0;
      if (root === CONSTANT) return { root, delta: sum | 0 };
      return Math.abs(sum) < MAX_DELTA ? { root, delta: sum } : undefined;
    }
    default:
      return undefined;
  }
}
