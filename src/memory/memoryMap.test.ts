import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignUp, layOutMemory, MemoryMapError, type MemorySizes } from './memoryMap.js';

function sizes(pageSize: number, ro: number, rw: number, stack: number, aux: number): MemorySizes {
  return { pageSize, readOnlyDataSize: ro, readWriteDataSize: rw, stackSize: stack, auxDataSize: aux };
}

const G = 0x10000;

describe('the memory map', () => {
  it.each([
    {
      given: sizes(0x1000, 1, 1, 1, 0),
      map: {
        readOnlyBase: 0x10000,
        readOnlySize: 0x1000,
        readWriteBase: 0x30000,
        readWriteSize: 0x1000,
        stackLow: 0xfffdf000,
        stackHigh: 0xfffe0000,
        stackSize: 0x1000,
        auxBase: 0xffff0000,
        auxSize: 0,
        heapBase: 0x30001,
        maxHeapSize: 0xfff8ffff,
      },
    },
    {
      given: sizes(0x4000, 1, 1, 1, 0),
      map: {
        readOnlySize: 0x4000,
        readWriteBase: 0x30000,
        readWriteSize: 0x4000,
        stackLow: 0xfffdc000,
        stackHigh: 0xfffe0000,
        auxBase: 0xffff0000,
        heapBase: 0x30001,
        maxHeapSize: 0xfff8ffff,
      },
    },
    {
      given: sizes(0x1000, 0, 0, 0, 0),
      map: {
        readOnlySize: 0,
        readWriteBase: 0x20000,
        readWriteSize: 0,
        stackLow: 0xfffe0000,
        stackHigh: 0xfffe0000,
        auxSize: 0,
        heapBase: 0x20000,
        maxHeapSize: 0xfffb0000,
      },
    },
    {
      given: sizes(0x1000, 0, 0x4000, 0x2000, 0x1001),
      map: {
        readOnlySize: 0,
        readWriteBase: 0x20000,
        readWriteSize: 0x4000,
        stackLow: 0xfffce000,
        stackHigh: 0xfffd0000,
        auxBase: 0xfffe0000,
        auxSize: 0x2000,
        heapBase: 0x24000,
        maxHeapSize: 0xfff8c000,
      },
    },
    {
      given: sizes(0x4000, 0xfffb0000, 0, 0, 0),
      map: {
        readOnlySize: 0xfffb0000,
        readWriteBase: 0xfffd0000,
        readWriteSize: 0,
        stackLow: 0xfffe0000,
        auxSize: 0,
        heapBase: 0xfffd0000,
        maxHeapSize: 0,
      },
    },
  ])('of $given is as the reference lays it out', ({ given, map }) => {
    expect(layOutMemory(given)).toMatchObject({ pageSize: given.pageSize, ...map });
  });

  it.each([
    [sizes(0x4000, 0xfffb0001, 0, 0, 0), 'maximum memory size exceeded'],
    [sizes(0x1000, 0x40000000, 0x40000000, 0x40000000, 0x40000000), 'maximum memory size exceeded'],
    [sizes(0, 0, 0, 0, 0), 'invalid page size: page size is too small'],
    [sizes(0xfff, 0, 0, 0, 0), 'invalid page size: page size is too small'],
    [sizes(0x10001, 0, 0, 0, 0), 'invalid page size: page size is too big'],
    [sizes(0x20000, 0, 0, 0, 0), 'invalid page size: page size is too big'],
    [sizes(0x1001, 0, 0, 0, 0), 'invalid page size: page size is not a power of two'],
    [sizes(0x3000, 0, 0, 0, 0), 'invalid page size: page size is not a power of two'],
    [sizes(0x1000, 0xfffff001, 0, 0, 0), 'the size of read-only data is too big'],
    [sizes(0x1000, 0, 0xffffffff, 0, 0), 'the size of read-write data is too big'],
    [sizes(0x10000, 0, 0, 0xffff0001, 0), 'the size of the stack is too big'],
    [sizes(0x1000, 0, 0, 0, 0xfffff001), 'the size of the aux data is too big'],
    // The page size is looked at first, then the sizes in this order.
    [sizes(0xfff, 0xffffffff, 0xffffffff, 0, 0), 'invalid page size: page size is too small'],
    [sizes(0x1000, 0xffffffff, 0xffffffff, 0, 0), 'the size of read-only data is too big'],
  ])('of %o does not exist', (given, message) => {
    expect(() => layOutMemory(given)).toThrow(new MemoryMapError(message));
  });

  it('has a page size of its own for each power of two from 4 to 64 KiB', () => {
    for (const pageSize of [0x1000, 0x2000, 0x4000, 0x8000, 0x10000]) {
      expect(layOutMemory(sizes(pageSize, 1, 1, 1, 1))).toMatchObject({
        readOnlySize: pageSize,
        readWriteSize: pageSize,
        stackSize: pageSize,
        auxSize: pageSize,
      });
    }
  });

  const size = fc.oneof(
    fc.nat(0xffffffff),
    fc.nat(0x40000),
    fc.nat(0x4000).map((n) => n * G),
  );

  it('of random sizes follows the builder arithmetic, and fits the address space exactly when it says so', () => {
    fc.assert(
      fc.property(fc.nat(4), size, size, size, size, (log2, ro, rw, stack, aux) => {
        const pageSize = 0x1000 << log2;
        const al = (x: number): number => Math.ceil(x / G) * G;
        const pg = (x: number): number => Math.ceil(x / pageSize) * pageSize;
        const fits =
          [ro, rw, stack, aux].every((x) => pg(x) < 2 ** 32) &&
          al(ro) + al(rw) + al(stack) + al(aux) <= 2 ** 32 - 5 * G;
        const given = sizes(pageSize, ro, rw, stack, aux);
        if (!fits) {
          expect(() => layOutMemory(given)).toThrow(MemoryMapError);
          return;
        }
        const map = layOutMemory(given);
        const readWriteBase = G + al(ro) + G;
        const auxBase = 0xffff0000 - al(aux);
        const lowEnd = readWriteBase + al(rw) + G;
        const highEnd = auxBase - G - al(stack);
        expect(map).toEqual({
          pageSize,
          readOnlyBase: G,
          readOnlySize: pg(ro),
          readWriteBase,
          readWriteSize: pg(rw),
          stackLow: auxBase - G - pg(stack),
          stackHigh: auxBase - G,
          stackSize: pg(stack),
          auxBase,
          auxSize: pg(aux),
          heapBase: readWriteBase + rw,
          maxHeapSize: highEnd - lowEnd + (readWriteBase + al(rw) - (readWriteBase + rw)),
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('rounding up', () => {
  it('does not wrap at 32 bits', () => {
    expect([0, 1, 4096, 4097].map((value) => alignUp(value, 4096))).toEqual([0, 4096, 4096, 8192]);
    expect(alignUp(0xffffffff, 4096)).toBe(2 ** 32);
  });
});
