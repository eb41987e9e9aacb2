/**
 * The compiled code of one program: which regions there are, and their WebAssembly, made batch by batch when a region of
 * the batch is first asked for.
 */
import { blockStartOf } from '../program/index.js';
import { RegionHint, regionOfAddress } from './addressing.js';
import { baseRegister } from './blockInstruction.js';
import { LIMITS } from './limits.js';
import type { MemoryGuess } from './memoryCode.js';
import { type Partition, partitionProgram } from './partition.js';
import { ProgramGraph } from './programGraph.js';
import { compileRegion, type HostCall, type RegionCode } from './region.js';
import type { CompilerContext, LearnedHint, RegionLinks } from './regionContext.js';
import { instantiateRuntime, leaveForEntryCode, type RegionRuntime, regionType } from './runtime.js';
import { supportsTailCalls } from './wasmFeatures.js';
import { encodeModule, type TableSegment, type WasmFunction } from './wasmModule.js';

/** Larger basic blocks stay with the interpreter: real ones have hundreds of instructions, and these would take seconds. */
const MAX_BLOCK_INSTRUCTIONS = 10_000;
/** A function with a longer body is left to the interpreter. */
const MAX_CODE_SIZE = 1_000_000;
/** So is one that may need more gas than this from one check to the next. */
const MAX_GAS_BETWEEN_CHECKS = 2 ** 26;
/** The last time that a batch is compiled it is without any guesses, so that not each of them can have it compiled anew. */
const MAX_COMPILATIONS = 8;
/** When code is compiled anew, it is with all that was learned: also of guesses with a fraction of the misses. */
const MISSES_TO_LEARN = 10;
/** Misses that take longer than so many portions of gas, some 20 ms, to become many cost less than to compile anew. */
const MAX_PORTIONS = 40;
/** Large programs are compiled in about so many batches, */
const BATCHES = 16;
/** which have up to so many instructions. */
const MAX_BATCH_INSTRUCTIONS = 20_000;
/** With a longer jump table, jumps through it go through the interpreter. */
const MAX_JUMP_TABLE = 1 << 16;
/** A program of more regions than this is not compiled: the table of an instance would be too large. */
const MAX_REGIONS = 1 << 17;

/** Regions that were compiled into one module. Other threads can be sent it. */
export interface CompiledBatch {
  readonly index: number;
  readonly module: WebAssembly.Module;
  readonly entries: readonly CompiledEntry[];
  readonly hostCalls: readonly HostCall[];
  /** Accesses that are taken to hit one region of memory. */
  readonly guesses: readonly MemoryGuess[];
}

/** Where compiled code can be entered. */
export interface CompiledEntry {
  readonly batch: CompiledBatch;
  /** Code offset of the next instruction. */
  readonly pc: number;
  /** Table index of the region's function. */
  readonly slot: number;
  /** What the function takes to go there. */
  readonly number: number;
  readonly isPaid: boolean;
  /** Whether the host may start there. Some basic blocks can only be fallen into (spec: decoding, section 4). */
  readonly isStart: boolean;
  /** With less gas than this the interpreter has to run. */
  readonly minimumGas: number;
}

/** What is known of a program once compiling it has begun. */
interface Plan {
  readonly graph: ProgramGraph;
  readonly partition: Partition;
  readonly links: RegionLinks;
  /** First region of each batch, and the number of regions. */
  readonly batchStarts: readonly number[];
  readonly batchOf: Int32Array;
}

/** Regions that have been compiled, and the module that they are in. */
interface EncodedRegions {
  /** The region of each function, those included whose function does nothing but leave. */
  readonly regions: readonly number[];
  readonly compiled: readonly { readonly region: number; readonly code: RegionCode }[];
  readonly wasm: Uint8Array;
}

/** A program as WebAssembly. */
export interface EmittedCode {
  readonly wasm: Uint8Array;
  /** How many regions the program has; those that are too large have no function. */
  readonly regionCount: number;
  /** Code offsets of the basic blocks that each function of the module is made of, in the order of the functions. */
  readonly functions: readonly (readonly number[])[];
}

/** What is remembered of a guess about a memory access. */
interface Miss {
  count: number;
  hit: RegionHint;
  /** How many portions of gas had been used when counting began. */
  since: number;
}

