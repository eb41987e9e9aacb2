import { assertCostModel, type CostModel } from '../gas/index.js';
import { MemoryPool } from '../memory/index.js';
import { type Program, parseProgram } from '../program/index.js';
import { Module } from './module.js';
import type { Backend, EngineOptions, ModuleOptions } from './options.js';

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
  readonly #backend: Backend;
  readonly #costModel: CostModel;
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
    this.#backend = backend;
    this.#costModel = costModel;
  }

  /** The backend that was asked for. */
  get backend(): Backend {
    return this.#backend;
  }

  /**
   * Parses and validates a program. The blob must not be changed while the module is in use.
   *
   * @throws InvalidProgramError when the blob is malformed or its memory does not fit the address space
   * @throws RangeError for options out of range
   * @throws TypeError for an unknown cost model
   */
  compile(blob: Uint8Array, options: ModuleOptions = {}): Module {
    return this.compileProgram(parseProgram(blob), options);
  }

  /** As {@link compile}, for a program that is already parsed. */
  compileProgram(program: Program, options: ModuleOptions = {}): Module {
    const { costModel = this.#costModel } = options;
    assertCostModel(costModel);
    return new Module(program, { ...options, costModel, backend: this.#backend }, this.#pool);
  }
}
