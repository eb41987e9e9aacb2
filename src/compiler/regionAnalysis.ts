import { Op, S0, S1 } from '../isa/index.js';
import { type AccessGroup, type AccessPlan, AccessPlanner, RegionHint, regionOfAddress } from './addressing.js';
import { accessWidth, type BlockInstruction } from './blockInstruction.js';
import { type Hints, hintFacts, hintOf, hintsAfter, INITIAL_HINTS, type StackFact, stackFacts } from './facts.js';
import type { MemoryCode } from './memoryCode.js';
import { Ending } from './programGraph.js';
import { type Ranges, rangeFacts } from './ranges.js';
import type { CompilerContext, RegionLinks } from './regionContext.js';
import { type CountedHeader, isReturn, type Node, type RegionNodes } from './regionNodes.js';
import {
  type Dispatches,
  type RegisterFacts,
  type RegisterUse,
  registerFacts,
  registersRead,
  registersWritten,
} from './registerFacts.js';
import { PASSED_MASK } from './runtime.js';
import { isWorthKnowing } from './stackConstants.js';
import { DISPATCHER, type Structure } from './structure.js';

/** Largest range around the stack pointer that is checked at once. */
const MAX_STACK_RANGE = 1 << 15;

/** Larger regions keep registers in memory between their parts. */
const MAX_RESIDENT_NODES = 64;

const NO_USE: RegisterUse = { reads: 0, writes: 0, exits: [], isCall: false };

/** A range relative to a stack pointer: from `min` to before `end`. */
export interface StackRange {
  min: number;
  end: number;
}

/** What is known of a region before its code is emitted. */
export class RegionAnalysis {
  /** The memory accesses of each node; none for nodes that nothing leads to. */
  readonly plans: readonly (AccessPlan | undefined)[];
  /** For each node what is known of registers at its start. */
  readonly ranges: readonly (Ranges | undefined)[];
  readonly stackFacts: readonly (StackFact | undefined)[];
  /** For each origin the range relative to its stack pointer that has to be checked there. */
  readonly stackRanges: ReadonlyMap<number, StackRange>;
  readonly registers: RegisterFacts;
  /** Whether control comes to the dispatcher from inside of the region. */
  readonly comesToDispatcher: boolean;
  /**
   * Whether registers stay in locals when control goes through the dispatcher: in small regions with calls inside of them,
   * which go there all the time. In others it would keep all locals alive everywhere.
   */
  readonly isResident: boolean;
  /** What is in locals then, wherever control comes to the dispatcher. */
  readonly residents: number;
  readonly #nodes: RegionNodes;
  readonly #structure: Structure;
  readonly #memory: MemoryCode;
  readonly #uses: readonly RegisterUse[];
  readonly #isUnpredictable: (pc: number) => boolean;

