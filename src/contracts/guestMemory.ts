import type { HostFunctions, InstanceId, MemoryError, Result } from '../virtualization/index.js';
import { FrameError } from './errors.js';
import { fromLittleEndian, type Hex, toHex, toLittleEndian } from './hex.js';

/**
 * How many bytes are moved at once. A program can name any length up to 4 GiB, and must not make its host allocate
 * that before it turns out that its memory ends earlier.
 */
const CHUNK = 65_536;

/**
 * A running program's memory, read and written as its syscalls want it. Whatever does not lie in memory that the program
 * has ends its frame: every function here throws a {@link FrameError} OutOfBounds. An empty range always is in bounds.
 *
 * Pointers and lengths are u32. Writing answers undefined, so that a syscall can end with it and thereby leave a0 alone.
 */
export class GuestMemory {
  readonly #host: HostFunctions;
  readonly #instance: InstanceId;

  constructor(host: HostFunctions, instance: InstanceId) {
    this.#host = host;
    this.#instance = instance;
  }

  /** Hands a range to `visit` from its start to its end, a piece at a time; the piece is good until the next one. */
  readChunks(pointer: number, length: number, visit: (chunk: Uint8Array) => void): void {
    if (length <= CHUNK) {
      visit(this.read(pointer, length));
      return;
    }
    const room = new Uint8Array(CHUNK);
    for (let offset = 0; offset < length; offset += CHUNK) {
      const chunk = room.subarray(0, Math.min(CHUNK, length - offset));
      this.readInto(checkAddress(pointer + offset), chunk);
      visit(chunk);
    }
  }

  /** Refuses a range whose end is not there, before anybody pays for it. */
  checkEnd(pointer: number, length: number): void {
    if (length > CHUNK) this.read(checkAddress(pointer + length - 1), 1);
  }

  /** Fills an array. */
  readInto(pointer: number, target: Uint8Array): void {
    check(this.#host.readMemory(this.#instance, pointer, target), pointer, target.length);
  }

  /** A copy of a range whose length has been checked. */
  read(pointer: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(pointer, bytes);
    return bytes;
  }

  readU32(pointer: number): number {
    const bytes = this.read(pointer, 4);
    return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
  }

  /** A 256-bit number, least significant byte first. */
  readU256(pointer: number): bigint {
    const bytes = this.read(pointer, 32);
    // The value of most calls is zero.
    return bytes.every((byte) => byte === 0) ? 0n : fromLittleEndian(bytes);
  }

  readAddress(pointer: number): Hex {
    return toHex(this.read(pointer, 20));
  }

  write(pointer: number, bytes: Uint8Array): undefined {
    check(this.#host.writeMemory(this.#instance, pointer, bytes), pointer, bytes.length);
  }

  writeZeros(pointer: number, length: number): undefined {
    for (let offset = 0; offset < length; offset += CHUNK) {
      this.write(checkAddress(pointer + offset), new Uint8Array(Math.min(CHUNK, length - offset)));
    }
  }

  writeU32(pointer: number, value: number): undefined {
    this.write(pointer, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  /** As {@link readU256}. */
  writeU256(pointer: number, value: bigint): undefined {
    this.write(pointer, value === 0n ? new Uint8Array(32) : toLittleEndian(value, 32));
  }

  /**
   * Writes as much of `bytes` as fits. The u32 at `lengthPointer` is the room there is, and becomes the number of bytes
   * written.
   */
  writeUpToCapacity(pointer: number, lengthPointer: number, bytes: Uint8Array): undefined {
    const written = bytes.subarray(0, this.readU32(lengthPointer));
    this.write(pointer, written);
    this.writeU32(lengthPointer, written.length);
  }
}

function check(result: Result<void, MemoryError>, pointer: number, length: number): void {
  if (!result.ok) {
    throw new FrameError(
      'OutOfBounds',
      `${length} bytes at 0x${pointer.toString(16)} are not all the program's to use`,
    );
  }
}

/** Memory ends at 4 GiB and does not start over. */
function checkAddress(address: number): number {
  if (address > 0xffff_ffff) throw new FrameError('OutOfBounds', `address 0x${address.toString(16)} is past 4 GiB`);
  return address;
}
