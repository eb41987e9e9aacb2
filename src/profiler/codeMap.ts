import {
  countFirst,
  type FunctionEntry,
  functionsOf,
  InstructionDecoder,
  type Program,
  type SourceRegion,
  shapeOfBlock,
  sourceRegions,
  unnamed,
} from '../program/index.js';
import { movedTo } from './arrays.js';

const INITIAL_BLOCKS = 256;
/** How many blocks may change their function in all: programs whose every block is a function must not take for ever. */
const MAX_REASSIGNMENTS = 1 << 24;

/** Distinct cuts that are kept of a block; more of them are let pass. */
const MAX_CUTS_OF_BLOCK = 64;

/** Instructions from one code offset to another, the latter excluded, that entries of a block have left out. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * The basic blocks of a program that have been entered, by a number each, and the functions that they belong to. The
 * arrays are read by block number in the hot path of a profiler, and replaced when they are full.
 */
export class CodeMap {
  readonly program: Program;
  readonly regions: readonly SourceRegion[];
  /** For each code offset the number of the block that starts there; 0 for none that was entered. */
  readonly blockAt: Int32Array;
  /** For each code offset whether a call returns to it, as far as calls have been seen. */
  readonly isReturnSite: Uint8Array;
  starts = new Int32Array(INITIAL_BLOCKS);
  ends = new Uint8Array(INITIAL_BLOCKS);
  returnsTo = new Int32Array(INITIAL_BLOCKS);
  instructions = new Int32Array(INITIAL_BLOCKS);
  /** Number of each block's function. */
  functionOf = new Int32Array(INITIAL_BLOCKS);
  /** What an entry takes from the gas counter. */
  costs = new Float64Array(INITIAL_BLOCKS);
  /** How often each block was entered. */
  counts = new Float64Array(INITIAL_BLOCKS);
  /** Number 0 stands for no block. */
  blockCount = 1;
  /** What entries left out, by block: they began or ended in its middle. */
  readonly #cuts = new Map<number, Cut[]>();
  readonly #decoder: InstructionDecoder;
  readonly #functions: FunctionEntry[];
  /** Numbers of functions, by the order of the code. */
  readonly #order: number[];
  #reassignmentsLeft = MAX_REASSIGNMENTS;

  constructor(program: Program) {
    this.program = program;
    this.regions = sourceRegions(program);
    this.blockAt = new Int32Array(program.code.length + 2);
    this.isReturnSite = new Uint8Array(program.code.length + 2);
    this.#decoder = new InstructionDecoder(program);
    this.#functions = functionsOf(program, this.regions);
    this.#order = this.#functions.map((_, index) => index);
  }

  /** Functions by their numbers. */
  get functions(): readonly FunctionEntry[] {
    return this.#functions;
  }

  /** Numbers a block that is entered for the first time. */
  addBlock(start: number, cost: number): number {
    const block = this.blockCount++;
    if (block === this.starts.length) this.#grow();
    const { end, returnsTo, instructions } = shapeOfBlock(this.program, this.#decoder, start);
    this.blockAt[start] = block;
    this.starts[block] = start;
    this.ends[block] = end;
    this.returnsTo[block] = returnsTo;
    this.instructions[block] = instructions;
    this.functionOf[block] = this.#order[this.#placeOf(start)]!;
    this.costs[block] = cost;
    if (returnsTo >= 0 && returnsTo < this.isReturnSite.length) this.isReturnSite[returnsTo] = 1;
    return block;
  }

  /** Whether a function starts with a block. */
  startsFunction(block: number): boolean {
    return this.starts[block] === this.#functions[this.functionOf[block]!]!.pc;
  }

  /** Makes a block the start of a function, because it was called. */
  addFunctionAt(block: number): void {
    const pc = this.starts[block]!;
    const place = this.#placeOf(pc);
    const known = this.#functions[this.#order[place]!]!;
    // Code that debug information names is cut up as that says.
    if (known.pc === pc || known.knownBy === 'debugInfo' || this.#reassignmentsLeft <= 0) return;
    const next = place + 1 < this.#order.length ? this.#functions[this.#order[place + 1]!]!.pc : Infinity;
    const added = this.#functions.push({ pc, name: unnamed(pc), knownBy: 'call' }) - 1;
    this.#order.splice(place + 1, 0, added);
    this.#reassignmentsLeft -= this.blockCount;
    for (let other = 1; other < this.blockCount; other++) {
      const start = this.starts[other]!;
      if (start >= pc && start < next) this.functionOf[other] = added;
    }
  }

  /** Notes that an entry of a block has left out the instructions between two code offsets. */
  cut(block: number, from: number, to: number): void {
    const cuts = this.#cuts.get(block) ?? [];
    const known = cuts.findIndex((cut) => cut.from === from && cut.to === to);
    if (known >= 0) cuts[known] = { from, to, count: cuts[known]!.count + 1 };
    else if (cuts.length < MAX_CUTS_OF_BLOCK) cuts.push({ from, to, count: 1 });
    this.#cuts.set(block, cuts);
  }

  /** What entries of a block have left out. */
  cutsOf(block: number): readonly Cut[] {
    return this.#cuts.get(block) ?? [];
  }

  /** How many instructions of a block come at a code offset or behind it. */
  instructionsFrom(block: number, pc: number): number {
    return this.instructions[block]! - this.instructionsBefore(block, pc);
  }

  /** How many instructions of a block come before a code offset. */
  instructionsBefore(block: number, pc: number): number {
    const decoder = this.#decoder;
    let count = 0;
    for (let at = this.starts[block]!; at < pc && count < this.instructions[block]!; at = decoder.next) {
      decoder.decode(at);
      count++;
    }
    return count;
  }

  /** The last place in the order whose function does not start behind a code offset. */
  #placeOf(pc: number): number {
    // The first function starts at 0.
    return countFirst(this.#order.length, (place) => this.#functions[this.#order[place]!]!.pc <= pc) - 1;
  }

  #grow(): void {
    const size = 2 * this.starts.length;
    this.starts = movedTo(new Int32Array(size), this.starts);
    this.ends = movedTo(new Uint8Array(size), this.ends);
    this.returnsTo = movedTo(new Int32Array(size), this.returnsTo);
    this.instructions = movedTo(new Int32Array(size), this.instructions);
    this.functionOf = movedTo(new Int32Array(size), this.functionOf);
    this.costs = movedTo(new Float64Array(size), this.costs);
    this.counts = movedTo(new Float64Array(size), this.counts);
  }
}
