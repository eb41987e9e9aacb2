/** A run of the fuzzer that is the same every time. `npm run fuzz` goes on where it ends. */
import { expect, it } from 'vitest';
import { compiledShare, watchCompiledCode } from './coverage.js';
import { finishDraft } from './draft.js';
import { COMPILING_BACKENDS, Fuzzer } from './fuzzer.js';
import { reportScenario } from './report.js';
import { shrink } from './shrink.js';
import { Statistics } from './statistics.js';

const SEED = 2026;
const PROGRAMS = 1000;

it('agrees with the interpreter on random programs at every stop', { timeout: 300_000 }, () => {
  const coverage = watchCompiledCode();
  const fuzzer = new Fuzzer();
  const statistics = new Statistics();
  for (let index = 0; index < PROGRAMS; index++) {
    const verdict = fuzzer.testAt(SEED, index);
    const { draft, difference } = verdict;
    statistics.add(verdict);
    if (difference !== undefined) {
      const smallest = shrink(draft, (smaller) => fuzzer.test(smaller).difference !== undefined);
      const scenario = reportScenario(finishDraft(smallest), fuzzer.test(smallest).difference);
      expect.fail(`program ${index} of seed ${SEED}\n${scenario}`);
    }
  }
  console.log(statistics.report(coverage, COMPILING_BACKENDS.length));
  // Otherwise the programs would be too much alike to test anything.
  expect([...statistics.stops.keys()].sort()).toEqual(['ecalli', 'finished', 'other', 'outOfGas', 'trap', 'yielded']);
  expect(statistics.instructions).toBeGreaterThan(1000 * PROGRAMS);
  expect(compiledShare(coverage, COMPILING_BACKENDS.length)).toBeGreaterThan(0.5);
  expect(coverage.entries).toBeGreaterThan(4 * PROGRAMS);
  const unseen = Object.entries(coverage.exits).filter(([, count]) => count === 0);
  // That takes a host whose own calls are deep.
  expect(unseen.map(([exit]) => exit)).toEqual(['stackOverflow']);
});
