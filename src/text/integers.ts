/** Integers as assembly text has them: up to 64 bits, decimal, hex or binary, seen as signed or as unsigned. */

const MIN_64 = -(2n ** 63n);
const MAX_U64 = 2n ** 64n - 1n;

/** More characters than any integer needs: 64 binary digits and their prefix. */
const MAX_LENGTH = 66;

/** Reads a well-formed integer. Of one with too many digits the result is only known to be out of all ranges. */
export function parseInteger(text: string, isNegative: boolean): bigint {
  // Reading digits takes quadratic time.
  if (text.length > MAX_LENGTH) return isNegative ? 2n * MIN_64 : 2n * MAX_U64;
  // The common short ones need no bigint arithmetic until the end.
  const magnitude = text.length <= 10 ? BigInt(Number(text)) : BigInt(text);
  return isNegative ? -magnitude : magnitude;
}

/** The 64-bit pattern of an integer, or undefined when it has no such pattern. */
export function toPattern64(value: bigint): bigint | undefined {
  return value >= MIN_64 && value <= MAX_U64 ? BigInt.asUintN(64, value) : undefined;
}

/**
 * The signed 32-bit immediate that means an integer, or undefined.
 *
 * Integers are seen as 64-bit patterns, of which the sign-extended 32-bit ones can be immediates. If `isNarrow`,
 * only 32 bits of the value matter and its unsigned 32-bit patterns, 0x80000000 to 0xffffffff, are negative numbers.
 */
export function toImmediate(value: bigint, isNarrow: boolean, isNegated: boolean): number | undefined {
  const pattern = toPattern64(value);
  if (pattern === undefined) return undefined;
  let signed = Number(BigInt.asIntN(64, pattern));
  if (isNarrow && signed >= 2 ** 31 && signed < 2 ** 32) signed -= 2 ** 32;
  // The negative of the 32-bit pattern 0x80000000 is itself.
  if (isNegated && !(isNarrow && signed === -(2 ** 31))) signed = -signed;
  return signed === (signed | 0) ? signed | 0 : undefined;
}
