import { describe, expect, it } from 'vitest';
import { LinearMemory } from './linearMemory.js';
import { MemoryPool } from './memoryPool.js';

describe.each(['buffer', 'wasm'] as const)('a pool of %s memories', (kind) => {
  it('gives out zeros, at least as many bytes as asked for', () => {
    const pool = new MemoryPool();
    for (const size of [1, 8192, 8193, 70_000, 1 << 20, (1 << 20) + 1]) {
      const memory = pool.take(kind, size);
      expect(memory.kind).toBe(kind);
      expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(size);
      expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('gives out again what it was given, cleared as far as it was used', () => {
    const pool = new MemoryPool();
    const memory = pool.take(kind, 100_000);
    new Uint8Array(memory.buffer).fill(1, 0, 90_000);
    pool.give(memory, [{ start: 0, end: 90_000 }]);
    const again = pool.take(kind, 80_000);
    expect(again).toBe(memory);
    expect(new Uint8Array(again.buffer).every((byte) => byte === 0)).toBe(true);
    expect(pool.take(kind, 80_000)).not.toBe(memory);
  });

  it('gives out nothing that is too small, and nothing that is many times too large', () => {
    const pool = new MemoryPool();
    pool.give(pool.take(kind, 1), []);
    expect(pool.take(kind, 1 << 19).buffer.byteLength).toBeGreaterThanOrEqual(1 << 19);
    // A memory that has grown serves those who need its new size, or a good part of it.
    const grown = pool.take(kind, 1 << 17);
    grown.grow(1 << 19, 1 << 19);
    pool.give(grown, []);
    expect(pool.take(kind, 1 << 16)).not.toBe(grown);
    expect(pool.take(kind, (1 << 19) + 1)).not.toBe(grown);
    expect(pool.take(kind, 1 << 17)).toBe(grown);
    pool.give(grown, []);
    expect(pool.take(kind, 1 << 19)).toBe(grown);
  });

  it('gives out the smallest that will do, of several the one that was used last', () => {
    const pool = new MemoryPool();
    const [large, small, other] = [pool.take(kind, 3 << 16), pool.take(kind, 2 << 16), pool.take(kind, 2 << 16)];
    for (const memory of [large, small, other]) pool.give(memory, []);
    expect(pool.take(kind, 2 << 16)).toBe(other);
    expect(pool.take(kind, 2 << 16)).toBe(small);
    expect(pool.take(kind, 2 << 16)).toBe(large);
  });

  it('wastes less than 64 KiB', () => {
    const pool = new MemoryPool();
    for (const size of [1, 5000, 40_000, 65_537, 300_000, 1_000_000, 5_000_000]) {
      expect(pool.take(kind, size).buffer.byteLength - size).toBeLessThan(65_536);
    }
  });

  it('keeps none of more than 16 MiB', () => {
    const pool = new MemoryPool();
    const [largest, larger] = [pool.take(kind, 1 << 24), pool.take(kind, (1 << 24) + 1)];
    for (const memory of [largest, larger]) pool.give(memory, []);
    expect(pool.freeBytes).toBe(1 << 24);
    expect(pool.take(kind, (1 << 24) + 1)).not.toBe(larger);
    expect(pool.take(kind, 1 << 24)).toBe(largest);
    expect(pool.freeBytes).toBe(0);
  });

  it.each([
    ['small', 1, 64],
    ['large', 1 << 20, 32],
  ])('keeps few %s ones, and does not clear the others', (_, size, kept) => {
    const pool = new MemoryPool();
    const given = Array.from({ length: 100 }, () => pool.take(kind, size));
    for (const memory of given) {
      new Uint8Array(memory.buffer)[0] = 1;
      pool.give(memory, [{ start: 0, end: 1 }]);
    }
    expect(pool.freeBytes).toBe(kept * given[0]!.buffer.byteLength);
    expect(given.map((memory) => new Uint8Array(memory.buffer)[0])).toEqual(
      given.map((_, index) => (index < kept ? 0 : 1)),
    );
    const taken = Array.from({ length: 100 }, () => pool.take(kind, size));
    expect(taken.filter((memory) => given.includes(memory)).length).toBe(kept);
  });

  it('lets go of what nobody has taken for long, of whatever kind, for what is in use', () => {
    const pool = new MemoryPool();
    const other = kind === 'wasm' ? 'buffer' : 'wasm';
    const old = Array.from({ length: 31 }, () => pool.take(other, 1 << 20));
    const recent = pool.take(kind, 1 << 16);
    for (const memory of [...old, recent]) pool.give(memory, []);
    const large = pool.take(kind, 4 << 20);
    pool.give(large, []);
    expect(pool.freeBytes).toBe((28 << 20) + (1 << 16) + (4 << 20) - (1 << 20));
    expect(pool.take(kind, 4 << 20)).toBe(large);
    expect(pool.take(kind, 1 << 16)).toBe(recent);
    const left = Array.from({ length: 31 }, () => pool.take(other, 1 << 20));
    expect(new Set(old.slice(4))).toEqual(new Set(left.filter((memory) => old.includes(memory))));
  });
});

describe.each(['buffer', 'wasm'] as const)('a linear memory in a %s', (kind) => {
  it('grows and keeps its contents', () => {
    const memory = new LinearMemory(kind, 65536);
    new Uint8Array(memory.buffer).fill(7);
    expect(memory.grow(65537, 1 << 20)).toBe(true);
    expect(memory.buffer.byteLength).toBe(131072);
    const bytes = new Uint8Array(memory.buffer);
    expect([bytes[0], bytes[65535], bytes[65536]]).toEqual([7, 7, 0]);
  });

  it('grows to no more than the limit, or what is asked for', () => {
    const memory = new LinearMemory(kind, 65536);
    expect(memory.grow(70_000, 2 * 65536)).toBe(true);
    expect(memory.buffer.byteLength).toBe(131072);
    expect(memory.grow(65536 * 5, 65536 * 3)).toBe(true);
    expect(memory.buffer.byteLength).toBe(65536 * 5);
    const { buffer } = memory;
    expect(memory.grow(1, 1)).toBe(true);
    expect(memory.buffer).toBe(buffer);
  });

  it('stays as it is when there is no memory to grow by', () => {
    const memory = new LinearMemory(kind, 65536);
    expect(memory.grow(2 ** 45, 2 ** 45)).toBe(false);
    expect(memory.buffer.byteLength).toBe(65536);
  });
});
