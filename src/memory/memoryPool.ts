import { HEADER_SIZE } from './layout.js';
import { LinearMemory, type MemoryKind, WASM_PAGE } from './linearMemory.js';

const MIN_SIZE = 0x2000;
/** Larger memories are left to the garbage collector. */
const MAX_SIZE = 1 << 20;
/** How many free memories of each size and kind are kept. */
const MAX_FREE = 32;

/** Keeps the memories of finished instances, cleared, for new ones: allocation is most of what an instance costs. */
export class MemoryPool {
  readonly #free: Readonly<Record<MemoryKind, Map<number, LinearMemory[]>>> = { buffer: new Map(), wasm: new Map() };

  /**
   * A memory of zeros of at least `size` bytes.
   *
   * @throws RangeError when the system has no memory of that size
   */
  take(kind: MemoryKind, size: number): LinearMemory {
    if (size > MAX_SIZE) return new LinearMemory(kind, size);
    const rounded = roundUp(kind, size);
    return this.#free[kind].get(rounded)?.pop() ?? new LinearMemory(kind, rounded);
  }

  /** Takes a memory back, of which only the first `used` bytes may differ from zero. */
  give(memory: LinearMemory, used: number): void {
    const { kind, buffer } = memory;
    const size = buffer.byteLength;
    if (size > MAX_SIZE || size !== roundUp(kind, size)) return;
    let free = this.#free[kind].get(size);
    if (free === undefined) {
      free = [];
      this.#free[kind].set(size, free);
    }
    if (free.length >= MAX_FREE) return;
    new Uint8Array(buffer).fill(0, 0, Math.max(used, HEADER_SIZE));
    free.push(memory);
  }
}

/** Few sizes, so that memories can be used again, and little waste: powers of two up to 64 KiB, then multiples of that. */
function roundUp(kind: MemoryKind, size: number): number {
  if (kind === 'wasm' || size > WASM_PAGE / 2) return Math.ceil(size / WASM_PAGE) * WASM_PAGE;
  return Math.max(MIN_SIZE, 2 ** Math.ceil(Math.log2(size)));
}
