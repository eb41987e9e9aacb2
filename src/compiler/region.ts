/**
 * A region: the part of a program that becomes one WebAssembly function, mostly a function of the guest.
 */

import { Op, RA, REGISTER_COUNT } from '../isa/index.js';
import {
  type AccessPlan,
  AccessPlanner,
  type BlockInstruction,
  blockInstruction,
  RegionHint,
  regionOfAddress,
} from './addressing.js';
import { emitArithmetic } from './arithmeticCode.js';
import { emitCondition } from './branchCode.js';
import { Emitter, RESUME_LOCAL } from './emitter.js';
import {
  extendedAfter,
  extendedFacts,
  type Hints,
  hintFacts,
  hintOf,
  hintsAfter,
  type StackFact,
  stackFacts,
} from './facts.js';
import { MemoryCode, type MemoryGuess } from './memoryCode.js';
import { type BasicBlock, Ending, type ProgramGraph } from './programGraph.js';
import { type CompilerContext, EXIT_BITS, RegionExit, type RegionLinks } from './regionContext.js';
import {
  type RegisterFacts,
  type RegisterUse,
  registerFacts,
  registersRead,
  registersWritten,
} from './registerFacts.js';
import { LEAVE_FUNCTION, PARAMETER, PASSED_MASK } from './runtime.js';
import { DISPATCHER, Structure } from './structure.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

/** A place where a region's function can be entered. */
export interface RegionEntry {
  /** Code offset of the next instruction. */
  readonly pc: number;
  /** Whether that is in the middle of a basic block, behind a host call, so that the block has been paid for. */
  readonly isPaid: boolean;
  /** What the function takes to go there. */
  readonly number: number;
}

/** An `ecalli` in a region. */
export interface HostCall {
  readonly pc: number;
  /** What it asks for, a u32. */
  readonly number: number;
  /** Code offset of the instruction behind it. */
  readonly next: number;
}

/** The code of a region. */
export interface RegionCode {
  /** Types of the locals behind the parameters. */
  readonly locals: readonly ValueType[];
  /** The instructions of the function. */
  readonly code: Uint8Array;
  readonly entries: readonly RegionEntry[];
  readonly hostCalls: readonly HostCall[];
  /** Accesses that are taken to hit one region of memory; others leave, to be interpreted. */
  readonly guesses: readonly MemoryGuess[];
  /** The jump table entries that the function takes as they are, from the first to before the last. */
  readonly firstJump: number;
  readonly endJump: number;
  /** With less gas than this the function may do nothing but ask for more. */
  readonly minimumGas: number;
}

/** Largest range around the stack pointer that is checked at once. */
const MAX_STACK_RANGE = 1 << 15;
/** Index of the type of all regions' functions. */
const REGION_TYPE = 0;
/** Largest number of jump table entries from the first that leads into the region to the last. */
const MAX_JUMPS = 1 << 12;

/** Blocks of at most so many instructions that jump to themselves are unrolled, as long as this is not exceeded. */
const MAX_UNROLLED = 120;
const MAX_COPIES = 6;

/** A basic block, or the part of one behind a host call. */
interface Node {
  readonly block: BasicBlock;
  /** Code offset of the first instruction. */
  readonly pc: number;
  /** Whether the block was paid for before. */
  readonly isPaid: boolean;
  readonly cost: number;
  readonly instructions: readonly BlockInstruction[];
  /** The instruction that ends the node: the last of the block, or a host call. */
  readonly last: BlockInstruction;
  /** For a copy of a block that loops: the node that its jump to itself leads to. */
  readonly again?: number;
}

/**
 * Compiles blocks of a program, in ascending order, into one function.
 *
 * @param functions for the regions that are compiled into the same module: the index of each one's function
 */
export function compileRegion(
  context: CompilerContext,
  graph: ProgramGraph,
  links: RegionLinks,
  functions: ReadonlyMap<number, number>,
  blocks: readonly number[],
): RegionCode {
  return new RegionCompiler(context, graph, links, functions, blocks).compile();
}

/** How many copies of a block that jumps to itself make up a round of its loop. */
function copiesOf({ instructionCount }: BasicBlock): number {
  return Math.max(1, Math.min(MAX_COPIES, Math.floor(MAX_UNROLLED / instructionCount)));
}

