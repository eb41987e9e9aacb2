import type { Instance, Module } from '../engine/index.js';
import { CallTracker, type Counters } from './callTracker.js';
import { CallTree } from './callTree.js';
import { CodeMap } from './codeMap.js';
import type { Profile } from './profile.js';
import { reportOf } from './report.js';

/**
 * Finds out where the gas and the instructions of a program go. Instances that it makes run on the interpreter, and come
 * to the same results and the same gas as any others; all of them count together.
 *
 * @example
 * const profiler = new Profiler(new Engine().compile(blob));
 * using instance = profiler.instantiate();
 * instance.gas = 1_000_000n;
 * instance.prepareCall('main');
 * instance.run();
 * for (const { name, self } of profiler.profile().functions) console.log(name, self.gas);
 */
export class Profiler {
  readonly module: Module;
  readonly #counters: Counters;

  constructor(module: Module) {
    this.module = module;
    this.#counters = { code: new CodeMap(module.program), tree: new CallTree(), stopped: new Set() };
  }

  /**
   * Makes an instance that is profiled.
   *
   * @throws RangeError as `module.instantiate()` does
   */
  instantiate(): Instance {
    return this.module.instantiate({ observer: new CallTracker(this.#counters) });
  }

  /** What has been counted so far. It may be asked for at any time between runs, and more than once. */
  profile(): Profile {
    const { code, tree, stopped } = this.#counters;
    const unexecuted = [...stopped].flatMap((tracker) => tracker.unexecuted ?? []);
    return reportOf(this.module, code, tree, unexecuted);
  }
}
