/** Calls of the guest are calls of WebAssembly functions, as long as it returns to where it was called from. */
import { describe, expect, it } from 'vitest';
import { Engine, type Instance } from '../../src/engine/index.js';
import { assemble } from '../../src/text/index.js';
import { Lockstep } from '../differential/lockstep.js';
import type { Action } from '../differential/scenario.js';

const lockstep = new Lockstep(['compiler', 'auto']);
const RUN: Action = { do: 'run', otherwise: 0 };
const gas = (value: number): Action => ({ do: 'gas', value: BigInt(value) });

/** Writes `call @function, @label` out as a jump that leaves the address of the label, where it returns to. */
function withCalls(source: string): string {
  const returns: string[] = [];
  const calls = source.replace(/call (@\w+), (@\w+)/g, (_, target, label) => {
    returns.push(`a0 = ${label}`);
    return `ra = ${2 * returns.length}, jump ${target}`;
  });
  // Nothing comes here: it makes the entries of the jump table, in this order.
  return [calls, 'pub @addresses:', ...returns, 'trap'].join('\n');
}

/** What the interpreter answers, if the other backends agree with it at each stop. Each function has its own code. */
function outcomes(source: string, actions: readonly Action[], stackSize = 4096): string[] {
  const blob = assemble(withCalls(`%isa = latest64\n%stack_size = ${stackSize}\n${source}`));
  const limits = { targetBlocks: 1, entriesBeforeCompiling: 1 };
  const result = lockstep.run({ blob, options: { costModel: 'naive' }, limits, actions });
  expect(result.difference).toBeUndefined();
  return result.outcomes.filter((outcome) => outcome !== 'done');
}

/** Calls itself by way of another function a0 times, and counts in a1 how often it has come back. */
const RECURSION = `
  pub @main:
    sp = sp + -16
    u64 [sp] = ra
    jump @end if a0 == 0
    call @other, @returned
  @returned:
    a1 = a1 + 1
  @end:
    ra = u64 [sp]
    sp = sp + 16
    ret
  pub @other:
    a0 = a0 + -1
    jump @main
`;

describe('a call', () => {
  it('runs out of gas at any depth, on the way down and on the way up', () => {
    const actions: Action[] = [{ do: 'call', pc: 0, args: [12n] }];
    for (let step = 1; step < 60; step++) actions.push(gas(step % 7), RUN);
    const kinds = new Set(outcomes(RECURSION, actions).map((outcome) => JSON.parse(outcome).kind));
    expect([...kinds].sort()).toEqual(['finished', 'outOfGas']);
  });

  it('traps at any depth', () => {
    // The stack ends in the middle of the recursion.
    const traps = outcomes(RECURSION, [gas(1_000_000), { do: 'call', pc: 0, args: [1000n] }, RUN]);
    expect(JSON.parse(traps[0]!).kind).toBe('trap');
  });

  it('is gone on with behind host calls in what it has called', () => {
    const source = `
      pub @main:
        sp = sp + -16
        u64 [sp] = ra
        a2 = 5
      @again:
        call @middle, @returned
      @returned:
        a2 = a2 + -1
        jump @again if a2 != 0
        ra = u64 [sp]
        sp = sp + 16
        ret
      pub @middle:
        a3 = ra
        call @inner, @back
      @back:
        a1 = a1 + a0
        jump [a3]
      pub @inner:
        ecalli 7
        a0 = a0 + 1
        ret`;
    const actions: Action[] = [gas(1_000_000)];
    for (let call = 0; call <= 5; call++) actions.push(RUN);
    const kinds = outcomes(source, actions).map((outcome) => JSON.parse(outcome).kind);
    expect(kinds).toEqual([...new Array(5).fill('ecalli'), 'finished']);
  });

  it('can be left for the return address of a function further out, or of none', () => {
    const source = `
      pub @main:
        a3 = ra
        call @middle, @outer
      @outer:
        a0 = a0 + 1
        call @inner, @twice
      @twice:
        a0 = a0 + 100
        jump [a3]
      pub @middle:
        a2 = ra
        call @inner, @skipped
      @skipped:
        a0 = a0 + 10
        ret
      pub @inner:
        a0 = a0 + 1000
        jump @usual if a2 == 0
        ra = a2
        a2 = 0
        ret
      @usual:
        ret`;
    expect(outcomes(source, [gas(1_000_000), RUN])).toEqual(['{"kind":"finished"}']);
  });

  it('may come back with another stack pointer', () => {
    const source = `
      pub @main:
        sp = sp + -64
        u64 [sp] = ra
        call @mover, @returned
      @returned:
        a0 = u64 [sp]
        u64 [sp + 8] = a0
        ra = u64 [sp + -16]
        sp = sp + 48
        ret
      pub @mover:
        sp = sp + 16
        ret`;
    expect(outcomes(source, [gas(1_000_000), RUN])).toEqual(['{"kind":"finished"}']);
    // To where nothing is.
    expect(JSON.parse(outcomes(source.replace('sp + 16', 'sp + 0x100000'), [gas(1_000_000), RUN])[0]!).kind).toBe(
      'trap',
    );
  });

  it('changes registers that are neither saved nor passed', () => {
    const source = `
      pub @main:
        s0 = 1
        s1 = 2
        t0 = ra
        call @clobber, @returned
      @returned:
        a0 = s0 + s1
        a1 = a1 + a0
        jump [t0]
      pub @clobber:
        s0 = s0 + 40
        s1 = a0
        a1 = 7
        ret`;
    expect(outcomes(source, [gas(1_000_000), { do: 'register', name: 'a0', value: 5n }, RUN])).toEqual([
      '{"kind":"finished"}',
    ]);
  });
});