const NO_USE: RegisterUse = { reads: 0, writes: 0, exits: [] };

class RegionCompiler {
  readonly #context: CompilerContext;
  readonly #graph: ProgramGraph;
  readonly #links: RegionLinks;
  readonly #functions: ReadonlyMap<number, number>;
  readonly #emitter: Emitter;
  readonly #memory: MemoryCode;
  /** Nodes by number; 0 is the dispatcher. */
  readonly #nodes: Node[] = [];
  /** For each block in the region the number of its node. */
  readonly #nodeOf = new Map<number, number>();
  readonly #structure: Structure;
  readonly #worst: Float64Array;
  readonly #hostCalls: HostCall[] = [];
  /**
   * The dispatcher's numbers: jump table entries from `#firstJump` to before `#endJump`, then blocks from `#firstBlock`
   * on, then what follows host calls.
   */
  #firstJump = 0;
  #endJump = 0;
  readonly #firstBlock: number;
  readonly #blockCount: number;
  /** Nodes that follow host calls, and the position of each among them. */
  readonly #continuations: number[] = [];
  readonly #continuationOf = new Map<number, number>();
  /** Whether there are calls inside of the region, so that returns can stay in it. */
  readonly #callsItself: boolean;
  /** Labels by node, for nodes that are branched to. */
  readonly #labels: Int32Array;
  /** For nodes that stand where their only predecessor ends, the gas that it leaves to be settled. */
  readonly #pendingGas: Float64Array;
  readonly #loopLabels: Int32Array;
  /** For the headers of inner loops: their number, and the last number of a loop inside of them. */
  readonly #resumeNumber: Int32Array;
  readonly #lastResumeNumber: Int32Array;
  /** Headers of inner loops by number, from 1 on, each with the header of the outermost loop around it. */
  readonly #innerLoops: { readonly header: number; readonly outermost: number }[] = [];
  /** For each node the registers that hold sign extensions of 32 bits at its start. */
  readonly #extended: Int32Array;
  readonly #uses: readonly RegisterUse[];
  readonly #registers: RegisterFacts;
  readonly #plans: readonly AccessPlan[];
  #stackFacts: readonly (StackFact | undefined)[] = [];
  /** For each origin the range relative to its stack pointer that has to be checked there. */
  readonly #stackRanges = new Map<number, { min: number; end: number }>();
  #dispatchLabel = 0;
  /**
   * What comes after the code that is being emitted, the next last. Nodes stand inside of each other by the hundred, which
   * would take a deep stack: hosts may have little of it left.
   */
  readonly #after: (() => void)[] = [];

