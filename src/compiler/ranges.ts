/**
 * Which values registers can have, as far as that bounds addresses: an index that is masked, or has been compared, plus
 * the address of a table lies in the table, and needs no check.
 *
 * A range is kept of values from 0 to 2^31 - 1, which are the same number whether a register has 32 or 64 bits, signed
 * or not. Of all others nothing is known.
 */
import { INSTRUCTIONS, Op, REGISTER_COUNT } from '../isa/index.js';
import { type BlockInstruction, WRITES_R0 } from './blockInstruction.js';
import { comparisonOf, INVERSE } from './relations.js';
import { mayChangeStack, NO_CONSTANTS } from './stackConstants.js';
import { DISPATCHER, type Structure } from './structure.js';

const MAX = 0x7fffffff;
const UNKNOWN = -1;
const NOTHING_KNOWN: number[] = new Array(2 * REGISTER_COUNT).fill(UNKNOWN);

/** A range for each register: the lowest and the highest value, the latter {@link UNKNOWN} where nothing is known. */
export class Ranges {
  /** Not a typed array, which takes engines several times as long to make. Copied when one of those who share it writes. */
  #bounds = NOTHING_KNOWN;
  #isShared = true;
  #stack = NO_CONSTANTS;

  isKnown(register: number): boolean {
    return this.high(register) !== UNKNOWN;
  }

  low(register: number): number {
    return this.#bounds[2 * register]!;
  }

  high(register: number): number {
    return this.#bounds[2 * register + 1]!;
  }

  /** Whether only one value is possible. */
  isConstant(register: number): boolean {
    return this.isKnown(register) && this.low(register) === this.high(register);
  }

  /** The registers of which something is known, as a set of bits. */
  get known(): number {
    let registers = 0;
    for (let register = 0; register < REGISTER_COUNT; register++)
      if (this.isKnown(register)) registers |= 1 << register;
    return registers;
  }

  copy(): Ranges {
    const ranges = new Ranges();
    ranges.#bounds = this.#bounds;
    ranges.#stack = this.#stack;
    this.#isShared = true;
    return ranges;
  }

  /** Takes over what is known elsewhere: cheaper than a copy where one after the other is followed to its end. */
  assign(other: Ranges): void {
    if (this.#isShared) {
      this.#bounds = other.#bounds.slice();
      this.#isShared = false;
    } else {
      for (let i = 0; i < 2 * REGISTER_COUNT; i++) this.#bounds[i] = other.#bounds[i]!;
    }
    this.#stack = other.#stack;
  }

  /** Sets a range, or nothing if a bound is not representable. */
  set(register: number, low: number, high: number): void {
    if (low >= 0 && low <= high && high <= MAX) this.#write(register, low, high);
    else this.#write(register, UNKNOWN, UNKNOWN);
  }