/** Compiles a program region by region. */
export class ProgramCompiler {
  readonly #context: CompilerContext;
  readonly #entries = new Map<number, CompiledEntry>();
  readonly #hostCalls = new Map<number, HostCall>();
  readonly #batches = new Map<number, CompiledBatch>();
  /** Batches that the engine did not take. */
  readonly #refused = new Set<number>();
  /** For each guess about a memory access how often it was wrong, and what the access has hit the last time. */
  readonly #misses = new Map<number, Miss>();
  /** How often each batch has been compiled, where that is more than once. */
  readonly #compilations = new Map<number, number>();
  /** What is known of accesses for which a guess was wrong. */
  readonly #learned = new Map<number, LearnedHint>();
  #plan: Plan | undefined;
  /** How many portions of gas compiled code has used up, by which to tell how often something happens. */
  portionsUsed = 0;

  constructor(context: CompilerContext) {
    this.#context = context;
  }

  /** The entry at a code offset, if the code around it has been compiled. */
  entryAt(pc: number): CompiledEntry | undefined {
    return this.#entries.get(pc);
  }

  /** Start of the basic block that an instruction of compiled code belongs to. */
  blockStartOf(pc: number): number {
    const { graph } = this.#plan!;
    return graph.blocks[graph.blockAround(pc)]!.start;
  }

  /** The host call at a code offset in compiled code. */
  hostCallAt(pc: number): HostCall {
    return this.#hostCalls.get(pc)!;
  }

  /** Code offset of an entry by its number in the program (see {@link RegionLinks}). */
  entryPc(number: number): number {
    const { graph, links } = this.#plan!;
    const block = number < links.jumpCount ? graph.jumpTable[number]! : number - links.jumpCount;
    return graph.blocks[block]!.start;
  }

  /**
   * Compiles the code around the basic block at a code offset, if that has not been tried before.
   *
   * @returns the code offsets of the basic blocks at which compiled code can be entered now
   */
  compileAt(start: number): readonly number[] {
    this.#plan ??= this.#makePlan();
    const { graph, partition, batchOf } = this.#plan;
    const block = graph.blockAt(start);
    if (block < 0 || partition.regions.length > MAX_REGIONS) return [];
    const batch = batchOf[partition.regionOf[block]!]!;
    return this.#batches.has(batch) || this.#refused.has(batch) ? [] : this.#compileBatch(batch, this.#plan);
  }

