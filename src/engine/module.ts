import { ProgramCompiler } from '../compiler/index.js';
import { BlockCostCalculator } from '../gas/index.js';
import { Interpreter } from '../interpreter/index.js';
import type { IsaName } from '../isa/index.js';
import {
  DEFAULT_PAGE_SIZE,
  layOutLinearMemory,
  MachineState,
  type MemoryMap,
  type MemoryPool,
  PagedMemory,
  RegionMemory,
} from '../memory/index.js';
import { InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';
import { Instance } from './instance.js';
import { MixedExecutor } from './mixedExecutor.js';
import type { EngineOptions, ModuleOptions } from './options.js';
import { validateProgram } from './validate.js';
import { reasonNotToUseWasm } from './wasmSupport.js';

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
  readonly #costs: BlockCostCalculator;
  readonly #costCache = new Map<number, number>();
  readonly #decoder: InstructionDecoder;
  readonly #interpreter: Interpreter;
  readonly #compiler: ProgramCompiler | undefined;
  readonly #isPaged: boolean;
  readonly #pool: MemoryPool;
  readonly #exportPcs: ReadonlyMap<string, number>;

  /** @internal */
  constructor(program: Program, options: ModuleOptions & Required<EngineOptions>, pool: MemoryPool) {
    const { pageSize = DEFAULT_PAGE_SIZE, auxDataSize = 0, gasMetering = 'sync' } = options;
    if (gasMetering !== 'sync' && gasMetering !== 'none') {
      throw new RangeError(`gasMetering: got ${JSON.stringify(gasMetering)}, expected 'sync' or 'none'`);
    }
    requireU32(pageSize, 'pageSize');
    requireU32(auxDataSize, 'auxDataSize');
    this.memoryMap = validateProgram(program, { pageSize, auxDataSize, isStrict: options.strict ?? false });
    this.program = program;
    this.isa = program.isa.name;
    this.exports = program.exports.map(({ symbol, pc }) => ({ symbol, name: decode(symbol), pc }));
    this.imports = program.imports.map((symbol) => symbol && namedImport(symbol));
    this.isMetered = gasMetering === 'sync';
    // The reference's linker takes the first of several exports of one name (spec: engine, section 6).
    this.#exportPcs = new Map(this.exports.map(({ name, pc }) => [name, pc] as const).reverse());
    this.#costs = new BlockCostCalculator(program, options.costModel);
    this.#decoder = new InstructionDecoder(program);
    this.#isPaged = options.dynamicPaging ?? false;
    this.#pool = pool;
    const costOfBlock = this.isMetered ? (start: number) => this.#costOfBlock(start) : costWithoutMetering;
    this.fallbackReason = options.backend === 'interpreter' ? undefined : reasonNotToCompile(program, options);
    this.backend = options.backend === 'interpreter' || this.fallbackReason !== undefined ? 'interpreter' : 'compiler';
    const compiler =
      this.backend === 'compiler'
        ? new ProgramCompiler({
            program,
            map: this.memoryMap,
            layout: layOutLinearMemory(this.memoryMap),
            costOfBlock,
          })
        : undefined;
    this.#compiler = compiler;
    this.#interpreter = new Interpreter(program, {
      costOfBlock,
      stepTracing: options.stepTracing ?? false,
      readWriteBase: this.memoryMap.readWriteBase,
      compiler: compiler && {
        hasEntry: (start) => compiler.entryAt(start)?.isPaid === false,
        threshold: options.backend === 'auto' ? ENTRIES_BEFORE_COMPILING : 0,
      },
    });
  }

  /**
   * What entering the basic block at a code offset costs, with or without gas metering. Undefined where no jump could
   * go; behind the end of the code the cost of a lone trap.
   */
  gasCostOfBlock(pc: number): number | undefined {
    if (!Number.isInteger(pc) || pc < 0) return undefined;
    if (pc < this.program.code.length && !isJumpTarget(this.#decoder, pc)) return undefined;
    return this.#costOfBlock(pc);
  }

  /** The code offset of an export, or undefined when there is none of that name. */
  exportPc(name: string): number | undefined {
    return this.#exportPcs.get(name);
  }

  /**
   * Makes an instance with fresh memory.
   *
   * @throws RangeError when the system has not as much memory as the program declares
   */
  instantiate(): Instance {
    const kind = this.#compiler === undefined ? 'buffer' : 'wasm';
    const memory = this.#isPaged
      ? new PagedMemory(this.memoryMap)
      : new RegionMemory(this.memoryMap, this.program, this.#pool, kind);
    const state = new MachineState(memory, this.program.isa.is64Bit);
    const executor =
      this.#compiler === undefined ? this.#interpreter : new MixedExecutor(this.#interpreter, this.#compiler);
    return new Instance(this, state, executor);
  }

  #costOfBlock(start: number): number {
    let cost = this.#costCache.get(start);
    if (cost === undefined) {
      cost = this.#costs.costOfBlock(start);
      // What runs keeps the costs that it needs: this is for those who ask, also for every block of a large program.
      if (this.#costCache.size >= MAX_CACHED_COSTS) this.#costCache.clear();
      this.#costCache.set(start, cost);
    }
    return cost;
  }
}

/** Under `auto`, how often a basic block is entered before its region is compiled. */
const ENTRIES_BEFORE_COMPILING = 4000;

/**
 * Larger programs run on the interpreter: before the compiler compiles anything it looks at a whole program, in a
 * microsecond and some hundred bytes for each basic block. Real programs of a megabyte have a third of this.
 */
const MAX_COMPILED_INSTRUCTIONS = 1 << 20;

function reasonNotToCompile(program: Program, options: ModuleOptions): string | undefined {
  if (options.stepTracing) return 'step tracing runs on the interpreter';
  if (options.dynamicPaging) return 'dynamic paging runs on the interpreter';
  if (program.jumpTable.length > MAX_COMPILED_INSTRUCTIONS || countInstructions(program) > MAX_COMPILED_INSTRUCTIONS) {
    return `programs of more than ${MAX_COMPILED_INSTRUCTIONS} instructions or jump table entries run on the interpreter`;
  }
  return reasonNotToUseWasm();
}

function countInstructions({ bitmask }: Program): number {
  let count = 0;
  for (let byte of bitmask) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

/** Without metering a basic block still counts, so that slices can end. */
const costWithoutMetering = () => 1;

const MAX_CACHED_COSTS = 1 << 16;

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

function requireU32(value: number, name: string): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) {
    throw new RangeError(`${name}: got ${value}, expected an integer from 0 to 4294967295`);
  }
}
