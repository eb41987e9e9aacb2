/** A run of the fuzzer that is the same every time. `npm run fuzz` goes on where it ends. */
import { expect, it } from 'vitest';
import { watchCompiledCode } from './coverage.js';
import { finishDraft } from './draft.js';
import { Fuzzer } from './fuzzer.js';
import { reportScenario } from './report.js';
import { shrink } from './shrink.js';

const SEED = 2026;
const PROGRAMS = 1000;

it('agrees with the interpreter on random programs at every stop', { timeout: 300_000 }, () => {
  const coverage = watchCompiledCode();
  const fuzzer = new Fuzzer();
  const kinds = new Set<string>();
  for (let index = 0; index < PROGRAMS; index++) {
    const { draft, difference, outcomes } = fuzzer.testAt(SEED, index);
    if (difference !== undefined) {
      const smallest = shrink(draft, (smaller) => fuzzer.test(smaller).difference !== undefined);
      const scenario = reportScenario(finishDraft(smallest), fuzzer.test(smallest).difference);
      expect.fail(`program ${index} of seed ${SEED}\n${scenario}`);
    }
    for (const outcome of outcomes) kinds.add(/^\{"kind":"(\w+)/.exec(outcome)?.[1] ?? 'other');
  }
  // Otherwise the programs would be too much alike to test anything.
  expect([...kinds].sort()).toEqual(['ecalli', 'finished', 'other', 'outOfGas', 'trap']);
  expect(coverage.entries).toBeGreaterThan(4 * PROGRAMS);
  const unseen = Object.entries(coverage.exits).filter(([, count]) => count === 0);
  // That takes a host whose own calls are deep.
  expect(unseen.map(([exit]) => exit)).toEqual(['stackOverflow']);
});
