import type { IsaName } from '../isa/index.js';
import { MachineState, type MemoryMap, type MemoryPool, PagedMemory, RegionMemory } from '../memory/index.js';
import { InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';
import type { CompiledCode } from './compiledCode.js';
import type { EmittedWasm } from './emitWasm.js';
import { Instance } from './instance.js';
import type { InstantiateOptions } from './observer.js';
import type { ProgramCode } from './programCode.js';

/** A function that the host can call. */
export interface ModuleExport {
  /** The name's bytes; any bytes are allowed. */
  readonly symbol: Uint8Array;
  /** The name as text, with U+FFFD in the place of bytes that are not UTF-8. */
  readonly name: string;
  /** Code offset at which it starts. */
  readonly pc: number;
}

/** A function of the host that the program can call, by the index of its `ecalli`. */
export interface ModuleImport {
  readonly symbol: Uint8Array;
  readonly name: string;
}

/** A program that is ready to be instantiated. Made by {@link Engine.compile}. */
export class Module {
  readonly isa: IsaName;
  /** Exports in the order of the blob. Where a name appears twice, a call by name takes the first. */
  readonly exports: readonly ModuleExport[];
  /** Imports by index; undefined where the blob's entry is malformed. */
  readonly imports: readonly (ModuleImport | undefined)[];
  readonly memoryMap: MemoryMap;
  /** What runs the module. */
  readonly backend: 'interpreter' | 'compiler';
  /** Why the interpreter runs the module although another backend was asked for; undefined if none was. */
  readonly fallbackReason: string | undefined;
  /** Whether basic blocks are charged for. */
  readonly isMetered: boolean;
  /** The parsed program. */
  readonly program: Program;
  readonly #code: ProgramCode;
  readonly #decoder: InstructionDecoder;
  readonly #pool: MemoryPool;
  readonly #exportPcs: ReadonlyMap<string, number>;

  /** @internal */
  constructor(code: ProgramCode, pool: MemoryPool) {
    const { program, memoryMap, backend, fallbackReason, isMetered } = code;
    this.isa = program.isa.name;
    this.exports = program.exports.map(({ symbol, pc }) => ({ symbol, name: decode(symbol), pc }));
    this.imports = program.imports.map((symbol) => symbol && namedImport(symbol));
    this.memoryMap = memoryMap;
    this.backend = backend;
    this.fallbackReason = fallbackReason;
    this.isMetered = isMetered;
    this.program = program;
    this.#code = code;
    this.#decoder = new InstructionDecoder(program);
    this.#pool = pool;
    // The reference's linker takes the first of several exports of one name (spec: engine, section 6).
    this.#exportPcs = new Map(this.exports.map(({ name, pc }) => [name, pc] as const).reverse());
  }

  /**
   * What entering the basic block at a code offset costs, with or without gas metering. Undefined where no jump could
   * go; behind the end of the code the cost of a lone trap.
   */
  gasCostOfBlock(pc: number): number | undefined {
    if (!Number.isInteger(pc) || pc < 0) return undefined;
    if (pc < this.program.code.length && !isJumpTarget(this.#decoder, pc)) return undefined;
    return this.#code.costOfBlock(pc);
  }

  /**
   * What has been compiled of the program so far, for other threads to {@link ModuleOptions.compiledCode} begin with;
   * undefined when the interpreter runs the module. Under `auto` that is what has been run a lot.
   *
   * @example
   * worker.postMessage({ blob, compiledCode: module.compiledCode });
   */
  get compiledCode(): CompiledCode | undefined {
    return this.#code.compiledCode;
  }

  /** Compiles all of the program to WebAssembly, for looking at: the module is not for use elsewhere. */
  emitWasm(): EmittedWasm {
    const { wasm, regionCount, functions } = this.#code.emit();
    return { wasm, functions, interpretedRegions: regionCount - functions.length };
  }

  /** The code offset of an export, or undefined when there is none of that name. */
  exportPc(name: string): number | undefined {
    return this.#exportPcs.get(name);
  }

  /**
   * Makes an instance with fresh memory. One with an observer runs on the interpreter.
   *
   * @throws RangeError when the system has not as much memory as the program declares
   */
  instantiate({ observer }: InstantiateOptions = {}): Instance {
    const { program, memoryMap, backend, isPaged } = this.#code;
    const kind = backend === 'compiler' && observer === undefined ? 'wasm' : 'buffer';
    const memory = isPaged ? new PagedMemory(memoryMap) : new RegionMemory(memoryMap, program, this.#pool, kind);
    const state = new MachineState(memory, program.isa.is64Bit);
    return new Instance(this, state, this.#code.makeExecutor(observer), observer);
  }
}

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(symbol: Uint8Array): string {
  return textDecoder.decode(symbol);
}

/** Its name is only decoded when asked for: the symbols of a hostile program overlap, and then add up to gigabytes. */
function namedImport(symbol: Uint8Array): ModuleImport {
  return {
    symbol,
    get name() {
      return decode(symbol);
    },
  };
}