it('is checked for what it relies on where an inner loop behind it is gone on with', () => {
  const source = `
    %rw_data_size = 4096
    pub @main:
      s0 = ra
      call @f, @head
    @head:
      a2 = 0
      fallthrough
    @loop:
      a3 = u8 [a2 + 0x20000]
      a5 = a5 + a3
      a2 = a2 + 1
      a2 = a2 & 63
      a4 = a4 + -1
      jump @loop if a4 != 0
      jump @end if a1 == 0
      a1 = a1 + -1
      a4 = 5
      call @f, @head
    @end:
      jump [s0]
    pub @f:
      a0 = a0 + 1
      ret`;
  const actions: Action[] = [
    { do: 'call', pc: 0, args: [0n, 2n] },
    { do: 'register', name: 'a4', value: 200n },
    gas(200),
    RUN,
    // An index that the loop itself never has.
    { do: 'register', name: 'a2', value: 0x7000n },
    gas(100_000),
    RUN,
  ];
  const kinds = outcomes(source, actions).map((outcome) => JSON.parse(outcome).kind);
  expect(kinds).toEqual(['outOfGas', 'trap']);
});

describe('recursion deeper than the stack of the host', () => {
  const DEPTH = 200_000;
  const blob = assemble(withCalls(`%isa = latest64\n%stack_size = ${16 * (DEPTH + 1)}\n${RECURSION}`));

  function run(instance: Instance): unknown {
    instance.gas = 100_000_000n;
    instance.prepareCall('main', [BigInt(DEPTH), 0n]);
    const interrupt = instance.run();
    return { interrupt, gas: instance.gas, a0: instance.getRegister('a0'), a1: instance.getRegister('a1') };
  }

  it('goes on as if nothing were', () => {
    const [compiled, interpreted] = (['compiler', 'interpreter'] as const).map((backend) =>
      run(new Engine({ backend }).compile(blob).instantiate()),
    );
    expect(compiled).toEqual(interpreted);
    expect(compiled).toMatchObject({ interrupt: { kind: 'finished' }, a1: BigInt(DEPTH) });
  });

  it('goes on, or tells that there is no room, on a stack that is nearly full', () => {
    const instance = new Engine({ backend: 'compiler' }).compile(blob).instantiate();
    const expected = run(instance);
    let refusals = 0;
    const dig = (): void => {
      try {
        dig();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      // On the way back from the end of the stack, so with more room each time.
      if (refusals > 100) return;
      try {
        expect(run(instance)).toEqual(expected);
        refusals = Number.POSITIVE_INFINITY;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refusals++;
      }
    };
    dig();
    expect(refusals).toBe(Number.POSITIVE_INFINITY);
    expect(run(instance)).toEqual(expected);
  });
});
