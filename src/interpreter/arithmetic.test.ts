import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countTrailingZeros,
  divSigned,
  divUnsigned,
  mulHighU32,
  mulUpperSigned,
  mulUpperSignedUnsigned,
  mulUpperUnsigned,
  popCount,
  remSigned,
  remUnsigned,
  result,
  reverseBytes,
} from './arithmetic.js';

type Halves = (al: number, ah: number, bl: number, bh: number) => void;

/** The operation on 64-bit values, as unsigned. */
function on64(operation: Halves, a: bigint, b: bigint): bigint {
  const low = (x: bigint): number => Number(BigInt.asIntN(32, x));
  const high = (x: bigint): number => Number(BigInt.asIntN(32, x >> 32n));
  operation(low(a), high(a), low(b), high(b));
  if (result.low !== (result.low | 0) || result.high !== (result.high | 0)) throw new Error('the halves are no int32');
  return (BigInt.asUintN(32, BigInt(result.high)) << 32n) | BigInt.asUintN(32, BigInt(result.low));
}

const s = (x: bigint): bigint => BigInt.asIntN(64, x);
const u = (x: bigint): bigint => BigInt.asUintN(64, x);

const OPERATIONS: readonly (readonly [string, Halves, (a: bigint, b: bigint) => bigint])[] = [
  ['mulUpperUnsigned', mulUpperUnsigned, (a, b) => (a * b) >> 64n],
  ['mulUpperSigned', mulUpperSigned, (a, b) => (s(a) * s(b)) >> 64n],
  ['mulUpperSignedUnsigned', mulUpperSignedUnsigned, (a, b) => (s(a) * b) >> 64n],
  ['divUnsigned', divUnsigned, (a, b) => (b === 0n ? -1n : a / b)],
  ['remUnsigned', remUnsigned, (a, b) => (b === 0n ? a : a % b)],
  ['divSigned', divSigned, (a, b) => (b === 0n ? -1n : s(a) / s(b))],
  ['remSigned', remSigned, (a, b) => (b === 0n ? a : s(a) % s(b))],
];

/** Values around powers of two, where halves carry and where a double stops being exact. */
const edges = [0, 1, 16, 31, 32, 33, 52, 53, 54, 62, 63].flatMap((n) =>
  [-1n, 0n, 1n].flatMap((d) => [u((1n << BigInt(n)) + d), u(-(1n << BigInt(n)) + d)]),
);
const value = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt(0n, 2n ** 54n),
);

describe.each(OPERATIONS)('%s', (_, operation, expected) => {
  it('is right at the edges', () => {
    const wrong = edges.flatMap((a) =>
      edges.filter((b) => on64(operation, a, b) !== u(expected(a, b))).map((b) => [a, b]),
    );
    expect(wrong).toEqual([]);
  });

  it('is right for random values', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(on64(operation, a, b)).toBe(u(expected(a, b)));
      }),
      { numRuns: 1000 },
    );
  });
});

const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffff, 0x10000));

describe('on 32 bits', () => {
  const unsigned = (x: number): bigint => BigInt.asUintN(32, BigInt(x));

  it('mulHighU32 is the upper half of the unsigned product', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(mulHighU32(a, b)).toBe(Number(BigInt.asIntN(32, (unsigned(a) * unsigned(b)) >> 32n)));
      }),
    );
  });

  it('bits are counted and bytes reversed', () => {
    fc.assert(
      fc.property(word, (a) => {
        const bits = unsigned(a).toString(2).padStart(32, '0');
        expect(popCount(a)).toBe([...bits].filter((bit) => bit === '1').length);
        expect(countTrailingZeros(a)).toBe(a === 0 ? 32 : 31 - bits.lastIndexOf('1'));
        const hex = unsigned(a).toString(16).padStart(8, '0');
        expect(reverseBytes(a) >>> 0).toBe(Number.parseInt((hex.match(/../g) ?? []).reverse().join(''), 16));
      }),
    );
  });
});
