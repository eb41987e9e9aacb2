import { InvalidProgramError } from './errors.js';

const PREFIX = 'failed to parse program blob: ';

/** Reads a blob front to back. Every failure names the section that was being read and the offset in the blob. */
export class BlobReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  position: number;
  /** What is being read, for error messages. */
  section = 'header';

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = position;
    this.#end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.position;
  }

  /** An error at `offset` (the current position unless given), ready to be thrown. */
  error(reason: string, found: string, expected: string, offset = this.position): InvalidProgramError {
    return new InvalidProgramError(PREFIX + reason, { section: this.section, offset, found, expected });
  }

  readByte(): number {
    this.#need(1);
    return this.#bytes[this.position++]!;
  }

  /** A view of the next `length` bytes. */
  readBytes(length: number): Uint8Array {
    this.#need(length);
    const start = this.position;
    this.position += length;
    return this.#bytes.subarray(start, this.position);
  }

  skip(length: number): void {
    this.#need(length);
    this.position += length;
  }

  /**
   * Reads a variable-length u32 (spec: blob format, varint). As in the reference, overlong encodings are accepted and
   * with four extra bytes the three spare low bits of the first byte are OR-ed into the value.
   */
  readVarint(): number {
    const start = this.position;
    const first = this.readByte();
    const extra = Math.clz32(~(first << 24));
    if (extra > 4) throw this.#badVarint(start, `first byte 0x${first.toString(16)}`);
    if (extra > this.remaining) throw this.#badVarint(start, `${this.remaining} of ${extra} extra bytes`);
    let value = 0;
    for (let i = 0; i < extra; i++) value |= this.#bytes[this.position++]! << (8 * i);
    // A shift by 32 is a shift by 0 here, as it is in the reference.
    return (value | ((first & (0xff >> extra)) << (8 * extra))) >>> 0;
  }

  #badVarint(offset: number, found: string): InvalidProgramError {
    return this.error(
      `failed to parse a varint at offset 0x${offset.toString(16)}`,
      found,
      'a variable-length integer of 1 to 5 bytes',
      offset,
    );
  }

  #need(length: number): void {
    if (length <= this.remaining) return;
    throw this.error(
      `unexpected end of file at offset 0x${this.position.toString(16)}: expected to be able to read at least ${length} bytes, found ${this.remaining} bytes`,
      `${this.remaining} bytes`,
      `at least ${length} bytes`,
    );
  }
}