  constructor(
    context: CompilerContext,
    links: RegionLinks,
    nodes: RegionNodes,
    structure: Structure,
    memory: MemoryCode,
  ) {
    this.#nodes = nodes;
    this.#structure = structure;
    this.#memory = memory;
    this.#isUnpredictable = (pc) => links.learnedHint(pc) === 'unpredictable';
    this.ranges = rangeFacts(structure, {
      through: (number, ranges) => this.#follow(number, ranges),
      along: (number, to, ranges) => this.#followBranch(number, to, ranges),
    });
    this.plans = this.#planAccesses();
    // A call comes back with the stack pointer that it had.
    this.stackFacts = stackFacts(structure, (number) => this.plans[number]!.stackDelta);
    this.stackRanges = this.#planStackChecks();
    this.#giveHints(context, links);
    this.#uses = Array.from({ length: nodes.count }, (_, number) => this.#useOf(number));
    this.comesToDispatcher = structure.order.some((number) => number !== DISPATCHER && this.#mayDispatch(number));
    this.isResident = this.comesToDispatcher && nodes.callsItself && nodes.count <= MAX_RESIDENT_NODES;
    const dispatches: Dispatches = {
      from: (number) => this.#dispatchedFrom(number),
      mayGoElsewhere: (number) => nodes.mayStay(number),
    };
    this.registers = registerFacts(structure, this.#uses, this.isResident ? dispatches : undefined);
    this.residents = this.isResident ? this.#findResidents() : 0;
  }

  #mayDispatch(number: number): boolean {
    if (this.#nodes.mayStay(number)) return true;
    return this.#structure.successors(number).some((to) => this.#structure.edge(number, to) === 'dispatch');
  }

  /** The nodes to which control can go from a node by way of the dispatcher. */
  #dispatchedFrom(number: number): readonly number[] {
    const to = this.#structure.successors(number).filter((to) => this.#structure.edge(number, to) === 'dispatch');
    return this.#nodes.mayStay(number) ? [...to, ...this.#nodes.jumpedTo] : to;
  }

  #findResidents(): number {
    let registers = this.registers.changedAtDispatcher;
    for (const node of this.#structure.order) {
      if (this.#structure.isChecked(node)) registers |= this.registers.needed[node]!;
    }
    return registers;
  }

  /** All sets of registers that may have changed where nodes leave the region. */
  changedAtExits(): Set<number> {
    const sets = new Set<number>();
    for (const node of this.#structure.order) {
      for (const written of this.#uses[node]!.exits) sets.add(this.registers.changed[node]! | written);
    }
    return sets;
  }

  /**
   * Changes what is known before an instruction to what is known behind it. Gives the constant that it is guessed to load,
   * with which its code has to compare what it does load.
   */
  #step(instruction: BlockInstruction, ranges: Ranges): number | undefined {
    const loaded = ranges.guessLoaded(instruction);
    ranges.apply(instruction);
    if (loaded === undefined || this.#isUnpredictable(instruction.pc)) return undefined;
    ranges.set(instruction.r0, loaded, loaded);
    return loaded;
  }

  /** The registers that are guessed to come back from a call as they were, which has to be checked, as a set of bits. */
  keptByCall(number: number, ranges: Ranges): number {
    const { returnTo } = this.#nodes.at(number).block;
    const to = this.#nodes.startOf(returnTo);
    if (to === undefined || this.#isUnpredictable(this.#nodes.at(to).pc)) return 0;
    let kept = 0;
    for (const register of [S0, S1]) {
      if (ranges.isConstant(register) && isWorthKnowing(ranges.low(register))) kept |= 1 << register;
    }
    return kept;
  }

  #follow(number: number, ranges: Ranges): void {
    const { instructions, last } = this.#nodes.at(number);
    for (const instruction of instructions) this.#step(instruction, ranges);
    ranges.apply(last);
    if (this.#nodes.isCall(number)) ranges.keepOnly(this.keptByCall(number, ranges));
  }

  #followBranch(number: number, to: number, ranges: Ranges): void {
    const { block, last, next, counted } = this.#nodes.at(number);
    if (block.ending !== Ending.branch || next !== undefined || counted !== undefined) return;
    const taken = this.#nodes.after(number, block.target);
    if (taken !== this.#nodes.after(number, block.next)) ranges.branch(last, to === taken);
  }

  #planAccesses(): AccessPlan[] {
    const planner = new AccessPlanner(this.#isUnpredictable, this.#memory.linearOffset);
    const step = (instruction: BlockInstruction, ranges: Ranges): number | undefined => this.#step(instruction, ranges);
    const plans: AccessPlan[] = [];
    for (const number of this.#structure.order) {
      if (number === DISPATCHER) continue;
      const before = plans[this.#structure.inlineParent(number)]?.after;
      const { instructions, last } = this.#nodes.at(number);
      plans[number] = planner.plan(instructions, before, last, this.ranges[number], step);
    }
    return plans;
  }

  /** Finds for each origin of stack pointers what is accessed relative to the one it is entered with. */
  #planStackChecks(): ReadonlyMap<number, StackRange> {
    const ranges = new Map<number, StackRange>();
    for (const number of this.#structure.order) {
      const fact = this.stackFacts[number];
      if (fact === undefined) continue;
      for (const group of this.plans[number]!.stackGroups) {
        const min = group.min + fact.delta;
        const end = group.end + fact.delta;
        const range = ranges.get(fact.origin);
        if (range === undefined) {
          ranges.set(fact.origin, { min, end });
        } else if (Math.max(range.end, end) - Math.min(range.min, min) <= MAX_STACK_RANGE) {
          range.min = Math.min(range.min, min);
          range.end = Math.max(range.end, end);
        } else {
          continue;
        }
        this.#memory.trustOnStack(group);
      }
    }
    return ranges;
  }

  /** Guesses which region of memory each group of accesses goes to. */
  #giveHints({ map }: CompilerContext, links: RegionLinks): void {
    const regionOf = (address: number): RegionHint => regionOfAddress(map, address);
    const after = (hints: Hints, instruction: BlockInstruction): Hints => hintsAfter(hints, instruction, regionOf);
    const facts = hintFacts(this.#structure, (number, before) => {
      if (this.#nodes.isCall(number)) return INITIAL_HINTS;
      const { instructions, last } = this.#nodes.at(number);
      return after(instructions.reduce(after, before), last);
    });
    for (const number of this.#structure.order) {
      if (number === DISPATCHER) continue;
      const { accesses } = this.plans[number]!;
      let hints = facts[number]!;
      const node = this.#nodes.at(number);
      const { instructions } = node;
      const tableLoad = tableLoadOf(node);
      for (let at = 0; at < instructions.length; at++) {
        const instruction = instructions[at]!;
        const access = accesses[at];
        if (access?.kind === 'grouped' && access.isFirst) {
          // A large offset is the address of a table. Of most addresses nothing is known, and most are of data.
          const likely =
            at === tableLoad ? RegionHint.readOnly : regionOf(instruction.imm0 >>> 0) || RegionHint.readWrite;
          const guess = hintOf(hints, access.group.base) || likely;
          const learned = links.learnedHint(instruction.pc) ?? guess;
          access.group.hint = learned === 'unpredictable' ? RegionHint.none : learned;
        }
        hints = after(hints, instruction);
      }
    }
  }

  /** Whether control may go from a node to another region, or to the dispatcher, which takes what is passed to regions. */
  #passes(number: number): boolean {
    const { block, last, next, counted } = this.#nodes.at(number);
    if (last.op === Op.ecalli || next !== undefined || counted !== undefined) return false;
    if (block.ending === Ending.dynamic) return true;
    return [block.target, block.next].some((to) => {
      if (to < 0) return false;
      const node = this.#nodes.after(number, to);
      return node === undefined || this.#structure.edge(number, node) === 'dispatch';
    });
  }

  /** The accesses of a counted loop's rounds that are checked before the first of them, for all. */
  headerGroups({ unrolled, rounds }: CountedHeader): readonly AccessGroup[] {
    const groups = new Set<AccessGroup>();
    for (let node = unrolled; node < unrolled + rounds; node++) {
      for (const access of this.plans[node]!.accesses) {
        if (access?.kind === 'grouped' && this.#memory.isCheckedAhead(access.group)) groups.add(access.group);
      }
    }
    return [...groups];
  }

  #readsOfHeader(header: CountedHeader): number {
    const branch = this.#nodes.at(header.single).last;
    return this.headerGroups(header).reduce((reads, { root }) => reads | (1 << root), registersRead(branch));
  }

  /** What a node does to registers, and where it may leave: the same places as in its code. */
  #useOf(number: number): RegisterUse {
    const plan = this.plans[number];
    if (plan === undefined) return NO_USE;
    const { instructions, last, block, counted } = this.#nodes.at(number);
    let reads = 0;
    let writes = 0;
    const exits: number[] = [];
    if (this.#structure.isChecked(number) || this.stackRanges.has(number)) exits.push(0);
    for (let at = 0; at < instructions.length; at++) {
      const instruction = instructions[at]!;
      const access = plan.accesses[at];
      const isLeft = instruction.op === Op.sbrk || instruction.op === Op.memset;
      if (isLeft || (access !== undefined && this.#memory.mayLeave(instruction, access))) exits.push(writes);
      reads |= registersRead(instruction) & ~writes;
      writes |= registersWritten(instruction);
      if (plan.guesses?.[at] !== undefined) exits.push(writes);
    }
    if (last.op !== Op.ecalli && block.ending !== Ending.trap) reads |= registersRead(last) & ~writes;
    exits.push(writes);
    // A jump that loads a register may leave behind that, too.
    const after = last.op === Op.ecalli ? writes : writes | registersWritten(last);
    if (after !== writes) exits.push(after);
    if (counted !== undefined) reads |= this.#readsOfHeader(counted);
    const isCall = this.#nodes.isCall(number);
    if (isCall || this.#passes(number)) reads |= PASSED_MASK & ~after;
    return { reads, writes: after, exits, isCall };
  }
}

/** The position of the instruction that loads the target of a jump, which is an entry of a table of cases; -1 if there is none. */
function tableLoadOf({ instructions, last }: Node): number {
  if (last.op !== Op.jump_indirect || isReturn(last)) return -1;
  let behindTarget = 1 << last.r0;
  for (let at = instructions.length - 1; at >= 0; at--) {
    const instruction = instructions[at]!;
    const written = registersWritten(instruction);
    if ((written & behindTarget) === 0) continue;
    if (accessWidth(instruction.op) > 0) return at;
    behindTarget = (behindTarget & ~written) | registersRead(instruction);
  }
  return -1;
}
