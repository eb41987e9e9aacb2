import { HEADER_SIZE } from './layout.js';

/** Smallest buffer that is kept; sizes are rounded up to powers of two from here on. */
const MIN_SIZE_LOG2 = 13;
/** Buffers above this size are left to the garbage collector. */
const MAX_SIZE_LOG2 = 20;
/** How many free buffers of each size are kept. */
const MAX_FREE = 32;

/** Keeps the buffers of finished instances, cleared, for new ones: allocation is most of what an instance costs. */
export class MemoryPool {
  readonly #free: ArrayBuffer[][] = Array.from({ length: MAX_SIZE_LOG2 + 1 }, () => []);

  /**
   * A buffer of zeros of at least `size` bytes.
   *
   * @throws RangeError when the system has no memory of that size
   */
  take(size: number): ArrayBuffer {
    const log2 = sizeClass(size);
    if (log2 > MAX_SIZE_LOG2) return new ArrayBuffer(size);
    return this.#free[log2]!.pop() ?? new ArrayBuffer(2 ** log2);
  }

  /** Takes a buffer back, of which only the first `used` bytes may differ from zero. */
  give(buffer: ArrayBuffer, used: number): void {
    const log2 = sizeClass(buffer.byteLength);
    if (log2 > MAX_SIZE_LOG2 || buffer.byteLength !== 2 ** log2) return;
    const free = this.#free[log2]!;
    if (free.length >= MAX_FREE) return;
    new Uint8Array(buffer).fill(0, 0, Math.max(used, HEADER_SIZE));
    free.push(buffer);
  }
}

function sizeClass(size: number): number {
  return Math.max(MIN_SIZE_LOG2, Math.ceil(Math.log2(size)));
}
