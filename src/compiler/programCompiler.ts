/**
 * The compiled code of one program: which regions there are, and their WebAssembly modules, made when they are first
 * asked for.
 */
import { type Partition, partitionProgram } from './partition.js';
import { ProgramGraph } from './programGraph.js';
import { compileRegion, type RegionCode } from './region.js';
import type { CompilerContext } from './regionContext.js';
import { FUNCTION_EXPORT, MEMORY_IMPORT } from './wasmModule.js';

/** The function of a region, bound to one memory: takes an entry's number, returns why it left and where. */
export type RegionFunction = (entry: number) => number;

/** Why a region has no code: it is larger than an engine would take. */
const MAX_WASM_SIZE = 4_000_000;

/** A region that has code. */
export interface CompiledRegion extends RegionCode {
  /** Position among the regions of the program. */
  readonly index: number;
  readonly module: WebAssembly.Module;
}

/** Where compiled code can be entered. */
export interface CompiledEntry {
  readonly region: CompiledRegion;
  /** What the region's function takes. */
  readonly number: number;
  readonly isPaid: boolean;
}

/** Compiles a program region by region. */
export class ProgramCompiler {
  readonly #context: CompilerContext;
  readonly #entries = new Map<number, CompiledEntry>();
  readonly #failed = new Set<number>();
  #graph: ProgramGraph | undefined;
  #partition: Partition | undefined;

  constructor(context: CompilerContext) {
    this.#context = context;
  }

  /** The entry at a code offset, if the code around it has been compiled. */
  entryAt(pc: number): CompiledEntry | undefined {
    return this.#entries.get(pc);
  }

  /**
   * Compiles the region of the basic block at a code offset. Undefined when it was compiled or given up before, or
   * cannot be compiled.
   */
  compileAt(start: number): CompiledRegion | undefined {
    this.#graph ??= new ProgramGraph(this.#context.program);
    this.#partition ??= partitionProgram(this.#context.program, this.#graph);
    const block = this.#graph.blockAt(start);
    if (block < 0) return undefined;
    const index = this.#partition.regionOf[block]!;
    if (this.#failed.has(index) || this.#entries.has(start)) return undefined;
    // Whatever comes of it, a region is tried once.
    this.#failed.add(index);
    const { isEntry, regions } = this.#partition;
    const code = compileRegion(this.#context, this.#graph, regions[index]!, (candidate) => isEntry[candidate] === 1);
    if (code.wasm.length > MAX_WASM_SIZE) return undefined;
    const region: CompiledRegion = { ...code, index, module: new WebAssembly.Module(code.wasm as BufferSource) };
    for (const [number, { pc, isPaid, isInside }] of code.entries.entries()) {
      if (isInside && !this.#entries.has(pc)) this.#entries.set(pc, { region, number, isPaid });
    }
    return region;
  }
}

/** Binds a region to a memory. */
export function instantiateRegion(region: CompiledRegion, memory: WebAssembly.Memory): RegionFunction {
  const imports = { [MEMORY_IMPORT.module]: { [MEMORY_IMPORT.field]: memory } };
  return new WebAssembly.Instance(region.module, imports).exports[FUNCTION_EXPORT] as RegionFunction;
}
