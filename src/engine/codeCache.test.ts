/** Code that modules share, and the cache through which they come by it. */
import { describe, expect, it } from 'vitest';
import { CostTable } from '../gas/index.js';
import { parseProgram } from '../program/index.js';
import { assemble } from '../text/index.js';
import { CodeCache } from './codeCache.js';
import { Engine, type Instance, type ModuleOptions } from './index.js';
import { completeOptions } from './options.js';
import { ProgramCode } from './programCode.js';

const BACKENDS = ['interpreter', 'compiler', 'auto'] as const;
const OPTIONS = completeOptions({ backend: 'interpreter', costModel: 'naive' }, {});
const EMPTY = parseProgram(assemble('%isa = latest64\ntrap'));

/** A program of its own for each test, so that none finds the code of another. */
let serial = 0;
function counter(): Uint8Array {
  return assemble(`
    %isa = latest64
    %rw_data_size = 4096
    pub @main:
    a2 = ${++serial}
    @again:
    a1 = u64 [0x20000]
    a1 = a1 + 1
    u64 [0x20000] = a1
    ecalli 0
    a0 = a0 - 1
    jump @again if a0 != 0
    ret
  `);
}

describe('modules of the same program', () => {
  it('share its code, whatever their engines', () => {
    const blob = counter();
    const first = new Engine().compile(blob);
    expect(new Engine().compile(blob.slice()).program).toBe(first.program);
    expect(new Engine({ costModel: 'full-l2' }).compile(blob, { pageSize: 4096 }).program).toBe(first.program);
    expect(new Engine().compile(counter()).program).not.toBe(first.program);
  });

  it('share nothing if their options differ', () => {
    const blob = counter();
    const different: ModuleOptions[] = [
      {},
      { gasMetering: 'none' },
      { costModel: 'naive' },
      { costModel: 'full-l1' },
      { pageSize: 8192 },
      { auxDataSize: 4096 },
      { stepTracing: true },
      { dynamicPaging: true },
      { strict: true },
    ];
    const programs = BACKENDS.flatMap((backend) =>
      different.map((options) => new Engine({ backend }).compile(blob, options).program),
    );
    expect(new Set(programs).size).toBe(BACKENDS.length * different.length);
  });

  it('share nothing if they are not to, or have prices of their own', () => {
    const blob = counter();
    const engine = new Engine();
    const costModel = CostTable.of({ trap: 7 });
    for (const options of [{ cache: false }, { costModel }]) {
      expect(engine.compile(blob, options).program).not.toBe(engine.compile(blob, options).program);
    }
  });

  it('are those of the bytes as they were', () => {
    const blob = counter();
    const before = new Engine().compile(blob);
    const bytes = blob.slice();
    blob.fill(0);
    expect(() => new Engine().compile(blob)).toThrow();
    expect(new Engine().compile(bytes).program).toBe(before.program);
    const instance = before.instantiate();
    instance.gas = 1000n;
    instance.prepareCall('main', [1n]);
    expect(instance.run()).toEqual({ kind: 'ecalli', index: 0 });
  });

  it.each(BACKENDS)('have instances of their own on the %s', (backend) => {
    const blob = counter();
    const start = (gas: bigint): Instance => {
      const instance = new Engine({ backend, costModel: 'naive' }).compile(blob).instantiate();
      instance.gas = gas;
      instance.prepareCall('main', [10_000n]);
      return instance;
    };
    const [one, two] = [start(1_000_000n), start(30_000n)];
    for (let turn = 0; turn < 4000; turn++) {
      expect(one.run().kind).toBe('ecalli');
      if (turn % 2 === 0) expect(two.run().kind).toBe('ecalli');
    }
    expect([one.getRegister('a1'), two.getRegister('a1')]).toEqual([4000n, 2000n]);
    // One for the first block, and six each time.
    expect([one.gas, two.gas]).toEqual([1_000_000n - 24_002n, 30_000n - 12_002n]);
    while (two.run().kind === 'ecalli');
    expect([two.getRegister('a1'), two.gas]).toEqual([4999n, 30_000n - 2n - 6n * 4999n]);
    expect(one.getRegister('a1')).toBe(4000n);
  });
});

describe('the cache', () => {
  const make = (): ProgramCode => new ProgramCode(EMPTY, OPTIONS);

  it('makes the code of the same bytes once', () => {
    const cache = new CodeCache(100_000);
    const made: Uint8Array[] = [];
    const blob = Uint8Array.of(1, 2, 3, 4, 5);
    const ask = (bytes: Uint8Array): ProgramCode =>
      cache.codeOf(bytes, OPTIONS, (copy) => {
        made.push(copy);
        return make();
      });
    const code = ask(blob);
    expect(ask(Uint8Array.of(0, 1, 2, 3, 4, 5).subarray(1))).toBe(code);
    expect(made).toEqual([blob]);
    expect(made[0]).not.toBe(blob);
    for (const other of [[1, 2, 3, 4], [1, 2, 3, 4, 6], [9, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0], []]) {
      expect(ask(Uint8Array.from(other))).not.toBe(code);
    }
    expect(made).toHaveLength(6);
    expect(ask(blob)).toBe(code);
  });

  it('does not take bytes for others of the same hash', () => {
    // The hash of two words is ((b ^ w0) * p ^ w1) * p.
    const mix = (word: number): number => Math.imul(0x811c9dc5 ^ word, 0x01000193);
    const bytes = (...words: number[]): Uint8Array => new Uint8Array(Int32Array.from(words).buffer);
    const one = bytes(1, 100);
    const two = bytes(2, 100 ^ mix(1) ^ mix(2));
    const cache = new CodeCache(100_000);
    const code = cache.codeOf(one, OPTIONS, make);
    expect(cache.codeOf(two, OPTIONS, make)).not.toBe(code);
    // The place was the same: what comes last is kept.
    expect(cache.codeOf(one, OPTIONS, make)).not.toBe(code);
  });

  it('keeps what was asked for last, up to its size', () => {
    const cache = new CodeCache(100_000);
    const ask = (id: number, length = 32_000): ProgramCode =>
      cache.codeOf(new Uint8Array(length).fill(id), OPTIONS, make);
    const first = ask(1);
    const second = ask(2);
    expect(ask(1)).toBe(first);
    ask(3);
    expect(ask(1)).toBe(first);
    expect(ask(2)).not.toBe(second);
    // Too large to be kept at all.
    expect(ask(4, 50_000)).not.toBe(ask(4, 50_000));
    expect(ask(2)).toBe(ask(2));
  });

  it('does not keep any number of small programs', () => {
    const cache = new CodeCache(100_000);
    const ask = (id: number): ProgramCode => cache.codeOf(Uint8Array.of(id), OPTIONS, make);
    const first = ask(0);
    for (let id = 1; id < 11; id++) ask(id);
    expect(ask(0)).toBe(first);
    for (let id = 1; id < 20; id++) ask(id);
    expect(ask(0)).not.toBe(first);
  });

  it('keeps nothing of what cannot be made', () => {
    const cache = new CodeCache(100_000);
    const blob = Uint8Array.of(1);
    for (let i = 0; i < 2; i++) {
      expect(() =>
        cache.codeOf(blob, OPTIONS, () => {
          throw new Error('no program');
        }),
      ).toThrow('no program');
    }
    const code = cache.codeOf(blob, OPTIONS, make);
    expect(cache.codeOf(blob, OPTIONS, make)).toBe(code);
  });
});
