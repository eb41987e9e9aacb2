import { concatBytes } from '@noble/hashes/utils.js';
import type { Execution, MemoryError, Result } from 'polkavm-js/virtualization';
import { fromLittleEndian, type Hex, toHex, toLittleEndian } from './bytes.js';
import { FrameError } from './errors.js';

/**
 * How many bytes are moved at once. A program can name any length up to 4 GiB, and must not make its host allocate
 * that before it turns out that its memory ends earlier.
 */
const CHUNK = 65_536;

/**
 * A running program's memory, read and written as its syscalls want it. Whatever does not lie in memory that the
 * program has ends its frame: every function here throws a {@link FrameError} OutOfBounds. An empty range always does.
 * Writing answers undefined, so that a syscall can end with it and thereby leave A0 alone.
 */
export class GuestMemory {
  /** The execution as of its latest stop. */
  execution: Execution;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  /** Hands the range to `visit` from its start to its end, a piece at a time. */
  readChunks(pointer: number, length: number, visit: (chunk: Uint8Array) => void): void {
    for (let offset = 0; offset < length; offset += CHUNK) {
      const chunk = new Uint8Array(Math.min(CHUNK, length - offset));
      const address = checkAddress(pointer + offset);
      check(this.execution.readMemory(address, chunk), address, chunk.length);
      visit(chunk);
    }
  }

  read(pointer: number, length: number): Uint8Array {
    if (length <= CHUNK) {
      const bytes = new Uint8Array(length);
      check(this.execution.readMemory(pointer, bytes), pointer, length);
      return bytes;
    }
    const chunks: Uint8Array[] = [];
    this.readChunks(pointer, length, (chunk) => chunks.push(chunk));
    return concatBytes(...chunks);
  }

  readU32(pointer: number): number {
    return Number(fromLittleEndian(this.read(pointer, 4)));
  }

  /** A 256-bit number, least significant byte first. */
  readU256(pointer: number): bigint {
    return fromLittleEndian(this.read(pointer, 32));
  }

  readAddress(pointer: number): Hex {
    return toHex(this.read(pointer, 20));
  }

  write(pointer: number, bytes: Uint8Array): undefined {
    check(this.execution.writeMemory(pointer, bytes), pointer, bytes.length);
  }

  writeZeros(pointer: number, length: number): undefined {
    for (let offset = 0; offset < length; offset += CHUNK) {
      this.write(checkAddress(pointer + offset), new Uint8Array(Math.min(CHUNK, length - offset)));
    }
  }

  writeU32(pointer: number, value: number): undefined {
    this.write(pointer, toLittleEndian(BigInt(value), 4));
  }

  /** As {@link readU256}. */
  writeU256(pointer: number, value: bigint): undefined {
    this.write(pointer, toLittleEndian(value, 32));
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
  if (!result.ok) throw new FrameError('OutOfBounds', `${length} bytes at 0x${pointer.toString(16)}`);
}

/** Memory ends at 4 GiB and does not start over. */
function checkAddress(address: number): number {
  if (address > 0xffff_ffff) throw new FrameError('OutOfBounds', `address 0x${address.toString(16)}`);
  return address;
}
