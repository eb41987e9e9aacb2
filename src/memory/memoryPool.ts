import { type ByteRange, HEADER_SIZE } from './layout.js';
import { LinearMemory, type MemoryKind, WASM_PAGE } from './linearMemory.js';

const MIN_SIZE = 0x2000;
/**
 * Larger memories are left to the garbage collector. Up to here, to clear a memory of which little was used takes about
 * as long as to make another, and much less where much was used: the system needs 20 times as long to provide pages.
 */
export const MAX_POOLED_SIZE = 1 << 24;
/** How many free memories are kept, and how many bytes they have together, at most. */
const MAX_FREE = 64;
const MAX_FREE_BYTES = 1 << 25;
/** A memory may be so many times as large as is needed: those that have grown, by doubling, serve their like again. */
const MAX_EXCESS = 4;

/**
 * Keeps the memories of finished instances, cleared, for new ones: to allocate memory, to have the system provide its
 * pages and to bind code to it is most of what an instance costs.
 */
export class MemoryPool {
  /** Cleared memories, the one that was given back last at the end. */
  readonly #free: LinearMemory[] = [];
  #freeBytes = 0;

  /** Bytes of all memories that are kept for later: at most 32 MiB. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /**
   * A memory of zeros of at least `size` bytes.
   *
   * @throws RangeError when the system has no memory of that size
   */
  take(kind: MemoryKind, size: number): LinearMemory {
    if (size > MAX_POOLED_SIZE) return new LinearMemory(kind, size);
    const rounded = roundUp(kind, size);
    const index = this.#findFree(kind, rounded);
    return index < 0 ? new LinearMemory(kind, rounded) : this.#remove(index);
  }

  /** Takes a memory back, of which only the header and those ranges may differ from zero. */
  give(memory: LinearMemory, used: readonly ByteRange[]): void {
    const { kind, buffer } = memory;
    const size = buffer.byteLength;
    if (size > MAX_POOLED_SIZE || size !== roundUp(kind, size) || !this.#makeRoom(kind, size)) return;
    const bytes = new Uint8Array(buffer);
    bytes.fill(0, 0, HEADER_SIZE);
    for (const { start, end } of used) bytes.fill(0, start, end);
    this.#free.push(memory);
    this.#freeBytes += size;
  }

  /** Index of the smallest memory that will do, of several of the same size the one that was used last; or -1. */
  #findFree(kind: MemoryKind, size: number): number {
    let found = -1;
    let foundSize = MAX_EXCESS * size + 1;
    for (let index = this.#free.length - 1; index >= 0 && foundSize > size; index--) {
      const memory = this.#free[index]!;
      const freeSize = memory.buffer.byteLength;
      if (memory.kind !== kind || freeSize < size || freeSize >= foundSize) continue;
      found = index;
      foundSize = freeSize;
    }
    return found;
  }

  /**
   * Lets go of the memories that have waited longest, until there is room for one more; but of none of the same size:
   * to clear one that takes the place of its like would be of no use.
   */
  #makeRoom(kind: MemoryKind, size: number): boolean {
    while (this.#free.length >= MAX_FREE || this.#freeBytes + size > MAX_FREE_BYTES) {
      const index = this.#free.findIndex((memory) => memory.kind !== kind || memory.buffer.byteLength !== size);
      if (index < 0) return false;
      this.#remove(index);
    }
    return true;
  }

  #remove(index: number): LinearMemory {
    const memory = this.#free[index]!;
    this.#free.splice(index, 1);
    this.#freeBytes -= memory.buffer.byteLength;
    return memory;
  }
}

/** Few sizes, so that memories can be used again, and little waste: powers of two up to 64 KiB, then multiples of that. */
function roundUp(kind: MemoryKind, size: number): number {
  if (kind === 'wasm' || size > WASM_PAGE / 2) return Math.ceil(size / WASM_PAGE) * WASM_PAGE;
  return Math.max(MIN_SIZE, 2 ** Math.ceil(Math.log2(size)));
}
