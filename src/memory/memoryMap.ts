/**
 * The arithmetic of the address space (spec: memory map, section 1).
 */

/** Regions start at multiples of this, and gaps between them are at least this wide. */
const GUARD = 0x10000;
const MIN_PAGE_SIZE = 0x1000;
const MAX_PAGE_SIZE = 0x10000;
const ADDRESS_SPACE = 2 ** 32;
const AUX_END = 0xffff0000;

/** The page size that is used unless another one is asked for. */
export const DEFAULT_PAGE_SIZE = MIN_PAGE_SIZE;

/** Sizes in bytes, u32 each, from which the address space is laid out. */
export interface MemorySizes {
  /** A power of two from 4 KiB to 64 KiB. */
  readonly pageSize: number;
  readonly readOnlyDataSize: number;
  readonly readWriteDataSize: number;
  readonly stackSize: number;
  readonly auxDataSize: number;
}

/** Where each region of the guest's address space lies. Addresses and sizes in bytes; region sizes are whole pages. */
export interface MemoryMap {
  readonly pageSize: number;
  readonly readOnlyBase: number;
  readonly readOnlySize: number;
  readonly readWriteBase: number;
  readonly readWriteSize: number;
  /** Lowest address of the stack. */
  readonly stackLow: number;
  /** Address behind the stack, the initial stack pointer. */
  readonly stackHigh: number;
  readonly stackSize: number;
  readonly auxBase: number;
  readonly auxSize: number;
  /** Where the heap starts: right behind the declared read-write data, not rounded. */
  readonly heapBase: number;
  readonly maxHeapSize: number;
}

/** Thrown when sizes do not fit an address space; the message is the reference's. */
export class MemoryMapError extends Error {
  override readonly name = 'MemoryMapError';
}

/**
 * Lays out the address space.
 *
 * @throws MemoryMapError when the page size is not allowed or the sizes do not fit
 */
export function layOutMemory(sizes: MemorySizes): MemoryMap {
  const { pageSize } = sizes;
  if (pageSize < MIN_PAGE_SIZE) throw new MemoryMapError('invalid page size: page size is too small');
  if (pageSize > MAX_PAGE_SIZE) throw new MemoryMapError('invalid page size: page size is too big');
  if (!Number.isInteger(Math.log2(pageSize))) {
    throw new MemoryMapError('invalid page size: page size is not a power of two');
  }
  const toPages = (size: number, what: string): number => {
    const rounded = alignUp(size, pageSize);
    if (rounded >= ADDRESS_SPACE) throw new MemoryMapError(`the size of ${what} is too big`);
    return rounded;
  };
  const readOnlySize = toPages(sizes.readOnlyDataSize, 'read-only data');
  const readWriteSize = toPages(sizes.readWriteDataSize, 'read-write data');
  const stackSize = toPages(sizes.stackSize, 'the stack');
  const auxSize = toPages(sizes.auxDataSize, 'the aux data');

  const readOnlyBase = GUARD;
  const readWriteBase = readOnlyBase + alignUp(sizes.readOnlyDataSize, GUARD) + GUARD;
  const heapBase = readWriteBase + sizes.readWriteDataSize;
  const readWriteSlot = alignUp(sizes.readWriteDataSize, GUARD);
  const lowEnd = readWriteBase + readWriteSlot + GUARD;
  const auxBase = AUX_END - alignUp(sizes.auxDataSize, GUARD);
  const stackHigh = auxBase - GUARD;
  const highEnd = stackHigh - alignUp(sizes.stackSize, GUARD);
  if (lowEnd > highEnd) throw new MemoryMapError('maximum memory size exceeded');

  return {
    pageSize,
    readOnlyBase,
    readOnlySize,
    readWriteBase,
    readWriteSize,
    stackLow: stackHigh - stackSize,
    stackHigh,
    stackSize,
    auxBase,
    auxSize,
    heapBase,
    maxHeapSize: highEnd - lowEnd + (readWriteBase + readWriteSlot - heapBase),
  };
}

/** Rounds up to a multiple of a power of two, without wrapping at 32 bits. */
export function alignUp(value: number, granularity: number): number {
  return Math.ceil(value / granularity) * granularity;
}
