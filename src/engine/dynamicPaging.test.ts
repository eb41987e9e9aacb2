/** The host provides each page when the program touches it (spec: memory map, section 6; engine, section 4). */
import { describe, expect, it } from 'vitest';
import { instanceOf, offsetOf } from '../../test/support/assembled.js';
import { BACKENDS } from '../../test/support/backends.js';
import { type Instance, MemoryAccessError } from '../index.js';

const A = 0x20000;

describe.each(BACKENDS)('dynamic paging when the %s is asked for', (backend) => {
  const load = (source: string, pageSize = 4096): Instance =>
    instanceOf(backend, source, { dynamicPaging: true, pageSize });

  const COPY = `
    pub @main:
    a2 = 5
    pub @load: %no_fallthrough
    a0 = u64 [a0]
    pub @store: %no_fallthrough
    u64 [a1] = a0
    ret
  `;

  it('stops at a missing page, and tries again without paying again', () => {
    const instance = load(COPY);
    instance.prepareCall('main', [BigInt(A), BigInt(A + 0x3000)]);
    instance.gas = 4n;
    expect(instance.run()).toEqual({ kind: 'segfault', address: A, write: false });
    const pc = offsetOf(instance, 'load');
    expect([instance.programCounter, instance.nextProgramCounter, instance.gas]).toEqual([pc, pc, 0n]);
    // Nothing is mended by asking again.
    expect(instance.run()).toEqual({ kind: 'segfault', address: A, write: false });
    instance.mapPages(A, 4096, false);
    expect(instance.run()).toEqual({ kind: 'segfault', address: A + 0x3000, write: false });
    expect(instance.programCounter).toBe(offsetOf(instance, 'store'));
    instance.mapPages(A + 0x3000, 4096, false);
    expect(instance.run()).toEqual({ kind: 'segfault', address: A + 0x3000, write: true });
    instance.protectPages(A + 0x3000, 4096, true);
    expect(instance.run()).toEqual({ kind: 'finished' });
    expect(instance.gas).toBe(0n);
  });

  it('sees what the host has put into the pages', () => {
    const instance = load(COPY);
    instance.mapPages(A, 0x4000, true);
    instance.writeMemory(A + 0xffd, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    instance.prepareCall('main', [BigInt(A + 0xffd), BigInt(A + 0x1ffe)]);
    instance.gas = 4n;
    expect(instance.run().kind).toBe('finished');
    expect([...instance.readMemory(A + 0x1ffe, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('keeps the registers as they were before the access', () => {
    const instance = load('pub @main:\n a0 = u32 [a0]\n ret');
    instance.prepareCall('main', [BigInt(A)]);
    instance.gas = 5n;
    instance.run();
    expect(instance.getRegister('a0')).toBe(BigInt(A));
  });

  it('loads nothing from the program: the memory map is for the host to follow', () => {
    const instance = load('%ro_data = 01 02\n%rw_data = 03\n%stack_size = 4096\npub @main:\n a0 = u8 [0x10000]\n ret');
    const { readOnlyBase, readWriteBase, stackLow } = instance.module.memoryMap;
    for (const base of [readOnlyBase, readWriteBase, stackLow]) {
      expect(instance.isMemoryAccessible(base, 1, 'read')).toBe(false);
    }
    instance.prepareCall('main');
    instance.gas = 5n;
    expect(instance.run()).toEqual({ kind: 'segfault', address: readOnlyBase, write: false });
    instance.mapPages(readOnlyBase, 4096, true);
    instance.writeMemory(readOnlyBase, instance.module.program.readOnlyData);
    instance.run();
    expect(instance.getRegister('a0')).toBe(1n);
  });

  it('traps below 16 KiB and at the very end of the address space', () => {
    const instance = load('pub @main:\n a0 = u8 [a0]\n ret');
    const access = (address: bigint): unknown => {
      instance.prepareCall('main', [address]);
      instance.gas = 5n;
      return instance.run();
    };
    expect(access(0n)).toEqual({ kind: 'trap', pc: 0 });
    expect(access(0x3fffn)).toEqual({ kind: 'trap', pc: 0 });
    expect(access(0x4000n)).toEqual({ kind: 'segfault', address: 0x4000, write: false });
    expect(access(0xffffffffn)).toEqual({ kind: 'segfault', address: 0xfffff000, write: false });
    instance.mapPages(0xfffff000, 4096, true);
    expect(access(0xffffffffn)).toEqual({ kind: 'trap', pc: 0 });
    expect(access(0xfffffffen)).toEqual({ kind: 'finished' });
  });

  it.each([4096, 8192, 16384, 32768, 65536])('has pages of %d bytes', (pageSize) => {
    const instance = load('pub @main:\n u8 [a0] = a1\n ret', pageSize);
    instance.prepareCall('main', [BigInt(A + 3 * pageSize + 77)]);
    instance.gas = 5n;
    expect(instance.run()).toEqual({ kind: 'segfault', address: A + 3 * pageSize, write: false });
    instance.mapPages(A + 3 * pageSize, 1, true);
    expect(instance.run().kind).toBe('finished');
    expect(instance.isMemoryAccessible(A + 3 * pageSize, pageSize, 'write')).toBe(true);
    expect(instance.isMemoryAccessible(A + 3 * pageSize, pageSize + 1, 'read')).toBe(false);
  });

  it('lets memset go on from page to page', () => {
    const instance = load('pub @main:\n [a0..a0 + a2] = u8 a1\n ret');
    instance.prepareCall('main', [BigInt(A + 4090), 7n, 10n]);
    instance.gas = 12n;
    expect(instance.run()).toEqual({ kind: 'segfault', address: A, write: false });
    expect([instance.gas, instance.getRegister('a2')]).toEqual([10n, 10n]);
    instance.mapPages(A, 4096, true);
    expect(instance.run()).toEqual({ kind: 'segfault', address: A + 4096, write: false });
    expect([instance.gas, instance.getRegister('a0'), instance.getRegister('a2')]).toEqual([4n, BigInt(A + 4096), 4n]);
    instance.mapPages(A + 4096, 4096, true);
    expect(instance.run()).toEqual({ kind: 'finished' });
    expect(instance.gas).toBe(0n);
    expect([...instance.readMemory(A + 4089, 12)]).toEqual([0, ...new Array(10).fill(7), 0]);
  });

  it('may take a page away again', () => {
    const instance = load('pub @main:\n a0 = u8 [a1]\n ecalli 0\n a0 = u8 [a1]\n ret');
    instance.mapPages(A, 4096, true);
    instance.prepareCall('main', [0n, BigInt(A)]);
    instance.gas = 5n;
    expect(instance.run().kind).toBe('ecalli');
    instance.unmapPages(A, 4096);
    expect(instance.run()).toEqual({ kind: 'segfault', address: A, write: false });
    expect(() => instance.readMemory(A, 1)).toThrow(MemoryAccessError);
  });

  it('does not stop a second time before an instruction that it lets try again', () => {
    const instance = instanceOf(backend, 'pub @main:\n a0 = u8 [a1]\n ret', { dynamicPaging: true, stepTracing: true });
    instance.prepareCall('main', [0n, BigInt(A)]);
    instance.gas = 5n;
    expect(instance.run()).toEqual({ kind: 'step', pc: 0 });
    expect(instance.run()).toEqual({ kind: 'segfault', address: A, write: false });
    instance.mapPages(A, 4096, true);
    expect(instance.run()).toEqual({ kind: 'step', pc: 2 });
  });

  it('has neither heap nor aux data', () => {
    const instance = load('pub @main:\n a0 = sbrk a1\n ret');
    instance.prepareCall('main', [7n, 1n]);
    instance.gas = 5n;
    expect(instance.run().kind).toBe('finished');
    expect([instance.getRegister('a0'), instance.heapSize, instance.growHeap(1)]).toEqual([0n, 0, undefined]);
    expect(() => instance.accessibleAuxSize).toThrow('accessibleAuxSize: got an instance with dynamic paging');
  });

  it('is as at the beginning after a reset', () => {
    const instance = load('pub @main:\n ret');
    instance.mapPages(A, 4096, true);
    instance.reset();
    expect(instance.isMemoryAccessible(A, 1, 'read')).toBe(false);
    instance.mapPages(A, 4096, true);
    instance.dispose();
    expect(() => instance.mapPages(A, 4096, true)).toThrow('the instance has been disposed of');
  });

  it('is needed for the functions about pages', () => {
    const instance = instanceOf(backend, 'pub @main:\n ret');
    expect(() => instance.mapPages(A, 1, true)).toThrow('mapPages: got an instance without dynamic paging');
    expect(() => instance.unmapPages(A, 1)).toThrow('unmapPages: got an instance without dynamic paging');
    expect(() => instance.protectPages(A, 1, true)).toThrow('protectPages: got an instance without dynamic paging');
  });

  it.each([
    [-4096, 4096],
    [2 ** 32, 4096],
    [0.5, 4096],
    [A, -1],
    [A, 2 ** 32],
    [A, Number.NaN],
  ])('refuses the range %d, %d', (address, length) => {
    const instance = load('pub @main:\n ret');
    expect(() => instance.mapPages(address, length, true)).toThrow(RangeError);
    expect(() => instance.unmapPages(address, length)).toThrow(RangeError);
    expect(() => instance.protectPages(address, length, true)).toThrow(RangeError);
  });
});
