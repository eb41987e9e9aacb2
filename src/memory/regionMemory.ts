import type { MemoryAccessKind } from './errors.js';
import { ACCESS_TRAP, GuestMemory } from './guestMemory.js';
import {
  type ByteRange,
  HEADER_SIZE,
  type LinearLayout,
  layOutLinearMemory,
  READ_WRITE_LENGTH_OFFSET,
} from './layout.js';
import { allocateGrowable, LinearMemory, type MemoryKind } from './linearMemory.js';
import { alignUp, type MemoryMap } from './memoryMap.js';
import { MAX_POOLED_SIZE, type MemoryPool } from './memoryPool.js';

/** The initial contents of the data regions; what is not given is zero. */
export interface InitialData {
  readonly readOnlyData: Uint8Array;
  readonly readWriteData: Uint8Array;
}

/** Up to here copying byte by byte is cheaper than making the view that a block copy needs, and makes no garbage. */
const MAX_LOOP_LENGTH = 256;

/**
 * Guest memory with the fixed regions of the memory map: read-only data, read-write data and heap, stack, aux data.
 *
 * An access is legal when all of it lies inside the region that holds its first byte (spec: semantics, memory access).
 */
export class RegionMemory extends GuestMemory {
  readonly stackLength: number;
  /** Accessible bytes of the aux region. */
  auxLength: number;
  heapSize = 0;
  protected readonly refusal = 'it is not all inside one region';
  readonly #data: InitialData;
  readonly #pool: MemoryPool;

  constructor(map: MemoryMap, data: InitialData, pool: MemoryPool, kind: MemoryKind) {
    const layout = layOutLinearMemory(map, kind);
    const take = (size: number): LinearMemory => pool.take(kind, size);
    super(map, layout, allocateGrowable(kind, layout.size, linearLimit(map, layout), take));
    this.#data = data;
    this.#pool = pool;
    this.readWriteLength = map.readWriteSize;
    this.stackLength = map.stackSize;
    this.auxLength = map.auxSize;
    this.#writeInitialData();
  }

  /** Compiled code reads it from the header too. */
  get readWriteLength(): number {
    return this.view.getUint32(READ_WRITE_LENGTH_OFFSET, true);
  }

  private set readWriteLength(length: number) {
    this.view.setUint32(READ_WRITE_LENGTH_OFFSET, length, true);
  }

  locateLoad(address: number, width: number): number {
    return this.#locate(address, width, false);
  }

  store(address: number, width: number, low: number, high: number): number {
    const offset = this.#locate(address, width, true);
    if (offset < 0) return offset;
    this.put(offset, width, low, high);
    return 0;
  }

  fill(address: number, length: number, value: number): number {
    const offset = this.#locate(address, 1, true);
    if (offset < 0) return offset;
    const end =
      address >= this.map.stackLow
        ? this.layout.stack + this.stackLength
        : this.layout.readWrite + this.readWriteLength;
    const count = Math.min(length, end - offset);
    this.bytes.fill(value, offset, offset + count);
    return count;
  }

