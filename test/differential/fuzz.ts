/**
 * Compares the backends on random programs for as long as asked:
 * `npm run fuzz -- [--seconds N] [--seed S] [--from INDEX] [--count N] [--failures N]`.
 */
import { parseArgs } from 'node:util';
import { watchCompiledCode } from './coverage.js';
import { finishDraft } from './draft.js';
import { Fuzzer } from './fuzzer.js';
import { reportScenario } from './report.js';
import { shrink } from './shrink.js';

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
const start = performance.now();
const outcomes = new Map<string, number>();
let failed = 0;
let index = from;
let lastReport = start;
for (; index < from + count && performance.now() - start < 1000 * seconds; index++) {
  const verdict = fuzzer.testAt(seed, index);
  for (const outcome of verdict.outcomes) {
    const kind = /^\{"kind":"(\w+)/.exec(outcome)?.[1];
    if (kind !== undefined) outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  }
  if (verdict.difference !== undefined) {
    const smallest = shrink(verdict.draft, (draft) => fuzzer.test(draft).difference !== undefined);
    console.log(`--seed ${seed} --from ${index} --count 1\n`);
    console.log(reportScenario(finishDraft(smallest), fuzzer.test(smallest).difference));
    if (++failed >= failures) break;
  }
  if (performance.now() - lastReport > 10_000) {
    lastReport = performance.now();
    console.error(`${index - from} programs, ${Math.round((lastReport - start) / 1000)} s`);
  }
}
console.log(`${index - from} programs of seed ${seed} from ${from} on, ${failed} with differences`);
console.log(`stops: ${[...outcomes].map(([kind, n]) => `${kind} ${n}`).join(', ')}`);
const exits = Object.entries(coverage.exits).map(([exit, n]) => `${exit} ${n}`);
console.log(`compiled code: entered ${coverage.entries} times, ${coverage.continuations} of them behind host calls`);
console.log(`left for: ${exits.join(', ')}`);
process.exitCode = failed > 0 ? 1 : 0;
