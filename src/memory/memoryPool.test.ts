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
    pool.give(memory, 90_000);
    const again = pool.take(kind, 80_000);
    expect(again).toBe(memory);
    expect(new Uint8Array(again.buffer).every((byte) => byte === 0)).toBe(true);
    expect(pool.take(kind, 80_000)).not.toBe(memory);
  });

  it('gives out nothing that is too small', () => {
    const pool = new MemoryPool();
    pool.give(pool.take(kind, 1), 0);
    expect(pool.take(kind, 1 << 19).buffer.byteLength).toBeGreaterThanOrEqual(1 << 19);
    // A memory that has grown serves those who need its new size.
    const grown = pool.take(kind, 1 << 17);
    grown.grow(3 << 16, 3 << 16);
    pool.give(grown, 0);
    expect(pool.take(kind, 1 << 18)).not.toBe(grown);
    expect(pool.take(kind, 1 << 17)).not.toBe(grown);
    expect(pool.take(kind, 3 << 16)).toBe(grown);
  });

  it('wastes less than 64 KiB', () => {
    const pool = new MemoryPool();
    for (const size of [1, 5000, 40_000, 65_537, 300_000, 1_000_000, 5_000_000]) {
      expect(pool.take(kind, size).buffer.byteLength - size).toBeLessThan(65_536);
    }
  });

  it('keeps neither large memories nor many', () => {
    const pool = new MemoryPool();
    const large = pool.take(kind, 1 << 21);
    pool.give(large, 0);
    expect(pool.take(kind, 1 << 21)).not.toBe(large);
    const given = new Set(Array.from({ length: 40 }, () => pool.take(kind, 1)));
    for (const memory of given) pool.give(memory, 0);
    const taken = Array.from({ length: 40 }, () => pool.take(kind, 1));
    expect(taken.filter((memory) => given.has(memory)).length).toBe(32);
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
