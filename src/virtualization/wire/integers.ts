/** Range checks for the integers that cross the interface. None allocates when the value is in range. */

/** 2^32 - 1. */
export const U32_MAX = 0xffff_ffff;

/** Throws a RangeError that names the value unless it is an integer from 0 to 2^32 - 1. */
export function checkU32(value: number, name: string): void {
  if (value >>> 0 !== value) throw new RangeError(`${name}: got ${value}, expected an integer from 0 to ${U32_MAX}`);
}

/** Throws a RangeError that names the value unless it is from -2^63 to 2^63 - 1. */
export function checkI64(value: bigint, name: string): void {
  // To wrap it and compare takes a third of the time of two comparisons.
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return;
  throw new RangeError(`${name}: got ${value}, expected a signed 64-bit value`);
}

/** Throws a RangeError that names the value unless it is from 0 to 2^64 - 1. */
export function checkU64(value: bigint, name: string): void {
  if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value) return;
  throw new RangeError(`${name}: got ${value}, expected an unsigned 64-bit value`);
}

/** Throws a RangeError that names the range unless `length` bytes from `offset` lie inside `size` bytes. */
export function checkRange(offset: number, length: number, size: number, name: string): void {
  if (
    !(Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset + length <= size)
  ) {
    throw new RangeError(`${name}: got ${length} bytes at ${offset}, expected a range inside ${size} bytes`);
  }
}
