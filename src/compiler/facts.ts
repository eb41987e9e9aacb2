/**
 * What holds at the start of each node of a region, whichever way it was reached: from the nodes before it, or, for open
 * entries, from elsewhere. Where code that was left is entered again, it is checked that the facts still hold. And what an
 * instruction changes of such knowledge.
 */
import { INSTRUCTIONS, Op, SP } from '../isa/index.js';
import { RegionHint } from './addressing.js';
import { type BlockInstruction, WRITES_R0 } from './blockInstruction.js';
import { DISPATCHER, type Structure } from './structure.js';

/** The stack pointer at the start of a node: that at the start of another, plus a constant. */
export interface StackFact {
  /** The node at whose start the stack pointer had the value that this one is relative to. */
  readonly origin: number;
  readonly delta: number;
}

/**
 * Follows the stack pointer. Open entries, and nodes to which different ways bring different values, are origins.
 *
 * @param change what a node adds to the stack pointer, or undefined when it sets it in another way
 */
export function stackFacts(
  structure: Structure,
  change: (node: number) => number | undefined,
): readonly (StackFact | undefined)[] {
  const isOrigin = new Uint8Array(structure.position.length);
  for (const entry of structure.openEntries) isOrigin[entry] = 1;
  for (;;) {
    const facts: (StackFact | undefined)[] = [];
    let isNewOrigin = false;
    for (const node of structure.order) {
      if (node === DISPATCHER) continue;
      if (isOrigin[node] === 1 || facts[node] === undefined) {
        facts[node] = { origin: node, delta: 0 };
        isOrigin[node] = 1;
      }
      const { origin, delta } = facts[node];
      const added = change(node);
      for (const successor of structure.successors(node)) {
        if (isOrigin[successor] === 1) continue;
        const known = facts[successor];
        if (added !== undefined && known === undefined) {
          facts[successor] = { origin, delta: delta + added };
        } else if (added === undefined || known!.origin !== origin || known!.delta !== delta + added) {
          // A way back comes when the node's fact has been used already: all is found anew.
          isOrigin[successor] = 1;
          isNewOrigin ||= known !== undefined;
        }
      }
    }
    if (!isNewOrigin) return facts;
  }
}

/** When the result of an instruction is the sign extension of 32 bits, as far as its row tells. */
const enum Extended {
  never = 0,
  always = 1,
  /** When both operands are. */
  ifBoth = 2,
  /** When the first operand is. */
  ifFirst = 3,
}

const EXTENDED = Uint8Array.from(INSTRUCTIONS, ({ op, name, memory }) => {
  if (memory?.startsWith('load')) return /load (u32|u64)/.test(memory) ? Extended.never : Extended.always;
  if (/_32$|^set_|^count_|^sign_extend|^zero_extend/.test(name)) return Extended.always;
  switch (op) {
    case Op.load_imm:
      return Extended.always;
    case Op.and:
    case Op.or:
    case Op.xor:
    case Op.and_inverted:
    case Op.or_inverted:
    case Op.xnor:
    case Op.maximum:
    case Op.maximum_unsigned:
    case Op.minimum:
    case Op.minimum_unsigned:
      return Extended.ifBoth;
    case Op.move_reg:
    case Op.or_imm:
    case Op.xor_imm:
      return Extended.ifFirst;
    default:
      return Extended.never;
  }
});

/** The registers, as a set of bits, that hold sign extensions of 32 bits after an instruction if `before` did before. */
export function extendedAfter(before: number, { op, r0, r1, r2, imm0, imm1 }: BlockInstruction): number {
  if (!WRITES_R0[op]) return before;
  let isExtended: boolean;
  switch (EXTENDED[op]) {
    case Extended.always:
      isExtended = true;
      break;
    case Extended.ifBoth:
      isExtended = has(before, r1) && has(before, r2);
      break;
    case Extended.ifFirst:
      isExtended = has(before, r1);
      break;
    default:
      isExtended =
        (op === Op.load_imm64 && imm1 === imm0 >> 31) ||
        (op === Op.and_imm && (imm0 >= 0 || has(before, r1))) ||
        (op === Op.shift_arithmetic_right_imm_64 && ((imm0 & 63) >= 32 || has(before, r1))) ||
        (op === Op.shift_logical_right_imm_64 && (imm0 & 63) > 32) ||
        (op === Op.cmov_if_zero && has(before, r0) && has(before, r1)) ||
        (op === Op.cmov_if_not_zero && has(before, r0) && has(before, r1)) ||
        (op === Op.cmov_if_zero_imm && has(before, r0)) ||
        (op === Op.cmov_if_not_zero_imm && has(before, r0));
  }
  return isExtended ? before | (1 << r0) : before & ~(1 << r0);
}

function has(registers: number, register: number): boolean {
  return ((registers >>> register) & 1) === 1;
}

/** Two bits for each register: its {@link RegionHint}. */
export type Hints = number;

/** The hint for a register. */
export function hintOf(hints: Hints, register: number): RegionHint {
  return (hints >>> (2 * register)) & 3;
}

function withHint(hints: Hints, register: number, hint: RegionHint): Hints {
  return (hints & ~(3 << (2 * register))) | (hint << (2 * register));
}

/** What is guessed where nothing is known: that the stack pointer points to the stack. */
export const INITIAL_HINTS: Hints = withHint(0, SP, RegionHint.stack);
/** Stands for a node that has not been reached yet. */
const UNREACHED = -1;

/**
 * The hints after an instruction. Whatever is added to an address, the sum is an address in the same region; what is
 * loaded as a constant is taken for an address if it could be one.
 */
export function hintsAfter(
  hints: Hints,
  { op, r0, r1, r2, imm0 }: BlockInstruction,
  regionOf: (address: number) => RegionHint,
): Hints {
  if (!WRITES_R0[op]) return hints;
  switch (op) {
    case Op.load_imm:
    case Op.load_imm64:
      return withHint(hints, r0, regionOf(imm0 >>> 0));
    case Op.move_reg:
    case Op.add_imm_32:
    case Op.add_imm_64:
    case Op.sub_32:
    case Op.sub_64:
      return withHint(hints, r0, hintOf(hints, r1));
    case Op.add_32:
    case Op.add_64:
      return withHint(hints, r0, hintOf(hints, r1) || hintOf(hints, r2));
    default:
      return withHint(hints, r0, RegionHint.none);
  }
}

/** For each node the hints at its start: those on which all ways to it agree. */
export function hintFacts(structure: Structure, after: (node: number, before: Hints) => Hints): Int32Array {
  const facts = new Int32Array(structure.position.length).fill(UNREACHED);
  for (const entry of structure.openEntries) facts[entry] = INITIAL_HINTS;
  const isPending = new Uint8Array(facts.length).fill(1);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const node of structure.order) {
      if (node === DISPATCHER || facts[node] === UNREACHED || isPending[node] === 0) continue;
      isPending[node] = 0;
      const result = after(node, facts[node]!);
      for (const successor of structure.successors(node)) {
        const known = facts[successor]!;
        const met = known === UNREACHED ? result : meetHints(known, result);
        if (met !== known) {
          facts[successor] = met;
          isPending[successor] = 1;
          hasChanged = true;
        }
      }
    }
  }
  return facts;
}

function meetHints(a: Hints, b: Hints): Hints {
  const different = a ^ b;
  const mask = ((different | (different >>> 1)) & 0x1555555) * 3;
  return a & ~mask;
}
