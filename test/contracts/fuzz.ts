/**
 * Runs contracts that make random syscalls: `npm run fuzz:contracts -- [--count N] [--seed S] [--from BATCH]`. Problems come
 * with the number of their batch.
 */
import { parseArgs } from 'node:util';
import { BATCH_SIZE, fuzzBatch } from './syscallFuzzer.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});
const [count, seed, from] = [values.count, values.seed, values.from].map(Number) as [number, number, number];

const start = performance.now();
const outcomes = new Map<string, number>();
let programs = 0;
let lastReport = start;
for (let batch = from; programs < count; batch++) {
  const report = fuzzBatch(seed, batch);
  programs += report.programs;
  for (const [outcome, n] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
  if (report.problems.length > 0) {
    console.log(`--seed ${seed} --from ${batch} --count ${BATCH_SIZE}\n\n${report.problems.join('\n\n')}`);
    process.exitCode = 1;
    break;
  }
  if (performance.now() - lastReport > 10_000) {
    lastReport = performance.now();
    console.error(`${programs} programs, ${Math.round((lastReport - start) / 1000)} s`);
  }
}
console.log(`${programs} programs of seed ${seed}`);
console.log(
  [...outcomes]
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, n]) => `${outcome} ${n}`)
    .join(', '),
);
