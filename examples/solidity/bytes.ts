import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Bytes as text: `0x` and two lower-case digits a byte. Addresses and hashes are kept, compared and printed so. */
export type Hex = `0x${string}`;

/** Bytes to their {@link Hex} form. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** The bytes that a {@link Hex} string stands for. Throws on an odd number of digits or on anything but digits. */
export function fromHex(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2));
}

/** A number as `size` bytes, most significant first, as the Ethereum ABI and RLP have it. Throws if it does not fit. */
export function toBigEndian(value: bigint, size: number): Uint8Array {
  return toLittleEndian(value, size).reverse();
}

/** Bytes as a number, most significant first. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}

/** A number as `size` bytes, least significant first, as the syscalls pass 256-bit numbers. Throws if it does not fit. */
export function toLittleEndian(value: bigint, size: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * size) !== 0n) {
    throw new RangeError(`expected an integer of 0 to ${size} bytes, got ${value}`);
  }
  const bytes = new Uint8Array(size);
  for (let i = 0, rest = value; rest !== 0n; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

/** Bytes as a number, least significant first. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return fromBigEndian(bytes.toReversed());
}
