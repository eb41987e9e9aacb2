import type { CostModel } from '../gas/index.js';

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
}
