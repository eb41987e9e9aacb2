import { describe, expect, it } from 'vitest';
import { MemoryAccessError } from './errors.js';
import { ACCESS_SEGFAULT, ACCESS_TRAP } from './guestMemory.js';
import { layOutMemory } from './memoryMap.js';
import { PagedMemory } from './pagedMemory.js';

const PAGE = 0x1000;
const A = 0x20000;
const B = A + PAGE;
const TOP_PAGE = 0xfffff000;

function memoryOf(pageSize = PAGE): PagedMemory {
  const none = { readOnlyDataSize: 0, readWriteDataSize: 0, stackSize: 0, auxDataSize: 0 };
  return new PagedMemory(layOutMemory({ pageSize, ...none }));
}

function read(memory: PagedMemory, address: number, length: number): number[] {
  const target = new Uint8Array(length);
  memory.read(address, target);
  return [...target];
}

/** What a guest's access of some bytes does: `ok`, `trap`, or the page that is missing or protected. */
function outcome(memory: PagedMemory, result: number): string {
  if (result >= 0) return 'ok';
  if (result === ACCESS_TRAP) return 'trap';
  expect(result).toBe(ACCESS_SEGFAULT);
  return `${memory.faultIsWrite ? 'protected' : 'missing'} 0x${memory.faultAddress.toString(16)}`;
}
const load = (memory: PagedMemory, address: number, width: number): string =>
  outcome(memory, memory.locateLoad(address, width));
const store = (memory: PagedMemory, address: number, width: number): string =>
  outcome(memory, memory.store(address, width, 0x04030201, 0x08070605));