  constructor(
    context: CompilerContext,
    graph: ProgramGraph,
    links: RegionLinks,
    functions: ReadonlyMap<number, number>,
    blocks: readonly number[],
  ) {
    this.#functions = functions;
    this.#context = context;
    this.#graph = graph;
    this.#links = links;
    this.#emitter = new Emitter(context.program.isa.is64Bit);
    this.#memory = new MemoryCode(this.#emitter, context, graph.growsHeap);
    this.#firstBlock = blocks[0]!;
    this.#blockCount = blocks[blocks.length - 1]! - this.#firstBlock + 1;
    const entries = this.#makeNodes(blocks);
    this.#callsItself = this.#nodes.some(
      (node) => node?.block.ending === Ending.call && this.#nodeOf.has(node.block.target),
    );
    const successors = this.#nodes.map((_, number) => (number === DISPATCHER ? [] : this.#successors(number)));
    this.#structure = new Structure({ successors }, entries);
    this.#worst = this.#structure.worstPaths((number) => this.#nodes[number]!.cost);
    const count = this.#nodes.length;
    this.#labels = new Int32Array(count);
    this.#pendingGas = new Float64Array(count);
    this.#loopLabels = new Int32Array(count);
    this.#resumeNumber = new Int32Array(count);
    this.#lastResumeNumber = new Int32Array(count);
    for (const node of this.#structure.entries) this.#numberInnerLoops(node, node);
    this.#plans = this.#planAccesses();
    this.#extended = extendedFacts(this.#structure, (number, before) => {
      const { instructions, last, block } = this.#nodes[number]!;
      const after = instructions.reduce(extendedAfter, before);
      // A call loads a constant.
      return block.ending === Ending.call ? after | (1 << last.r0) : after;
    });
    this.#planStackChecks();
    this.#giveHints();
    this.#uses = this.#nodes.map((_, number) => (number === DISPATCHER ? NO_USE : this.#registerUse(number)));
    this.#registers = registerFacts(this.#structure, this.#uses);
  }

  #planAccesses(): AccessPlan[] {
    const planner = new AccessPlanner((pc) => this.#links.learnedHint(pc) === 'unpredictable');
    const plans: AccessPlan[] = [];
    for (const number of this.#structure.order) {
      if (number === DISPATCHER) continue;
      plans[number] = planner.plan(
        this.#nodes[number]!.instructions,
        plans[this.#structure.inlineParent(number)]?.after,
      );
    }
    return plans;
  }

  /** Guesses which region of memory each group of accesses goes to. */
  #giveHints(): void {
    const regionOf = (address: number): RegionHint => regionOfAddress(this.#context.map, address);
    const after = (hints: Hints, instruction: BlockInstruction): Hints => hintsAfter(hints, instruction, regionOf);
    const facts = hintFacts(this.#structure, (number, before) => {
      const { instructions, last } = this.#nodes[number]!;
      return after(instructions.reduce(after, before), last);
    });
    for (const number of this.#structure.order) {
      if (number === DISPATCHER) continue;
      const { instructions } = this.#nodes[number]!;
      const plan = this.#plans[number]!;
      let hints = facts[number]!;
      for (const [at, instruction] of instructions.entries()) {
        const access = plan.accesses[at];
        if (access?.kind === 'grouped' && access.isFirst) {
          const learned = this.#links.learnedHint(instruction.pc);
          // Of most addresses nothing is known, and most are of data.
          const guess = learned ?? (hintOf(hints, access.group.base) || RegionHint.readWrite);
          access.group.hint = guess === 'unpredictable' ? RegionHint.none : guess;
        }
        hints = after(hints, instruction);
      }
    }
  }

  /** What a node does to registers, and where it may leave: the same places as in its code. */
  #registerUse(number: number): RegisterUse {
    const plan = this.#plans[number];
    // Nothing leads to a node without a plan.
    if (plan === undefined) return NO_USE;
    const { instructions, last, block } = this.#nodes[number]!;
    let reads = 0;
    let writes = 0;
    const exits: number[] = [];
    if (this.#structure.isChecked(number) || this.#stackRanges.has(number)) exits.push(0);
    for (const [at, instruction] of instructions.entries()) {
      const access = plan.accesses[at];
      const isLeft = instruction.op === Op.sbrk || instruction.op === Op.memset;
      if (isLeft || (access !== undefined && this.#memory.mayLeave(instruction, access))) exits.push(writes);
      reads |= registersRead(instruction) & ~writes;
      writes |= registersWritten(instruction);
    }
    if (last.op !== Op.ecalli && block.ending !== Ending.trap) reads |= registersRead(last) & ~writes;
    exits.push(writes);
    // A jump that loads a register may leave behind that, too.
    const after = last.op === Op.ecalli ? writes : writes | registersWritten(last);
    if (after !== writes) exits.push(after);
    return { reads, writes: after, exits };
  }

  /** Finds for each origin of stack pointers what is accessed relative to the one it is entered with. */
  #planStackChecks(): void {
    this.#stackFacts = stackFacts(this.#structure, (number) => this.#plans[number]!.stackDelta);
    for (const number of this.#structure.order) {
      const fact = this.#stackFacts[number];
      if (fact === undefined) continue;
      for (const group of this.#plans[number]!.stackGroups) {
        const min = group.min + fact.delta;
        const end = group.end + fact.delta;
        const range = this.#stackRanges.get(fact.origin);
        if (range === undefined) {
          this.#stackRanges.set(fact.origin, { min, end });
        } else if (Math.max(range.end, end) - Math.min(range.min, min) <= MAX_STACK_RANGE) {
          range.min = Math.min(range.min, min);
          range.end = Math.max(range.end, end);
        } else {
          continue;
        }
        this.#memory.trustOnStack(group);
      }
    }
  }

  compile(): RegionCode {
    const { code, exitLabels } = this.#emitter;
    this.#prologue();
    const sets = [...this.#changedAtExits()];
    for (const changed of sets) exitLabels.set(changed, code.block(ValueType.i32));
    this.#dispatchLabel = code.loop();
    this.#dispatcher();
    code.end();
    code.op(Wasm.unreachable);
    for (const changed of sets.reverse()) {
      code.end();
      this.#emitter.storeRegisters(changed);
      this.#emitter.pushPassed();
      code.call(LEAVE_FUNCTION);
      code.op(Wasm.return);
    }
    code.op(Wasm.unreachable);
    return {
      locals: this.#emitter.locals,
      code: code.bytes(),
      entries: this.#entries(),
      hostCalls: this.#hostCalls,
      guesses: this.#memory.guesses,
      firstJump: this.#firstJump,
      endJump: this.#endJump,
      minimumGas: this.#worst.reduce((most, cost) => Math.max(most, cost), 1),
    };
  }

  /** All sets of registers that may have changed where the region is left. */
  #changedAtExits(): Set<number> {
    const sets = new Set<number>();
    for (const node of this.#structure.order) {
      if (node === DISPATCHER) continue;
      for (const written of this.#uses[node]!.exits) {
        sets.add((this.#registers.changed[node]! | written) & ~PASSED_MASK);
      }
    }
    // From the dispatcher, where all registers are in memory.
    return sets.add(0);
  }

  /** Makes the nodes of all blocks and returns those that the dispatcher has to know. */
  #makeNodes(blocks: readonly number[]): number[] {
    const { costOfBlock } = this.#context;
    const { decoder } = this.#graph;
    const entries: number[] = [];
    this.#nodes.push(undefined as unknown as Node);
    for (const index of blocks) {
      const block = this.#graph.blocks[index]!;
      const first = this.#nodes.length;
      this.#nodeOf.set(index, first);
      if (this.#links.isEntry(index)) entries.push(first);
      let pc = block.start;
      let cost = costOfBlock(block.start);
      let instructions: BlockInstruction[] = [];
      decoder.decode(block.start);
      for (let i = 0; i < block.instructionCount; i++) {
        if (i > 0) decoder.decode(decoder.next);
        const instruction = blockInstruction(decoder);
        const isLast = i === block.instructionCount - 1;
        if (!isLast && instruction.op !== Op.ecalli) {
          instructions.push(instruction);
          continue;
        }
        const number = this.#nodes.length;
        if (number !== first) {
          this.#continuationOf.set(number, this.#continuations.length);
          this.#continuations.push(number);
        }
        const node = { block, pc, isPaid: number !== first, cost, instructions, last: instruction };
        const copies = isLast && number === first && block.target === index ? copiesOf(block) : 1;
        for (let copy = 1; copy < copies; copy++) this.#nodes.push({ ...node, again: number + copy });
        this.#nodes.push(node);
        pc = instruction.next;
        cost = 0;
        instructions = [];
      }
    }
    for (const number of this.#continuations) entries.push(number);
    this.#findJumps(entries);
    return entries;
  }

  /** Finds the part of the jump table that leads here. */
  #findJumps(entries: number[]): void {
    let first = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const [index, node] of this.#nodeOf) {
      const { jumps } = this.#graph.blocks[index]!;
      if (jumps.length === 0) continue;
      entries.push(node);
      first = Math.min(first, jumps[0]!);
      end = Math.max(end, jumps[jumps.length - 1]! + 1);
    }
    if (end - first > MAX_JUMPS || end > this.#links.jumpCount || end === 0) return;
    this.#firstJump = first;
    this.#endJump = end;
  }

  #successors(number: number): number[] {
    const { last, block } = this.#nodes[number]!;
    if (last.op === Op.ecalli) return [];
    // The way that is not taken last, so that it comes first in the order of the code.
    return [block.target, block.next].flatMap((index) => this.#nodeAfter(number, index) ?? []);
  }

  /** The node of a block that control goes to from a node, if it is in the region. */
  #nodeAfter(number: number, index: number): number | undefined {
    const { again, block } = this.#nodes[number]!;
    return again !== undefined && index === block.target ? again : this.#nodeOf.get(index);
  }

  /** Numbers the loops inside of a loop such that those inside of one of them come one behind the other. */
  #numberInnerLoops(header: number, outermost: number): void {
    for (const inner of this.#structure.loopChildren(header)) {
      this.#innerLoops.push({ header: inner, outermost });
      this.#resumeNumber[inner] = this.#innerLoops.length;
      this.#numberInnerLoops(inner, outermost);
      this.#lastResumeNumber[inner] = this.#innerLoops.length;
    }
  }

  /** What is added to a block's number to have the dispatcher's number for it. */
  get #blockOffset(): number {
    return this.#endJump - this.#firstJump - this.#firstBlock;
  }

  /** The dispatcher's number for a node that is an entry or an inner loop. */
  #dispatcherNumber(node: number): number {
    const { block, isPaid } = this.#nodes[node]!;
    const count = this.#endJump - this.#firstJump;
    if (isPaid) return count + this.#blockCount + this.#continuationOf.get(node)!;
    return this.#graph.blockAt(block.start) + this.#blockOffset;
  }

  #entries(): RegionEntry[] {
    const nodes = [...this.#structure.entries, ...this.#innerLoops.map(({ header }) => header)];
    return nodes.map((node) => {
      const { pc, isPaid } = this.#nodes[node]!;
      return { pc, isPaid, number: this.#dispatcherNumber(node) - this.#blockOffset + this.#links.jumpCount };
    });
  }

  /** Turns the entry's number in the program into the dispatcher's number. */
  #prologue(): void {
    const { code } = this.#emitter;
    const { jumpCount } = this.#links;
    const fromBlock = this.#blockOffset - jumpCount;
    code.localGet(PARAMETER.entry);
    code.i32Const(fromBlock);
    code.op(Wasm.i32Add);
    if (this.#endJump > this.#firstJump) {
      code.localGet(PARAMETER.entry);
      code.i32Const(-this.#firstJump);
      code.op(Wasm.i32Add);
      code.localGet(PARAMETER.entry);
      code.i32Const(jumpCount);
      code.op(Wasm.i32GeU);
      code.op(Wasm.select);
    }
    code.localSet(PARAMETER.entry);
  }

  #dispatcher(): void {
    const { code } = this.#emitter;
    const count = this.#endJump - this.#firstJump;
    const unknown = code.block();
    const otherRegion = code.block();
    this.#within(this.#structure.mergeChildren(DISPATCHER), () => {
      // Each way into the region loads what is needed there.
      const ways = [
        ...this.#structure.entries.map((node) => ({ node, to: node, resume: 0 })),
        ...this.#innerLoops.map(({ header, outermost }, i) => ({ node: header, to: outermost, resume: i + 1 })),
      ];
      const openEntries = new Set(this.#structure.openEntries);
      const wayLabels = ways.map(() => code.block());
      const labels = new Array<number>(count + this.#blockCount + this.#continuations.length).fill(unknown);
      const wayOf = new Map<number, number>();
      for (const [i, { node }] of ways.entries()) {
        labels[this.#dispatcherNumber(node)] = wayLabels[i]!;
        wayOf.set(node, wayLabels[i]!);
      }
      for (let i = 0; i < count; i++) {
        const node = this.#nodeOf.get(this.#graph.jumpTable[this.#firstJump + i]!);
        labels[i] = node === undefined ? otherRegion : wayOf.get(node)!;
      }
      code.localGet(PARAMETER.entry);
      code.brTable(labels, unknown);
      for (const { node, to, resume } of ways.reverse()) {
        code.end();
        this.#emitter.loadRegisters(this.#registers.needed[to]!);
        if (!openEntries.has(node)) this.#checkFacts(node);
        if (resume > 0) {
          code.i32Const(resume);
          code.localSet(RESUME_LOCAL);
        }
        code.br(this.#labels[to]!);
      }
    });
    this.#emitRest();
    code.end();
    this.#emitter.changed = 0;
    this.#emitter.pendingGas = 0;
    if (count > 0) {
      code.localGet(PARAMETER.entry);
      code.i32Const(this.#firstJump);
      code.op(Wasm.i32Add);
      code.localSet(PARAMETER.entry);
      this.#jumpThroughTable();
    }
    code.end();
    code.op(Wasm.unreachable);
  }

  /**
   * Refuses to resume a loop unless what its code relies on holds: whoever comes this way has passed none of the code
   * before the loop, and the host can change every register.
   */
  #checkFacts(header: number): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const { pc } = this.#nodes[header]!;
    const { origin, delta } = this.#stackFacts[header]!;
    const range = this.#stackRanges.get(origin);
    // An origin checks its range itself.
    if (range !== undefined && origin !== header) {
      const [min, end] = [range.min - delta, range.end - delta];
      if (!this.#memory.checkStack(min, end, RegionExit.refused, pc)) emitter.exit(RegionExit.refused, pc);
    }
    const extended = emitter.is64Bit ? this.#extended[header]! & this.#registers.needed[header]! : 0;
    if (extended === 0) return;
    code.i32Const(0);
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if (((extended >>> register) & 1) === 0) continue;
      emitter.get(register);
      emitter.get(register);
      code.op(Wasm.i64Extend32S);
      code.op(Wasm.i64Ne);
      code.op(Wasm.i32Or);
    }
    code.if();
    emitter.exit(RegionExit.refused, pc);
    code.end();
  }

  /** Goes on in the region of a jump table entry, whose number in the program is in the entry's local. */
  #jumpThroughTable(): void {
    const { code } = this.#emitter;
    this.#emitter.settleGas();
    if (this.#links.hasTailCalls) {
      this.#emitter.storeRegisters(this.#emitter.changed);
      code.localGet(PARAMETER.entry);
      this.#emitter.pushPassed();
      code.localGet(PARAMETER.entry);
      code.callIndirect(REGION_TYPE, true);
    } else {
      code.localGet(PARAMETER.entry);
      code.i32Const(EXIT_BITS);
      code.op(Wasm.i32Shl);
      code.i32Const(RegionExit.entry);
      code.op(Wasm.i32Or);
      this.#emitter.leave();
    }
  }

  /** Emits `inner` inside of a block for each of the nodes, and then the code of each node behind its block. */
  #within(nodes: readonly number[], inner: () => void): void {
    const { code } = this.#emitter;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      this.#labels[node] = code.block();
      this.#after.push(() => {
        code.end();
        this.#node(node);
      });
    }
    inner();
  }

  /** Emits all that still has to come. */
  #emitRest(): void {
    for (let next = this.#after.pop(); next !== undefined; next = this.#after.pop()) next();
  }

  #node(number: number): void {
    const { code } = this.#emitter;
    this.#emitter.changed = this.#registers.changed[number]!;
    this.#emitter.pendingGas = this.#pendingGas[number]!;
    const node = this.#nodes[number]!;
    if (this.#structure.isLoopHeader(number)) {
      this.#loopLabels[number] = code.loop();
      this.#after.push(() => code.end());
    }
    this.#within(this.#structure.mergeChildren(number), () => {
      this.#emitter.changed = this.#registers.changed[number]!;
      if (this.#structure.loopChildren(number).length > 0) this.#resumeInnerLoop(number);
      if (this.#structure.isChecked(number)) this.#checkGas(number, node);
      this.#body(number, node);
    });
  }

  /** At a loop header: goes on into an inner loop, if one is to be resumed. */
  #resumeInnerLoop(header: number): void {
    const { code } = this.#emitter;
    code.localGet(RESUME_LOCAL);
    code.if();
    for (const inner of this.#structure.loopChildren(header)) {
      const first = this.#resumeNumber[inner]!;
      code.localGet(RESUME_LOCAL);
      code.i32Const(first);
      code.op(Wasm.i32Sub);
      code.i32Const(this.#lastResumeNumber[inner]! - first);
      code.op(Wasm.i32LeU);
      code.if();
      // Having arrived, there is nothing more to resume.
      code.localGet(RESUME_LOCAL);
      code.i32Const(0);
      code.localGet(RESUME_LOCAL);
      code.i32Const(first);
      code.op(Wasm.i32Ne);
      code.op(Wasm.select);
      code.localSet(RESUME_LOCAL);
      code.br(this.#labels[inner]!);
      code.end();
    }
    code.end();
  }

  /** Leaves when the gas may not suffice for the way to the next check. */
  #checkGas(number: number, node: Node): void {
    const { code } = this.#emitter;
    const worst = this.#worst[number]!;
    if (worst === 0) return;
    code.localGet(PARAMETER.gas);
    this.#emitter.gasConstant(worst);
    code.op(Wasm.i64LtS);
    code.if();
    this.#emitter.exit(node.isPaid ? RegionExit.interpret : RegionExit.block, node.pc);
    code.end();
  }

  #body(number: number, node: Node): void {
    this.#emitter.pendingGas += node.cost;
    const range = this.#stackRanges.get(number);
    const isPossible =
      range === undefined || this.#memory.checkStack(range.min, range.end, RegionExit.interpret, node.pc);
    if (!isPossible) this.#emitter.exit(RegionExit.interpret, node.pc);
    else if (this.#instructions(number, node)) {
      const held = this.#memory.takeHeld();
      if (held.length > 0) this.#after.push(() => this.#emitter.release(held));
      this.#end(number, node);
    }
    this.#emitter.endNode();
  }

  /** Returns false when the code has left the region for good before its end. */
  #instructions(number: number, node: Node): boolean {
    const { accesses } = this.#plans[number]!;
    this.#emitter.extended = this.#extended[number]!;
    for (const [at, instruction] of node.instructions.entries()) {
      const access = accesses[at];
      if (access !== undefined) {
        if (!this.#memory.access(instruction, access)) return false;
      } else if (instruction.op === Op.sbrk || instruction.op === Op.memset) {
        this.#emitter.exit(RegionExit.interpret, instruction.pc);
        return false;
      } else {
        emitArithmetic(this.#emitter, instruction);
      }
      this.#emitter.extended = extendedAfter(this.#emitter.extended, instruction);
      this.#emitter.changed |= registersWritten(instruction);
    }
    return true;
  }

  #end(number: number, node: Node): void {
    const emitter = this.#emitter;
    const { block, last } = node;
    if (last.op === Op.ecalli) {
      emitter.exit(RegionExit.ecalli, last.pc);
      this.#hostCalls.push({ pc: last.pc, number: last.imm0 >>> 0, next: last.next });
      return;
    }
    switch (block.ending) {
      case Ending.trap:
        // The last instruction may be any that the code ends with, or one that only goes wrong as a jump.
        emitter.exit(RegionExit.interpret, last.pc);
        break;
      case Ending.call:
        emitter.constant(last.imm0);
        emitter.set(last.r0);
        emitter.changed |= 1 << last.r0;
        this.#goTo(number, block.target);
        break;
      case Ending.jump:
        this.#goTo(number, block.target);
        break;
      case Ending.fallthrough:
        this.#goTo(number, block.next);
        break;
      case Ending.branch:
        this.#branch(number, node);
        break;
      case Ending.dynamic:
        this.#dynamicJump(last);
        break;
    }
  }

  #branch(number: number, node: Node): void {
    const { code } = this.#emitter;
    const { target, next } = node.block;
    const takenLabel = this.#directLabel(number, target);
    const nextLabel = this.#directLabel(number, next);
    if (takenLabel > 0) {
      this.#branchIf(node.last, false, takenLabel);
      this.#goTo(number, next);
    } else if (nextLabel > 0) {
      this.#branchIf(node.last, true, nextLabel);
      this.#goTo(number, target);
    } else {
      const { changed, pendingGas } = this.#emitter;
      emitCondition(this.#emitter, node.last, false);
      code.if();
      this.#after.push(() => {
        code.else();
        this.#emitter.changed = changed;
        this.#emitter.pendingGas = pendingGas;
        this.#after.push(() => code.end());
        this.#goTo(number, next);
      });
      this.#goTo(number, target);
    }
  }

  /** Jumps to a label under the condition of a branch, or if it does not hold. */
  #branchIf(branch: BlockInstruction, isInverted: boolean, label: number): void {
    const { code } = this.#emitter;
    emitCondition(this.#emitter, branch, isInverted);
    if (this.#emitter.pendingGas === 0) {
      code.brIf(label);
      return;
    }
    code.if();
    this.#emitter.settleGas();
    code.br(label);
    code.end();
  }

  /** The label that a `br` from a node to a block would take, or 0 when there is more to do. */
  #directLabel(from: number, block: number): number {
    const to = this.#nodeAfter(from, block);
    if (to === undefined) return 0;
    switch (this.#structure.edge(from, to)) {
      case 'forward':
        return this.#labels[to]!;
      case 'loop':
        return this.#loopLabels[to]!;
      default:
        return 0;
    }
  }

  #goTo(from: number, block: number): void {
    const { code } = this.#emitter;
    const to = this.#nodeAfter(from, block);
    if (to === undefined) {
      this.#leaveFor(block);
      return;
    }
    const label = this.#directLabel(from, block);
    if (label > 0) {
      this.#emitter.settleGas();
      code.br(label);
    } else if (this.#structure.edge(from, to) === 'inline') {
      if (this.#structure.isLoopHeader(to)) this.#emitter.settleGas();
      else this.#pendingGas[to] = this.#emitter.pendingGas;
      this.#after.push(() => this.#node(to));
    } else {
      this.#emitter.settleGas();
      this.#emitter.storeRegisters(this.#emitter.changed);
      code.i32Const(this.#dispatcherNumber(to));
      code.localSet(PARAMETER.entry);
      code.br(this.#dispatchLabel);
    }
  }

  /** Goes on at a block of another region. */
  #leaveFor(block: number): void {
    const { code } = this.#emitter;
    const { jumpCount, regionOf, hasTailCalls } = this.#links;
    if (!hasTailCalls) {
      this.#emitter.exit(RegionExit.block, this.#graph.blocks[block]!.start);
      return;
    }
    this.#emitter.settleGas();
    this.#emitter.storeRegisters(this.#emitter.changed);
    code.i32Const(jumpCount + block);
    this.#emitter.pushPassed();
    const target = this.#functions.get(regionOf[block]!);
    if (target !== undefined) {
      code.returnCall(target);
      return;
    }
    code.i32Const(jumpCount + regionOf[block]!);
    code.callIndirect(REGION_TYPE, true);
  }

  /**
   * Turns the address into the number of a jump table entry. Halving it by a rotation makes odd addresses, 0 and the
   * address that returns to the host too large for the table, so that the interpreter sees to all of them.
   */
  #dynamicJump(last: BlockInstruction): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const { jumpCount } = this.#links;
    if (jumpCount === 0) {
      emitter.exit(RegionExit.interpret, last.pc);
      return;
    }
    const isLoading = last.op === Op.load_imm_and_jump_indirect;
    const base = isLoading ? last.r1 : last.r0;
    const offset = isLoading ? last.imm1 : last.imm0;
    emitter.get32(base);
    code.i32Const(offset - 2);
    code.op(Wasm.i32Add);
    code.i32Const(1);
    code.op(Wasm.i32Rotr);
    code.localTee(PARAMETER.entry);
    code.i32Const(jumpCount);
    code.op(Wasm.i32GeU);
    code.if();
    emitter.exit(RegionExit.interpret, last.pc);
    code.end();
    if (isLoading) {
      emitter.constant(last.imm0);
      emitter.set(last.r0);
      emitter.changed |= 1 << last.r0;
    }
    // What jumps through ra returns, mostly to another region; anything else is mostly a table of cases in this one.
    const isReturn = base === RA && offset === 0 && !this.#callsItself;
    if (!isReturn && this.#endJump > this.#firstJump) {
      const local = emitter.temporaryI32();
      code.localGet(PARAMETER.entry);
      code.i32Const(-this.#firstJump);
      code.op(Wasm.i32Add);
      code.localTee(local);
      code.i32Const(this.#endJump - this.#firstJump);
      code.op(Wasm.i32LtU);
      code.if();
      emitter.settleGas();
      emitter.storeRegisters(emitter.changed);
      code.localGet(local);
      code.localSet(PARAMETER.entry);
      code.br(this.#dispatchLabel);
      code.end();
    }
    this.#jumpThroughTable();
  }
}
