import { MemoryAccessError, type MemoryAccessKind } from './errors.js';
import { ACCESS_SEGFAULT, ACCESS_TRAP, GuestMemory } from './guestMemory.js';
import { BOUNCE_OFFSET, HEADER_SIZE } from './layout.js';
import { LinearMemory } from './linearMemory.js';
import { alignUp, type MemoryMap } from './memoryMap.js';

interface Page {
  /** Offset of the page's bytes in linear memory. */
  readonly offset: number;
  isReadOnly: boolean;
}

/** A guest that touches a missing page below this address traps; the host is not asked (spec: memory map, section 6). */
const LOWEST_FAULT = 0x4000;
const ADDRESS_SPACE = 2 ** 32;

/**
 * Guest memory under dynamic paging: only the pages that the host made exist, and an access to any other one is
 * reported as a segfault that the host can mend. There are no regions and there is no heap.
 */
export class PagedMemory extends GuestMemory {
  readonly readWriteLength = 0;
  readonly stackLength = 0;
  readonly heapSize = 0;
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
   */
  mapPages(address: number, length: number, isWritable: boolean): void {
    this.#forEachPageNumber(address, length, 'write', (number) => {
      const existing = this.#pages.get(number);
      if (existing === undefined) {
        this.#pages.set(number, { offset: this.#allocate(), isReadOnly: !isWritable });
      } else {
        existing.isReadOnly = !isWritable;
        this.bytes.fill(0, existing.offset, existing.offset + this.map.pageSize);
      }
    });
  }

  /** Removes the pages of a range; missing ones are ignored. @throws MemoryAccessError as {@link mapPages} */
  unmap(address: number, length: number): void {
    this.#forEachPageNumber(address, length, 'write', (number) => {
      const page = this.#pages.get(number);
      if (page === undefined) return;
      this.bytes.fill(0, page.offset, page.offset + this.map.pageSize);
      this.#freeOffsets.push(page.offset);
      this.#pages.delete(number);
    });
  }

  /** Changes the protection of whole existing pages. @throws MemoryAccessError also when one of them is missing */
  protect(address: number, length: number, isWritable: boolean): void {
    const pages: Page[] = [];
    this.#forEachPageNumber(address, length, 'write', (number) => {
      const page = this.#pages.get(number);
      if (page === undefined) {
        throw new MemoryAccessError(number * this.map.pageSize, this.map.pageSize, 'write', 'the page does not exist');
      }
      pages.push(page);
    });
    for (const page of pages) page.isReadOnly = !isWritable;
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
    this.put(BOUNCE_OFFSET, width, low, high);
    this.#copyIn(address, this.bounce.subarray(0, width));
    return 0;
  }

  fill(address: number, length: number, value: number): number {
    const fault = this.#check(address, 1, true);
    if (fault !== 0) return fault;
    const { pageSize } = this.map;
    const inPage = address % pageSize;
    const count = Math.min(length, pageSize - inPage);
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

  #forEachPageNumber(address: number, length: number, access: MemoryAccessKind, visit: (number: number) => void): void {
    const { pageSize } = this.map;
    if (length === 0) return;
    if (address % pageSize !== 0) {
      throw new MemoryAccessError(
        address,
        length,
        access,
        `the address is not a multiple of the page size ${pageSize}`,
      );
    }
    const end = address + alignUp(length, pageSize);
    if (address < 0x10000 || end > ADDRESS_SPACE) {
      throw new MemoryAccessError(address, length, access, 'it is not inside 0x10000-0x100000000');
    }
    for (let number = address / pageSize; number < end / pageSize; number++) visit(number);
  }

  #allocate(): number {
    const reused = this.#freeOffsets.pop();
    if (reused !== undefined) return reused;
    const { pageSize } = this.map;
    const offset = this.#end;
    if (!this.linear.grow(offset + pageSize, ADDRESS_SPACE)) throw new RangeError('out of memory for another page');
    if (this.linear.buffer !== this.buffer) this.setLinear(this.linear);
    this.#end += pageSize;
    return offset;
  }
}
