import { BlockCostCalculator, type CostModel } from '../gas/index.js';
import { Interpreter } from '../interpreter/index.js';
import type { IsaName } from '../isa/index.js';
import {
  DEFAULT_PAGE_SIZE,
  MachineState,
  type MemoryMap,
  type MemoryPool,
  PagedMemory,
  RegionMemory,
} from '../memory/index.js';
import { InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';
import { Instance } from './instance.js';
import type { ModuleOptions } from './options.js';
import { memoryMapOf, validateProgram } from './validate.js';

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
  /** Exports in the order of the blob. Where a name appears twice, a call by name takes the last. */
  readonly exports: readonly ModuleExport[];
  /** Imports by index; undefined where the blob's entry is malformed. */
  readonly imports: readonly (ModuleImport | undefined)[];
  readonly memoryMap: MemoryMap;
  /** What runs the module. */
  readonly backend: 'interpreter' | 'compiler' = 'interpreter';
  /** Whether basic blocks are charged for. */
  readonly isMetered: boolean;
  /** The parsed program. */
  readonly program: Program;
  readonly #costs: BlockCostCalculator;
  readonly #costCache = new Map<number, number>();
  readonly #decoder: InstructionDecoder;
  readonly #interpreter: Interpreter;
  readonly #isPaged: boolean;
  readonly #pool: MemoryPool;
  readonly #exportPcs: ReadonlyMap<string, number>;

  /** @internal */
  constructor(program: Program, options: ModuleOptions & { costModel: CostModel }, pool: MemoryPool) {
    const { pageSize = DEFAULT_PAGE_SIZE, auxDataSize = 0, gasMetering = 'sync' } = options;
    if (gasMetering !== 'sync' && gasMetering !== 'none') {
      throw new RangeError(`gasMetering: got ${JSON.stringify(gasMetering)}, expected 'sync' or 'none'`);
    }
    requireU32(pageSize, 'pageSize');
    requireU32(auxDataSize, 'auxDataSize');
    validateProgram(program, options.strict ?? false);
    this.program = program;
    this.isa = program.isa.name;
    this.memoryMap = memoryMapOf(program, pageSize, auxDataSize);
    this.exports = program.exports.map(({ symbol, pc }) => ({ symbol, name: decode(symbol), pc }));
    this.imports = program.imports.map((symbol) => symbol && { symbol, name: decode(symbol) });
    this.isMetered = gasMetering === 'sync';
    this.#exportPcs = new Map(this.exports.map(({ name, pc }) => [name, pc]));
    this.#costs = new BlockCostCalculator(program, options.costModel);
    this.#decoder = new InstructionDecoder(program);
    this.#isPaged = options.dynamicPaging ?? false;
    this.#pool = pool;
    this.#interpreter = new Interpreter(program, {
      costOfBlock: this.isMetered ? (start) => this.#costOfBlock(start) : undefined,
      stepTracing: options.stepTracing ?? false,
      readWriteBase: this.memoryMap.readWriteBase,
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
    const memory = this.#isPaged
      ? new PagedMemory(this.memoryMap)
      : new RegionMemory(this.memoryMap, this.program, this.#pool);
    return new Instance(this, new MachineState(memory, this.program.isa.is64Bit), this.#interpreter);
  }

  #costOfBlock(start: number): number {
    let cost = this.#costCache.get(start);
    if (cost === undefined) {
      cost = this.#costs.costOfBlock(start);
      this.#costCache.set(start, cost);
    }
    return cost;
  }
}

const textDecoder = new TextDecoder();

function decode(symbol: Uint8Array): string {
  return textDecoder.decode(symbol);
}

function requireU32(value: number, name: string): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) {
    throw new RangeError(`${name}: got ${value}, expected an integer from 0 to 4294967295`);
  }
}
