/** When gas is charged, and what happens when there is too little (spec: engine, section 5). One instruction costs one. */
import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { BACKENDS } from '../../test/support/backends.js';
import { CostTable } from '../gas/index.js';
import type { Instance } from './index.js';

const MAX_I64 = 2n ** 63n - 1n;
const MIN_I64 = -(2n ** 63n);

/** Prepares a call and runs it with so much gas. Tells why it stopped and how much is left. */
function call(instance: Instance, target: string | number, gas: bigint): [string, bigint] {
  instance.prepareCall(target);
  instance.gas = gas;
  return resume(instance);
}

function resume(instance: Instance): [string, bigint] {
  const { kind } = instance.run();
  return [kind, instance.gas];
}

describe.each(BACKENDS)('on the %s', (backend) => {
  const load = (source: string): Instance => instanceOf(backend, source);

  describe('a basic block', () => {
    const source = `
      pub @main:
      a0 = 1
      a0 = 2
      jump @second
      @unused:
      trap
      pub @second:
      a0 = 3
      ret
    `;

    it('is paid as a whole when it is entered', () => {
      expect(call(load(source), 'main', 100n)).toEqual(['finished', 95n]);
      expect(call(load(source), 'second', 100n)).toEqual(['finished', 98n]);
    });

    it('can be paid to the last unit', () => {
      expect(call(load(source), 'main', 5n)).toEqual(['finished', 0n]);
    });

    it('does not start when it cannot be paid, and takes nothing', () => {
      const instance = load(source);
      instance.setRegister('a0', 9n);
      expect(call(instance, 'main', 2n)).toEqual(['outOfGas', 2n]);
      expect(instance.getRegister('a0')).toBe(0n);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([0, 0]);
      expect(call(instance, 'main', 4n)).toEqual(['outOfGas', 1n]);
      expect(instance.getRegister('a0')).toBe(2n);
      const second = offsetOf(instance, 'second');
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([second, second]);
    });

    it('starts when the host pays more', () => {
      const instance = load(source);
      call(instance, 'main', 4n);
      expect(resume(instance)).toEqual(['outOfGas', 1n]);
      instance.gas = 2n;
      expect(resume(instance)).toEqual(['finished', 0n]);
      expect(instance.getRegister('a0')).toBe(3n);
    });

    it('does not start without any gas', () => {
      expect(call(load(source), 'main', 0n)).toEqual(['outOfGas', 0n]);
    });

    it('that traps is not paid back', () => {
      expect(call(load('pub @main:\n a0 = u8 [0]\n a0 = 1\n ret'), 'main', 10n)).toEqual(['trap', 7n]);
    });

    it('that jumps nowhere is paid, what is not there is not', () => {
      expect(call(load('pub @main:\n a0 = 1\n jump 1'), 'main', 10n)).toEqual(['trap', 8n]);
      expect(call(load('pub @main:\n jump [a0]'), 'main', 10n)).toEqual(['trap', 9n]);
    });

    it('that runs off the end of the code pays for the instruction that is not there', () => {
      expect(call(load('pub @main:\n a0 = 1'), 'main', 2n)).toEqual(['trap', 0n]);
      expect(call(load('pub @main:\n a0 = 1'), 'main', 1n)).toEqual(['outOfGas', 1n]);
    });

    it('is paid anew each time around a loop', () => {
      const instance = load('pub @main:\n a0 = a0 + 1\n jump @main');
      expect(call(instance, 'main', 2001n)).toEqual(['outOfGas', 1n]);
      expect(instance.getRegister('a0')).toBe(1000n);
    });
  });

  describe('a start in the middle of a block', () => {
    const source = `
      pub @main:
      a0 = 1
      pub @middle: %no_fallthrough
      a1 = 2
      a2 = 3
      ret
    `;

    it('pays for the whole block', () => {
      const instance = load(source);
      expect(call(instance, 'middle', 10n)).toEqual(['finished', 6n]);
      expect([instance.getRegister('a0'), instance.getRegister('a2')]).toEqual([0n, 3n]);
      expect(call(instance, 'middle', 4n)).toEqual(['finished', 0n]);
    });

    it('that cannot be paid leaves the program counters as they were, and can be tried again', () => {
      const instance = load(source);
      const middle = offsetOf(instance, 'middle');
      expect(call(instance, 'middle', 3n)).toEqual(['outOfGas', 3n]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([undefined, middle]);
      expect(resume(instance)).toEqual(['outOfGas', 3n]);
      instance.gas = 4n;
      expect(resume(instance)).toEqual(['finished', 0n]);
    });

    it('costs the same when the block ran before', () => {
      const instance = load(source);
      expect(call(instance, 'main', 10n)).toEqual(['finished', 6n]);
      expect(call(instance, 'middle', 10n)).toEqual(['finished', 6n]);
    });
  });

  describe('a host call', () => {
    const source = `
      pub @main:
      a0 = 1
      ecalli 0
      pub @after: %no_fallthrough
      a0 = 2
      jump @next
      pub @next:
      ret
    `;

    it('comes after the payment for its whole block, and going on costs nothing', () => {
      const instance = load(source);
      expect(call(instance, 'main', 5n)).toEqual(['ecalli', 1n]);
      expect(resume(instance)).toEqual(['finished', 0n]);
    });

    it('lets the host set the gas for the blocks that follow', () => {
      const instance = load(source);
      call(instance, 'main', 4n);
      instance.gas = 0n;
      expect(resume(instance)).toEqual(['outOfGas', 0n]);
      expect(instance.getRegister('a0')).toBe(2n);
      expect(instance.programCounter).toBe(offsetOf(instance, 'next'));
      instance.gas = 7n;
      expect(resume(instance)).toEqual(['finished', 6n]);
    });

    it('is paid for once more if the host sets the program counter, even to where it is', () => {
      const instance = load(source);
      call(instance, 'main', 100n);
      const next = instance.nextProgramCounter;
      expect(next).toBe(offsetOf(instance, 'after'));
      instance.nextProgramCounter = next;
      expect(instance.programCounter).toBeUndefined();
      expect(resume(instance)).toEqual(['finished', 100n - 4n - 4n - 1n]);
    });

    it('that leaves negative gas behind is not gone on from', () => {
      const instance = load(source);
      call(instance, 'main', 100n);
      instance.gas = -5n;
      const before = [instance.programCounter, instance.nextProgramCounter];
      expect(resume(instance)).toEqual(['outOfGas', -5n]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual(before);
      expect(instance.getRegister('a0')).toBe(1n);
      instance.gas = 1n;
      expect(resume(instance)).toEqual(['finished', 0n]);
    });
  });

  describe('an amount', () => {
    const loop = 'pub @main:\n a0 = a0 - 1\n jump @main if a0 != 0\n ret';

    it.each([-1n, MIN_I64, -(2n ** 32n), -(2n ** 53n)])('of %d is not enough, and does not change', (gas) => {
      const instance = load(loop);
      expect(call(instance, 'main', gas)).toEqual(['outOfGas', gas]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([undefined, 0]);
    });

    it.each([2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 52n, 2n ** 53n + 1n, 2n ** 62n + 12345n, MAX_I64])(
      'of %d is counted to the unit',
      (gas) => {
        const instance = load(loop);
        instance.prepareCall('main', [1000n]);
        instance.gas = gas;
        expect(resume(instance)).toEqual(['finished', gas - 2001n]);
      },
    );

    it.each([
      [MIN_I64 - 1n, RangeError],
      [MAX_I64 + 1n, RangeError],
    ])('of %d is none', (gas, type) => {
      const instance = load(loop);
      expect(() => {
        instance.gas = gas;
      }).toThrow(type);
      expect(instance.gas).toBe(0n);
    });
  });

  it.each([0x7fffffff, 0x80000000, 0xffffffff])('a block that costs %d is paid to the unit', (cost) => {
    const costModel = CostTable.of({ load_imm: cost }, 0);
    const instance = instanceOf(backend, 'pub @main:\n a0 = 1\n ret', { costModel });
    const price = BigInt(cost);
    expect(call(instance, 'main', price)).toEqual(['finished', 0n]);
    expect(call(instance, 'main', price - 1n)).toEqual(['outOfGas', price - 1n]);
    expect(call(instance, 'main', MAX_I64)).toEqual(['finished', MAX_I64 - price]);
    expect(call(instance, 'main', 2n ** 52n)).toEqual(['finished', 2n ** 52n - price]);
  });

  describe('without metering', () => {
    const free = (source: string): Instance => instanceOf(backend, source, { gasMetering: 'none' });

    it('nothing is charged', () => {
      const instance = free('pub @main:\n a0 = a0 - 1\n jump @main if a0 != 0\n ecalli 0\n ret');
      instance.prepareCall('main', [100_000n]);
      expect(resume(instance)).toEqual(['ecalli', 0n]);
      expect(resume(instance)).toEqual(['finished', 0n]);
      expect(call(instance, offsetOf(instance, 'main') + 3, 5n)[1]).toBe(5n);
    });

    it('a negative amount still stops everything', () => {
      const instance = free('pub @main:\n ret');
      expect(call(instance, 'main', -1n)).toEqual(['outOfGas', -1n]);
      expect(call(instance, 'main', 0n)).toEqual(['finished', 0n]);
    });

    it('blocks still have a cost to ask for', () => {
      expect(free('pub @main:\n a0 = 1\n ret').module.gasCostOfBlock(0)).toBe(2);
    });
  });

  describe('memset', () => {
    const source = `
      %rw_data_size = 4096
      pub @main:
      [a0..a0 + a2] = u8 a1
      ret
    `;
    const RW = 0x20000;

    function memset(instance: Instance, address: bigint, count: bigint, gas: bigint): [string, bigint] {
      instance.prepareCall('main', [address, 0x1ffn, count]);
      instance.gas = gas;
      return resume(instance);
    }
    const written = (instance: Instance): number =>
      instance.readMemory(RW, 4096).reduce((count, byte) => count + (byte === 0xff ? 1 : 0), 0);
    const registers = (instance: Instance): bigint[] =>
      (['a0', 'a1', 'a2'] as const).map((name) => instance.getRegister(name));

    it('costs one for each byte on top of its block', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW), 100n, 200n)).toEqual(['finished', 98n]);
      expect(written(instance)).toBe(100);
      expect(registers(instance)).toEqual([BigInt(RW) + 100n, 0x1ffn, 0n]);
    });

    it('of nothing costs its block', () => {
      const instance = load(source);
      expect(memset(instance, 5n, 0n, 2n)).toEqual(['finished', 0n]);
    });

    it('counts with the low half of its registers, and keeps the high half of the address', () => {
      const instance = load(source);
      expect(memset(instance, 0x7_0002_0000n, 0x5_0000_0003n, 10n)).toEqual(['finished', 5n]);
      expect(written(instance)).toBe(3);
      expect(registers(instance)).toEqual([0x7_0002_0003n, 0x1ffn, 0n]);
    });

    it('can pay with the last unit', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW), 8n, 10n)).toEqual(['finished', 0n]);
    });

    it('stops where the gas ends, and goes on when there is more, without paying for the block again', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW), 100n, 42n)).toEqual(['outOfGas', 0n]);
      expect(written(instance)).toBe(40);
      expect(registers(instance)).toEqual([BigInt(RW) + 40n, 0x1ffn, 60n]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([0, 0]);
      expect(resume(instance)).toEqual(['outOfGas', 0n]);
      instance.gas = 10n;
      expect(resume(instance)).toEqual(['outOfGas', 0n]);
      expect(written(instance)).toBe(50);
      instance.gas = 51n;
      expect(resume(instance)).toEqual(['finished', 1n]);
      expect(written(instance)).toBe(100);
    });

    it('goes on with what the host has put into the registers', () => {
      const instance = load(source);
      memset(instance, BigInt(RW), 100n, 12n);
      instance.setRegister('a0', BigInt(RW) + 200n);
      instance.setRegister('a2', 5n);
      instance.gas = 5n;
      expect(resume(instance)).toEqual(['finished', 0n]);
      expect(written(instance)).toBe(15);
    });

    it('is a fresh entry when the host sets the program counter', () => {
      const instance = load(source);
      memset(instance, BigInt(RW), 100n, 12n);
      instance.nextProgramCounter = 0;
      instance.gas = 92n;
      expect(resume(instance)).toEqual(['finished', 0n]);
    });

    it('traps behind the last byte that it can write, and has paid for what it wrote', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW + 4090), 100n, 1000n)).toEqual(['trap', 992n]);
      expect(written(instance)).toBe(6);
      expect(registers(instance)).toEqual([BigInt(RW) + 4096n, 0x1ffn, 94n]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([0, undefined]);
    });

    it('runs out of gas before it traps', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW + 4090), 100n, 8n)).toEqual(['outOfGas', 0n]);
      instance.gas = 1n;
      expect(resume(instance)).toEqual(['trap', 1n]);
    });

    it('of gigabytes stops at the end of the region, or of the gas', () => {
      const instance = load(source);
      expect(memset(instance, BigInt(RW), 0xffffffffn, MAX_I64)).toEqual(['trap', MAX_I64 - 2n - 4096n]);
    });

    it('is free without metering', () => {
      const instance = instanceOf(backend, source, { gasMetering: 'none' });
      expect(memset(instance, BigInt(RW), 100n, 0n)).toEqual(['finished', 0n]);
      expect(written(instance)).toBe(100);
    });

    it('works on 32-bit registers', () => {
      const instance = instanceOf(backend, `%stack_size = 4096\n${source}`, { isa: 'latest32' });
      instance.prepareCall('main', [0xfffdf000n, 7n, 0x1000n]);
      instance.gas = 0x1001n;
      expect(resume(instance)).toEqual(['outOfGas', 0n]);
      expect(registers(instance)).toEqual([0xfffdffffn, 7n, 1n]);
      instance.gas = 1n;
      expect(resume(instance)).toEqual(['finished', 0n]);
      expect(registers(instance)).toEqual([0xfffe0000n, 7n, 0n]);
    });
  });

  describe('sbrk', () => {
    const source = '%rw_data_size = 8\n pub @main:\n a0 = sbrk a1\n ret\n pub @same:\n a1 = sbrk a1\n ret';

    function sbrk(instance: Instance, size: bigint, label = 'main'): [string, bigint] {
      instance.prepareCall(label, [0n, size]);
      instance.gas = 2n;
      return resume(instance);
    }

    it('costs its block, whether it grows the heap or not', () => {
      const instance = load(source);
      for (const size of [0n, 1n, 0x10000n, 0xffffffffn, 2n ** 64n - 1n]) {
        expect(sbrk(instance, size)).toEqual(['finished', 0n]);
      }
    });

    it('tells the new top, and makes memory of zeros up to the page', () => {
      const instance = load(source);
      sbrk(instance, 0n);
      expect(instance.getRegister('a0')).toBe(0x20008n);
      sbrk(instance, 0x1000n);
      expect(instance.getRegister('a0')).toBe(0x21008n);
      expect(instance.heapSize).toBe(0x1000);
      expect(instance.readMemory(0x20000, 0x2000).every((byte) => byte === 0)).toBe(true);
      expect(instance.isMemoryAccessible(0x22000, 1, 'read')).toBe(false);
      sbrk(instance, 1n, 'same');
      expect(instance.getRegister('a1')).toBe(0x21009n);
    });

    it('fails with 0 and changes nothing', () => {
      const instance = load(source);
      sbrk(instance, 16n);
      sbrk(instance, 0xffffffffn);
      expect(instance.getRegister('a0')).toBe(0n);
      expect(instance.heapSize).toBe(16);
    });

    it('takes a size beyond 32 bits for 0', () => {
      const instance = load(source);
      for (const size of [0x1_0000_0001n, 2n ** 63n, 2n ** 64n - 1n]) {
        sbrk(instance, size);
        expect([instance.getRegister('a0'), instance.heapSize]).toEqual([0x20008n, 0]);
      }
    });

    it('sees all of a 32-bit size, and fails where that is too large', () => {
      const instance = instanceOf(backend, source, { isa: 'latest32' });
      sbrk(instance, 0x80000n);
      expect(instance.getRegister('a0')).toBe(0xa0008n);
      sbrk(instance, 0xffffff00n);
      expect(instance.getRegister('a0')).toBe(0n);
    });

    it('gives memory that the same block can use', () => {
      const instance = load(`
        pub @main:
        a0 = 4096
        a0 = sbrk a0
        u64 [a0 - 8] = a1
        a2 = u64 [a0 - 8]
        a3 = u8 [a0]
        ret
      `);
      instance.prepareCall('main', [0n, 0x1122334455667788n]);
      instance.gas = 10n;
      expect(instance.run()).toMatchObject({ kind: 'trap' });
      expect(instance.getRegister('a2')).toBe(0x1122334455667788n);
    });

    it('gives tops above 2 GiB sign-extended', () => {
      // Read-only data up to 0x80010000 make the heap start high.
      const high = load(
        '%ro_data_size = 2147483648\n%rw_data_size = 16\npub @main:\n a0 = sbrk a1\n u8 [a0] = 5\n a2 = u8 [a0]\n ret',
      );
      high.prepareCall('main', [0n, 0x10n]);
      high.gas = 10n;
      expect(high.run().kind).toBe('finished');
      expect(high.getRegister('a0')).toBe(0xffffffff80020020n);
      expect(high.getRegister('a2')).toBe(5n);
    });
  });
});
