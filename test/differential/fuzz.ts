/**
 * Compares the backends on random programs for as long as asked:
 * `npm run fuzz -- [--seconds N] [--seed S] [--from INDEX] [--count N] [--failures N]`.
 */
import { parseArgs } from 'node:util';
import { watchCompiledCode } from './coverage.js';
import { finishDraft } from './draft.js';
import { COMPILING_BACKENDS, Fuzzer } from './fuzzer.js';
import { reportScenario } from './report.js';
import { shrink } from './shrink.js';
import { Statistics } from './statistics.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: 'Infinity' },
    failures: { type: 'string', default: '1' },
  },
});
const [seconds, seed, from, count, failures] = (['seconds', 'seed', 'from', 'count', 'failures'] as const).map((name) =>
  Number(values[name]),
);

const coverage = watchCompiledCode();
const fuzzer = new Fuzzer();
const statistics = new Statistics();
const start = performance.now();
let index = from;
let lastReport = start;
for (; index < from + count && performance.now() - start < 1000 * seconds; index++) {
  const verdict = fuzzer.testAt(seed, index);
  statistics.add(verdict);
  if (verdict.difference !== undefined) {
    const smallest = shrink(verdict.draft, (draft) => fuzzer.test(draft).difference !== undefined);
    console.log(`--seed ${seed} --from ${index} --count 1\n`);
    console.log(reportScenario(finishDraft(smallest), fuzzer.test(smallest).difference));
    if (statistics.failed >= failures) break;
  }
  if (performance.now() - lastReport > 10_000) {
    lastReport = performance.now();
    console.error(`${index - from} programs, ${Math.round((lastReport - start) / 1000)} s`);
  }
}
console.log(`seed ${seed}, from ${from} on`);
console.log(statistics.report(coverage, COMPILING_BACKENDS.length));
process.exitCode = statistics.failed > 0 ? 1 : 0;
