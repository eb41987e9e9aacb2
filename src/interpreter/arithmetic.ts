/**
 * 64-bit arithmetic on halves of 32 bits that is too long to stand in the interpreter's loop. Results are left in
 * {@link result}, so that nothing is allocated.
 */

/** Halves of the last result. */
export const result = { low: 0, high: 0 };

/** High 32 bits of the unsigned product of two 32-bit values, as an int32. */
export function mulHighU32(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a0, b0);
  const middle = Math.imul(a1, b0) + (low >>> 16);
  const middle2 = Math.imul(a0, b1) + (middle & 0xffff);
  return (Math.imul(a1, b1) + (middle >>> 16) + (middle2 >>> 16)) | 0;
}

/** Upper 64 bits of the 128-bit product of two unsigned values. */
export function mulUpperUnsigned(al: number, ah: number, bl: number, bh: number): void {
  // Three carries of at most 2^33 fit a double exactly.
  const ll = mulHighU32(al, bl) >>> 0;
  const lhLow = Math.imul(al, bh) >>> 0;
  const hlLow = Math.imul(ah, bl) >>> 0;
  const carry = ll + lhLow + hlLow;
  const carryHigh = Math.floor(carry / 0x100000000);
  const low = (mulHighU32(al, bh) >>> 0) + (mulHighU32(ah, bl) >>> 0) + (Math.imul(ah, bh) >>> 0) + carryHigh;
  result.low = low | 0;
  result.high = (mulHighU32(ah, bh) + Math.floor(low / 0x100000000)) | 0;
}

/** Upper 64 bits of the 128-bit product of two signed values. */
export function mulUpperSigned(al: number, ah: number, bl: number, bh: number): void {
  mulUpperUnsigned(al, ah, bl, bh);
  if (ah < 0) subtractFromResult(bl, bh);
  if (bh < 0) subtractFromResult(al, ah);
}

/** Upper 64 bits of the 128-bit product of a signed and an unsigned value. */
export function mulUpperSignedUnsigned(al: number, ah: number, bl: number, bh: number): void {
  mulUpperUnsigned(al, ah, bl, bh);
  if (ah < 0) subtractFromResult(bl, bh);
}

function subtractFromResult(low: number, high: number): void {
  const borrow = result.low >>> 0 < low >>> 0 ? 1 : 0;
  result.low = (result.low - low) | 0;
  result.high = (result.high - high - borrow) | 0;
}

/** Values below this are exact as doubles. */
const EXACT_HIGH = 0x200000;

/** Unsigned quotient; all ones for a division by zero. */
export function divUnsigned(al: number, ah: number, bl: number, bh: number): void {
  if ((bl | bh) === 0) {
    setResult(-1, -1);
  } else if ((ah | bh) === 0) {
    setResult(((al >>> 0) / (bl >>> 0)) | 0, 0);
  } else if (ah >>> 0 < EXACT_HIGH && bh >>> 0 < EXACT_HIGH) {
    const a = toNumber(al, ah);
    const b = toNumber(bl, bh);
    setNumber((a - (a % b)) / b);
  } else {
    setBigInt(toBigInt(al, ah) / toBigInt(bl, bh));
  }
}

/** Unsigned remainder; the dividend for a division by zero. */
export function remUnsigned(al: number, ah: number, bl: number, bh: number): void {
  if ((bl | bh) === 0) {
    setResult(al, ah);
  } else if (ah >>> 0 < EXACT_HIGH && bh >>> 0 < EXACT_HIGH) {
    setNumber(toNumber(al, ah) % toNumber(bl, bh));
  } else {
    setBigInt(toBigInt(al, ah) % toBigInt(bl, bh));
  }
}

/** Signed quotient, truncated; -1 for a division by zero, the dividend where it would overflow. */
export function divSigned(al: number, ah: number, bl: number, bh: number): void {
  if ((bl | bh) === 0) {
    setResult(-1, -1);
    return;
  }
  const isNegative = ah < 0 !== bh < 0;
  absolute(al, ah);
  const dividendLow = result.low;
  const dividendHigh = result.high;
  absolute(bl, bh);
  divUnsigned(dividendLow, dividendHigh, result.low, result.high);
  if (isNegative) negate(result.low, result.high);
}

/** Signed remainder, with the sign of the dividend; the dividend for a division by zero. */
export function remSigned(al: number, ah: number, bl: number, bh: number): void {
  if ((bl | bh) === 0) {
    setResult(al, ah);
    return;
  }
  absolute(al, ah);
  const dividendLow = result.low;
  const dividendHigh = result.high;
  absolute(bl, bh);
  remUnsigned(dividendLow, dividendHigh, result.low, result.high);
  if (ah < 0) negate(result.low, result.high);
}

function absolute(low: number, high: number): void {
  if (high < 0) negate(low, high);
  else setResult(low, high);
}

function negate(low: number, high: number): void {
  result.low = -low | 0;
  result.high = (~high + (low === 0 ? 1 : 0)) | 0;
}

function setResult(low: number, high: number): void {
  result.low = low;
  result.high = high;
}

function toNumber(low: number, high: number): number {
  return (high >>> 0) * 0x100000000 + (low >>> 0);
}

function setNumber(value: number): void {
  result.low = value | 0;
  result.high = (value / 0x100000000) | 0;
}

function toBigInt(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function setBigInt(value: bigint): void {
  result.low = Number(value & 0xffffffffn) | 0;
  result.high = Number(value >> 32n) | 0;
}

/** Number of set bits in 32 bits. */
export function popCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Number of trailing zero bits in 32 bits; 32 for zero. */
export function countTrailingZeros(value: number): number {
  return value === 0 ? 32 : 31 - Math.clz32(value & -value);
}

/** The four bytes of a 32-bit value in reverse order. */
export function reverseBytes(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