describe('memory of pages', () => {
  it('has none at first', () => {
    const memory = memoryOf();
    expect(load(memory, A, 1)).toBe('missing 0x20000');
    expect(store(memory, A, 1)).toBe('missing 0x20000');
    expect(memory.isAccessible(A, 1, 'read')).toBe(false);
    expect(memory.isAccessible(A, 0, 'write')).toBe(true);
  });

  it('has the pages that the host made, as zeros', () => {
    const memory = memoryOf();
    memory.mapPages(A, 1, true);
    expect([load(memory, A, 8), store(memory, A + PAGE - 8, 8)]).toEqual(['ok', 'ok']);
    expect(read(memory, A + PAGE - 10, 10)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(load(memory, B, 1)).toBe('missing 0x21000');
    memory.mapPages(A, PAGE + 1, true);
    expect(read(memory, A, 2 * PAGE).every((byte) => byte === 0)).toBe(true);
  });

  it('keeps stores out of read-only pages', () => {
    const memory = memoryOf();
    memory.mapPages(A, PAGE, false);
    expect([load(memory, A, 4), store(memory, A, 4)]).toEqual(['ok', 'protected 0x20000']);
    expect(memory.isAccessible(A, PAGE, 'read')).toBe(true);
    expect(memory.isAccessible(A, PAGE, 'write')).toBe(false);
    expect(() => memory.write(A, Uint8Array.of(1))).toThrow(MemoryAccessError);
    memory.protect(A + 5, 1, true);
    expect(store(memory, A, 4)).toBe('ok');
    memory.protect(A + 5, 1, false);
    expect(store(memory, A, 4)).toBe('protected 0x20000');
    expect(read(memory, A, 4)).toEqual([1, 2, 3, 4]);
  });

  it('reaches over the border of two pages', () => {
    const memory = memoryOf();
    memory.mapPages(A, 2 * PAGE, true);
    memory.write(A + 5, Uint8Array.of(9));
    expect(store(memory, B - 3, 8)).toBe('ok');
    expect(read(memory, B - 4, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
    const at = memory.locateLoad(B - 3, 8);
    expect([...memory.bytes.subarray(at, at + 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('names the missing page before the protected one, and the lower before the higher', () => {
    const expected: [boolean | undefined, boolean | undefined, string, string][] = [
      [undefined, undefined, 'missing 0x20000', 'missing 0x20000'],
      [undefined, true, 'missing 0x20000', 'missing 0x20000'],
      [true, undefined, 'missing 0x21000', 'missing 0x21000'],
      [false, undefined, 'missing 0x21000', 'missing 0x21000'],
      [undefined, false, 'missing 0x20000', 'missing 0x20000'],
      [false, false, 'ok', 'protected 0x20000'],
      [true, false, 'ok', 'protected 0x21000'],
      [false, true, 'ok', 'protected 0x20000'],
      [true, true, 'ok', 'ok'],
    ];
    for (const [low, high, onLoad, onStore] of expected) {
      const memory = memoryOf();
      if (low !== undefined) memory.mapPages(A, PAGE, low);
      if (high !== undefined) memory.mapPages(B, PAGE, high);
      expect(load(memory, B - 1, 2)).toBe(onLoad);
      expect(store(memory, B - 1, 2)).toBe(onStore);
      // Nothing was stored where anything was in the way.
      if (onStore !== 'ok' && low !== undefined) expect(read(memory, B - 1, 1)).toEqual([0]);
      if (onStore !== 'ok' && high !== undefined) expect(read(memory, B, 1)).toEqual([0]);
    }
  });

  it('traps in the lowest 16 KiB, whatever is missing there', () => {
    const memory = memoryOf();
    expect(load(memory, 0, 1)).toBe('trap');
    expect(load(memory, 0x3fff, 1)).toBe('trap');
    expect(load(memory, 0x3fff, 2)).toBe('trap');
    expect(load(memory, 0x4000, 1)).toBe('missing 0x4000');
  });

  it('does not reach the end of the address space', () => {
    const memory = memoryOf();
    for (const [address, width] of [
      [0xffffffff, 1],
      [0xffffffff, 8],
      [0xfffffff8, 8],
      [0xfffffffe, 4],
    ] as const) {
      expect(load(memory, address, width)).toBe('missing 0xfffff000');
      expect(store(memory, address, width)).toBe('missing 0xfffff000');
    }
    memory.mapPages(TOP_PAGE, PAGE, true);
    expect(load(memory, 0xffffffff, 1)).toBe('trap');
    expect(store(memory, 0xfffffff8, 8)).toBe('trap');
    expect(load(memory, 0xfffffff7, 8)).toBe('ok');
    expect(load(memory, 0xfffffffe, 1)).toBe('ok');
    expect(memory.fill(0xfffffffc, 8, 1)).toBe(3);
    expect(outcome(memory, memory.fill(0xffffffff, 1, 1))).toBe('trap');
    // The host does.
    expect(read(memory, 0xfffffffb, 5)).toEqual([0, 1, 1, 1, 0]);
  });

  it('is filled page by page', () => {
    const memory = memoryOf();
    memory.mapPages(A, PAGE, true);
    expect(memory.fill(A + PAGE - 3, 10, 7)).toBe(3);
    expect(outcome(memory, memory.fill(B, 7, 7))).toBe('missing 0x21000');
    expect(read(memory, B - 4, 4)).toEqual([0, 7, 7, 7]);
  });

  it('loses pages when the host removes them, and what was in them', () => {
    const memory = memoryOf();
    memory.mapPages(A, 3 * PAGE, true);
    memory.write(A, new Uint8Array(3 * PAGE).fill(9));
    memory.unmap(B, 1);
    expect(load(memory, B, 1)).toBe('missing 0x21000');
    expect(read(memory, B + PAGE, 1)).toEqual([9]);
    memory.mapPages(0x80000, PAGE, true);
    memory.mapPages(B, PAGE, true);
    expect(read(memory, 0x80000, PAGE).every((byte) => byte === 0)).toBe(true);
    expect(read(memory, B, PAGE).every((byte) => byte === 0)).toBe(true);
    expect(read(memory, A, 1)).toEqual([9]);
  });

  it('ignores missing pages when it removes some, at any address', () => {
    const memory = memoryOf();
    memory.mapPages(TOP_PAGE, PAGE, true);
    memory.unmap(0, 0xffffffff);
    expect(load(memory, TOP_PAGE, 1)).toBe('missing 0xfffff000');
    memory.unmap(TOP_PAGE, 0xffffffff);
  });

  it('refuses to make pages at odd addresses, or outside of the address space', () => {
    const memory = memoryOf();
    const error = (act: () => void): string => {
      try {
        act();
      } catch (thrown) {
        if (thrown instanceof MemoryAccessError) return thrown.message;
      }
      return 'no error';
    };
    expect(error(() => memory.mapPages(A + 1, 1, true))).toBe(
      'out of range memory write in 0x20001-0x20002 (1 bytes): the address is not a multiple of the page size 4096',
    );
    expect(error(() => memory.unmap(A + 1, 1))).toMatch(/not a multiple of the page size/);
    expect(error(() => memory.mapPages(0xf000, PAGE, true))).toMatch(/it is not inside 0x10000-0x100000000/);
    expect(error(() => memory.mapPages(TOP_PAGE, PAGE + 1, true))).toMatch(/it is not inside 0x10000-0x100000000/);
    expect(error(() => memory.mapPages(A + 1, 0, true))).toBe('no error');
    expect(error(() => memory.mapPages(0x10000, PAGE, true))).toBe('no error');
  });

  it('refuses to protect missing pages, and then changes none', () => {
    const memory = memoryOf();
    memory.mapPages(A, PAGE, true);
    expect(() => memory.protect(A + 10, 2 * PAGE, false)).toThrow(
      'out of range memory write in 0x21000-0x22000 (4096 bytes): the page does not exist',
    );
    expect(store(memory, A, 1)).toBe('ok');
    expect(() => memory.protect(0xf000, 1, false)).toThrow(/it is not inside/);
  });

  it('names the first part that is missing when the host reads, and the whole range when it writes', () => {
    const memory = memoryOf();
    memory.mapPages(A, PAGE, true);
    memory.mapPages(A + 2 * PAGE, PAGE, false);
    const failure = (act: () => void): unknown => {
      try {
        act();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(failure(() => read(memory, A + 10, 3 * PAGE))).toMatchObject({ address: B, length: PAGE, access: 'read' });
    expect(failure(() => read(memory, B + 10, 5))).toMatchObject({ address: B + 10, length: 5 });
    expect(failure(() => read(memory, 0xfffffffe, 3))).toMatchObject({ address: 0xfffffffe, length: 3 });
    const bytes = new Uint8Array(3 * PAGE);
    const all = { address: A + 10, length: 3 * PAGE, access: 'write' };
    expect(failure(() => memory.write(A + 10, bytes))).toMatchObject(all);
    expect(failure(() => memory.write(A + 2 * PAGE, bytes.subarray(0, 1)))).toMatchObject({ length: 1 });
  });

  it('is copied over many pages at once', () => {
    const memory = memoryOf();
    memory.mapPages(A, 5 * PAGE, true);
    memory.mapPages(0x90000, PAGE, true);
    const bytes = Uint8Array.from({ length: 4 * PAGE }, (_, i) => i * 11);
    memory.write(A + 100, bytes);
    expect(read(memory, A + 100, 4 * PAGE)).toEqual([...bytes]);
    expect(read(memory, A + 99, 1)).toEqual([0]);
    expect(read(memory, 0x90000, 1)).toEqual([0]);
  });

  it('has pages of the size asked for', () => {
    const memory = memoryOf(0x10000);
    memory.mapPages(A, 1, true);
    expect(load(memory, A + 0xfff8, 8)).toBe('ok');
    expect(load(memory, A + 0x10000, 1)).toBe('missing 0x30000');
    expect(load(memory, 0x3fff, 1)).toBe('trap');
    // The page address decides, and that is 0.
    expect(load(memory, 0x4000, 1)).toBe('trap');
  });

  it('has no heap, and no pages after a reset', () => {
    const memory = memoryOf();
    memory.mapPages(A, PAGE, true);
    memory.write(A, Uint8Array.of(5));
    expect(memory.sbrk()).toBe(0);
    expect(memory.heapSize).toBe(0);
    memory.reset();
    expect(load(memory, A, 1)).toBe('missing 0x20000');
    memory.mapPages(B, PAGE, true);
    expect(read(memory, B, PAGE).every((byte) => byte === 0)).toBe(true);
  });

  it('makes all pages of a range or none', () => {
    const memory = memoryOf();
    const { linear } = memory;
    const grow = linear.grow.bind(linear);
    linear.grow = () => false;
    expect(() => memory.mapPages(A, 10 * PAGE, true)).toThrow(
      new RangeError(
        'memory: got a request for 10 more pages of 4096 bytes, expected as many as the system has room for',
      ),
    );
    expect(load(memory, A, 1)).toBe('missing 0x20000');
    linear.grow = grow;
    memory.mapPages(A, 10 * PAGE, true);
    expect(load(memory, A + 10 * PAGE - 8, 8)).toBe('ok');
  });
});
