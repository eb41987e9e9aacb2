import { describe, expect, it } from 'vitest';
import { type Backend, Engine, type Instance, InvalidProgramError } from '../../src/index.js';
import { disassemble } from '../../src/text/index.js';
import { BACKENDS } from '../support/backends.js';
import { corpus, largeCorpus } from './corpus.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';

const MUTATIONS = 100_000;
const LARGE_MUTATIONS = 400;
const GAS = 3000n;
const MAX_HOST_CALLS = 8;
/** A listing is some thirty times as long as its program, and is not what large programs are here for. */
const MAX_LISTED = 64 * 1024;
/** More than any mutation may take, however slow the machine. */
const MAX_MS = 5000;
const MAX_GROWTH = 256 * 2 ** 20;

/** How mutations ended; every outcome that is not here fails the test. */
type Outcome = 'refused' | 'too large' | 'ran';

function tryBlob(engine: Engine, blob: Uint8Array, alsoAsText: boolean): Outcome {
  try {
    const module = engine.compile(blob);
    if (alsoAsText) disassemble(blob);
    for (const { pc } of module.exports.slice(0, 4)) module.gasCostOfBlock(pc);
    const entries = module.exports.length > 0 ? module.exports.slice(0, 2).map(({ pc }) => pc) : [0];
    let instance: Instance;
    try {
      instance = module.instantiate();
    } catch (error) {
      // What a program declares may be more than this machine has.
      if (error instanceof RangeError) return 'too large';
      throw error;
    }
    for (const entry of entries) {
      instance.prepareCall(entry, [3n, 2n ** 64n - 1n]);
      instance.gas = GAS;
      for (let calls = 0; calls < MAX_HOST_CALLS; calls++) {
        if (instance.run().kind !== 'ecalli') break;
      }
    }
    instance.dispose();
    return 'ran';
  } catch (error) {
    if (error instanceof InvalidProgramError) return 'refused';
    throw error;
  }
}

function fuzz(backend: Backend, blobs: readonly Uint8Array[], count: number, seed: number): Record<Outcome, number> {
  const engine = new Engine({ backend });
  const outcomes = { refused: 0, 'too large': 0, ran: 0 };
  const before = process.memoryUsage.rss();
  for (let index = 0; index < count; index++) {
    // A generator of its own for each mutation: a failure is repeated by its number alone.
    const random = new Random(seed + index);
    const blob = mutate(random.pick(blobs), blobs, random);
    const start = performance.now();
    try {
      outcomes[tryBlob(engine, blob, index % 16 === 0 && blob.length <= MAX_LISTED)]++;
    } catch (error) {
      throw new Error(`mutation ${seed} + ${index}: ${Buffer.from(blob).toString('hex').slice(0, 4000)}`, {
        cause: error,
      });
    }
    const elapsed = performance.now() - start;
    if (elapsed > MAX_MS) expect.fail(`mutation ${seed} + ${index} took ${elapsed} ms`);
    const growth = process.memoryUsage.rss() - before;
    if (growth > MAX_GROWTH) expect.fail(`mutation ${seed} + ${index}: the process has grown by ${growth} bytes`);
  }
  return outcomes;
}

describe.each(BACKENDS)('damaged programs on the %s', (backend) => {
  it(`are refused or run, ${MUTATIONS} of them, within bounded time and memory`, { timeout: 600_000 }, () => {
    const { refused, ran } = fuzz(backend, corpus, MUTATIONS, 1);
    // Otherwise the mutations would be too coarse, or too fine, to test anything.
    expect(refused).toBeGreaterThan(MUTATIONS / 20);
    expect(ran).toBeGreaterThan(MUTATIONS / 20);
  });

  it.runIf(largeCorpus.length > 0)('are refused or run when they are large', { timeout: 600_000 }, () => {
    const { refused, ran } = fuzz(backend, largeCorpus, LARGE_MUTATIONS, 1_000_000);
    expect(refused + ran).toBeGreaterThan(0);
  });

  it('leave the engine as it was', () => {
    const engine = new Engine({ backend });
    const [program] = corpus as [Uint8Array];
    const result = (): bigint => {
      using instance = engine.compile(program).instantiate();
      instance.prepareCall('main', [20n]);
      instance.gas = 100_000n;
      while (instance.run().kind === 'ecalli') {}
      return instance.getRegister('a0');
    };
    const before = result();
    for (let index = 0; index < 2000; index++) {
      const random = new Random(2_000_000 + index);
      tryBlob(engine, mutate(random.pick(corpus), corpus, random), false);
    }
    expect(result()).toBe(before);
  });
});
