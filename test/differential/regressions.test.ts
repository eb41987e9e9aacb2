/** What the differential fuzzer has found, each as the smallest program that shows it. */
import { describe, expect, it } from 'vitest';
import type { ModuleOptions } from '../../src/engine/index.js';
import type { IsaName } from '../../src/isa/index.js';
import { assemble } from '../../src/text/index.js';
import { Lockstep } from './lockstep.js';
import type { Action } from './scenario.js';

const lockstep = new Lockstep(['compiler', 'auto']);

/** What the interpreter answers to the actions, if the other backends agree with it after each. */
function outcomes(isa: IsaName, source: string, actions: readonly Action[], options: ModuleOptions = {}): string[] {
  const blob = assemble(source, { isa });
  const result = lockstep.run({ blob, options: { costModel: 'naive', ...options }, limits: {}, actions });
  expect(result.difference).toBeUndefined();
  return result.outcomes.filter((outcome) => outcome !== 'done');
}

const trap = (pc: number): string => JSON.stringify({ kind: 'trap', pc });
const OUT_OF_GAS = '{"kind":"outOfGas"}';
const FINISHED = '{"kind":"finished"}';
const enough: Action = { do: 'gas', value: 100n };

describe('an inner loop that is entered from outside', () => {
  it('has its stack accesses checked when the host starts in the loop', () => {
    const source = `
      %stack_size = 4096
      %rw_data_size = 4096
      pub @outer:
        jump @outer if ra >=u 0
      @inner:                      // 2
        u16 [sp] = ra              // behind the end of the stack
        jump @outer if ra != 0
        jump @inner if sp <u ra    // 7
        trap`;
    expect(outcomes('latest32', source, [enough, { do: 'run', otherwise: 7 }])).toEqual([trap(2)]);
  });

  it('has its stack accesses checked when the check before the outer loop has failed', () => {
    const source = `
      %stack_size = 4096
      pub @outer:
        fallthrough
      @inner:
        u32 [sp] = 0
        jump @inner if ra >=u 0
        jump @outer if ra >=u 0
        trap`;
    expect(outcomes('latest64', source, [enough, { do: 'run', otherwise: 0 }])).toEqual([trap(1)]);
  });

  it('compares whole registers, which may be such as only the host can set', () => {
    const source = `
      pub @main:
        a0 = 5
      @outer:
        a1 = 3                     // so in the loop, the low 32 bits seem to be enough
      @inner:
        jump @inner if a1 <u 2     // 8
        a0 = a0 - 1
        jump @outer if a0 != 0
        ret`;
    const script: Action[] = [
      enough,
      { do: 'run', otherwise: 0 },
      { do: 'jump', pc: 8 },
      { do: 'register', name: 'a1', value: 1n << 32n },
      { do: 'register', name: 'a0', value: 2n },
      { do: 'run', otherwise: 0 },
    ];
    expect(outcomes('latest64', source, script)).toEqual([FINISHED, FINISHED]);
  });
});

describe('an instruction so far behind the one before it that no walk backwards finds its basic block', () => {
  const padding = `%unmarked_bytes = ${'00 '.repeat(22)}`;

  it('is executed when compiled code leaves for it', () => {
    const source = `
      %stack_size = 4096
      a1 = a1 + a1               // 0
      a1 = a1 + a1               // 3
      unlikely                   // 6
      a1 = a1 + a1               // 7
      ${padding}
      a2 = u8 [0xfffe0000]       // 32, aux data, which is left to the interpreter
      ret`;
    const run: Action[] = [enough, { do: 'run', otherwise: 0 }];
    expect(outcomes('latest64', source, run, { auxDataSize: 4096 })).toEqual([FINISHED]);
  });

  it('can be started at by nobody, not even where it is an export and begins a basic block', () => {
    const source = `
      @main:
        a1 = a1 + a1             // 0
        a1 = a1 + a1             // 3
        unlikely                 // 6
        fallthrough              // 7
        %unmarked_bytes = ${'00 '.repeat(24)}
      pub @into: %no_fallthrough
        a1 = a1 + a1             // 32
        jump @main`;
    const script: Action[] = [{ do: 'run', otherwise: 0 }, { do: 'jump', pc: 32 }, enough, { do: 'run', otherwise: 0 }];
    expect(outcomes('latest64', source, [enough, ...script])).toEqual([OUT_OF_GAS, trap(32)]);
  });
});
