/** Runs that stop after a slice and go on, and those that do so by themselves, in turns with the event loop. */
import { describe, expect, it } from 'vitest';
import { instanceOf } from '../../test/support/assembled.js';
import { fnv1a64 } from '../../test/support/fnv.js';
import { REGISTER_NAMES } from '../isa/index.js';
import type { Backend, Instance, ModuleOptions, RunLimits } from './index.js';

const BACKENDS = ['interpreter', 'compiler', 'auto'] as const;
const GAS = 100_000n;
const DATA = 0x20000;
const DATA_SIZE = 8192;

const ENDLESS = 'no end but that of the gas';

/** Programs that stop for every reason there is. Each exports `main`. */
const PROGRAMS = {
  'loops, calls and memory': `
    %rw_data_size = ${DATA_SIZE}
    %stack_size = 4096
    pub @main:
    a0 = 60
    @outer:
    sp = sp - 8
    u64 [sp] = a0
    ra = @back
    jump @work
    @back:
    a0 = u64 [sp]
    sp = sp + 8
    a0 = a0 - 1
    jump @outer if a0 != 0
    ra = 0xffff0000
    ret
    @work:
    a1 = 40
    @inner:
    a2 = a0 * a1
    a3 = a2 & 1023
    a4 = u64 [a3 + ${DATA}]
    a4 = a4 + a2
    u64 [a3 + ${DATA}] = a4
    a1 = a1 - 1
    jump @inner if a1 >s 0
    ret
  `,
  'host calls, a growing heap and memset': `
    %rw_data_size = ${DATA_SIZE}
    pub @main:
    a5 = 20
    @again:
    a0 = ${DATA}
    a1 = a5
    a2 = 3000
    [a0..a0 + a2] = u8 a1
    a0 = 100
    a0 = sbrk a0
    ecalli 3
    u64 [${DATA + 4000}] = a0
    a5 = a5 - 1
    jump @again if a5 != 0
    ret
  `,
  'a block that costs a lot': `
    pub @main:
    a1 = 30
    @again:
    ${'a0 = a0 * 3\n'.repeat(400)}
    a1 = a1 - 1
    jump @again if a1 != 0
    ret
  `,
  'a trap far into the program': `
    %rw_data_size = ${DATA_SIZE}
    pub @main:
    a0 = ${DATA}
    @again:
    u64 [a0] = a0
    a0 = a0 + 8
    jump @again
  `,
  [ENDLESS]: `
    pub @main:
    a0 = a0 + 1
    jump @odd if a0 <u 1000000
    trap
    @odd:
    a1 = a1 ^ a0
    jump @main
  `,
};

/** What a host sees at an interrupt. */
function look(instance: Instance): unknown[] {
  const { programCounter, nextProgramCounter, gas, heapSize } = instance;
  return [
    programCounter,
    nextProgramCounter,
    gas,
    heapSize,
    ...REGISTER_NAMES.map((name) => instance.getRegister(name)),
  ];
}

/** Runs to the end, answering host calls, and tells what there was to see on the way, and how many slices it took. */
function trace(instance: Instance, limits?: RunLimits): { seen: unknown[]; slices: number } {
  const seen: unknown[] = [];
  let slices = 0;
  for (;;) {
    const interrupt = limits === undefined ? instance.run() : instance.run(limits);
    slices++;
    if (interrupt.kind === 'yielded') continue;
    seen.push(interrupt, ...look(instance));
    if (interrupt.kind !== 'ecalli') break;
    instance.setRegister('a0', BigInt(seen.length));
  }
  if (instance.isMemoryAccessible(DATA, DATA_SIZE, 'read')) {
    seen.push(fnv1a64(instance.readMemory(DATA, DATA_SIZE)));
  }
  return { seen, slices };
}

function started(backend: Backend, source: string, options?: ModuleOptions): Instance {
  const instance = instanceOf(backend, source, options);
  instance.prepareCall('main');
  instance.gas = GAS;
  return instance;
}

