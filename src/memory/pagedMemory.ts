import { MemoryAccessError, type MemoryAccessKind } from './errors.js';
import { ACCESS_SEGFAULT, ACCESS_TRAP, GuestMemory } from './guestMemory.js';
import { BOUNCE_OFFSET, HEADER_SIZE } from './layout.js';
import { LinearMemory } from './linearMemory.js';
import type { MemoryMap } from './memoryMap.js';

interface Page {
  /** Offset of the page's bytes in linear memory. */
  readonly offset: number;
  isReadOnly: boolean;
}

/** A guest that touches a missing page below this address traps; the host is not asked (spec: memory map, section 6). */
const LOWEST_FAULT = 0x4000;
/** The host can access and create pages from here on. */
const LOWEST_ADDRESS = 0x10000;
const ADDRESS_SPACE = 2 ** 32;

/**
 * Guest memory under dynamic paging: only the pages that the host made exist, and an access to any other one is
 * reported as a segfault that the host can mend. There are no regions and there is no heap.
 */
export class PagedMemory extends GuestMemory {
  readonly readWriteLength = 0;
  readonly stackLength = 0;
  readonly heapSize = 0;
  protected readonly refusal = 'not all of its pages exist and allow it';
  readonly #pages = new Map<number, Page>();
  #freeOffsets: number[] = [];
  #end = HEADER_SIZE;

  constructor(map: MemoryMap) {
    const none = HEADER_SIZE;
    const layout = { readOnly: none, stack: none, aux: none, readWrite: none, size: none };
    super(map, layout, new LinearMemory('buffer', HEADER_SIZE + 4 * map.pageSize));
  }

