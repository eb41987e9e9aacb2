import { describe, expect, it } from 'vitest';
import { MemoryAccessError, type MemoryAccessKind } from './errors.js';
import { ACCESS_TRAP } from './guestMemory.js';
import { GAS_OFFSET, HEADER_SIZE, READ_WRITE_LENGTH_OFFSET } from './layout.js';
import type { LinearMemory } from './linearMemory.js';
import { layOutMemory } from './memoryMap.js';
import { MemoryPool } from './memoryPool.js';
import { RegionMemory } from './regionMemory.js';

/** RO 0x10000+0x1000, RW 0x30000+0x1000 (heap from 0x30008), stack 0xfffce000+0x2000, aux 0xfffe0000+0x1000. */
const SIZES = {
  pageSize: 0x1000,
  readOnlyDataSize: 4,
  readWriteDataSize: 8,
  stackSize: 0x2000,
  auxDataSize: 100,
};
const RO = 0x10000;
const RW = 0x30000;
const STACK = 0xfffce000;
const STACK_END = 0xfffd0000;
const AUX = 0xfffe0000;
const DATA = { readOnlyData: Uint8Array.of(1, 2, 3), readWriteData: Uint8Array.of(4, 5) };

function memoryOf(sizes: Partial<typeof SIZES> = {}, kind: 'buffer' | 'wasm' = 'buffer'): RegionMemory {
  return new RegionMemory(layOutMemory({ ...SIZES, ...sizes }), DATA, new MemoryPool(), kind);
}

function read(memory: RegionMemory, address: number, length: number): number[] {
  const target = new Uint8Array(length);
  memory.read(address, target);
  return [...target];
}

/** Whether the host may access a range, in all the ways there are to find out; they have to agree. */
function isAccessible(memory: RegionMemory, address: number, length: number, access: MemoryAccessKind): boolean {
  const answer = memory.isAccessible(address, length, access);
  const bytes = new Uint8Array(length);
  let isDone = true;
  try {
    if (access === 'read') {
      memory.read(address, bytes);
    } else {
      if (answer) memory.read(address, bytes);
      memory.write(address, bytes);
    }
  } catch (error) {
    if (!(error instanceof MemoryAccessError)) throw error;
    expect(error).toMatchObject({ address, length, access });
    isDone = false;
  }
  expect(isDone).toBe(answer);
  return answer;
}