  #write(register: number, low: number, high: number): void {
    if (this.low(register) === low && this.high(register) === high) return;
    if (this.#isShared) {
      this.#bounds = this.#bounds.slice();
      this.#isShared = false;
    }
    this.#bounds[2 * register] = low;
    this.#bounds[2 * register + 1] = high;
  }

  /** Forgets all registers but those, given as a set of bits. */
  keepOnly(registers: number): void {
    const bounds = this.#bounds;
    this.#bounds = NOTHING_KNOWN;
    this.#isShared = true;
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if ((registers >>> register) & 1) this.#write(register, bounds[2 * register]!, bounds[2 * register + 1]!);
    }
  }

  forget(register: number): void {
    this.#write(register, UNKNOWN, UNKNOWN);
  }

  /**
   * Lets each range contain that of others, too.
   *
   * @param isWidening whether a range that is not wide enough is given up, so that this ends
   * @returns whether anything has changed
   */
  join(other: Ranges, isWidening: boolean): boolean {
    const stack = this.#stack.meet(other.#stack);
    let hasChanged = stack !== this.#stack;
    this.#stack = stack;
    const [ours, theirs] = [this.#bounds, other.#bounds];
    if (ours === theirs) return hasChanged;
    for (let register = 0; register < REGISTER_COUNT; register++) {
      const low = ours[2 * register]!;
      const high = ours[2 * register + 1]!;
      const otherLow = theirs[2 * register]!;
      const otherHigh = theirs[2 * register + 1]!;
      if (high === UNKNOWN || (otherLow >= low && otherHigh <= high)) continue;
      hasChanged = true;
      if (isWidening || otherHigh === UNKNOWN) this.forget(register);
      else this.set(register, Math.min(low, otherLow), Math.max(high, otherHigh));
    }
    return hasChanged;
  }

  /** Carries an instruction out. What it loads is taken to be unknown: see {@link guessLoaded}. */
  apply(instruction: BlockInstruction): void {
    const { op, r0 } = instruction;
    if (mayChangeStack(instruction)) this.#stack = this.#stack.after(instruction, this);
    if (!WRITES_R0[op]) return;
    const rule = RULE_OF[op];
    if (rule === undefined) this.forget(r0);
    else rule(this, instruction);
  }

  /** Whether something is known of an instruction's result. */
  isResultKnown(instruction: BlockInstruction): boolean {
    const { op, r0 } = instruction;
    const rule = RULE_OF[op];
    if (rule === undefined) return false;
    const low = this.low(r0);
    const high = this.high(r0);
    rule(this, instruction);
    const isKnown = this.isKnown(r0);
    this.set(r0, low, high);
    return isKnown;
  }

  /** What an instruction is guessed to load from the stack, or undefined. Nothing may rely on that without a check. */
  guessLoaded(instruction: BlockInstruction): number | undefined {
    return this.#stack.loadedBy(instruction);
  }

  /** Takes into account that a branch is taken, or is not. */
  branch({ op, r0, r1, imm0 }: BlockInstruction, isTaken: boolean): void {
    const comparison = comparisonOf(op);
    if (comparison === undefined) return;
    const { isSigned } = comparison;
    const relation = isTaken ? comparison.relation : INVERSE[comparison.relation];
    const isImmediate = op < Op.branch_eq;
    const min = isImmediate ? imm0 : this.low(r1);
    const max = isImmediate ? imm0 : this.high(r1);
    // A negative immediate is a large number to an unsigned comparison, and most of what is unknown may be negative.
    if (max < 0 || (isSigned && !this.isKnown(r0))) return;
    const isKnown = this.isKnown(r0);
    const low = isKnown ? this.low(r0) : 0;
    const high = isKnown ? this.high(r0) : MAX;
    switch (relation) {
      case '<':
        this.#narrow(r0, low, Math.min(high, max - 1));
        break;
      case '<=':
        this.#narrow(r0, low, Math.min(high, max));
        break;
      case '==':
        this.#narrow(r0, Math.max(low, min), Math.min(high, max));
        break;
      case '>':
        if (isKnown) this.#narrow(r0, Math.max(low, min + 1), high);
        break;
      case '>=':
        if (isKnown) this.#narrow(r0, Math.max(low, min), high);
        break;
      case '!=':
        if (isKnown && min === max && low === min) this.#narrow(r0, low + 1, high);
        else if (isKnown && min === max && high === min) this.#narrow(r0, low, high - 1);
    }
  }

  /** An empty range is a way that is never taken, of which nothing needs to be known. */
  #narrow(register: number, low: number, high: number): void {
    if (low <= high) this.set(register, low, high);
  }
}

/** Sets the range of an instruction's first register. */
type Rule = (ranges: Ranges, instruction: BlockInstruction) => void;

/** Ranges are known of both operands. */
type Binary = (ranges: Ranges, r0: number, low1: number, high1: number, low2: number, high2: number) => void;

const always =
  (high: number): Rule =>
  (ranges, { r0 }) =>
    ranges.set(r0, 0, high);

const constant: Rule = (ranges, { r0, imm0 }) => ranges.set(r0, imm0, imm0);

const registers =
  (rule: Binary): Rule =>
  (ranges, { r0, r1, r2 }) => {
    if (ranges.isKnown(r1) && ranges.isKnown(r2)) {
      rule(ranges, r0, ranges.low(r1), ranges.high(r1), ranges.low(r2), ranges.high(r2));
    } else {
      ranges.forget(r0);
    }
  };

const immediate =
  (rule: Binary): Rule =>
  (ranges, { r0, r1, imm0 }) => {
    if (ranges.isKnown(r1)) rule(ranges, r0, ranges.low(r1), ranges.high(r1), imm0, imm0);
    else ranges.forget(r0);
  };

const add: Binary = (ranges, r0, low1, high1, low2, high2) => ranges.set(r0, low1 + low2, high1 + high2);
const subtract: Binary = (ranges, r0, low1, high1, low2, high2) => ranges.set(r0, low1 - high2, high1 - low2);
const multiply: Binary = (ranges, r0, low1, high1, low2, high2) => {
  if (low2 < 0) ranges.forget(r0);
  else ranges.set(r0, low1 * low2, high1 * high2);
};
/** What `or` and `xor` give has no more bits than the operands. */
const combine: Binary = (ranges, r0, _low1, high1, _low2, high2) => {
  if (high2 < 0) ranges.forget(r0);
  else ranges.set(r0, 0, MAX >>> (Math.clz32(high1 | high2) - 1));
};
const minimum: Binary = (ranges, r0, low1, high1, low2, high2) =>
  ranges.set(r0, Math.min(low1, low2), Math.min(high1, high2));
const maximum: Binary = (ranges, r0, low1, high1, low2, high2) =>
  ranges.set(r0, Math.max(low1, low2), Math.max(high1, high2));

