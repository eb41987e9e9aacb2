/** A range of the runtime's memory: its low 32 bits are the pointer, its high 32 bits the length. */

/** The fat pointer for `length` bytes at `pointer`, as the unsigned 64-bit value. */
export function packFatPointer(pointer: number, length: number): bigint {
  return (BigInt(length >>> 0) << 32n) | BigInt(pointer >>> 0);
}

/** A fat pointer taken apart. Reused for many pointers, because the calls that carry memory must not allocate. */
export class FatPointer {
  /** Start of the range, 0 to 2^32 - 1. */
  pointer = 0;
  /** Bytes in the range, 0 to 2^32 - 1. */
  length = 0;
  readonly #view = new DataView(new ArrayBuffer(8));

  /** Take apart a value as Wasm hands it over: an i64, so bit patterns from 2^63 on arrive negative. */
  set(value: bigint): this {
    // Through memory: shifting and masking a bigint would make new ones.
    this.#view.setBigInt64(0, value, true);
    this.pointer = this.#view.getUint32(0, true);
    this.length = this.#view.getUint32(4, true);
    return this;
  }
}