describe.each(['buffer', 'wasm'] as const)('memory of regions in a %s', (kind) => {
  it('begins with the data of the program, and zeros', () => {
    const memory = memoryOf({}, kind);
    expect(read(memory, RO, 6)).toEqual([1, 2, 3, 0, 0, 0]);
    expect(read(memory, RW, 4)).toEqual([4, 5, 0, 0]);
    for (const [base, length] of [
      [RO + 3, 0xffd],
      [RW + 2, 0xffe],
      [STACK, 0x2000],
      [AUX, 0x1000],
    ] as const) {
      expect(new Set(read(memory, base, length))).toEqual(new Set([0]));
    }
  });

  it('is accessible to the host inside of one region, read-only data for reading only', () => {
    const memory = memoryOf({}, kind);
    for (const [base, end, isWritable] of [
      [RO, RO + 0x1000, false],
      [RW, RW + 0x1000, true],
      [STACK, STACK_END, true],
      [AUX, AUX + 0x1000, true],
    ] as const) {
      for (const access of ['read', 'write'] as const) {
        const isAllowed = access === 'read' || isWritable;
        expect(isAccessible(memory, base, end - base, access)).toBe(isAllowed);
        expect(isAccessible(memory, base, 1, access)).toBe(isAllowed);
        expect(isAccessible(memory, end - 1, 1, access)).toBe(isAllowed);
        expect(isAccessible(memory, base - 1, 1, access)).toBe(false);
        expect(isAccessible(memory, base - 1, 2, access)).toBe(false);
        expect(isAccessible(memory, end, 1, access)).toBe(false);
        expect(isAccessible(memory, end - 1, 2, access)).toBe(false);
      }
    }
  });

  it('is accessible nowhere else, except for nothing at all, which is accessible everywhere', () => {
    const memory = memoryOf({}, kind);
    for (const address of [0, 1, 0xffff, 0x20000, 0x80000000, 0xffff0000, 0xffffffff]) {
      for (const access of ['read', 'write'] as const) {
        expect(isAccessible(memory, address, 1, access)).toBe(false);
        expect(isAccessible(memory, address, 0, access)).toBe(true);
      }
    }
    expect(memory.isAccessible(0xffffffff, 0xffffffff, 'read')).toBe(false);
    expect(memory.isAccessible(RO, 0xffffffff, 'read')).toBe(false);
  });

  it('says in an error what was wanted and where', () => {
    const memory = memoryOf({}, kind);
    expect(() => memory.read(0x30ffe, new Uint8Array(3))).toThrow(
      'out of range memory read in 0x30ffe-0x31001 (3 bytes): it is not all inside one region',
    );
    expect(() => memory.write(0xffffffff, new Uint8Array(2))).toThrow(
      'out of range memory write in 0xffffffff-0x100000001 (2 bytes): it is not all inside one region',
    );
  });

  it('is not changed by a write that fails', () => {
    const memory = memoryOf({}, kind);
    expect(() => memory.write(RW + 0xffe, Uint8Array.of(9, 9, 9))).toThrow(MemoryAccessError);
    expect(read(memory, RW + 0xffe, 2)).toEqual([0, 0]);
  });

  it('gives guests what it gives hosts, but lets them not write aux data', () => {
    const memory = memoryOf({}, kind);
    for (const base of [RO, RW, STACK, AUX]) {
      expect(memory.locateLoad(base, 8)).toBeGreaterThanOrEqual(0);
      expect(memory.locateLoad(base - 1, 2)).toBe(ACCESS_TRAP);
      expect(memory.locateLoad(base - 8, 8)).toBe(ACCESS_TRAP);
    }
    expect([RO, RW, STACK, AUX].map((base) => memory.store(base, 1, 7, 0))).toEqual([ACCESS_TRAP, 0, 0, ACCESS_TRAP]);
    expect([RO, RW, STACK, AUX].map((base) => memory.fill(base, 2, 7))).toEqual([ACCESS_TRAP, 2, 2, ACCESS_TRAP]);
    expect(memory.locateLoad(0xffffffff, 8)).toBe(ACCESS_TRAP);
    expect(memory.locateLoad(0xfff8, 8)).toBe(ACCESS_TRAP);
  });

  it('stores one, two, four or eight bytes in little-endian order', () => {
    const memory = memoryOf({}, kind);
    for (const width of [1, 2, 4, 8]) {
      memory.write(RW, new Uint8Array(9).fill(0xee));
      expect(memory.store(RW, width, 0x44332211, 0x88776655 | 0)).toBe(0);
      const expected = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0xee].fill(0xee, width);
      expect(read(memory, RW, 9)).toEqual(expected);
    }
    expect(memory.store(RW + 0xff9, 8, -1, -1)).toBe(ACCESS_TRAP);
    expect(read(memory, RW + 0xff9, 7)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('fills up to the end of a region', () => {
    const memory = memoryOf({}, kind);
    expect(memory.fill(STACK_END - 3, 10, 0x1ff)).toBe(3);
    expect(read(memory, STACK_END - 4, 4)).toEqual([0, 0xff, 0xff, 0xff]);
    expect(memory.fill(RW + 0xffe, 0xffffffff, 1)).toBe(2);
    expect(memory.fill(RW + 0x1000, 1, 1)).toBe(ACCESS_TRAP);
  });

  it('reads and writes long ranges as it does short ones', () => {
    const memory = memoryOf({}, kind);
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);
    memory.write(STACK + 5, bytes);
    expect(read(memory, STACK + 5, 3000)).toEqual([...bytes]);
    expect(read(memory, STACK + 4, 1)).toEqual([0]);
    expect(read(memory, STACK + 3005, 1)).toEqual([0]);
  });

  describe('grows its heap', () => {
    it('and tells the new top, which begins behind the declared data', () => {
      const memory = memoryOf({}, kind);
      expect(memory.sbrk(0)).toBe(RW + 8);
      expect(memory.sbrk(1)).toBe(RW + 9);
      expect(memory.heapSize).toBe(1);
      expect(memory.readWriteLength).toBe(0x1000);
    });

    it('by whole pages, of zeros', () => {
      const memory = memoryOf({}, kind);
      expect(memory.sbrk(0x1000 - 8)).toBe(RW + 0x1000);
      expect(memory.isAccessible(RW + 0x1000, 1, 'read')).toBe(false);
      memory.write(RW + 0xfff, Uint8Array.of(7));
      expect(memory.sbrk(1)).toBe(RW + 0x1001);
      expect(read(memory, RW + 0xfff, 2)).toEqual([7, 0]);
      expect(memory.isAccessible(RW, 0x2000, 'write')).toBe(true);
      expect(memory.isAccessible(RW, 0x2001, 'write')).toBe(false);
      // A megabyte more, of which the first and the last byte are zero and can be written.
      expect(memory.sbrk(0x100000)).toBe(RW + 0x101001);
      expect(read(memory, RW + 0xfff, 1)).toEqual([7]);
      memory.write(RW + 0x101fff, Uint8Array.of(8));
      expect(read(memory, RW + 0x101ffe, 2)).toEqual([0, 8]);
      expect(memory.isAccessible(RW + 0x102000, 1, 'read')).toBe(false);
    });

    it('not beyond what the memory map leaves, and then changes nothing', () => {
      const memory = memoryOf({}, kind);
      const { maxHeapSize } = memory.map;
      expect(memory.sbrk(5)).toBe(RW + 13);
      expect(memory.sbrk(maxHeapSize - 4)).toBe(0);
      expect(memory.sbrk(0xffffffff)).toBe(0);
      expect(memory.heapSize).toBe(5);
      expect(memory.readWriteLength).toBe(0x1000);
    });

    it('to the last byte that the memory map leaves', () => {
      // A map with hardly any room between the read-write data and the stack.
      const memory = memoryOf({ readOnlyDataSize: 0xfff50000 }, kind);
      const { maxHeapSize, heapBase } = memory.map;
      expect(maxHeapSize).toBeLessThan(0x40000);
      expect(memory.sbrk(maxHeapSize + 1)).toBe(0);
      expect(memory.sbrk(maxHeapSize)).toBe(heapBase + maxHeapSize);
      expect(memory.sbrk(1)).toBe(0);
      expect(memory.sbrk(0)).toBe(heapBase + maxHeapSize);
      memory.write(heapBase + maxHeapSize - 1, Uint8Array.of(1));
      expect(memory.isAccessible(heapBase + maxHeapSize, 1, 'read')).toBe(false);
    });
  });

  describe('has aux data', () => {
    it('whose accessible part the host can change, in whole pages', () => {
      const memory = memoryOf({ auxDataSize: 0x3000 }, kind);
      const aux = memory.map.auxBase;
      memory.write(aux, new Uint8Array(0x3000).fill(9));
      memory.setAuxLength(0x1001);
      expect(memory.auxLength).toBe(0x2000);
      expect(memory.isAccessible(aux, 0x2000, 'write')).toBe(true);
      expect(memory.isAccessible(aux, 0x2001, 'read')).toBe(false);
      expect(memory.locateLoad(aux + 0x2000, 1)).toBe(ACCESS_TRAP);
    });

    it('that is dropped beyond the accessible part', () => {
      const memory = memoryOf({ auxDataSize: 0x3000 }, kind);
      const aux = memory.map.auxBase;
      memory.write(aux, new Uint8Array(0x3000).fill(9));
      memory.setAuxLength(0x1000);
      memory.setAuxLength(0x3000);
      expect(read(memory, aux + 0xfff, 2)).toEqual([9, 0]);
      expect(new Set(read(memory, aux + 0x1000, 0x2000))).toEqual(new Set([0]));
      memory.setAuxLength(0);
      expect(memory.isAccessible(aux, 1, 'read')).toBe(false);
    });

    it.each([-1, 0.5, Number.NaN, 0x1001, 2 ** 32])('of which not %d bytes can be accessible', (size) => {
      const memory = memoryOf({}, kind);
      expect(() => memory.setAuxLength(size)).toThrow(
        new RangeError(`accessible aux size: got ${size}, expected an integer from 0 to 4096`),
      );
    });
  });

  it.each([
    ['small', 0],
    ['large', 0x200000],
  ])('is as at the beginning after a reset, when %s', (_, growth) => {
    const memory = memoryOf({}, kind);
    memory.sbrk(growth);
    memory.write(RW, new Uint8Array(memory.readWriteLength).fill(0xee));
    memory.write(STACK, new Uint8Array(0x2000).fill(0xee));
    memory.write(AUX, new Uint8Array(0x1000).fill(0xee));
    memory.setAuxLength(0);
    memory.bytes.fill(0x55, 0, 16);
    memory.reset();
    expect(memory).toMatchObject({ heapSize: 0, readWriteLength: 0x1000, auxLength: 0x1000 });
    expect(read(memory, RO, 4)).toEqual([1, 2, 3, 0]);
    expect(read(memory, RW, 4)).toEqual([4, 5, 0, 0]);
    for (const [base, length] of [
      [RW + 2, 0xffe],
      [STACK, 0x2000],
      [AUX, 0x1000],
    ] as const) {
      expect(new Set(read(memory, base, length))).toEqual(new Set([0]));
    }
    expect(memory.isAccessible(RW + 0x1000, 1, 'read')).toBe(false);
    // The heap is fresh when it grows again.
    memory.sbrk(0x1000);
    expect(new Set(read(memory, RW + 0x1000, 0x1000))).toEqual(new Set([0]));
    // Registers are not memory.
    expect(memory.bytes[0]).toBe(0x55);
  });
});

describe.each([
  ['small', 'buffer', 0],
  ['small', 'wasm', 0],
  ['large', 'buffer', 0x400000],
  ['large', 'wasm', 0x400000],
] as const)('%s memory in a %s that was given back', (_, kind, size) => {
  const map = layOutMemory({ ...SIZES, readWriteDataSize: SIZES.readWriteDataSize + size });

  it('serves the next one, without a byte of what was in it', () => {
    const pool = new MemoryPool();
    const linear = new Set<LinearMemory>();
    for (let round = 0; round < 4; round++) {
      const memory = new RegionMemory(map, DATA, pool, kind);
      linear.add(memory.linear);
      expect(new Set(memory.bytes.subarray(0, GAS_OFFSET + 8))).toEqual(new Set([0]));
      expect(read(memory, map.readOnlyBase, 4)).toEqual([1, 2, 3, 0]);
      expect(read(memory, map.readWriteBase, 2)).toEqual([4, 5]);
      memory.sbrk(0x3000);
      const regions = [
        [map.readWriteBase + 2, memory.readWriteLength - 2],
        [map.stackLow, map.stackSize],
        [map.auxBase, map.auxSize],
      ] as const;
      for (const [base, length] of regions) {
        const contents = new Uint8Array(length);
        memory.read(base, contents);
        expect(contents.every((byte) => byte === 0)).toBe(true);
        memory.write(base, contents.fill(0xee));
      }
      memory.bytes.fill(0xee, 0, GAS_OFFSET + 8);
      memory.bytes.fill(0xee, memory.layout.readOnly, memory.layout.readOnly + map.readOnlySize);
      memory.dispose();
      expect(memory.bytes.length).toBe(0);
    }
    // The first one grew with the heap, and serves the others.
    expect(linear.size).toBe(1);
  });

  it('serves a program of another layout, without a byte of what was in it', () => {
    const pool = new MemoryPool();
    const used = new RegionMemory(map, DATA, pool, kind);
    const { linear, layout } = used;
    for (const [start, length] of [
      [0, HEADER_SIZE],
      [layout.readOnly, map.readOnlySize],
      [layout.stack, map.stackSize],
      [layout.aux, map.auxSize],
      [layout.readWrite, used.readWriteLength],
    ] as const) {
      used.bytes.fill(0xee, start, start + length);
    }
    used.dispose();
    const other = layOutMemory({ ...SIZES, readWriteDataSize: 1, stackSize: SIZES.stackSize + size, auxDataSize: 0 });
    const memory = new RegionMemory(
      other,
      { readOnlyData: new Uint8Array(), readWriteData: new Uint8Array() },
      pool,
      kind,
    );
    expect(memory.linear).toBe(linear);
    const { readWriteLength } = memory;
    memory.bytes.fill(0, READ_WRITE_LENGTH_OFFSET, READ_WRITE_LENGTH_OFFSET + 4);
    expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
    expect(readWriteLength).toBe(0x1000);
  });
});

describe('declared memory of gigabytes', () => {
  it('takes no time and no memory until it is used', () => {
    const start = performance.now();
    const rss = process.memoryUsage().rss;
    const memory = memoryOf({ readWriteDataSize: 0x80000000, stackSize: 0x40000000 });
    memory.write(memory.map.stackHigh - 1, Uint8Array.of(7));
    expect(read(memory, memory.map.readWriteBase + 0x7fffffff, 1)).toEqual([0]);
    memory.reset();
    memory.dispose();
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 1024 * 1024);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
