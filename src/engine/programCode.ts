import { type EmittedCode, LIMITS, ProgramCompiler } from '../compiler/index.js';
import { BlockCostCalculator } from '../gas/index.js';
import { type BlockObserver, Interpreter, type RecordOptions } from '../interpreter/index.js';
import { layOutLinearMemory, type MemoryMap } from '../memory/index.js';
import type { Program } from '../program/index.js';
import { type CompiledCode, codeIdentity } from './compiledCode.js';
import { MixedExecutor } from './mixedExecutor.js';
import type { CompleteOptions } from './options.js';
import type { Executor } from './runner.js';
import { validateProgram } from './validate.js';
import { reasonNotToUseWasm } from './wasmSupport.js';

/**
 * Larger programs run on the interpreter: before the compiler compiles anything it looks at a whole program, in a
 * microsecond and some hundred bytes for each basic block. Real programs of a megabyte have a third of this.
 */
const MAX_COMPILED_INSTRUCTIONS = 1 << 20;

const MAX_CACHED_COSTS = 1 << 16;

/**
 * A program with the code that runs it, made little by little: records for the interpreter, WebAssembly. All modules of
 * the same program and the same options can share it, whatever their engines. No instance can tell whether it was there
 * before, except by the time that it takes.
 */
export class ProgramCode {
  readonly program: Program;
  readonly memoryMap: MemoryMap;
  /** Whether basic blocks are charged for. */
  readonly isMetered: boolean;
  /** Whether the host provides the memory's pages. */
  readonly isPaged: boolean;
  /** Why the interpreter runs the program although another backend was asked for; undefined if none was. */
  readonly fallbackReason: string | undefined;
  readonly #options: CompleteOptions;
  readonly #interpreter: Interpreter;
  readonly #compiler: ProgramCompiler | undefined;
  readonly #costs: BlockCostCalculator;
  readonly #costCache = new Map<number, number>();

  /** @throws InvalidProgramError */
  constructor(program: Program, options: CompleteOptions) {
    const { backend, gasMetering, costModel, pageSize, auxDataSize, dynamicPaging, strict } = options;
    this.memoryMap = validateProgram(program, { pageSize, auxDataSize, isStrict: strict });
    this.program = program;
    this.isMetered = gasMetering === 'sync';
    this.isPaged = dynamicPaging;
    this.fallbackReason = backend === 'interpreter' ? undefined : reasonNotToCompile(program, options);
    this.#options = options;
    this.#costs = new BlockCostCalculator(program, costModel);
    const isCompiled = backend !== 'interpreter' && this.fallbackReason === undefined;
    const compiler = isCompiled ? this.#makeCompiler() : undefined;
    this.#compiler = compiler;
    this.#interpreter = this.#makeInterpreter({
      compiler: compiler && {
        hasEntry: (start) => compiler.entryAt(start)?.isPaid === false,
        threshold: backend === 'auto' ? LIMITS.entriesBeforeCompiling : 0,
      },
    });
  }

  #makeCompiler(): ProgramCompiler {
    const { program, memoryMap: map } = this;
    // Each block is asked for once, mostly: the compiler has no use for costs that are kept.
    const costOfBlock = (start: number): number => (this.isMetered ? this.#costs.costOfBlock(start) : 1);
    return new ProgramCompiler({ program, map, layout: layOutLinearMemory(map, 'wasm'), costOfBlock });
  }

  #makeInterpreter({ compiler, observer }: Pick<RecordOptions, 'compiler' | 'observer'>): Interpreter {
    return new Interpreter(this.program, {
      costOfBlock: this.#chargeOfBlock,
      stepTracing: this.#options.stepTracing,
      readWriteBase: this.memoryMap.readWriteBase,
      compiler,
      observer,
    });
  }

  /** What a basic block takes from the gas counter. Without metering it still counts, so that slices can end. */
  readonly #chargeOfBlock = (start: number): number => (this.isMetered ? this.costOfBlock(start) : 1);

  /** What runs the program. */
  get backend(): 'interpreter' | 'compiler' {
    return this.#compiler === undefined ? 'interpreter' : 'compiler';
  }

  /** What runs one instance: the interpreter, if there is an observer. */
  makeExecutor(observer: BlockObserver | undefined): Executor {
    if (observer !== undefined) return this.#makeInterpreter({ compiler: undefined, observer });
    return this.#compiler === undefined ? this.#interpreter : new MixedExecutor(this.#interpreter, this.#compiler);
  }

  /** All of the program as WebAssembly, whatever runs it. */
  emit(): EmittedCode {
    return this.#makeCompiler().emit();
  }

  /** What has been compiled so far; undefined on the interpreter. */
  get compiledCode(): CompiledCode | undefined {
    if (this.#compiler === undefined) return undefined;
    return { identity: codeIdentity(this.program, this.#options), batches: this.#compiler.batches };
  }

  /**
   * Takes over what another thread has compiled.
   *
   * @throws RangeError when it is of another program, or other options
   */
  adopt({ identity, batches }: CompiledCode): void {
    if (this.#compiler === undefined) return;
    if (identity !== codeIdentity(this.program, this.#options)) {
      throw new RangeError(
        'compiledCode: got that of another program or of other options, expected that of this module',
      );
    }
    for (const pc of this.#compiler.adopt(batches)) this.#interpreter.setEntry(pc, true);
  }

  /** What the basic block that starts at a code offset costs, with or without metering. */
  costOfBlock(start: number): number {
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

function reasonNotToCompile(program: Program, options: CompleteOptions): string | undefined {
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
