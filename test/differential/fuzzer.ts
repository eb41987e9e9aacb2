/** Compares the backends on one random scenario after the other. */
import type { Backend } from '../../src/engine/index.js';
import { InvalidProgramError } from '../../src/program/index.js';
import { Random } from '../fuzz/random.js';
import { type Draft, finishDraft } from './draft.js';
import { generateDraft } from './generate.js';
import { type Difference, Lockstep } from './lockstep.js';

/** What became of a draft. */
export interface Verdict {
  /** The draft that was run: the generated one, or a form of it that needs no metering. */
  readonly draft: Draft;
  readonly difference: Difference | undefined;
  /** How the actions went; empty when the program was refused. */
  readonly outcomes: readonly string[];
  /** How many instructions the interpreter has executed; each other backend as many, if there is no difference. */
  readonly instructions: number;
}

const OUT_OF_GAS = '{"kind":"outOfGas"}';
const YIELDED = '{"kind":"yielded"}';
/** Gas for programs that have to show that they come to an end. */
const AMPLE_GAS = 3000n;

/** The draft number `index` of a seed. */
export function draftAt(seed: number, index: number): Draft {
  return generateDraft(new Random(Math.imul(seed, 0x9e3779b1) + index));
}

/** What is compared with the interpreter. */
export const COMPILING_BACKENDS: readonly Backend[] = ['compiler', 'auto'];

/** Tests drafts. */
export class Fuzzer {
  readonly #lockstep: Lockstep;

  constructor() {
    this.#lockstep = new Lockstep(COMPILING_BACKENDS);
  }

  /**
   * Tests a draft. One that is bounded by no gas is run with some first: where backends differ then, or the program does
   * not come to an end by itself, that is the verdict.
   */
  test(draft: Draft): Verdict {
    if (isBounded(draft)) return this.#attempt(draft);
    const bounded = this.#attempt(withEnoughGas(draft));
    return bounded.difference === undefined && comesToAnEnd(bounded) ? this.#attempt(draft) : bounded;
  }

  /** Tests the draft number `index` of a seed, some without a bound. */
  testAt(seed: number, index: number): Verdict {
    const draft = draftAt(seed, index);
    return this.test(index % 4 === 0 ? withoutBound(draft) : draft);
  }

  #attempt(draft: Draft): Verdict {
    try {
      return { draft, ...this.#lockstep.run(finishDraft(draft)) };
    } catch (error) {
      if (error instanceof InvalidProgramError) return { draft, difference: undefined, outcomes: [], instructions: 0 };
      throw error;
    }
  }
}

/** Whether every run has stopped for another reason than gas, be it a slice of it. */
function comesToAnEnd({ draft, outcomes }: Verdict): boolean {
  let isNegative = false;
  for (const [i, outcome] of outcomes.entries()) {
    const action = draft.actions[i];
    if (action.do === 'gas') isNegative = action.value < 0n;
    if (action.do === 'reset' || action.do === 'renew' || action.do === 'handOn') isNegative = false;
    if (outcome === YIELDED || (outcome === OUT_OF_GAS && !isNegative)) return false;
  }
  return outcomes.length > 0;
}

/** Whether gas ends every run, and soon. */
function isBounded({ options, actions }: Draft): boolean {
  return options.gasMetering === 'sync' && actions.every((action) => action.do !== 'gas' || action.value < 2n ** 32n);
}

/** The draft with gas that suffices for programs that come to an end soon. */
function withEnoughGas(draft: Draft): Draft {
  return { ...withGas(draft, AMPLE_GAS), options: { ...draft.options, gasMetering: 'sync', costModel: 'naive' } };
}

/**
 * The draft without metering, or with more gas than a double can count, and without slices: what comes to an end under one
 * cost model does so under all only if its host does the same at the same places.
 */
function withoutBound(sliced: Draft): Draft {
  const actions = sliced.actions.map((action) => (action.do === 'run' ? { ...action, slice: undefined } : action));
  const draft = { ...sliced, actions };
  if (draft.items.length % 2 === 0) return withGas(draft, 2n ** 63n - 1n);
  return { ...draft, options: { ...draft.options, gasMetering: 'none' } };
}

/** The draft with another amount wherever gas is set to one that is not negative. */
function withGas(draft: Draft, value: bigint): Draft {
  const actions = draft.actions.map((action) =>
    action.do === 'gas' && action.value >= 0n ? { ...action, value } : action,
  );
  return { ...draft, actions };
}
