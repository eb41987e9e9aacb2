import { MemoryAccessError, type MemoryAccessKind } from './errors.js';
import { BOUNCE_OFFSET, type LinearLayout } from './layout.js';
import type { LinearMemory } from './linearMemory.js';
import type { MemoryMap } from './memoryMap.js';

/** Outcomes of a guest access that did not go through; all negative, so that they cannot be taken for an offset. */
export const ACCESS_TRAP = -1;
export const ACCESS_SEGFAULT = -2;

/**
 * The memory of one instance: what the guest sees as regions of its address space, kept in one linear buffer.
 *
 * Backends inline the common case of an access with the public fields of this class and call {@link locateLoad} and
 * {@link store} for the rest.
 */
export abstract class GuestMemory {
  readonly map: MemoryMap;
  readonly layout: LinearLayout;
  linear: LinearMemory;
  buffer: ArrayBuffer;
  bytes: Uint8Array;
  view: DataView;
  /** Accessible bytes from the read-write base on; whole pages, grown by sbrk. 0 with dynamic paging. */
  abstract readonly readWriteLength: number;
  /** Accessible bytes of the stack. 0 with dynamic paging. */
  abstract readonly stackLength: number;
  /** What the last segfault was about. */
  faultAddress = 0;
  faultIsWrite = false;

  constructor(map: MemoryMap, layout: LinearLayout, linear: LinearMemory) {
    this.map = map;
    this.layout = layout;
    this.linear = linear;
    this.buffer = linear.buffer;
    this.bytes = new Uint8Array(linear.buffer);
    this.view = new DataView(linear.buffer);
  }

  /** Bytes by which the guest has grown its heap. */
  abstract readonly heapSize: number;

  /**
   * Where in linear memory a load of `width` bytes at a guest address reads from, or {@link ACCESS_TRAP} or
   * {@link ACCESS_SEGFAULT}.
   */
  abstract locateLoad(address: number, width: number): number;

  /**
   * Stores the low `width` bytes of a 64-bit value at a guest address. 0, or {@link ACCESS_TRAP} or
   * {@link ACCESS_SEGFAULT}, in which case nothing was stored.
   */
  abstract store(address: number, width: number, low: number, high: number): number;

  /**
   * Fills up to `length` (at least 1) bytes from a guest address on, all of them storable. Returns how many were
   * filled, at least 1, or {@link ACCESS_TRAP} or {@link ACCESS_SEGFAULT} when not even the first one can be stored.
   */
  abstract fill(address: number, length: number, value: number): number;

  /** Grows the heap. Returns its new top, or 0 when it cannot grow by that much. */
  abstract sbrk(size: number): number;

  /** Brings back the initial contents. */
  abstract reset(): void;

  /** Gives the buffer up. The memory must not be used afterwards. */
  abstract dispose(): void;

  /** Whether the host may access a whole range (spec: memory map, section 4). */
  isAccessible(address: number, length: number, access: MemoryAccessKind): boolean {
    if (length === 0) return true;
    return address >= 0x10000 && address + length <= 2 ** 32 && this.isHostAccessible(address, length, access);
  }

  /** @throws MemoryAccessError unless the host may read a whole range */
  requireReadable(address: number, length: number): void {
    if (!this.isAccessible(address, length, 'read')) throw this.readError(address, length);
  }

  /** Copies guest memory. @throws MemoryAccessError */
  read(address: number, target: Uint8Array): void {
    if (target.length === 0) return;
    this.requireReadable(address, target.length);
    this.hostRead(address, target);
  }

  /** Overwrites guest memory. @throws MemoryAccessError */
  write(address: number, source: Uint8Array): void {
    if (source.length === 0) return;
    if (!this.isAccessible(address, source.length, 'write')) {
      throw new MemoryAccessError(address, source.length, 'write', this.refusal);
    }
    this.hostWrite(address, source);
  }

  /** Why the host may not access a range. */
  protected abstract readonly refusal: string;

  protected readError(address: number, length: number): MemoryAccessError {
    return new MemoryAccessError(address, length, 'read', this.refusal);
  }

  protected abstract isHostAccessible(address: number, length: number, access: MemoryAccessKind): boolean;
  protected abstract hostRead(address: number, target: Uint8Array): void;
  protected abstract hostWrite(address: number, source: Uint8Array): void;

  /** Works on another linear memory, or on the same one after it has grown. */
  protected setLinear(linear: LinearMemory): void {
    this.linear = linear;
    this.buffer = linear.buffer;
    this.bytes = new Uint8Array(linear.buffer);
    this.view = new DataView(linear.buffer);
  }

  /** Writes a value of `width` bytes at an offset in linear memory. */
  protected put(offset: number, width: number, low: number, high: number): void {
    switch (width) {
      case 1:
        this.bytes[offset] = low;
        break;
      case 2:
        this.view.setUint16(offset, low, true);
        break;
      case 4:
        this.view.setInt32(offset, low, true);
        break;
      default:
        this.view.setInt32(offset, low, true);
        this.view.setInt32(offset + 4, high, true);
    }
  }

  /** The bytes through which accesses go that are not contiguous in linear memory. */
  protected get bounce(): Uint8Array {
    return this.bytes.subarray(BOUNCE_OFFSET, BOUNCE_OFFSET + 8);
  }
}
