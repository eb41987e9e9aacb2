import { describe, expect, it } from 'vitest';
import { Engine, type Instance, type Interrupt, type ModuleOptions } from '../engine/index.js';
import { REGISTER_NAMES } from '../isa/index.js';
import { assemble } from '../text/index.js';
import { Profiler } from './profiler.js';

/** Loops, calls, host calls in mid-block, and a fill that costs by the byte. */
const PROGRAM = `
%isa = latest64
%import = ask
%rw_data_size = 4096
%stack_size = 4096
pub @main:
s0 = ra
s1 = a0
@next:
a1 = 1
ecalli ask
a1 = a1 + s1
ra = @back
jump @work
@back:
s1 = s1 - 1
jump @next if s1 != 0
jump [s0]
@work:
a0 = 0x20000
a2 = s1
[a0..a0 + a2] = u8 a1
u64 [a0] = a1
ret
pub @trapping:
a0 = 5
a1 = u8 [a0]
a2 = 6
ret
pub @forever:
a0 = a0 + 1
jump @forever
`;

const blob = assemble(PROGRAM);

function moduleOf(options: ModuleOptions = {}) {
  return new Engine({ backend: 'interpreter' }).compile(blob, options);
}

/** Everything that can be seen of an instance. */
function stateOf(instance: Instance, interrupt: Interrupt) {
  return {
    interrupt,
    gas: instance.gas,
    pc: instance.programCounter,
    next: instance.nextProgramCounter,
    registers: REGISTER_NAMES.map((name) => instance.getRegister(name)),
    memory: instance.readMemory(0x20000, 4096),
  };
}

/** The states at all interrupts of a call. */
function statesOf(instance: Instance, name: string, gas: bigint) {
  instance.gas = gas;
  instance.prepareCall(name, [7n]);
  const states = [];
  for (;;) {
    const state = stateOf(instance, instance.run());
    states.push(state);
    if (state.interrupt.kind !== 'ecalli') return states;
    instance.gas -= 3n;
  }
}

describe('a profiled instance', () => {
  it.each([
    ['main', 1_000_000n],
    ['main', 150n],
    ['trapping', 1000n],
    ['forever', 10_000n],
    ['main', 0n],
  ])('comes to the same states as any other: %s with %i gas', (name, gas) => {
    for (const costModel of ['naive', 'full-l2'] as const) {
      for (const gasMetering of ['sync', 'none'] as const) {
        if (name === 'forever' && gasMetering === 'none') continue;
        const module = moduleOf({ costModel, gasMetering });
        const expected = statesOf(module.instantiate(), name, gas);
        expect(statesOf(new Profiler(module).instantiate(), name, gas)).toEqual(expected);
      }
    }
  });

  it('comes to the same states in slices', () => {
    const module = moduleOf();
    const plain = module.instantiate();
    plain.gas = 20_000n;
    plain.prepareCall('forever');
    const expected = stateOf(plain, plain.run());
    const profiler = new Profiler(module);
    const sliced = profiler.instantiate();
    sliced.gas = 20_000n;
    sliced.prepareCall('forever');
    for (;;) {
      const interrupt = sliced.run({ gasSlice: 77 });
      if (interrupt.kind === 'yielded') continue;
      expect(stateOf(sliced, interrupt)).toEqual(expected);
      break;
    }
    expect(profiler.profile().total.gas).toBe(20_000 - Number(sliced.gas));
  });

  it('steps as any other', () => {
    const module = moduleOf({ stepTracing: true });
    const steps = (instance: Instance) => {
      instance.gas = 1000n;
      instance.prepareCall('trapping');
      const pcs: (number | undefined)[] = [];
      for (let interrupt = instance.run(); interrupt.kind === 'step'; interrupt = instance.run())
        pcs.push(interrupt.pc);
      return pcs;
    };
    const profiler = new Profiler(module);
    const found = steps(profiler.instantiate());
    expect(found).toEqual(steps(module.instantiate()));
    expect(found).toHaveLength(2);
    expect(profiler.profile().total.instructions).toBe(2);
  });
});

describe('a profile', () => {
  it.each(['main', 'trapping', 'forever'])('has all gas and all instructions of %s', (name) => {
    const limit = 12_345n;
    const module = moduleOf();
    const profiler = new Profiler(module);
    const instance = profiler.instantiate();
    statesOf(instance, name, limit);
    const profile = profiler.profile();
    expect(profile.total.gas).toBe(Number(limit - instance.gas));

    const stepping = moduleOf({ stepTracing: true }).instantiate();
    stepping.gas = limit;
    stepping.prepareCall(name, [7n]);
    let executed = 0;
    for (;;) {
      const { kind } = stepping.run();
      if (kind === 'step') executed++;
      else if (kind === 'ecalli') stepping.gas -= 3n;
      else {
        // The step before a block that cannot be paid for is not taken.
        if (kind === 'outOfGas') executed--;
        break;
      }
    }
    expect(profile.total.instructions).toBe(executed);
    expect(profile.blocks.reduce((sum, { instructions }) => sum + instructions, 0)).toBe(executed);
  });

  it('counts what is left of a block when the host does not go on, and only then', () => {
    const profiler = new Profiler(moduleOf());
    const instance = profiler.instantiate();
    instance.gas = 1_000_000n;
    instance.prepareCall('main', [1n]);
    expect(instance.run().kind).toBe('ecalli');
    // s0 = ra, s1 = a0, fallthrough; a1 = 1, ecalli.
    expect(profiler.profile().total.instructions).toBe(5);
    instance.run();
    const whole = profiler.profile().total.instructions;
    expect(whole).toBe(5 + 3 + 5 + 2 + 1);
    instance.prepareCall('main', [1n]);
    instance.run();
    instance.prepareCall('trapping');
    instance.run();
    expect(profiler.profile().total.instructions).toBe(whole + 5 + 2);
  });

  it('counts from where the host starts in the middle of a block', () => {
    const module = moduleOf();
    const { pc } = module.exports.find(({ name }) => name === 'trapping')!;
    const profiler = new Profiler(module);
    const instance = profiler.instantiate();
    instance.gas = 1000n;
    instance.nextProgramCounter = pc + 3;
    expect(instance.run()).toEqual({ kind: 'trap', pc: pc + 3 });
    expect(profiler.profile().total.instructions).toBe(1);
    expect(profiler.profile().total.gas).toBe(1000 - Number(instance.gas));
  });

  it('has no gas where nothing is paid', () => {
    const profiler = new Profiler(moduleOf({ gasMetering: 'none' }));
    statesOf(profiler.instantiate(), 'trapping', 0n);
    expect(profiler.profile().total).toEqual({ gas: 0, instructions: 2 });
  });

  it('sums up all instances of a profiler', () => {
    const profiler = new Profiler(moduleOf());
    statesOf(profiler.instantiate(), 'trapping', 1000n);
    const once = profiler.profile().total;
    statesOf(profiler.instantiate(), 'trapping', 1000n);
    expect(profiler.profile().total).toEqual({ gas: 2 * once.gas, instructions: 2 * once.instructions });
  });
});
