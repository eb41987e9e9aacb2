import { assertCostModel, type CostModel } from '../gas/index.js';
import { DEFAULT_PAGE_SIZE } from '../memory/index.js';
import type { CompiledCode } from './compiledCode.js';

/** How programs are executed. `auto` picks the fastest way that is available. */
export type Backend = 'auto' | 'interpreter' | 'compiler';

/** Settings that all modules of an engine share. */
export interface EngineOptions {
  /** Default: `auto`. */
  readonly backend?: Backend;
  /** The cost model of modules that ask for none. Default: `full-l2`, which is what Substrate uses. */
  readonly costModel?: CostModel;
}

/** Settings of one module. */
export interface ModuleOptions {
  /** Whether basic blocks are charged for when they are entered. Default: `sync`. */
  readonly gasMetering?: 'none' | 'sync';
  /** What a basic block costs. Default: the engine's. */
  readonly costModel?: CostModel;
  /** A power of two from 4096 to 65536 bytes. Default: 4096. */
  readonly pageSize?: number;
  /** Size of the region for auxiliary data, in bytes, a u32. Default: 0. */
  readonly auxDataSize?: number;
  /** Whether `run` stops with a `step` interrupt before every instruction. Default: false. */
  readonly stepTracing?: boolean;
  /** Whether the host provides each page of memory in answer to a `segfault` interrupt. Default: false. */
  readonly dynamicPaging?: boolean;
  /** Whether malformed imports and jump table entries and exports outside of the code are refused. Default: false. */
  readonly strict?: boolean;
  /**
   * Whether the module shares what is compiled for it with all others in the process that have the same program and the
   * same options. Of programs that were compiled lately it is kept when they are gone. Default: true.
   */
  readonly cache?: boolean;
  /**
   * What another thread has compiled of the same program with the same options: {@link Module.compiledCode}. It must come
   * from this package, since nothing but the program and the options is checked. The interpreter ignores it.
   */
  readonly compiledCode?: CompiledCode | undefined;
}

/** The options of a module, with those of its engine and with defaults for what was not given. */
export interface CompleteOptions extends Required<Omit<ModuleOptions, 'cache' | 'compiledCode'>> {
  readonly backend: Backend;
}

/**
 * Fills in the options of a module.
 *
 * @throws RangeError for options out of range
 * @throws TypeError for an unknown cost model
 */
export function completeOptions(engine: Required<EngineOptions>, module: ModuleOptions): CompleteOptions {
  const { gasMetering = 'sync', costModel = engine.costModel, pageSize = DEFAULT_PAGE_SIZE, auxDataSize = 0 } = module;
  if (gasMetering !== 'sync' && gasMetering !== 'none') {
    throw new RangeError(`gasMetering: got ${JSON.stringify(gasMetering)}, expected 'sync' or 'none'`);
  }
  assertCostModel(costModel);
  requireU32(pageSize, 'pageSize');
  requireU32(auxDataSize, 'auxDataSize');
  const { stepTracing = false, dynamicPaging = false, strict = false } = module;
  const { backend } = engine;
  return { backend, gasMetering, costModel, pageSize, auxDataSize, stepTracing, dynamicPaging, strict };
}

function requireU32(value: number, name: string): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) {
    throw new RangeError(`${name}: got ${value}, expected an integer from 0 to 4294967295`);
  }
}
