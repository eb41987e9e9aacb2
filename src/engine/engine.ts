import { assertCostModel } from '../gas/index.js';
import { MemoryPool } from '../memory/index.js';
import { type Program, parseProgram } from '../program/index.js';
import { codeCache } from './codeCache.js';
import { Module } from './module.js';
import { type Backend, completeOptions, type EngineOptions, type ModuleOptions } from './options.js';
import { ProgramCode } from './programCode.js';

const BACKENDS: readonly Backend[] = ['auto', 'interpreter', 'compiler'];

/**
 * Compiles programs. Modules of one engine share the memory that finished instances give back.
 *
 * @example
 * const engine = new Engine();
 * const module = engine.compile(blob);
 * using instance = module.instantiate();
 * instance.gas = 1_000_000n;
 * instance.prepareCall('main', [21n]);
 * if (instance.run().kind === 'finished') console.log(instance.getRegister('a0'));
 */
export class Engine {
  readonly #options: Required<EngineOptions>;
  readonly #pool = new MemoryPool();

  /**
   * @throws RangeError for an unknown backend
   * @throws TypeError for an unknown cost model
   */
  constructor(options: EngineOptions = {}) {
    const { backend = 'auto', costModel = 'full-l2' } = options;
    if (!BACKENDS.includes(backend)) {
      throw new RangeError(`backend: got ${JSON.stringify(backend)}, expected one of ${BACKENDS.join(', ')}`);
    }
    assertCostModel(costModel);
    this.#options = { backend, costModel };
  }

  /** The backend that was asked for. */
  get backend(): Backend {
    return this.#options.backend;
  }

  /**
   * Parses and validates a program, and copies what it needs of the blob.
   *
   * @throws InvalidProgramError when the blob is malformed or its memory does not fit the address space
   * @throws RangeError for options out of range, and for compiled code of something else
   * @throws TypeError for an unknown cost model
   */
  compile(blob: Uint8Array, options: ModuleOptions = {}): Module {
    const complete = completeOptions(this.#options, options);
    const make = (copy: Uint8Array): ProgramCode => new ProgramCode(parseProgram(copy), complete);
    const { cache = true, compiledCode } = options;
    const code = cache ? codeCache.codeOf(blob, complete, make) : make(blob.slice());
    if (compiledCode !== undefined) code.adopt(compiledCode);
    return new Module(code, this.#pool);
  }

  /** As {@link compile}, for a program that is already parsed. It must not be changed while the module is in use. */
  compileProgram(program: Program, options: Omit<ModuleOptions, 'cache'> = {}): Module {
    const complete = completeOptions(this.#options, options);
    const code = new ProgramCode(program, complete);
    if (options.compiledCode !== undefined) code.adopt(options.compiledCode);
    return new Module(code, this.#pool);
  }
}
