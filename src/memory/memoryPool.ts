import { HEADER_SIZE } from './layout.js';
import { LinearMemory, type MemoryKind } from './linearMemory.js';

/** Sizes are rounded up to powers of two from here on; a WebAssembly memory has whole pages of 64 KiB. */
const MIN_SIZE_LOG2 = { buffer: 13, wasm: 16 };
/** Larger memories are left to the garbage collector. */
const MAX_SIZE_LOG2 = 20;
/** How many free memories of each size and kind are kept. */
const MAX_FREE = 32;

/** Keeps the memories of finished instances, cleared, for new ones: allocation is most of what an instance costs. */
export class MemoryPool {
  readonly #free = { buffer: freeLists(), wasm: freeLists() };

  /**
   * A memory of zeros of at least `size` bytes.
   *
   * @throws RangeError when the system has no memory of that size
   */
  take(kind: MemoryKind, size: number): LinearMemory {
    const log2 = sizeClass(kind, size);
    if (log2 > MAX_SIZE_LOG2) return new LinearMemory(kind, size);
    return this.#free[kind][log2]!.pop() ?? new LinearMemory(kind, 2 ** log2);
  }

  /** Takes a memory back, of which only the first `used` bytes may differ from zero. */
  give(memory: LinearMemory, used: number): void {
    const { kind, buffer } = memory;
    if (buffer.byteLength > 2 ** MAX_SIZE_LOG2) return;
    // One that is no power of two serves the next smaller class.
    const free = this.#free[kind][Math.floor(Math.log2(buffer.byteLength))]!;
    if (free.length >= MAX_FREE) return;
    new Uint8Array(buffer).fill(0, 0, Math.max(used, HEADER_SIZE));
    free.push(memory);
  }
}

function freeLists(): LinearMemory[][] {
  return Array.from({ length: MAX_SIZE_LOG2 + 1 }, () => []);
}

function sizeClass(kind: MemoryKind, size: number): number {
  return Math.max(MIN_SIZE_LOG2[kind], Math.ceil(Math.log2(size)));
}
