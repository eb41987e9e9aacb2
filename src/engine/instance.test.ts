import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { BACKENDS } from '../../test/support/backends.js';
import { ARGUMENT_REGISTERS, REGISTER_NAMES, type RegisterName } from '../isa/index.js';
import { MemoryAccessError } from '../memory/index.js';
import { assemble } from '../text/index.js';
import { Engine, type Instance } from './index.js';

const RW = 0x30000;
const SOURCE = `
  %ro_data = 01 02 03 04
  %rw_data = 05 06
  %rw_data_size = 16
  %stack_size = 4096
  pub @main:
  ecalli 3
  a1 = sbrk a0
  u8 [a1 - 1] = 7
  ret
  pub @twice:
  a0 = a0 + a0
  ret
`;

const registers = (instance: Instance): bigint[] => REGISTER_NAMES.map((name) => instance.getRegister(name));

describe.each(BACKENDS)('an instance on the %s', (backend) => {
  const load = (source = SOURCE): Instance => instanceOf(backend, source);

  it('is empty at first', () => {
    const instance = load();
    expect(registers(instance)).toEqual(new Array(13).fill(0n));
    expect(instance.gas).toBe(0n);
    expect([instance.programCounter, instance.nextProgramCounter, instance.heapSize]).toEqual([
      undefined,
      undefined,
      0,
    ]);
    expect(() => instance.run()).toThrow(/failed to run: next program counter is not set/);
  });

  describe('prepares a call', () => {
    it('of an export by name, or of a code offset', () => {
      const instance = load();
      instance.prepareCall('twice');
      expect(instance.nextProgramCounter).toBe(offsetOf(instance, 'twice'));
      instance.prepareCall(0xffffffff);
      expect(instance.nextProgramCounter).toBe(0xffffffff);
    });

    it('with registers as the calling convention wants them', () => {
      const instance = load();
      for (const name of REGISTER_NAMES) instance.setRegister(name, 99n);
      instance.gas = 5n;
      instance.writeMemory(RW, Uint8Array.of(9));
      instance.prepareCall('main', [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, -1n]);
      expect(registers(instance)).toEqual([
        0xffff0000n,
        0xfffe0000n,
        7n,
        8n,
        2n ** 64n - 1n,
        0n,
        0n,
        1n,
        2n,
        3n,
        4n,
        5n,
        6n,
      ]);
      expect([instance.gas, instance.readMemory(RW, 1)[0]]).toEqual([5n, 9]);
      expect(instance.programCounter).toBeUndefined();
    });

    it('not of an export that does not exist, and then changes nothing', () => {
      const instance = load();
      instance.setRegister('a0', 7n);
      expect(() => instance.prepareCall('missing')).toThrow(
        new RangeError('export not found: got "missing", expected one of those of the program: "main", "twice"'),
      );
      expect(() => load('a0 = 1\nret').prepareCall('main')).toThrow(/expected one of those of the program: none/);
      expect(() => instance.prepareCall('constructor')).toThrow(/export not found/);
      expect([instance.getRegister('a0'), instance.nextProgramCounter]).toEqual([7n, undefined]);
    });

    it.each([-1, 0.5, 2 ** 32, Number.NaN])('not of code offset %d', (pc) => {
      const instance = load();
      const message = `got ${pc}, expected an integer from 0 to 4294967295`;
      expect(() => instance.prepareCall(pc)).toThrow(new RangeError(`code offset: ${message}`));
      expect(() => {
        instance.nextProgramCounter = pc;
      }).toThrow(new RangeError(`next program counter: ${message}`));
    });

    it('not with ten arguments, or with one of more than 64 bits', () => {
      const instance = load();
      expect(() => instance.prepareCall('main', new Array(10).fill(0n))).toThrow(
        'arguments: got 10, expected at most 9',
      );
      for (const value of [2n ** 64n, -(2n ** 63n) - 1n]) {
        expect(() => instance.prepareCall('main', [value])).toThrow(
          `argument: got ${value}, expected a bigint from -2^63 to 2^64 - 1`,
        );
      }
      // @ts-expect-error: numbers are no bigints
      expect(() => instance.prepareCall('main', [1])).toThrow(/argument: got 1, expected a bigint/);
      expect(instance.nextProgramCounter).toBeUndefined();
    });
  });

  describe('has registers', () => {
    it('of 64 bits, set as signed or unsigned values', () => {
      const instance = load();
      instance.setRegister('s1', -2n);
      expect(instance.getRegister('s1')).toBe(2n ** 64n - 2n);
      instance.setRegister('s1', 2n ** 64n - 1n);
      expect(instance.getRegister('s1')).toBe(2n ** 64n - 1n);
    });

    it('and none of another name, nor room for larger values', () => {
      const instance = load();
      expect(() => instance.getRegister('r7' as RegisterName)).toThrow(/register: got r7, expected one of ra sp/);
      expect(() => instance.setRegister('pc' as RegisterName, 1n)).toThrow(/register: got pc, expected one of ra sp/);
      expect(() => instance.setRegister('a0', 2n ** 64n)).toThrow(/a0: got 18446744073709551616, expected a bigint/);
      expect(instance.getRegister('a0')).toBe(0n);
    });

    it('that can be copied as bytes', () => {
      const instance = load();
      instance.setRegister('a0', 0x0807060504030201n);
      instance.gas = -2n;
      const target = new Uint8Array(12);
      instance.readRegisters(target, 4, 7, 1);
      expect([...target]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
      instance.readGas(target, 0);
      expect([...target.subarray(0, 8)]).toEqual([0xfe, ...new Array(7).fill(0xff)]);
    });

    it.each([
      [0, -1, 1],
      [0, 13, 1],
      [0, 0, 14],
      [0, 7, -1],
      [5, 7, 1],
      [-1, 7, 1],
    ])('but cannot be copied to %d from %d on, %d of them', (offset, first, count) => {
      const target = new Uint8Array(12);
      expect(() => load().readRegisters(target, offset, first, count)).toThrow(RangeError);
      expect(() => load().readGas(target, 5)).toThrow('target: got 8 bytes at 5, expected a range inside its 12 bytes');
    });
  });

  describe('has memory', () => {
    it('that the host reads and writes', () => {
      const instance = load();
      expect([...instance.readMemory(0x10000, 5)]).toEqual([1, 2, 3, 4, 0]);
      instance.writeMemory(RW + 1, Uint8Array.of(8, 9));
      const target = new Uint8Array(4);
      instance.readMemoryInto(RW, target);
      expect([...target]).toEqual([5, 8, 9, 0]);
      expect(instance.readMemory(5, 0)).toEqual(new Uint8Array(0));
      instance.writeMemory(5, new Uint8Array(0));
    });

    it('of which copies are given out', () => {
      const instance = load();
      const copy = instance.readMemory(RW, 2);
      copy.fill(0xee);
      expect([...instance.readMemory(RW, 2)]).toEqual([5, 6]);
    });

    it('that is not all of the address space, and lengths do not matter', () => {
      const instance = load();
      for (const [address, length] of [
        [0, 1],
        [0xffffffff, 1],
        [RW, 0x1001],
        [0, 0xffffffff],
        [0xffffffff, 0xffffffff],
      ] as const) {
        expect(instance.isMemoryAccessible(address, length, 'read')).toBe(false);
        expect(() => instance.readMemory(address, length)).toThrow(MemoryAccessError);
      }
      expect(() => instance.readMemory(0x10000, 0x1001)).toThrow(
        'out of range memory read in 0x10000-0x11001 (4097 bytes): it is not all inside one region',
      );
      expect(() => instance.readMemoryInto(0xffff, new Uint8Array(1))).toThrow(MemoryAccessError);
      expect(() => instance.writeMemory(0x10000, Uint8Array.of(1))).toThrow(MemoryAccessError);
      expect(instance.isMemoryAccessible(0x10000, 1, 'write')).toBe(false);
    });

    it.each([-1, 0.5, 2 ** 32, Number.NaN])('but not at address %d', (address) => {
      const instance = load();
      const error = new RangeError(`address: got ${address}, expected an integer from 0 to 4294967295`);
      expect(() => instance.readMemory(address, 1)).toThrow(error);
      expect(() => instance.readMemoryInto(address, new Uint8Array(1))).toThrow(error);
      expect(() => instance.writeMemory(address, new Uint8Array(1))).toThrow(error);
      expect(() => instance.isMemoryAccessible(address, 1, 'read')).toThrow(error);
      expect(() => instance.readMemory(RW, address)).toThrow(RangeError);
    });

    it('whose heap the host can grow too', () => {
      const instance = load();
      expect(instance.growHeap(0)).toBe(RW + 16);
      expect(instance.growHeap(0x1000)).toBe(RW + 0x1010);
      expect(instance.heapSize).toBe(0x1000);
      expect(instance.growHeap(0xffffffff)).toBeUndefined();
      expect(() => instance.growHeap(-1)).toThrow(/size: got -1/);
      instance.prepareCall('main', [16n]);
      instance.gas = 10n;
      instance.run();
      instance.setRegister('a0', 16n);
      expect(instance.run().kind).toBe('finished');
      expect(instance.getRegister('a1')).toBe(BigInt(RW + 0x1020));
    });

    it('with aux data, which only the host writes, and can take away', () => {
      const source = 'pub @load:\n a0 = u8 [a0]\n ret\n pub @store:\n u8 [a0] = a1\n ret';
      const instance = instanceOf(backend, source, { auxDataSize: 5000 });
      const { auxBase, auxSize } = instance.module.memoryMap;
      expect([auxBase, auxSize, instance.accessibleAuxSize]).toEqual([0xfffe0000, 8192, 8192]);
      const access = (label: string, address: number): string => {
        instance.prepareCall(label, [BigInt(address)]);
        instance.gas = 10n;
        return instance.run().kind;
      };
      instance.writeMemory(auxBase + 8191, Uint8Array.of(7));
      expect(access('load', auxBase + 8191)).toBe('finished');
      expect(instance.getRegister('a0')).toBe(7n);
      expect([access('store', auxBase), access('load', auxBase + 8192)]).toEqual(['trap', 'trap']);
      instance.accessibleAuxSize = 1;
      expect(instance.accessibleAuxSize).toBe(4096);
      expect([access('load', auxBase + 4095), access('load', auxBase + 4096)]).toEqual(['finished', 'trap']);
      instance.accessibleAuxSize = 8192;
      expect(access('load', auxBase + 8191)).toBe('finished');
      expect(instance.getRegister('a0')).toBe(0n);
      expect(() => {
        instance.accessibleAuxSize = 8193;
      }).toThrow(RangeError);
    });

    it.each([4096, 8192, 16384, 32768, 65536])('in pages of %d bytes', (pageSize) => {
      const instance = instanceOf(backend, SOURCE, { pageSize });
      expect(instance.isMemoryAccessible(0x10000, pageSize, 'read')).toBe(true);
      expect(instance.isMemoryAccessible(0x10000, pageSize + 1, 'read')).toBe(false);
      expect(instance.isMemoryAccessible(0xfffe0000 - pageSize, pageSize, 'write')).toBe(true);
      expect(instance.isMemoryAccessible(0xfffe0000 - pageSize - 1, 1, 'write')).toBe(false);
      instance.growHeap(pageSize);
      expect(instance.isMemoryAccessible(RW, 2 * pageSize, 'write')).toBe(true);
      expect(instance.isMemoryAccessible(RW, 2 * pageSize + 1, 'write')).toBe(false);
    });
  });

  describe('can be made fresh', () => {
    it('as if it were new', () => {
      const instance = load();
      instance.prepareCall('main', [0x20000n]);
      instance.gas = 100n;
      instance.run();
      instance.run();
      instance.writeMemory(0xfffdf000, Uint8Array.of(1));
      instance.prepareCall('main');
      instance.reset();
      expect(registers(instance)).toEqual(new Array(13).fill(0n));
      expect([instance.gas, instance.heapSize]).toEqual([0n, 0]);
      expect([instance.programCounter, instance.nextProgramCounter]).toEqual([undefined, undefined]);
      expect([...instance.readMemory(RW, 4)]).toEqual([5, 6, 0, 0]);
      expect(instance.readMemory(0xfffdf000, 1)[0]).toBe(0);
      expect(instance.isMemoryAccessible(RW + 0x1000, 1, 'read')).toBe(false);
      instance.growHeap(0x20000);
      expect(instance.readMemory(RW + 16, 0x20000).every((byte) => byte === 0)).toBe(true);
    });

    it('in its memory alone, in the middle of a host call', () => {
      const instance = load();
      instance.prepareCall('main', [16n]);
      instance.gas = 100n;
      instance.run();
      instance.writeMemory(RW, Uint8Array.of(9));
      instance.growHeap(0x5000);
      instance.resetMemory();
      expect([instance.readMemory(RW, 1)[0], instance.heapSize]).toEqual([5, 0]);
      expect(instance.getRegister('a0')).toBe(16n);
      expect(instance.run().kind).toBe('finished');
      expect(instance.getRegister('a1')).toBe(BigInt(RW + 32));
      expect(instance.gas).toBe(96n);
    });
  });

  describe('shares nothing with another one', () => {
    it('of the same module', () => {
      const { module } = load();
      const one = module.instantiate();
      const other = module.instantiate();
      one.writeMemory(RW, Uint8Array.of(9));
      one.setRegister('a0', 9n);
      one.gas = 9n;
      one.growHeap(0x2000);
      expect([other.readMemory(RW, 1)[0], other.getRegister('a0'), other.gas, other.heapSize]).toEqual([5, 0n, 0n, 0]);
    });

    it('when both run in turns', () => {
      const { module } = load();
      const instances = [module.instantiate(), module.instantiate()];
      instances.forEach((instance, i) => {
        instance.prepareCall('main', [BigInt(16 * (i + 1))]);
        instance.gas = 100n;
        expect(instance.run()).toEqual({ kind: 'ecalli', index: 3 });
      });
      for (const instance of instances) expect(instance.run().kind).toBe('finished');
      expect(instances.map((instance) => instance.getRegister('a1'))).toEqual([BigInt(RW + 32), BigInt(RW + 48)]);
    });

    it('whose memory it got', () => {
      const engine = new Engine({ backend });
      const secret = engine.compile(assemble(SOURCE, { isa: 'latest64' }));
      const curious = engine.compile(
        assemble('%rw_data_size = 8192\n%stack_size = 8192\npub @main:\nret', { isa: 'latest64' }),
      );
      for (let round = 0; round < 5; round++) {
        const { readWriteBase, stackLow } = curious.memoryMap;
        {
          using victim = secret.instantiate();
          for (const name of REGISTER_NAMES) victim.setRegister(name, 0x5ec2e7n);
          victim.gas = 0x5ec2e7n;
          victim.growHeap(0x3000);
          victim.writeMemory(RW, new Uint8Array(0x4000).fill(0xee));
          victim.writeMemory(0xfffdf000, new Uint8Array(0x1000).fill(0xee));
        }
        using instance = curious.instantiate();
        expect(registers(instance)).toEqual(new Array(13).fill(0n));
        expect(instance.gas).toBe(0n);
        instance.growHeap(0x8000);
        expect(instance.readMemory(readWriteBase, 0xa000).every((byte) => byte === 0)).toBe(true);
        expect(instance.readMemory(stackLow, 8192).every((byte) => byte === 0)).toBe(true);
      }
    });
  });

  describe('that was disposed of', () => {
    it('refuses everything but to be disposed of', () => {
      const instance = load();
      instance.prepareCall('main');
      instance.dispose();
      instance.dispose();
      const uses: (() => unknown)[] = [
        () => instance.run(),
        () => instance.prepareCall('main'),
        () => instance.gas,
        () => {
          instance.gas = 1n;
        },
        () => instance.getRegister('a0'),
        () => instance.setRegister('a0', 1n),
        () => instance.readRegisters(new Uint8Array(8), 0, 0, 1),
        () => instance.readGas(new Uint8Array(8), 0),
        () => instance.programCounter,
        () => instance.nextProgramCounter,
        () => {
          instance.nextProgramCounter = 0;
        },
        () => instance.readMemory(RW, 1),
        () => instance.readMemoryInto(RW, new Uint8Array(1)),
        () => instance.writeMemory(RW, new Uint8Array(1)),
        () => instance.isMemoryAccessible(RW, 1, 'read'),
        () => instance.heapSize,
        () => instance.growHeap(0),
        () => instance.accessibleAuxSize,
        () => instance.mapPages(RW, 1, true),
        () => instance.resetMemory(),
        () => instance.reset(),
      ];
      for (const use of uses) expect(use).toThrow('the instance has been disposed of');
    });

    it('is so at the end of the block that uses it', () => {
      let leaked: Instance;
      {
        using instance = load();
        leaked = instance;
        instance.prepareCall('main');
      }
      expect(() => leaked.gas).toThrow('the instance has been disposed of');
    });

    it('does not keep its module from making others', () => {
      const instance = load();
      instance.dispose();
      const other = instance.module.instantiate();
      other.prepareCall('twice', [21n]);
      other.gas = 10n;
      expect(other.run().kind).toBe('finished');
      expect(other.getRegister('a0')).toBe(42n);
    });
  });

  it('gives out the same interrupt objects again, which nobody can change', () => {
    const instance = load('pub @main:\n ecalli 5\n ecalli 5\n ret');
    instance.prepareCall('main');
    const outOfGas = instance.run();
    expect(outOfGas).toEqual({ kind: 'outOfGas' });
    expect(instance.run()).toBe(outOfGas);
    instance.gas = 10n;
    const first = instance.run();
    expect(first).toEqual({ kind: 'ecalli', index: 5 });
    expect(instance.run()).toBe(first);
    const finished = instance.run();
    expect(finished).toEqual({ kind: 'finished' });
    for (const interrupt of [outOfGas, first, finished]) expect(Object.isFrozen(interrupt)).toBe(true);
  });
});

it('arguments and results use the same registers', () => {
  expect(ARGUMENT_REGISTERS.slice(0, 2).map((index) => REGISTER_NAMES[index])).toEqual(['a0', 'a1']);
});