  /**
   * Creates the pages of a range, or clears those that exist, and sets their protection.
   *
   * @throws MemoryAccessError when the address is no multiple of the page size or the range leaves the address space
   * @throws RangeError when the system has not as much memory; nothing has changed then
   */
  mapPages(address: number, length: number, isWritable: boolean): void {
    if (length === 0) return;
    this.#requireAligned(address, length);
    this.#requireInside(address, length);
    this.#reserve(address, length);
    const { pageSize } = this.map;
    this.#forEachPage(address, length, (number, page) => {
      if (page === undefined) {
        const offset = this.#freeOffsets.pop() ?? this.#end;
        if (offset === this.#end) this.#end += pageSize;
        this.#pages.set(number, { offset, isReadOnly: !isWritable });
      } else {
        page.isReadOnly = !isWritable;
        this.bytes.fill(0, page.offset, page.offset + pageSize);
      }
    });
  }

  /**
   * Removes the pages of a range; missing ones are ignored.
   *
   * @throws MemoryAccessError when the address is no multiple of the page size
   */
  unmap(address: number, length: number): void {
    if (length === 0) return;
    this.#requireAligned(address, length);
    this.#forEachPage(address, length, (number, page) => {
      if (page === undefined) return;
      this.bytes.fill(0, page.offset, page.offset + this.map.pageSize);
      this.#freeOffsets.push(page.offset);
      this.#pages.delete(number);
    });
  }

  /**
   * Changes the protection of all pages that a range touches.
   *
   * @throws MemoryAccessError when the range leaves the address space or one of the pages is missing
   */
  protect(address: number, length: number, isWritable: boolean): void {
    if (length === 0) return;
    this.#requireInside(address, length);
    const missing = this.#firstMissing(address, length);
    if (missing !== undefined) throw this.#missingError(missing, 'write');
    this.#forEachPage(address, length, (_, page) => {
      page!.isReadOnly = !isWritable;
    });
  }

  locateLoad(address: number, width: number): number {
    const fault = this.#check(address, width, false);
    if (fault !== 0) return fault;
    const { pageSize } = this.map;
    const inPage = address % pageSize;
    const page = this.#pages.get((address - inPage) / pageSize)!;
    if (inPage + width <= pageSize) return page.offset + inPage;
    this.#copyOut(address, this.bounce.subarray(0, width));
    return BOUNCE_OFFSET;
  }

  store(address: number, width: number, low: number, high: number): number {
    const fault = this.#check(address, width, true);
    if (fault !== 0) return fault;
    const { pageSize } = this.map;
    const inPage = address % pageSize;
    if (inPage + width <= pageSize) {
      this.put(this.#pages.get((address - inPage) / pageSize)!.offset + inPage, width, low, high);
    } else {
      this.put(BOUNCE_OFFSET, width, low, high);
      this.#copyIn(address, this.bounce.subarray(0, width));
    }
    return 0;
  }

  fill(address: number, length: number, value: number): number {
    const fault = this.#check(address, 1, true);
    if (fault !== 0) return fault;
    const { pageSize } = this.map;
    const inPage = address % pageSize;
    // The last byte of the address space is out of reach, also where its page exists.
    const count = Math.min(length, pageSize - inPage, ADDRESS_SPACE - 1 - address);
    const start = this.#pages.get((address - inPage) / pageSize)!.offset + inPage;
    this.bytes.fill(value, start, start + count);
    return count;
  }

  sbrk(): number {
    return 0;
  }

  reset(): void {
    this.#pages.clear();
    this.#freeOffsets = [];
    this.#end = HEADER_SIZE;
    this.bytes.fill(0, HEADER_SIZE);
  }

  dispose(): void {
    this.setLinear(new LinearMemory('buffer', 0));
  }

  protected override readError(address: number, length: number): MemoryAccessError {
    const isInside = address >= LOWEST_ADDRESS && address + length <= ADDRESS_SPACE;
    const missing = isInside ? this.#firstMissing(address, length) : undefined;
    return missing === undefined ? super.readError(address, length) : this.#missingError(missing, 'read');
  }

  protected isHostAccessible(address: number, length: number, access: MemoryAccessKind): boolean {
    const { pageSize } = this.map;
    const last = Math.floor((address + length - 1) / pageSize);
    for (let number = Math.floor(address / pageSize); number <= last; number++) {
      const page = this.#pages.get(number);
      if (page === undefined || (access === 'write' && page.isReadOnly)) return false;
    }
    return true;
  }

  protected hostRead(address: number, target: Uint8Array): void {
    this.#copyOut(address, target);
  }

  protected hostWrite(address: number, source: Uint8Array): void {
    this.#copyIn(address, source);
  }

  /** Whether a guest access may go through; missing pages are found before read-only ones, lower before higher. */
  #check(address: number, width: number, isStore: boolean): number {
    const { pageSize } = this.map;
    const first = Math.floor(address / pageSize);
    const last = Math.floor((address + width - 1) / pageSize);
    if (address + width >= ADDRESS_SPACE) {
      const top = ADDRESS_SPACE / pageSize - 1;
      return this.#pages.has(top) ? ACCESS_TRAP : this.#fault(top, false);
    }
    for (let number = first; number <= last; number++) {
      if (!this.#pages.has(number)) return this.#fault(number, false);
    }
    if (isStore) {
      for (let number = first; number <= last; number++) {
        if (this.#pages.get(number)!.isReadOnly) return this.#fault(number, true);
      }
    }
    return 0;
  }

  #fault(pageNumber: number, isWrite: boolean): number {
    const address = pageNumber * this.map.pageSize;
    if (address < LOWEST_FAULT) return ACCESS_TRAP;
    this.faultAddress = address;
    this.faultIsWrite = isWrite;
    return ACCESS_SEGFAULT;
  }

  #copyOut(address: number, target: Uint8Array): void {
    this.#forEachPiece(address, target.length, (offset, start, count) => {
      target.set(this.bytes.subarray(offset, offset + count), start);
    });
  }

  #copyIn(address: number, source: Uint8Array): void {
    this.#forEachPiece(address, source.length, (offset, start, count) => {
      this.bytes.set(source.subarray(start, start + count), offset);
    });
  }

  #forEachPiece(address: number, length: number, visit: (offset: number, start: number, count: number) => void): void {
    const { pageSize } = this.map;
    for (let done = 0; done < length; ) {
      const inPage = (address + done) % pageSize;
      const count = Math.min(length - done, pageSize - inPage);
      const page = this.#pages.get((address + done - inPage) / pageSize)!;
      visit(page.offset + inPage, done, count);
      done += count;
    }
  }

  /** Visits the numbers of all pages that a range touches inside of the address space, with those that exist. */
  #forEachPage(address: number, length: number, visit: (number: number, page: Page | undefined) => void): void {
    const { pageSize } = this.map;
    const end = Math.min(address + length, ADDRESS_SPACE);
    for (let number = Math.floor(address / pageSize); number * pageSize < end; number++) {
      visit(number, this.#pages.get(number));
    }
  }

  /** The part of a range in the first of its pages that does not exist. */
  #firstMissing(address: number, length: number): { address: number; length: number } | undefined {
    const { pageSize } = this.map;
    for (let at = address; at < address + length; at += pageSize - (at % pageSize)) {
      if (this.#pages.has(Math.floor(at / pageSize))) continue;
      return { address: at, length: Math.min(address + length - at, pageSize - (at % pageSize)) };
    }
    return undefined;
  }

  #missingError(part: { address: number; length: number }, access: MemoryAccessKind): MemoryAccessError {
    return new MemoryAccessError(part.address, part.length, access, 'the page does not exist');
  }

  #requireAligned(address: number, length: number): void {
    const { pageSize } = this.map;
    if (address % pageSize === 0) return;
    throw new MemoryAccessError(address, length, 'write', `the address is not a multiple of the page size ${pageSize}`);
  }

  #requireInside(address: number, length: number): void {
    if (address >= LOWEST_ADDRESS && address + length <= ADDRESS_SPACE) return;
    throw new MemoryAccessError(address, length, 'write', 'it is not inside 0x10000-0x100000000');
  }

  /** Makes room for the pages of a range that do not exist yet. */
  #reserve(address: number, length: number): void {
    const { pageSize } = this.map;
    let missing = -this.#freeOffsets.length;
    this.#forEachPage(address, length, (_, page) => {
      if (page === undefined) missing++;
    });
    const size = this.#end + Math.max(0, missing) * pageSize;
    if (!this.linear.grow(size, Math.max(size, ADDRESS_SPACE))) {
      throw new RangeError(
        `memory: got a request for ${missing} more pages of ${pageSize} bytes, expected as many as the system has room for`,
      );
    }
    if (this.linear.buffer !== this.buffer) this.setLinear(this.linear);
  }
}
