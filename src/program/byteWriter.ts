/** A byte buffer that grows as it is written to. */
export class ByteWriter {
  #buffer = new Uint8Array(256);
  #length = 0;

  written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#buffer.set(values, this.#length);
    this.#length += values.length;
  }

  u32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte(value >>> shift);
  }

  /** The first byte tells by its leading ones how many little-endian bytes follow, and holds the most significant bits. */
  varint(value: number): void {
    let extra = 0;
    while (extra < 4 && value >= 2 ** (7 * (extra + 1))) extra++;
    const leadingOnes = 0xff & ~(0xff >> extra);
    this.byte(leadingOnes | (extra === 4 ? 0 : value >>> (8 * extra)));
    for (let i = 0; i < extra; i++) this.byte(value >>> (8 * i));
  }

  section(id: number, payload: Uint8Array): void {
    if (payload.length === 0) return;
    this.byte(id);
    this.varint(payload.length);
    this.bytes(payload);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
