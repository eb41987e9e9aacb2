/**
 * Which memory accesses can share one check.
 *
 * The addresses that code accesses are mostly a few registers plus constants. All accesses with the same register
 * behind them (moved and added to as it may be) form a group, as long as there is only one way from the first to the
 * others; when the whole range of a group lies in one region of memory, checking that once is enough.
 */
import { INSTRUCTIONS, Op, REGISTER_COUNT, SP } from '../isa/index.js';
import type { MemoryMap } from '../memory/index.js';
import { accessWidth, type BlockInstruction, baseRegister, WRITES_R0 } from './blockInstruction.js';
import { Ranges } from './ranges.js';

/** A guess at the region that an address lies in. */
export const enum RegionHint {
  none = 0,
  readWrite = 1,
  stack = 2,
  readOnly = 3,
}

/** The region that an address is in, or would be if that had grown so far. */
export function regionOfAddress(map: MemoryMap, address: number): RegionHint {
  if (address >= map.stackLow && address < map.stackLow + map.stackSize) return RegionHint.stack;
  if (address >= map.readOnlyBase && address < map.readOnlyBase + map.readOnlySize) return RegionHint.readOnly;
  return address >= map.readWriteBase && address < map.stackLow ? RegionHint.readWrite : RegionHint.none;
}

/** Accesses that one check serves. */
export interface AccessGroup {
  /** Its position among the groups of the region, in the order in which they were found. */
  readonly number: number;
  /** Which of the planned nodes its first access is in, counted from 1 on. */
  readonly node: number;
  /** Code offset of the first access. */
  readonly pc: number;
  /** The number of the common value: that of a register, if it is what the register has where the node begins. */
  readonly root: number;
  /** Register from which the first access has its address. */
  readonly base: number;
  /** What the group's common value has had added to it in {@link base} by then. */
  readonly baseDelta: number;
  /** Range of the accesses relative to the common value. */
  min: number;
  end: number;
  hasStore: boolean;
  /** The last instruction that needs the check. */
  last: BlockInstruction;
  /** Where the accesses probably go, as far as that can be told from where the address comes from. */
  hint: RegionHint;
  /** Whether the check is in another node than some of the accesses. */
  spansNodes: boolean;
}

/** An access: at a constant address, or at an offset from the common value of its group. */
export type Access =
  | { readonly kind: 'static'; readonly address: number }
  /** Known to lie in one region: in linear memory at a register's low 32 bits plus `add`, modulo 2^32, plus `offset`. */
  | { readonly kind: 'ranged'; readonly base: number; readonly add: number; readonly offset: number }
  | { readonly kind: 'grouped'; readonly group: AccessGroup; readonly offset: number; readonly isFirst: boolean };

/** The accesses of a node. */
export interface AccessPlan {
  /** By position of the instruction. */
  readonly accesses: readonly (Access | undefined)[];
  /** The constants that instructions are guessed to load, by position; undefined where there are none. */
  readonly guesses: readonly (number | undefined)[] | undefined;
  /** The groups whose common value is the stack pointer as it is at the start of the node. */
  readonly stackGroups: readonly AccessGroup[];
  /** What the node adds to the stack pointer, or undefined when it sets it in another way. */
  readonly stackDelta: number | undefined;
  /** What is known of addresses behind the node. */
  readonly after: AddressState;
}

/** What is known of the low 32 bits of registers, which make addresses. */
export interface AddressState {
  /** For each register the number of the unknown value behind it, or {@link CONSTANT}; at first the register's own. */
  readonly root: readonly number[];
  /** What has been added to that value; for a constant its low 32 bits. */
  readonly delta: readonly number[];
  /** The group of each unknown value. */
  readonly groups: ReadonlyMap<number, AccessGroup>;
}

/**
 * What has to be added to guest addresses to have those in linear memory, if all from `low` to before `end` are sure to
 * be accessible, in one region.
 */
export type LinearOffset = (low: number, end: number, isStore: boolean) => number | undefined;

