/** What of the compiler a run of the fuzzer has exercised. */
import { BoundProgram, EXIT_BITS, RegionExit } from '../../src/compiler/index.js';

const EXIT_NAMES = {
  [RegionExit.block]: 'block',
  [RegionExit.entry]: 'entry',
  [RegionExit.ecalli]: 'ecalli',
  [RegionExit.interpret]: 'interpret',
  [RegionExit.refused]: 'refused',
  [RegionExit.stackOverflow]: 'stackOverflow',
} as const;

type ExitName = (typeof EXIT_NAMES)[RegionExit];

/** Counts since {@link watchCompiledCode}. */
export interface Coverage {
  /** Modules that were compiled. */
  modules: number;
  /** How often compiled code was entered. */
  entries: number;
  /** How many of those entries were behind a host call. */
  continuations: number;
  /** Why it was left. */
  readonly exits: Record<ExitName, number>;
}

/**
 * Counts, from now on and in the whole process, how compiled code is entered and left. A module that the engine refuses is
 * an error from now on: without this, the interpreter would run in its place and nobody would notice.
 */
export function watchCompiledCode(): Readonly<Coverage> {
  const coverage: Coverage = {
    modules: 0,
    entries: 0,
    continuations: 0,
    exits: { block: 0, entry: 0, ecalli: 0, interpret: 0, refused: 0, stackOverflow: 0 },
  };
  const { enter } = BoundProgram.prototype;
  BoundProgram.prototype.enter = function (entry, portion) {
    coverage.entries++;
    if (entry.isPaid) coverage.continuations++;
    const result = enter.call(this, entry, portion);
    const exit: RegionExit = result & ((1 << EXIT_BITS) - 1);
    coverage.exits[EXIT_NAMES[exit]]++;
    return result;
  };
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, [bytes]) {
      coverage.modules++;
      try {
        return new target(bytes);
      } catch (error) {
        throw new Error('the compiler wrote a module that the engine does not take', { cause: error });
      }
    },
  });
  return coverage;
}