  sbrk(size: number): number {
    const { map } = this;
    const heapSize = this.heapSize + size;
    if (heapSize > map.maxHeapSize) return 0;
    const top = map.heapBase + heapSize;
    const length = alignUp(top - map.readWriteBase, map.pageSize);
    if (length > this.readWriteLength) {
      if (!this.#reserve(this.layout.readWrite + length)) return 0;
      this.readWriteLength = length;
    }
    this.heapSize = heapSize;
    return top;
  }

  /**
   * Sets how much of the aux region is accessible, rounded up to whole pages. What lies beyond is dropped: growing
   * again exposes zeros.
   *
   * @throws RangeError when `size` exceeds the size of the region
   */
  setAuxLength(size: number): void {
    if (!(Number.isInteger(size) && size >= 0 && size <= this.map.auxSize)) {
      throw new RangeError(`accessible aux size: got ${size}, expected an integer from 0 to ${this.map.auxSize}`);
    }
    const length = alignUp(size, this.map.pageSize);
    if (length < this.auxLength) {
      this.bytes.fill(0, this.layout.aux + length, this.layout.aux + this.auxLength);
    }
    this.auxLength = length;
  }

  reset(): void {
    if (this.layout.readWrite + this.readWriteLength > MAX_POOLED_SIZE) {
      // It is replaced, since the system gives out zero pages for free.
      const { kind } = this.linear;
      const limit = linearLimit(this.map, this.layout);
      const fresh = allocateGrowable(kind, this.layout.size, limit, (size) => new LinearMemory(kind, size));
      new Uint8Array(fresh.buffer).set(this.bytes.subarray(0, HEADER_SIZE));
      this.setLinear(fresh);
    } else {
      for (const { start, end } of this.#written()) this.bytes.fill(0, start, end);
    }
    this.readWriteLength = this.map.readWriteSize;
    this.auxLength = this.map.auxSize;
    this.heapSize = 0;
    this.#writeInitialData();
  }

  dispose(): void {
    const { readOnly } = this.layout;
    this.#pool.give(this.linear, [{ start: readOnly, end: readOnly + this.map.readOnlySize }, ...this.#written()]);
    this.setLinear(NOTHING);
  }

  /** Where the program or its host may have written. */
  #written(): ByteRange[] {
    const { stack, aux, readWrite } = this.layout;
    return [
      { start: stack, end: stack + this.stackLength },
      { start: aux, end: aux + this.auxLength },
      { start: readWrite, end: readWrite + this.readWriteLength },
    ];
  }

  protected isHostAccessible(address: number, length: number, access: MemoryAccessKind): boolean {
    return this.#hostOffset(address, length, access) >= 0;
  }

  protected hostRead(address: number, target: Uint8Array): void {
    const offset = this.#hostOffset(address, target.length, 'read');
    if (target.length > MAX_LOOP_LENGTH) {
      target.set(this.bytes.subarray(offset, offset + target.length));
      return;
    }
    for (let i = 0; i < target.length; i++) target[i] = this.bytes[offset + i]!;
  }

  protected hostWrite(address: number, source: Uint8Array): void {
    this.bytes.set(source, this.#hostOffset(address, source.length, 'write'));
  }

  /** Guest rules: the region of the first byte decides; stores may go to the stack, read-write data and heap only. */
  #locate(address: number, width: number, isStore: boolean): number {
    const { map, layout } = this;
    if (address >= map.auxBase) {
      const at = address - map.auxBase;
      return !isStore && at + width <= this.auxLength ? layout.aux + at : ACCESS_TRAP;
    }
    if (address >= map.stackLow) {
      const at = address - map.stackLow;
      return at + width <= this.stackLength ? layout.stack + at : ACCESS_TRAP;
    }
    if (address >= map.readWriteBase) {
      const at = address - map.readWriteBase;
      return at + width <= this.readWriteLength ? layout.readWrite + at : ACCESS_TRAP;
    }
    if (address >= map.readOnlyBase) {
      const at = address - map.readOnlyBase;
      return !isStore && at + width <= map.readOnlySize ? layout.readOnly + at : ACCESS_TRAP;
    }
    return ACCESS_TRAP;
  }

  /** Host rules: as for the guest, but the host may also write aux data. */
  #hostOffset(address: number, length: number, access: MemoryAccessKind): number {
    const isStore = access === 'write' && address < this.map.auxBase;
    return this.#locate(address, length, isStore);
  }

  #writeInitialData(): void {
    this.bytes.set(this.#data.readOnlyData, this.layout.readOnly);
    this.bytes.set(this.#data.readWriteData, this.layout.readWrite);
  }

  #reserve(size: number): boolean {
    if (!this.linear.grow(size, linearLimit(this.map, this.layout))) return false;
    if (this.linear.buffer !== this.buffer) this.setLinear(this.linear);
    return true;
  }
}

/** What a memory that was given back works on, so that nothing can reach the bytes of whoever has them next. */
const NOTHING = new LinearMemory('buffer', 0);

/** How many bytes of linear memory a map can come to need. */
function linearLimit(map: MemoryMap, layout: LinearLayout): number {
  return layout.readWrite + map.readWriteSize + alignUp(map.maxHeapSize, map.pageSize);
}