/** Groups do not grow wider than this, so that none reaches across a region that its accesses themselves stay in. */
const MAX_SPAN = 2048;
/** The same for the stack, where the accesses of a function belong together. */
const MAX_STACK_SPAN = 1 << 15;
/** Sums beyond this are given up: a new unknown value takes their place. */
const MAX_DELTA = 1 << 24;
/** Stands for a known value in place of the number of an unknown one. */
const CONSTANT = -1;

const IS_STORE = INSTRUCTIONS.map(({ memory }) => memory?.startsWith('store') ?? false);
const IS_ABSOLUTE = INSTRUCTIONS.map(({ format }) => format === 'reg_imm' || format === 'imm_imm');

/** At first each register holds an unknown value of its own. */
const OWN_ROOTS = Array.from({ length: REGISTER_COUNT }, (_, register) => register);
const NO_DELTAS = OWN_ROOTS.map(() => 0);
const NO_GROUPS: ReadonlyMap<number, AccessGroup> = new Map();

/** Plans the nodes of a region, each after the nodes before it. */
export class AccessPlanner {
  readonly #isUnpredictable: (pc: number) => boolean;
  #root: number[] = [];
  #delta: number[] = [];
  #nextRoot = REGISTER_COUNT;
  /** Undefined as long as there are none, which is so in most nodes. */
  #groups: Map<number, AccessGroup> | undefined;
  #groupCount = 0;
  /** How many nodes have been planned, this one included. */
  #node = 0;
  #stackGroups: AccessGroup[] = [];
  /** What is known of registers before the instruction that is being planned. */
  #ranges: Ranges | undefined;
  readonly #scratch = new Ranges();
  readonly #linearOffset: LinearOffset;

  /**
   * @param isUnpredictable whether a check that serves more than its own node should not be made at a code offset
   * @param linearOffset where guest memory is in linear memory
   */
  constructor(isUnpredictable: (pc: number) => boolean, linearOffset: LinearOffset = () => undefined) {
    this.#isUnpredictable = isUnpredictable;
    this.#linearOffset = linearOffset;
  }

