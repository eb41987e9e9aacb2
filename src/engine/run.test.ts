/** Where a run stops, what it leaves behind, and how the next one goes on (spec: engine, section 4; decoding, section 5). */
import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { BACKENDS } from '../../test/support/backends.js';
import { blobOf, codePayload, section } from '../../test/support/blob.js';
import { Engine, type Instance } from './index.js';

const GAS = 1000n;

/** Starts at an export or a code offset, and tells the interrupt and both program counters. */
function run(instance: Instance, target?: string | number): Record<string, unknown> {
  if (target !== undefined) {
    instance.gas = GAS;
    instance.prepareCall(target);
  }
  const interrupt = instance.run();
  return { ...interrupt, at: instance.programCounter, next: instance.nextProgramCounter };
}

describe.each(BACKENDS)('on the %s', (backend) => {
  const load = (source: string): Instance => instanceOf(backend, source);

  describe('a run that finishes', () => {
    it('leaves no program counter, and cannot be resumed', () => {
      const instance = load('pub @main:\n a0 = 5\n ret');
      expect(run(instance, 'main')).toEqual({ kind: 'finished', at: undefined, next: undefined });
      expect(instance.getRegister('a0')).toBe(5n);
      const gas = instance.gas;
      expect(() => instance.run()).toThrow(/failed to run: next program counter is not set/);
      expect([instance.gas, instance.getRegister('a0')]).toEqual([gas, 5n]);
    });

    it('can be followed by another call', () => {
      const instance = load('pub @main:\n a0 = a0 + 1\n ret');
      for (const argument of [1n, 2n, 3n]) {
        instance.gas = GAS;
        instance.prepareCall('main', [argument]);
        expect(instance.run().kind).toBe('finished');
        expect(instance.getRegister('a0')).toBe(argument + 1n);
      }
    });

    it('ends with a dynamic jump to 0xffff0000, however that comes about', () => {
      const instance = load(`
        pub @offset:
        jump [ra + 8]
        pub @wide:
        a0 = 0xabcd0000ffff0000
        jump [a0]
        pub @loaded:
        ra = 7, jump [a0 - 1]
      `);
      instance.prepareCall('offset');
      instance.gas = GAS;
      instance.setRegister('ra', 0xfffefff8n);
      expect(instance.run().kind).toBe('finished');
      expect(run(instance, 'wide').kind).toBe('finished');
      instance.prepareCall('loaded', [0xffff0001n]);
      instance.gas = GAS;
      expect(instance.run().kind).toBe('finished');
      expect(instance.getRegister('ra')).toBe(7n);
    });
  });

  describe('a trap', () => {
    it('names its instruction, and cannot be resumed', () => {
      const instance = load('pub @main:\n a0 = 5\n pub @bad: %no_fallthrough\n a1 = u32 [0]\n a0 = 6\n ret');
      const pc = offsetOf(instance, 'bad');
      expect(run(instance, 'main')).toEqual({ kind: 'trap', pc, at: pc, next: undefined });
      expect(instance.getRegister('a0')).toBe(5n);
      expect(() => instance.run()).toThrow(/next program counter is not set/);
    });

    it.each([
      ['the instruction trap', 'trap', 'trap'],
      ['a load from nowhere', 'a0 = u8 [0x8000]', 'ret'],
      ['a store to nowhere', 'u64 [0x8000] = a0', 'ret'],
      ['a store of an immediate to nowhere', 'u8 [a0] = 5', 'ret'],
      ['an opcode that does not exist', '%bytes = ff', 'ret'],
      ['a jump to no jump target', 'jump 2', 'ret'],
      ['a dynamic jump to 0', 'jump [a0]', 'ret'],
      ['a dynamic jump to an odd address', 'jump [a0 + 3]', 'ret'],
      ['a dynamic jump past the jump table', 'jump [a0 + 2]', 'ret'],
    ])('comes of %s', (_, instruction, after) => {
      const instance = load(`@before:\n trap\n pub @main:\n ${instruction}\n ${after}`);
      const pc = offsetOf(instance, 'main');
      expect(run(instance, 'main')).toEqual({ kind: 'trap', pc, at: pc, next: undefined });
    });

    it('leaves the register that a jump to nowhere loads loaded', () => {
      const instance = load('pub @static:\n a0 = 5, jump 1\n pub @dynamic:\n a0 = 6, jump [a1]');
      expect(run(instance, 'static').kind).toBe('trap');
      expect(instance.getRegister('a0')).toBe(5n);
      expect(run(instance, 'dynamic').kind).toBe('trap');
      expect(instance.getRegister('a0')).toBe(6n);
    });

    it('comes of a branch if one of its ways is no jump target, whichever it would take', () => {
      const instance = load(`
        pub @target:
        jump 1 if a0 == 0
        trap
        pub @next:
        jump @target if a0 == 0
      `);
      for (const label of ['target', 'next']) {
        for (const argument of [0n, 1n]) {
          instance.gas = GAS;
          instance.prepareCall(label, [argument]);
          expect(instance.run()).toEqual({ kind: 'trap', pc: offsetOf(instance, label) });
          // The block with the branch was charged for.
          expect(instance.gas).toBe(GAS - 1n);
        }
      }
    });

    it('at the end of the code names the end, but a fallthrough names itself', () => {
      const ordinary = load('pub @main:\n a0 = 5');
      const end = ordinary.module.program.code.length;
      expect(run(ordinary, 'main')).toEqual({ kind: 'trap', pc: end, at: end, next: undefined });
      expect(ordinary.gas).toBe(GAS - 2n);
      const fallthrough = load('@a:\n trap\n pub @main:\n fallthrough');
      const pc = offsetOf(fallthrough, 'main');
      expect(run(fallthrough, 'main')).toMatchObject({ kind: 'trap', pc });
      expect(fallthrough.gas).toBe(GAS - 1n);
    });

    it('in a gap names the first byte that no instruction reaches', () => {
      const instance = load(`pub @main:\n %bytes = 33 07 ${'00 '.repeat(30)}\n trap`);
      expect(run(instance, 'main')).toMatchObject({ kind: 'trap', pc: 25 });
      expect(instance.gas).toBe(GAS - 2n);
    });

    it('in a gap behind a fallthrough is a block of its own', () => {
      const instance = load(`pub @main:\n %bytes = 01 ${'00 '.repeat(30)}\n trap`);
      expect(run(instance, 'main')).toMatchObject({ kind: 'trap', pc: 25 });
      expect(instance.gas).toBe(GAS - 2n);
      // With gas for the fallthrough alone the run stops before that block, and goes on there.
      instance.prepareCall('main');
      instance.gas = 1n;
      expect(run(instance)).toEqual({ kind: 'outOfGas', at: 25, next: 25 });
      expect(run(instance)).toEqual({ kind: 'outOfGas', at: 25, next: 25 });
      instance.gas = 1n;
      expect(run(instance)).toMatchObject({ kind: 'trap', pc: 25 });
      expect(instance.gas).toBe(0n);
    });

    it('may come of a jump table entry that is no jump target', () => {
      // jump [a0]; at 2: a0 = 1; at 5: ret
      const code = codePayload(
        [
          [50, 7],
          [51, 7, 1],
          [50, 0],
        ],
        [2, 5, 0xffffffff, 3],
      );
      const blob = blobOf('latest64', ...section(6, ...code), 0);
      const instance = new Engine({ backend, costModel: 'naive' }).compile(blob).instantiate();
      const jump = (address: bigint): Record<string, unknown> => {
        instance.gas = GAS;
        instance.prepareCall(0, [address]);
        return run(instance);
      };
      expect(jump(2n)).toMatchObject({ kind: 'finished' });
      for (const address of [4n, 6n, 8n, 10n]) {
        expect(jump(address)).toEqual({ kind: 'trap', pc: 0, at: 0, next: undefined });
        expect(instance.gas).toBe(GAS - 1n);
      }
    });
  });

  describe('a start that cannot be used', () => {
    const source = `pub @main:\n a0 = 1000\n trap\n %bytes = 33 07 ${'00 '.repeat(30)}\n ecalli 1\n trap`;

    it.each([
      ['where nothing is marked', 1],
      ['behind a gap', 37],
      ['at the end of the code', 39],
      ['far behind it', 0xffffffff],
    ])('%s traps, again and again, and costs nothing', (_, pc) => {
      const instance = load(source);
      instance.prepareCall(pc);
      instance.gas = GAS;
      for (let i = 0; i < 3; i++) {
        expect(run(instance)).toEqual({ kind: 'trap', pc, at: pc, next: pc });
        expect(instance.gas).toBe(GAS);
      }
      expect(run(instance, 'main').kind).toBe('trap');
    });

    it('is told from one in the middle of a block', () => {
      const instance = load(source);
      expect(run(instance, 4)).toEqual({ kind: 'trap', pc: 4, at: 4, next: undefined });
      expect(instance.gas).toBe(GAS - 2n);
    });
  });

  describe('a host call', () => {
    it('tells its number, and where it goes on', () => {
      const instance = load('pub @main:\n a0 = 1\n pub @call: %no_fallthrough\n ecalli 300\n a0 = a0 + 1\n ret');
      const pc = offsetOf(instance, 'call');
      expect(run(instance, 'main')).toEqual({ kind: 'ecalli', index: 300, at: pc, next: pc + 3 });
      expect(instance.getRegister('a0')).toBe(1n);
      expect(run(instance)).toMatchObject({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(2n);
    });

    it.each([0, 1, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff])('may have number %d', (index) => {
      const instance = load(`pub @main:\n ecalli ${index}\n ret`);
      expect(run(instance, 'main')).toMatchObject({ kind: 'ecalli', index });
      // The imports of the program have nothing to do with it.
      expect(instance.module.imports.length).toBe(0);
    });

    it('lets the host change registers, memory and gas', () => {
      const instance = load(`
        %rw_data_size = 8
        pub @main:
        ecalli 0
        a1 = u32 [0x20000]
        a0 = a0 + a1
        ret
      `);
      run(instance, 'main');
      instance.setRegister('a0', 40n);
      instance.writeMemory(0x20000, Uint8Array.of(2, 0, 0, 0));
      instance.gas = 0n;
      expect(run(instance)).toMatchObject({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(42n);
    });

    it('as the last instruction goes on at the end of the code, and traps there', () => {
      const instance = load('pub @main:\n ecalli 7');
      expect(run(instance, 'main')).toEqual({ kind: 'ecalli', index: 7, at: 0, next: 2 });
      expect(run(instance)).toEqual({ kind: 'trap', pc: 2, at: 2, next: undefined });
      // Set explicitly, the end of the code is no place to start.
      instance.gas = GAS;
      instance.nextProgramCounter = 2;
      expect(run(instance)).toEqual({ kind: 'trap', pc: 2, at: 2, next: 2 });
      expect(instance.gas).toBe(GAS);
    });

    it('before a gap goes on in the gap, and traps there', () => {
      const instance = load(`pub @main:\n %bytes = 0a 07 ${'00 '.repeat(30)}\n trap`);
      expect(run(instance, 'main')).toEqual({ kind: 'ecalli', index: 7, at: 0, next: 25 });
      expect(run(instance)).toEqual({ kind: 'trap', pc: 25, at: 25, next: undefined });
    });

    it('can be answered by going elsewhere', () => {
      const instance = load('pub @main:\n ecalli 0\n trap\n pub @other:\n a0 = 9\n ret');
      run(instance, 'main');
      instance.nextProgramCounter = offsetOf(instance, 'other');
      expect(instance.programCounter).toBeUndefined();
      expect(run(instance)).toMatchObject({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(9n);
    });

    it('can be given up', () => {
      const instance = load('pub @main:\n ecalli 0\n trap');
      run(instance, 'main');
      instance.nextProgramCounter = undefined;
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([undefined, undefined]);
      expect(() => instance.run()).toThrow(/next program counter is not set/);
    });
  });

  describe('a start in the middle of a block', () => {
    it('runs from there on', () => {
      const instance = load('pub @main:\n a0 = 1\n pub @middle: %no_fallthrough\n a0 = a0 + 5\n ret');
      expect(run(instance, 'middle')).toMatchObject({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(5n);
    });

    it('also works behind an opcode that does not exist, where no jump can go', () => {
      const instance = load(
        'pub @main:\n %bytes = ff\n pub @after: %no_fallthrough\n a0 = 3\n ret\n pub @jump:\n jump 1',
      );
      expect(run(instance, 'after')).toMatchObject({ kind: 'finished' });
      expect(instance.getRegister('a0')).toBe(3n);
      expect(run(instance, 'jump')).toMatchObject({ kind: 'trap', pc: offsetOf(instance, 'jump') });
    });
  });

  describe('32-bit registers', () => {
    const load32 = (source: string): Instance => instanceOf(backend, source, { isa: 'latest32' });

    it('take the low half of what the host sets, and read as unsigned', () => {
      const instance = load32('pub @main:\n a0 = a0 + 1\n ret');
      instance.gas = GAS;
      instance.prepareCall('main', [-1n, 0x1_8000_0000n]);
      expect(instance.getRegister('a0')).toBe(0xffffffffn);
      expect(instance.getRegister('a1')).toBe(0x80000000n);
      expect(instance.getRegister('ra')).toBe(0xffff0000n);
      expect(instance.run().kind).toBe('finished');
      expect(instance.getRegister('a0')).toBe(0n);
    });

    it('compare as 32-bit values, whatever the host set', () => {
      const instance = load32('pub @main:\n a2 = a0 <s a1\n a3 = a0 <u a1\n ret');
      instance.gas = GAS;
      instance.prepareCall('main', [0x80000000n, 0x1_0000_0001n]);
      instance.run();
      expect(['a2', 'a3'].map((name) => instance.getRegister(name as 'a2'))).toEqual([1n, 0n]);
    });

    it('address the whole 4 GiB', () => {
      const instance = load32('%stack_size = 4096\n pub @main:\n u32 [sp - 4] = a0\n a1 = i32 [sp - 4]\n ret');
      instance.gas = GAS;
      instance.prepareCall('main', [0xdeadbeefn]);
      expect(instance.run().kind).toBe('finished');
      expect(instance.getRegister('a1')).toBe(0xdeadbeefn);
    });
  });
});
