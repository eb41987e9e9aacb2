/** Step interrupts come before every instruction, and before its block is paid for (spec: engine, sections 4 and 5). */
import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { BACKENDS } from '../../test/support/backends.js';
import type { Instance } from './index.js';

describe.each(BACKENDS)('step tracing when the %s is asked for', (backend) => {
  const load = (source: string): Instance => instanceOf(backend, source, { stepTracing: true });

  /** Runs to something else than a step. Lists the steps as code offset and gas, and the end as its kind and gas. */
  function trace(instance: Instance): (readonly [number | string, bigint])[] {
    const lines: (readonly [number | string, bigint])[] = [];
    for (let i = 0; i < 100; i++) {
      const interrupt = instance.run();
      if (interrupt.kind !== 'step') return [...lines, [interrupt.kind, instance.gas]];
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([interrupt.pc, interrupt.pc]);
      lines.push([interrupt.pc, instance.gas]);
    }
    return lines;
  }

  function call(instance: Instance, target: string | number, gas: bigint): (readonly [number | string, bigint])[] {
    instance.prepareCall(target);
    instance.gas = gas;
    return trace(instance);
  }

  const SOURCE = `
    pub @main:
    a0 = 1
    pub @middle: %no_fallthrough
    a0 = a0 + 1
    jump @end
    @unused:
    trap
    pub @end:
    ret
  `;

  it('stops before each instruction, and before the charge of each block', () => {
    expect(call(load(SOURCE), 'main', 10n)).toEqual([
      [0, 10n],
      [3, 7n],
      [6, 7n],
      [9, 7n],
      ['finished', 6n],
    ]);
  });

  it('charges for a start in the middle of a block before the first step', () => {
    expect(call(load(SOURCE), 'middle', 10n)).toEqual([
      [3, 7n],
      [6, 7n],
      [9, 7n],
      ['finished', 6n],
    ]);
  });

  it('tells a step before it finds that a block cannot be paid, and does not tell it again', () => {
    const instance = load(SOURCE);
    expect(call(instance, 'main', 2n)).toEqual([
      [0, 2n],
      ['outOfGas', 2n],
    ]);
    expect([instance.programCounter, instance.nextProgramCounter]).toEqual([0, 0]);
    expect(trace(instance)).toEqual([['outOfGas', 2n]]);
    instance.gas = 3n;
    expect(trace(instance)).toEqual([
      [3, 0n],
      [6, 0n],
      [9, 0n],
      ['outOfGas', 0n],
    ]);
    instance.gas = 1n;
    expect(trace(instance)).toEqual([['finished', 0n]]);
  });

  it('tells a start in the middle of a block that cannot be paid without a step', () => {
    const instance = load(SOURCE);
    expect(call(instance, 'middle', 2n)).toEqual([['outOfGas', 2n]]);
    expect(instance.programCounter).toBeUndefined();
    instance.gas = 4n;
    expect(trace(instance)).toEqual([
      [3, 1n],
      [6, 1n],
      [9, 1n],
      ['finished', 0n],
    ]);
  });

  it('goes on behind host calls with the next step', () => {
    expect(call(load('pub @main:\n ecalli 0\n a0 = 1\n ret'), 'main', 10n)).toEqual([
      [0, 10n],
      ['ecalli', 7n],
    ]);
    const instance = load('pub @main:\n ecalli 0\n a0 = 1\n ret');
    call(instance, 'main', 10n);
    expect(trace(instance)).toEqual([
      [1, 7n],
      [4, 7n],
      ['finished', 7n],
    ]);
  });

  it('lets the host change everything between steps', () => {
    const instance = load(SOURCE);
    instance.prepareCall('main');
    instance.gas = 10n;
    instance.run();
    instance.run();
    instance.setRegister('a0', 40n);
    instance.run();
    expect(instance.getRegister('a0')).toBe(41n);
    instance.nextProgramCounter = offsetOf(instance, 'end');
    instance.gas = 5n;
    expect(trace(instance)).toEqual([
      [9, 5n],
      ['finished', 4n],
    ]);
  });

  it('stops before the instruction that traps, and before the one that is not there', () => {
    expect(call(load('pub @main:\n a0 = u8 [0]'), 'main', 10n)).toEqual([
      [0, 10n],
      ['trap', 8n],
    ]);
    expect(call(load('pub @main:\n a0 = 1'), 'main', 10n)).toEqual([
      [0, 10n],
      [3, 8n],
      ['trap', 8n],
    ]);
  });

  it('stops before instructions that do nothing', () => {
    expect(call(load('pub @main:\n unlikely\n unlikely\n fallthrough\n unlikely\n ret'), 'main', 10n)).toEqual([
      [0, 10n],
      [1, 7n],
      [2, 7n],
      [3, 7n],
      [4, 5n],
      ['finished', 5n],
    ]);
  });

  it('does not stop again before a memset that goes on', () => {
    const instance = load('%rw_data_size = 8\npub @main:\n [a0..a0 + a2] = u8 a1\n ret');
    instance.prepareCall('main', [0x20000n, 1n, 8n]);
    instance.gas = 5n;
    expect(trace(instance)).toEqual([
      [0, 5n],
      ['outOfGas', 0n],
    ]);
    instance.gas = 9n;
    expect(trace(instance)).toEqual([
      [1, 4n],
      ['finished', 4n],
    ]);
  });

  it('does not stop at a start that cannot be used', () => {
    expect(call(load(SOURCE), 1, 10n)).toEqual([['trap', 10n]]);
  });

  it('shows the same gas and the same end as a run without it', () => {
    const source = 'pub @main:\n a0 = a0 - 1\n jump @main if a0 != 0\n ret';
    const traced = load(source);
    traced.prepareCall('main', [20n]);
    traced.gas = 100n;
    expect(trace(traced).at(-1)).toEqual(['finished', 59n]);
    const plain = instanceOf(backend, source);
    plain.prepareCall('main', [20n]);
    plain.gas = 100n;
    expect([plain.run().kind, plain.gas]).toEqual(['finished', 59n]);
  });
});
