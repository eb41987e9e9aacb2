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

describe('a loop that counts', () => {
  it('has paid for its block when its stack accesses are refused', () => {
    const source = `
      %stack_size = 4096
      pub @main:
        u64 [sp] = ra            // behind the end of the stack
        i32 a5 = a5 - 1
        jump @main if a5 != 0
        trap`;
    expect(outcomes('jam_v1', source, [enough, { do: 'run', otherwise: 0 }])).toEqual([trap(0)]);
  });

  it('leaves the locals to the code behind it that are free, each once', () => {
    const source = `
      %ro_data_size = 1
      %rw_data_size = 4096
      %stack_size = 4096
      pub @fill:
        a1 = 0x1043c             // in read-only data, so that nothing is guessed
        fallthrough
      @next:
        u32 [a1] = ra
        a1 = a1 + 1
        jump @next if a1 != ra
      pub @main:                 // 14
        sp = sp - 64
        u64 [sp + 0x38] = ra
        t1 = t1 + sp
        ra = u64 [t1]
        ra = u64 [sp + 0x38]
        ret`;
    const script: Action[] = [{ do: 'call', pc: 14, args: [] }, enough, { do: 'run', otherwise: 0 }];
    expect(outcomes('jam_v1', source, script)).toEqual([FINISHED]);
  });
});

describe('a region that calls itself', () => {
  it('loads no registers for a dispatcher that nothing in it comes to', () => {
    const source = `
      %ro_data_size = 4096
      %rw_data_size = 8192
      %stack_size = 4096
            : @0 [@dyn 1] [@dyn 2]
        u64 [ra] = ra            // not its memory
        ra = 6, jump @0
            : @1 [@dyn 3]
        ra = u64 [ra]
        trap`;
    expect(outcomes('revive_v1', source, [enough, { do: 'run', otherwise: 0 }])).toEqual([trap(0)]);
  });

  /** How a program ends, with every amount of gas up to so much. */
  const endings = (source: string, most: number): ReadonlySet<string> => {
    const runs = Array.from({ length: most }, (_, gas) =>
      outcomes('jam_v1', source, [
        { do: 'gas', value: BigInt(gas) },
        { do: 'run', otherwise: 0 },
      ]),
    );
    return new Set(runs.flat().map((outcome) => JSON.parse(outcome).kind));
  };

  it('has registers as another region left them when it goes to its dispatcher behind a call', () => {
    const source = `
      %stack_size = 4096
            : @0
        ra = 2, jump @1
            : @1 [@dyn 1]
        a1 = a1 + t0
        t0 = 0
        fallthrough
            : @2
        jump @6 if ra <=s 0
            : @3
        jump @4 if ra != 0
            : @4 [@dyn 2] [@dyn 3]
        ra = 8, jump @8
            : @5 [@dyn 4]
        ra = 1, jump @1
            : @6
        jump 4000
            : @7
        jump @8 if ra != 0
            : @8
        t0 = ra + 0
        i32 sp = sp - 64
        u64 [sp + 0x38] = ra
        ra = 0, jump @9
            : @9
        fallthrough
            : @10
        ra = u64 [sp + 0x38]
        sp = sp + 0x40
        ret`;
    expect(endings(source, 150)).toEqual(new Set(['outOfGas']));
  });

  it('stores for another region what has changed, and nothing that was changed there in between', () => {
    const source = `
      %ro_data_size = 4096
      %rw_data_size = 12000
      %stack_size = 4096
            : @0
        i32 sp = sp + 0
        s0 = 0x1
        ra = 0, jump @8
            : @1 [@dyn 1] [@dyn 4] [@dyn 16]
        t0 = ra + 0
        jump @7 if s0 <=s 0
            : @2
        sp = sp - 40
        u64 [sp + 0x20] = ra
        fallthrough
            : @3 [@dyn 3]
        jump @5 if t0 <=s 0
            : @4 [@dyn 2]
        t1 = ra & 0x3
        tmp = ra, ra = 6, jump [tmp + 0x4]
            : @5
        ra = 16, jump @1
            : @6 [@dyn 8]
        ra = u64 [sp + 0x20]
        ret
            : @7
        ret
            : @8 [@dyn 6] [@dyn 12]
        ra = 18, jump @1
            : @9 [@dyn 9] [@dyn 10] [@dyn 11] [@dyn 13] [@dyn 14] [@dyn 15]
        ret
            : @10 [@dyn 5] [@dyn 7]
        sp = sp - 40
        fallthrough
            : @11
        i32 s0 = sp + 0
        jump @13 if t0 <=s 0
            : @12
        t1 = 0
        t0 = u64 [0x327e3]
        jump @11
            : @13
        i32 sp = sp + 0x28
        ret`;
    expect(endings(source, 60)).toEqual(new Set(['outOfGas']));
  });
});
