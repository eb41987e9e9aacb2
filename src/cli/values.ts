/**
 * The values of options, from text. Every function throws a usage error that names the option, what was got and what
 * was expected.
 */
import type { Hex } from '../contracts/index.js';
import { usageError } from './exit.js';

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);
/** The largest gas limit, an i64. */
export const I64_MAX = 2n ** 63n - 1n;

/** A decimal or 0x-prefixed hexadecimal u64. */
export function u64(option: string, text: string): bigint {
  const value = integer(text);
  if (value === undefined || value < 0n || value > U64_MAX) {
    throw usageError(`${option}: got "${text}", expected an integer from 0 to ${U64_MAX}, decimal or 0x hexadecimal`);
  }
  return value;
}

/** A decimal or 0x-prefixed hexadecimal i64. */
export function i64(option: string, text: string): bigint {
  const value = integer(text);
  if (value === undefined || value < I64_MIN || value > I64_MAX) {
    throw usageError(
      `${option}: got "${text}", expected an integer from ${I64_MIN} to ${I64_MAX}, decimal or 0x hexadecimal`,
    );
  }
  return value;
}

/** A decimal integer from 1 on. */
export function positiveInteger(option: string, text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw usageError(`${option}: got "${text}", expected an integer from 1 to 999999999`);
  return value;
}

/** Bytes in hex: `size` of them, or any number. */
export function hex(option: string, text: string, size?: number): Hex {
  const isHex = /^0x([0-9a-fA-F]{2})*$/.test(text);
  if (!isHex || (size !== undefined && text.length !== 2 + 2 * size)) {
    throw usageError(
      `${option}: got "${text}", expected 0x and ${size === undefined ? 'an even number of' : 2 * size} hex digits`,
    );
  }
  return `0x${text.slice(2)}`;
}

/** One of a few words. */
export function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw usageError(`${option}: got "${text}", expected one of ${choices.join(', ')}`);
  return choice;
}

function integer(text: string): bigint | undefined {
  return /^(-?\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : undefined;
}