  /**
   * @param before what is known before the node, if there is only one way to it
   * @param last the instruction behind the others, which accesses no memory
   * @param ranges what is known of registers before the node
   * @param step changes ranges to those behind an instruction, and gives the constant that it is guessed to load
   */
  plan(
    instructions: readonly BlockInstruction[],
    before: AddressState | undefined,
    last?: BlockInstruction,
    ranges?: Ranges,
    step?: (instruction: BlockInstruction, ranges: Ranges) => number | undefined,
  ): AccessPlan {
    this.#ranges = ranges && this.#scratch;
    if (ranges !== undefined) this.#scratch.assign(ranges);
    this.#stackGroups = [];
    this.#node++;
    if (before === undefined) this.#start();
    else this.#goOn(before);
    const accesses = new Array<Access | undefined>(instructions.length);
    let guesses: (number | undefined)[] | undefined;
    for (let at = 0; at < instructions.length; at++) {
      const instruction = instructions[at]!;
      if (accessWidth(instruction.op) > 0 && instruction.op !== Op.memset) accesses[at] = this.#access(instruction);
      if (WRITES_R0[instruction.op]) this.#write(instruction);
      const guess = this.#ranges === undefined ? undefined : step?.(instruction, this.#ranges);
      if (guess !== undefined) {
        guesses ??= [];
        guesses[at] = guess;
      }
    }
    if (last !== undefined && WRITES_R0[last.op]) this.#write(last);
    const stackDelta = this.#root[SP] === SP ? this.#delta[SP] : undefined;
    const after = { root: this.#root, delta: this.#delta, groups: this.#groups ?? NO_GROUPS };
    return { accesses, guesses, stackGroups: this.#stackGroups, stackDelta, after };
  }

  #start(): void {
    this.#root = OWN_ROOTS.slice();
    this.#delta = NO_DELTAS.slice();
    this.#groups = undefined;
  }

  #goOn({ root, delta, groups }: AddressState): void {
    this.#root = root.slice();
    this.#delta = delta.slice();
    this.#groups = undefined;
    // A value that no register holds any more cannot come back.
    if (groups.size > 0) for (const value of root) if (value !== SP) this.#setGroup(value, groups.get(value));
    // The stack pointer is followed from node to node on its own: here it is a new value.
    const stackRoot = root[SP]!;
    const stackDelta = delta[SP]!;
    const formerRoot = this.#nextRoot++;
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if (root[register] === stackRoot && stackRoot !== CONSTANT) {
        this.#root[register] = SP;
        this.#delta[register] = delta[register]! - stackDelta;
      } else if (root[register] === SP) {
        this.#root[register] = formerRoot;
      }
    }
    this.#root[SP] = SP;
    this.#delta[SP] = 0;
  }

  #access(instruction: BlockInstruction): Access {
    const { op, imm0 } = instruction;
    if (IS_ABSOLUTE[op]) return { kind: 'static', address: imm0 >>> 0 };
    const base = baseRegister(instruction);
    const root = this.#root[base]!;
    const delta = this.#delta[base]!;
    if (root === CONSTANT) return { kind: 'static', address: (delta + imm0) >>> 0 };
    const ranged = this.#rangedAccess(instruction, base);
    if (ranged !== undefined) return ranged;
    const offset = delta + imm0;
    const end = offset + accessWidth(op);
    const maxSpan = root === SP ? MAX_STACK_SPAN : MAX_SPAN;
    let group = this.#groups?.get(root);
    const isFirst =
      group === undefined ||
      Math.max(group.end, end) - Math.min(group.min, offset) > maxSpan ||
      (group.node !== this.#node && this.#isUnpredictable(group.pc));
    if (group === undefined || isFirst) {
      group = {
        number: this.#groupCount++,
        node: this.#node,
        pc: instruction.pc,
        root,
        base,
        baseDelta: delta,
        min: offset,
        end,
        hasStore: false,
        last: instruction,
        hint: RegionHint.none,
        spansNodes: false,
      };
      this.#setGroup(root, group);
      if (root === SP) this.#stackGroups.push(group);
    } else if (group.node !== this.#node) {
      group.spansNodes = true;
    }
    group.min = Math.min(group.min, offset);
    group.end = Math.max(group.end, end);
    group.hasStore ||= IS_STORE[op]!;
    group.last = instruction;
    return { kind: 'grouped', group, offset, isFirst };
  }

  /** The access, if the range of its base register says that it goes to one region. */
  #rangedAccess({ op, imm0 }: BlockInstruction, base: number): Access | undefined {
    const ranges = this.#ranges;
    if (ranges === undefined || !ranges.isKnown(base)) return undefined;
    const low = ranges.low(base);
    const linear = this.#linearOffset(low + imm0, ranges.high(base) + imm0 + accessWidth(op), IS_STORE[op]!);
    if (linear === undefined) return undefined;
    if (ranges.isConstant(base)) return { kind: 'static', address: low + imm0 };
    // An addition that many accesses have in common is the best, after none.
    if (linear + imm0 >= 0) return { kind: 'ranged', base, add: 0, offset: linear + imm0 };
    if (imm0 >= 0 && low + linear >= 0) return { kind: 'ranged', base, add: linear, offset: imm0 };
    return { kind: 'ranged', base, add: linear + imm0, offset: 0 };
  }

  #setGroup(root: number, group: AccessGroup | undefined): void {
    if (group === undefined) return;
    this.#groups ??= new Map();
    this.#groups.set(root, group);
  }

  /** Notes what is known of the low 32 bits, which make addresses, of the value that an instruction writes. */
  #write({ op, r0, r1, imm0 }: BlockInstruction): void {
    switch (op) {
      case Op.load_imm:
      case Op.load_imm64:
        this.#root[r0] = CONSTANT;
        this.#delta[r0] = imm0;
        return;
      case Op.move_reg:
        this.#root[r0] = this.#root[r1]!;
        this.#delta[r0] = this.#delta[r1]!;
        return;
      case Op.add_imm_32:
      case Op.add_imm_64: {
        const root = this.#root[r1]!;
        const sum = this.#delta[r1]! + imm0;
        if (root === CONSTANT || Math.abs(sum) < MAX_DELTA) {
          this.#root[r0] = root;
          this.#delta[r0] = sum | 0;
          return;
        }
      }
    }
    this.#root[r0] = this.#nextRoot++;
    this.#delta[r0] = 0;
  }
}