/** One operand that is known bounds the result. */
const boundedByAny: Rule = (ranges, { r0, r1, r2 }) => {
  // What is not known has -1 for its bounds, which is the largest number without a sign.
  const bound = Math.min(ranges.high(r1) >>> 0, ranges.high(r2) >>> 0);
  ranges.set(r0, 0, bound);
};

const boundedByFirst: Rule = (ranges, { r0, r1 }) => {
  if (ranges.isKnown(r1)) ranges.set(r0, 0, ranges.high(r1));
  else ranges.forget(r0);
};

const remainder: Rule = (ranges, instruction) => {
  const { r0, r2 } = instruction;
  // A divisor of 0 leaves the dividend.
  if (ranges.isKnown(r2) && ranges.low(r2) > 0) ranges.set(r0, 0, ranges.high(r2) - 1);
  else boundedByFirst(ranges, instruction);
};

/** A destination that may keep what it has. */
const conditional =
  (source: (ranges: Ranges, instruction: BlockInstruction) => readonly [low: number, high: number]): Rule =>
  (ranges, instruction) => {
    const { r0 } = instruction;
    const [low, high] = source(ranges, instruction);
    if (!ranges.isKnown(r0) || high < 0) ranges.forget(r0);
    else ranges.set(r0, Math.min(ranges.low(r0), low), Math.max(ranges.high(r0), high));
  };
const conditionalRegister = conditional((ranges, { r1 }) => [ranges.low(r1), ranges.high(r1)]);
const conditionalImmediate = conditional((_, { imm0 }) => [imm0, imm0]);

const shiftLeft =
  (bits: 32 | 64): Rule =>
  (ranges, { r0, r1, imm0 }) => {
    const factor = 2 ** (imm0 & (bits - 1));
    if (ranges.isKnown(r1)) ranges.set(r0, ranges.low(r1) * factor, ranges.high(r1) * factor);
    else ranges.forget(r0);
  };

const shiftRight =
  (bits: 32 | 64, isSigned: boolean): Rule =>
  (ranges, { r0, r1, imm0 }) => {
    const count = imm0 & (bits - 1);
    const divisor = 2 ** count;
    if (ranges.isKnown(r1)) {
      ranges.set(r0, Math.floor(ranges.low(r1) / divisor), Math.floor(ranges.high(r1) / divisor));
    } else if (isSigned) {
      ranges.forget(r0);
    } else {
      ranges.set(r0, 0, 2 ** (bits - count) - 1);
    }
  };

const RULES: ReadonlyMap<Op, Rule> = new Map<Op, Rule>([
  [Op.load_imm, constant],
  [Op.load_imm_and_jump, constant],
  [Op.load_imm_and_jump_indirect, constant],
  [Op.load_imm64, (ranges, { r0, imm0, imm1 }) => ranges.set(r0, imm1 === 0 ? imm0 : UNKNOWN, imm0)],
  [Op.move_reg, (ranges, { r0, r1 }) => ranges.set(r0, ranges.low(r1), ranges.high(r1))],
  [Op.add_imm_32, immediate(add)],
  [Op.add_imm_64, immediate(add)],
  [Op.add_32, registers(add)],
  [Op.add_64, registers(add)],
  [Op.sub_32, registers(subtract)],
  [Op.sub_64, registers(subtract)],
  [Op.negate_and_add_imm_32, immediate((ranges, r0, low, high, imm) => ranges.set(r0, imm - high, imm - low))],
  [Op.negate_and_add_imm_64, immediate((ranges, r0, low, high, imm) => ranges.set(r0, imm - high, imm - low))],
  [Op.mul_imm_32, immediate(multiply)],
  [Op.mul_imm_64, immediate(multiply)],
  [Op.mul_32, registers(multiply)],
  [Op.mul_64, registers(multiply)],
  [Op.and, boundedByAny],
  [
    Op.and_imm,
    (ranges, instruction) => {
      const { r0, r1, imm0 } = instruction;
      if (imm0 < 0) boundedByFirst(ranges, instruction);
      else ranges.set(r0, 0, ranges.isKnown(r1) ? Math.min(imm0, ranges.high(r1)) : imm0);
    },
  ],
  [Op.and_inverted, boundedByFirst],
  [Op.or, registers(combine)],
  [Op.xor, registers(combine)],
  [Op.or_imm, immediate(combine)],
  [Op.xor_imm, immediate(combine)],
  [Op.minimum, registers(minimum)],
  [Op.minimum_unsigned, boundedByAny],
  [Op.maximum, registers(maximum)],
  [Op.maximum_unsigned, registers(maximum)],
  [Op.rem_unsigned_32, remainder],
  [Op.rem_unsigned_64, remainder],
  [Op.shift_logical_left_imm_32, shiftLeft(32)],
  [Op.shift_logical_left_imm_64, shiftLeft(64)],
  [Op.shift_logical_right_imm_32, shiftRight(32, false)],
  [Op.shift_logical_right_imm_64, shiftRight(64, false)],
  [Op.shift_arithmetic_right_imm_32, shiftRight(32, true)],
  [Op.shift_arithmetic_right_imm_64, shiftRight(64, true)],
  [Op.cmov_if_zero, conditionalRegister],
  [Op.cmov_if_not_zero, conditionalRegister],
  [Op.cmov_if_zero_imm, conditionalImmediate],
  [Op.cmov_if_not_zero_imm, conditionalImmediate],
  [Op.set_less_than_signed, always(1)],
  [Op.set_less_than_signed_imm, always(1)],
  [Op.set_less_than_unsigned, always(1)],
  [Op.set_less_than_unsigned_imm, always(1)],
  [Op.set_greater_than_signed_imm, always(1)],
  [Op.set_greater_than_unsigned_imm, always(1)],
  [Op.count_leading_zero_bits_32, always(32)],
  [Op.count_leading_zero_bits_64, always(64)],
  [Op.count_trailing_zero_bits_32, always(32)],
  [Op.count_trailing_zero_bits_64, always(64)],
  [Op.count_set_bits_32, always(32)],
  [Op.count_set_bits_64, always(64)],
  [Op.zero_extend_16, always(0xffff)],
  [Op.load_u8, always(0xff)],
  [Op.load_indirect_u8, always(0xff)],
  [Op.load_u16, always(0xffff)],
  [Op.load_indirect_u16, always(0xffff)],
]);

