import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Bytes as text: `0x` and two hex digits a byte. What this module gives out is lower case. */
export type Hex = `0x${string}`;

/** Bytes, or the text that stands for them. */
export type BytesLike = Uint8Array | Hex;

const ascii = new TextDecoder();
const DIGITS = new TextEncoder().encode('0123456789abcdef');
/** Up to so many bytes a string that grows by two digits at a time is faster than one that is decoded from its digits. */
const MAX_GROWN = 32;

/** Bytes to their {@link Hex} form, lower case. */
export function toHex(bytes: Uint8Array): Hex {
  if (bytes.length <= MAX_GROWN) return `0x${bytesToHex(bytes)}`;
  const digits = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    digits[2 * i] = DIGITS[byte >> 4]!;
    digits[2 * i + 1] = DIGITS[byte & 15]!;
  }
  return `0x${ascii.decode(digits)}`;
}

/**
 * The bytes that a {@link Hex} string stands for.
 *
 * @throws TypeError for anything but `0x` and an even number of hex digits
 */
export function fromHex(hex: Hex): Uint8Array {
  if (typeof hex !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    throw new TypeError(`expected 0x and an even number of hex digits, got ${shown(hex)}`);
  }
  return hexToBytes(hex.slice(2));
}

/**
 * The bytes themselves, or those that the text stands for.
 *
 * @throws TypeError as {@link fromHex} does
 */
export function bytesOf(value: BytesLike): Uint8Array {
  return value instanceof Uint8Array ? value : fromHex(value);
}

/**
 * An address as it is kept and compared: lower case.
 *
 * @throws TypeError for anything but `0x` and 40 hex digits
 */
export function normalizeAddress(address: Hex): Hex {
  if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) {
    throw new TypeError(`address: expected 0x and 40 hex digits, got ${shown(address)}`);
  }
  return address.toLowerCase() as Hex;
}

/**
 * A hash as it is kept and compared: lower case.
 *
 * @throws TypeError for anything but `0x` and 64 hex digits
 */
export function normalizeHash(hash: Hex): Hex {
  if (typeof hash !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(hash)) {
    throw new TypeError(`hash: expected 0x and 64 hex digits, got ${shown(hash)}`);
  }
  return hash.toLowerCase() as Hex;
}

/** A number as `size` bytes, most significant first. @throws RangeError unless it fits */
export function toBigEndian(value: bigint, size: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * size) !== 0n) {
    throw new RangeError(`expected an integer of 0 to ${size} bytes, got ${value}`);
  }
  return hexToBytes(value.toString(16).padStart(2 * size, '0'));
}

/** Bytes as a number, most significant first. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

/** A number as `size` bytes, least significant first. @throws RangeError unless it fits */
export function toLittleEndian(value: bigint, size: number): Uint8Array {
  return toBigEndian(value, size).reverse();
}

/** Bytes as a number, least significant first. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return fromBigEndian(bytes.toReversed());
}

function shown(value: unknown): string {
  const text = String(value);
  return JSON.stringify(text.length > 50 ? `${text.slice(0, 50)}...` : text);
}