  /** What has been compiled so far. */
  get batches(): readonly CompiledBatch[] {
    return [...this.#batches.values()];
  }

  /**
   * Takes over what another compiler of the same program has compiled, where this one has not.
   *
   * @returns as {@link compileAt}
   */
  adopt(batches: readonly CompiledBatch[]): readonly number[] {
    return batches.flatMap((batch) => (this.#batches.has(batch.index) ? [] : this.#install(batch)));
  }

  /**
   * Says that the interpreter has to execute the instruction at a code offset. Where that is because of a guess which
   * is wrong time and again, the code is compiled anew with a better one, or without.
   *
   * @param words the registers, the low word of each before the high one
   */
  noteInterpreted(pc: number, words: Int32Array): void {
    const miss = this.#missAt(pc);
    if (miss === undefined) return;
    const { decoder } = this.#plan!.graph;
    decoder.decode(pc);
    const address = (words[2 * baseRegister(decoder)]! + decoder.imm0) >>> 0;
    this.#noteMiss(pc, miss, regionOfAddress(this.#context.map, address));
  }

  /** Says that compiled code could not be entered at a code offset, likewise. */
  noteRefused(pc: number): void {
    const miss = this.#missAt(pc);
    if (miss !== undefined) this.#noteMiss(pc, miss, RegionHint.none);
  }

  /** What is remembered of a guess at a code offset, if there is one from which something may still be learned. */
  #missAt(pc: number): Miss | undefined {
    return this.#learned.get(pc) === 'unpredictable' ? undefined : this.#misses.get(pc);
  }

  #noteMiss(pc: number, miss: Miss, hit: RegionHint): void {
    miss.hit = hit;
    if (miss.count === 0) miss.since = this.portionsUsed;
    if (++miss.count !== LIMITS.maxMisses) return;
    if (this.portionsUsed - miss.since > MAX_PORTIONS) {
      miss.count = 0;
      return;
    }
    const plan = this.#plan!;
    const { graph, partition, batchOf } = plan;
    const batch = batchOf[partition.regionOf[graph.blockAround(pc)]!]!;
    const compilations = (this.#compilations.get(batch) ?? 1) + 1;
    this.#compilations.set(batch, compilations);
    for (const guess of this.#batches.get(batch)!.guesses) this.#learn(guess, compilations >= MAX_COMPILATIONS);
    this.#compileBatch(batch, plan);
  }

  #learn({ pc, hint }: MemoryGuess, isLast: boolean): void {
    const miss = this.#misses.get(pc)!;
    if (isLast) {
      this.#learned.set(pc, 'unpredictable');
    } else if (miss.count >= LIMITS.maxMisses / MISSES_TO_LEARN) {
      // It may have hit the region that was guessed, while others that rely on the same check reach out of it.
      const isClear = miss.hit !== hint && miss.hit !== RegionHint.none && !this.#learned.has(pc);
      this.#learned.set(pc, isClear ? miss.hit : 'unpredictable');
      miss.count = 0;
    }
  }

  /** All that can be compiled of the program, as one module, for looking at. What is made to run comes in batches. */
  emit(): EmittedCode {
    this.#plan ??= this.#makePlan();
    const { graph, partition } = this.#plan;
    const { regions, wasm } = this.#encode(0, partition.regions.length, this.#plan);
    return {
      wasm,
      regionCount: partition.regions.length,
      functions: regions.map((region) => partition.regions[region]!.map((block) => graph.blocks[block]!.start)),
    };
  }

  /** Makes what a memory needs for compiled code to run on it. */
  bind(memory: WebAssembly.Memory): BoundProgram {
    this.#plan ??= this.#makePlan();
    const { graph, links, partition } = this.#plan;
    const tableSize = links.jumpCount + partition.regions.length;
    // For the same reason as in the constructor of what is returned.
    if (graph.blocks.length > 0) this.entryPc(0);
    return new BoundProgram(instantiateRuntime(memory, tableSize, this.#context.program.isa.is64Bit));
  }

  #makePlan(): Plan {
    const { program } = this.#context;
    const graph = new ProgramGraph(program);
    const partition = partitionProgram(program, graph);
    const jumpCount = graph.jumpTable.length;
    const links: RegionLinks = {
      jumpCount: graph.hasOnlyValidJumps && jumpCount <= MAX_JUMP_TABLE ? jumpCount : 0,
      regionOf: partition.regionOf,
      isEntry: (block) => partition.isEntry[block] === 1,
      learnedHint: (pc) => this.#learned.get(pc),
      hasTailCalls: LIMITS.usesTailCalls && supportsTailCalls(),
    };
    // Calls inside of a module are faster: a large program is worth a longer wait for each.
    const total = graph.blocks.reduce((sum, { instructionCount }) => sum + instructionCount, 0);
    const batchSize = Math.max(LIMITS.batchInstructions, Math.min(MAX_BATCH_INSTRUCTIONS, total / BATCHES));
    const batchStarts: number[] = [];
    const batchOf = new Int32Array(partition.regions.length);
    let instructions = batchSize;
    for (const [region, blocks] of partition.regions.entries()) {
      if (instructions >= batchSize) {
        batchStarts.push(region);
        instructions = 0;
      }
      batchOf[region] = batchStarts.length - 1;
      for (const block of blocks) instructions += graph.blocks[block]!.instructionCount;
    }
    batchStarts.push(partition.regions.length);
    return { graph, partition, links, batchStarts, batchOf };
  }

  /** Encodes regions from `first` to `end`, the latter excluded, as a module; those that cannot be compiled are left out. */
  #encode(first: number, end: number, { graph, partition, links }: Plan): EncodedRegions {
    const isTooLarge = (block: number): boolean => graph.blocks[block]!.instructionCount > MAX_BLOCK_INSTRUCTIONS;
    const regions: number[] = [];
    for (let region = first; region < end; region++) {
      if (!partition.regions[region]!.some(isTooLarge)) regions.push(region);
    }
    const functions = new Map(regions.map((region, i) => [region, i]));
    const regionFunctions: WasmFunction[] = [];
    const compiled: { readonly region: number; readonly code: RegionCode }[] = [];
    for (const region of regions) {
      const code = compileRegion(this.#context, graph, links, functions, partition.regions[region]!);
      const isAccepted = code.code.length <= MAX_CODE_SIZE && code.minimumGas <= MAX_GAS_BETWEEN_CHECKS;
      if (isAccepted) compiled.push({ region, code });
      regionFunctions.push(
        isAccepted
          ? { type: 0, locals: code.locals, code: code.code }
          : { type: 0, locals: [], code: leaveForEntryCode() },
      );
    }
    const wasm = encodeModule({
      types: [regionType(this.#context.program.isa.is64Bit)],
      functions: regionFunctions,
      segments: compiled.flatMap(({ region, code }) =>
        segments(graph, partition, links, region, code, functions.get(region)!),
      ),
    });
    return { regions, compiled, wasm };
  }

  #compileBatch(index: number, plan: Plan): readonly number[] {
    const { graph, links, batchStarts } = plan;
    const { compiled, wasm } = this.#encode(batchStarts[index]!, batchStarts[index + 1]!, plan);
    const module = tryToCompile(wasm);
    if (module === undefined) {
      this.#refused.add(index);
      return [];
    }
    const entries: CompiledEntry[] = [];
    const batch: CompiledBatch = {
      index,
      module,
      entries,
      hostCalls: compiled.flatMap(({ code }) => code.hostCalls),
      guesses: compiled.flatMap(({ code }) => code.guesses),
    };
    for (const { region, code } of compiled) {
      const slot = links.jumpCount + region;
      for (const { pc, isPaid, number } of code.entries) {
        const isStart = !isPaid && blockStartOf(graph.decoder, pc) === pc;
        entries.push({ batch, pc, slot, number, isPaid, isStart, minimumGas: code.minimumGas });
      }
    }
    return this.#install(batch);
  }

  #install(batch: CompiledBatch): readonly number[] {
    for (const { pc } of this.#batches.get(batch.index)?.entries ?? []) this.#entries.delete(pc);
    this.#batches.set(batch.index, batch);
    for (const entry of batch.entries) this.#entries.set(entry.pc, entry);
    for (const hostCall of batch.hostCalls) this.#hostCalls.set(hostCall.pc, hostCall);
    for (const { pc } of batch.guesses) {
      if (!this.#misses.has(pc)) this.#misses.set(pc, { count: 0, hit: RegionHint.none, since: 0 });
    }
    return batch.entries.flatMap(({ pc, isPaid }) => (isPaid ? [] : [pc]));
  }
}

/** Undefined where the engine has no memory for the module, or limits of its own. */
function tryToCompile(wasm: Uint8Array): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(wasm as BufferSource);
  } catch (error) {
    if (error instanceof RangeError || error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

/** Where a region's function goes in the table: its own place, and those of the jump table entries that lead to it. */
function segments(
  graph: ProgramGraph,
  { regionOf }: Partition,
  { jumpCount }: RegionLinks,
  region: number,
  { firstJump, endJump }: RegionCode,
  functionIndex: number,
): TableSegment[] {
  const found: TableSegment[] = [{ offset: jumpCount + region, functions: [functionIndex] }];
  for (let jump = firstJump; jump < endJump; jump++) {
    if (regionOf[graph.jumpTable[jump]!] === region) found.push({ offset: jump, functions: [functionIndex] });
  }
  return found;
}

/** Whether an error is how engines tell that their stack is full. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'InternalError');
}

/** The compiled code of a program on one memory. */
export class BoundProgram {
  readonly #runtime: RegionRuntime;
  /** The batches that are in the table. */
  readonly #batches: (CompiledBatch | undefined)[] = [];

  constructor(runtime: RegionRuntime) {
    this.#runtime = runtime;
    // Engines compile functions when they are first called, for which a full stack has no room.
    runtime.recover();
    isStackOverflow(undefined);
  }

  /**
   * Runs compiled code until it leaves. The result is a `RegionExit` in its low bits, and what belongs to that.
   *
   * @param portion how much gas to take at most, a u32
   */
  enter({ batch, slot, number }: CompiledEntry, portion: number): number {
    if (this.#batches[batch.index] !== batch) {
      // Its functions go into the table, in the place of stubs or of an earlier compilation.
      new WebAssembly.Instance(batch.module, this.#runtime.imports);
      this.#batches[batch.index] = batch;
    }
    try {
      return this.#runtime.enter(slot, number, portion);
    } catch (error) {
      const result = this.#runtime.recover();
      if (result === 0 || !isStackOverflow(error)) throw error;
      return result;
    }
  }
}
