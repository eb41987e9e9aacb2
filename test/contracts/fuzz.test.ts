import { describe, expect, it } from 'vitest';
import { BATCH_SIZE, fuzzBatch } from './syscallFuzzer.js';

const BATCHES = 20;
const SEED = 2026;

describe('contracts that make random syscalls', () => {
  const outcomes = new Map<string, number>();

  it(`leave nothing behind that did not succeed (${BATCHES * BATCH_SIZE} programs)`, { timeout: 120_000 }, () => {
    for (let batch = 0; batch < BATCHES; batch++) {
      const report = fuzzBatch(SEED, batch);
      expect(report.problems, `npm run fuzz:contracts -- --seed ${SEED} --from ${batch}`).toEqual([]);
      for (const [outcome, n] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
    }
  });

  it('succeed, revert, and fail for many reasons', () => {
    for (const outcome of [
      'success',
      'revert',
      'error',
      'OutOfBounds',
      'InvalidCallFlags',
      'TooManyTopics',
      'ValueTooLarge',
    ]) {
      expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(10);
    }
    expect(outcomes.size).toBeGreaterThan(14);
  });
});
