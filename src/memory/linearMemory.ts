/** The unit in which WebAssembly memories grow. */
export const WASM_PAGE = 0x10000;

/** Up to this size a buffer is doubled when it has to grow. */
const DOUBLING_LIMIT = 1 << 24;

/** What holds an instance's bytes: a plain buffer, or a WebAssembly memory that compiled code can work on. */
export type MemoryKind = 'buffer' | 'wasm';

/** A growable run of bytes. Growing it replaces {@link buffer}, and the old one must not be used any more. */
export class LinearMemory {
  buffer: ArrayBuffer;
  /** The WebAssembly memory behind the buffer, if that is what it is. */
  readonly wasm: WebAssembly.Memory | undefined;

  /**
   * Zeros of at least `size` bytes.
   *
   * @throws RangeError when the system has no memory of that size
   */
  constructor(kind: MemoryKind, size: number) {
    if (kind === 'wasm') {
      this.wasm = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(size / WASM_PAGE)) });
      this.buffer = this.wasm.buffer;
    } else {
      this.wasm = undefined;
      this.buffer = new ArrayBuffer(size);
    }
  }

  get kind(): MemoryKind {
    return this.wasm === undefined ? 'buffer' : 'wasm';
  }

  /**
   * Makes the memory at least so large: twice as large as it was, or, once it is large, as large as it may ever become,
   * up to `limit`. The system gives out pages when they are first touched, and a growing heap is seldom copied that way.
   * Returns false, with everything as it was, when the system has not so much memory.
   */
  grow(size: number, limit: number): boolean {
    const length = this.buffer.byteLength;
    if (size <= length) return true;
    // A WebAssembly memory grows in place.
    const isCopied = this.wasm === undefined;
    const target = isCopied && size > DOUBLING_LIMIT ? limit : Math.min(2 * length, limit);
    return this.#growTo(Math.max(size, target)) || this.#growTo(size);
  }

  #growTo(size: number): boolean {
    try {
      if (this.wasm !== undefined) {
        this.wasm.grow(Math.ceil((size - this.buffer.byteLength) / WASM_PAGE));
        this.buffer = this.wasm.buffer;
      } else {
        const grown = new ArrayBuffer(size);
        new Uint8Array(grown).set(new Uint8Array(this.buffer));
        this.buffer = grown;
      }
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

/**
 * Allocates a memory of at first `size` bytes that may grow up to `limit`. A buffer is copied when it has to grow, and a
 * large one takes long to copy, so that is given all the room that it may ever need, if the system lets it: pages are
 * given out only when they are first touched.
 *
 * @throws RangeError when the system has no memory of that size
 */
export function allocateGrowable(
  kind: MemoryKind,
  size: number,
  limit: number,
  allocate: (size: number) => LinearMemory,
): LinearMemory {
  if (kind === 'buffer' && size > DOUBLING_LIMIT) {
    try {
      return allocate(limit);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return allocate(size);
}