describe.each(BACKENDS)('on the %s', (backend) => {
  describe.each(['sync', 'none'] as const)('with metering %s', (gasMetering) => {
    // Without metering there is nothing that could end it.
    const programs = Object.entries(PROGRAMS).filter(([name]) => gasMetering === 'sync' || name !== ENDLESS);

    describe.each(programs)('%s', (_, source) => {
      const whole = trace(started('interpreter', source, { gasMetering }));

      it.each([1, 7, 100n, 2500])('comes to the same in slices of %s gas', (gasSlice) => {
        const sliced = trace(started(backend, source, { gasMetering }), { gasSlice });
        expect(sliced.seen).toEqual(whole.seen);
        if (gasSlice <= 7) expect(sliced.slices).toBeGreaterThan(whole.slices + 3);
      });

      it('does not yield in a slice that is large enough', () => {
        expect(trace(started(backend, source, { gasMetering }), { gasSlice: 2n ** 70n })).toEqual(whole);
        expect(trace(started(backend, source, { gasMetering }), { timeSliceMs: 60_000 })).toEqual(whole);
        expect(trace(started(backend, source, { gasMetering }), {})).toEqual(whole);
      });

      it('comes to the same in slices of time', () => {
        const sliced = trace(started(backend, source, { gasMetering }), { timeSliceMs: 0.01 });
        expect(sliced.seen).toEqual(whole.seen);
      });

      it('goes on without limits after a slice', () => {
        const instance = started(backend, source, { gasMetering });
        expect(instance.run({ gasSlice: 7 })).toEqual({ kind: 'yielded' });
        expect(trace(instance).seen).toEqual(whole.seen);
      });
    });

    it('runs a loop without an end for a slice, whatever that is', () => {
      const instance = started(backend, 'pub @main:\n a0 = a0 + 1\n jump @main', { gasMetering });
      instance.gas = 2n ** 62n;
      expect(instance.run({ gasSlice: 1000 })).toEqual({ kind: 'yielded' });
      expect(instance.getRegister('a0')).toBe(gasMetering === 'sync' ? 500n : 1000n);
      expect(2n ** 62n - instance.gas).toBe(gasMetering === 'sync' ? 1000n : 0n);

      const before = instance.getRegister('a0');
      const start = performance.now();
      expect(instance.run({ timeSliceMs: 20 })).toEqual({ kind: 'yielded' });
      expect(performance.now() - start).toBeGreaterThanOrEqual(20);
      expect(instance.getRegister('a0')).toBeGreaterThan(before);

      const between = instance.getRegister('a0');
      expect(instance.run({ timeSliceMs: 60_000, gasSlice: 10 })).toEqual({ kind: 'yielded' });
      expect(instance.getRegister('a0')).toBe(between + (gasMetering === 'sync' ? 5n : 10n));
    });

    it('does not run at all with less gas than none', () => {
      const instance = started(backend, 'pub @main:\n a0 = a0 + 1\n jump @main', { gasMetering });
      instance.gas = -5n;
      for (const limits of [undefined, { gasSlice: 5 }, { timeSliceMs: 1 }] as RunLimits[]) {
        expect(instance.run(limits)).toEqual({ kind: 'outOfGas' });
      }
      expect([instance.gas, instance.getRegister('a0')]).toEqual([-5n, 0n]);
    });

    it('pays as ever when it starts in the middle of a block', () => {
      const source = 'pub @main:\n a0 = 1\n pub @middle: %no_fallthrough\n a0 = a0 + 5\n a0 = a0 + 7\n ret';
      const instance = started(backend, source, { gasMetering });
      instance.prepareCall('middle');
      expect(instance.run({ gasSlice: 1 })).toEqual({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(12n);
      expect(GAS - instance.gas).toBe(gasMetering === 'sync' ? 4n : 0n);
    });
  });

  it('runs out of gas where it would without slices', () => {
    const instance = started(backend, 'pub @main:\n a0 = a0 + 1\n jump @main');
    instance.gas = 1001n;
    for (let slice = 0; slice < 3; slice++) expect(instance.run({ gasSlice: 300 })).toEqual({ kind: 'yielded' });
    expect(instance.gas).toBe(101n);
    expect(instance.run({ gasSlice: 300 })).toEqual({ kind: 'outOfGas' });
    expect([instance.gas, instance.getRegister('a0')]).toEqual([1n, 500n]);
  });

  it('steps through a slice', () => {
    const instance = started(backend, 'pub @main:\n a0 = a0 + 1\n jump @main', { stepTracing: true });
    expect(instance.run({ gasSlice: 1 })).toEqual({ kind: 'step', pc: 0 });
    expect(instance.run({ gasSlice: 1 })).toEqual({ kind: 'step', pc: 3 });
  });

  it('refuses limits that are none', () => {
    const instance = started(backend, 'pub @main:\n ret');
    for (const gasSlice of [0, -1n, 1.5, Number.NaN, 2 ** 60]) {
      expect(() => instance.run({ gasSlice })).toThrow(
        new RangeError(`gasSlice: got ${gasSlice}, expected an integer from 1 on`),
      );
    }
    for (const timeSliceMs of [0, -1, Number.NaN]) {
      expect(() => instance.run({ timeSliceMs })).toThrow(
        new RangeError(`timeSliceMs: got ${timeSliceMs}, expected more than 0`),
      );
    }
    expect(instance.run({ gasSlice: 10 })).toEqual({ kind: 'finished' });
    expect(() => instance.run({ gasSlice: 10 })).toThrow(/next program counter is not set/);
  });

  describe('asynchronously', () => {
    const endless = 'pub @main:\n a0 = a0 + 1\n jump @main';

    it('comes to the interrupts that a plain run comes to', async () => {
      const source = PROGRAMS['host calls, a growing heap and memset'];
      const expected = started('interpreter', source);
      const instance = started(backend, source);
      for (let kind = ''; kind !== 'finished'; ) {
        const interrupt = await instance.runAsync({ gasSlice: 50 });
        kind = interrupt.kind;
        expect(interrupt).toEqual(expected.run());
        expect(look(instance)).toEqual(look(expected));
      }
    });

    it.each(['sync', 'none'] as const)('stops for a signal, and can go on, with metering %s', async (gasMetering) => {
      const instance = started(backend, endless, { gasMetering });
      instance.gas = 2n ** 62n;
      const signal = AbortSignal.timeout(50);
      await expect(instance.runAsync({ signal })).rejects.toHaveProperty('name', 'TimeoutError');
      const counted = instance.getRegister('a0');
      expect(counted).toBeGreaterThan(0n);
      expect(2n ** 62n - instance.gas).toBe(gasMetering === 'sync' ? 2n * counted : 0n);
      expect(instance.run({ gasSlice: 10 })).toEqual({ kind: 'yielded' });
      expect(instance.getRegister('a0')).toBe(counted + (gasMetering === 'sync' ? 5n : 10n));
    });

    it('does nothing for a signal that is aborted already', async () => {
      const instance = started(backend, endless);
      const reason = new Error('never mind');
      await expect(instance.runAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect([instance.getRegister('a0'), instance.gas]).toEqual([0n, GAS]);
    });

    it('lets timers fire, and the host look and change things', async () => {
      const instance = started(backend, 'pub @main:\n a0 = a0 + 1\n jump @main if a1 == 0\n ret');
      instance.gas = 2n ** 62n;
      const seen: bigint[] = [];
      const timer = setInterval(() => {
        seen.push(instance.getRegister('a0'));
        if (seen.length === 5) instance.setRegister('a1', 1n);
      }, 1);
      expect(await instance.runAsync({ timeSliceMs: 2 })).toEqual({ kind: 'finished' });
      clearInterval(timer);
      expect(seen).toHaveLength(5);
      expect([...seen].sort((a, b) => (a < b ? -1 : 1))).toEqual(seen);
      expect(new Set(seen).size).toBe(5);
    });

    it('runs one program at a time', async () => {
      const instance = started(backend, endless);
      const abort = new AbortController();
      const run = instance.runAsync({ signal: abort.signal, gasSlice: 10 });
      expect(() => instance.run()).toThrow('failed to run: an asynchronous run is under way');
      await expect(instance.runAsync()).rejects.toThrow('failed to run: an asynchronous run is under way');
      abort.abort(new Error('enough'));
      await expect(run).rejects.toThrow('enough');
      expect(instance.run({ gasSlice: 10 })).toEqual({ kind: 'yielded' });
    });

    it('ends when the instance is disposed of', async () => {
      const instance = started(backend, endless);
      instance.gas = 2n ** 62n;
      const run = instance.runAsync({ timeSliceMs: 1 });
      setTimeout(() => instance.dispose(), 5);
      await expect(run).rejects.toThrow('the instance has been disposed of');
    });

    it('needs something to run', async () => {
      const instance = instanceOf(backend, endless);
      await expect(instance.runAsync()).rejects.toThrow(/next program counter is not set/);
      instance.prepareCall('main');
      await expect(instance.runAsync({ timeSliceMs: -1 })).rejects.toThrow(RangeError);
    });
  });
});
