/** What of the compiler a run of the fuzzer has exercised. */

import { BoundProgram, EXIT_BITS, RegionExit } from '../../src/compiler/index.js';
import { Interpreter } from '../../src/interpreter/index.js';

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
  /** Gas that interpreters have used: those that run alone, and those beside compiled code. */
  readonly interpretedGas: { alone: bigint; beside: bigint };
}

/** How much of the gas that engines with compiled code have used was used by that code: from 0 to 1. */
export function compiledShare({ interpretedGas: { alone, beside } }: Coverage, engines: number): number {
  const all = BigInt(engines) * alone;
  return all === 0n ? 0 : 1 - Number(beside) / Number(all);
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
    interpretedGas: { alone: 0n, beside: 0n },
  };
  const { run } = Interpreter.prototype;
  Interpreter.prototype.run = function (state, mayHandOver) {
    const before = state.gas;
    const exit = run.call(this, state, mayHandOver);
    // Only an executor that also has compiled code says whether it takes over.
    coverage.interpretedGas[mayHandOver === undefined ? 'alone' : 'beside'] += before - state.gas;
    return exit;
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
