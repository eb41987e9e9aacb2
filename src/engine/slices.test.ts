/** Runs that stop after a slice and go on, and those that do so by themselves, in turns with the event loop. */
import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { REGISTER_NAMES } from '../isa/index.js';
import { type Backend, type Instance, type ModuleOptions, type RunLimits } from './index.js';

const BACKENDS = ['interpreter', 'compiler', 'auto'] as const;
const GAS = 10_000_000n;
const DATA = 0x20000;
const DATA_SIZE = 8192;

/** Programs that stop for every reason there is. Each exports `main`. */
const PROGRAMS = {
  'loops, calls and memory': `
    %rw_data_size = ${DATA_SIZE}
    %stack_size = 4096
    pub @main:
    a0 = 300
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
    a5 = 50
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
    a1 = 5
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
  'no end but that of the gas': `
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
  return [programCounter, nextProgramCounter, gas, heapSize, ...REGISTER_NAMES.map((name) => instance.getRegister(name))];
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
  if (instance.isMemoryAccessible(DATA, DATA_SIZE, 'read')) seen.push(instance.readMemory(DATA, DATA_SIZE));
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
    describe.each(Object.entries(PROGRAMS))('%s', (_, source) => {
      // Without an end it never stops if it pays nothing.
      if (gasMetering === 'none' && source === PROGRAMS['no end but that of the gas']) return;
      const whole = trace(started('interpreter', source, { gasMetering }));

      it.each([1, 7, 100n, 2500, 100_000, 2n ** 70n])('comes to the same in slices of %s gas', (gasSlice) => {
        const sliced = trace(started(backend, source, { gasMetering }), { gasSlice });
        expect(sliced.seen).toEqual(whole.seen);
        if (gasSlice <= 100) expect(sliced.slices).toBeGreaterThan(4);
        if (gasSlice > GAS) expect(sliced.slices).toBe(whole.slices);
      });

      it('comes to the same in slices of a short time', () => {
        const sliced = trace(started(backend, source, { gasMetering }), { timeSliceMs: 0.01 });
        expect(sliced.seen).toEqual(whole.seen);
      });

      it('comes to the same without a limit, also between slices', () => {
        const instance = started(backend, source, { gasMetering });
        expect(instance.run({ gasSlice: 20 })).toEqual({ kind: 'yielded' });
        expect(trace(instance).seen).toEqual(whole.seen);
      });
    });
  });
});