/** The same by the number of the instruction. */
const RULE_OF: (Rule | undefined)[] = INSTRUCTIONS.map(({ op }) => RULES.get(op));

/** What nodes do to ranges. */
export interface RangeChanges {
  /** Changes what is known before a node to what is known behind it. */
  through(node: number, ranges: Ranges): void;
  /** Takes into account that control goes from a node to a certain one of its successors. */
  along(node: number, to: number, ranges: Ranges): void;
}

/** For each node the ranges at its start, whichever way it was reached; undefined where nothing leads. */
export function rangeFacts(structure: Structure, changes: RangeChanges): readonly (Ranges | undefined)[] {
  const facts: (Ranges | undefined)[] = [];
  const isPending = new Uint8Array(structure.position.length).fill(1);
  for (const entry of structure.openEntries) facts[entry] = new Ranges();
  let hasLoop = false;
  for (let pass = 0, hasChanged = true; hasChanged; pass++) {
    hasChanged = false;
    for (const node of structure.order) {
      const before = facts[node];
      if (node === DISPATCHER || before === undefined || isPending[node] === 0) continue;
      isPending[node] = 0;
      forEachWay(structure, changes, node, before, (to, after, isBack) => {
        hasLoop ||= isBack;
        const known = facts[to];
        if (known === undefined) facts[to] = after;
        else if (!known.join(after, pass > 1)) return;
        isPending[to] = 1;
        // All that comes later in the order is seen in this pass.
        hasChanged ||= isBack;
      });
    }
  }
  return hasLoop ? narrowed(structure, changes, facts) : facts;
}

function forEachWay(
  structure: Structure,
  changes: RangeChanges,
  node: number,
  before: Ranges,
  visit: (to: number, after: Ranges, isBack: boolean) => void,
): void {
  const successors = structure.successors(node);
  if (successors.length === 0) return;
  const after = before.copy();
  changes.through(node, after);
  for (const to of successors) {
    const along = successors.length > 1 ? after.copy() : after;
    changes.along(node, to, along);
    visit(to, along, structure.position[to]! <= structure.position[node]!);
  }
}

/**
 * Loops have had bounds given up that their own branches keep: what comes out of these facts is a narrower set of facts,
 * which hold just as well.
 */
function narrowed(
  structure: Structure,
  changes: RangeChanges,
  facts: readonly (Ranges | undefined)[],
): readonly (Ranges | undefined)[] {
  const { order, position } = structure;
  const result: (Ranges | undefined)[] = [];
  for (const entry of structure.openEntries) result[entry] = new Ranges();
  const pass = (from: readonly (Ranges | undefined)[], goesBack: boolean, nodes: readonly number[]): void => {
    for (const node of nodes) {
      const before = from[node];
      if (node === DISPATCHER || before === undefined) continue;
      forEachWay(structure, changes, node, before, (to, after, isBack) => {
        if (isBack !== goesBack) return;
        const known = result[to];
        if (known === undefined) result[to] = after;
        else known.join(after, false);
      });
    }
  };
  const goesBack = (node: number): boolean => structure.successors(node).some((to) => position[to]! <= position[node]!);
  pass(facts, true, order.filter(goesBack));
  pass(result, false, order);
  return result;
}
