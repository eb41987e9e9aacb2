/** Program blobs written byte by byte, so that what is wrong with one can be said exactly. */
import { ISAS, type IsaName } from '../../src/isa/index.js';

/** The varint encoding of a u32, without the value's own bits beyond 28 (larger values take the five-byte form). */
export function varint(value: number): number[] {
  const low = (count: number): number[] => Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 0xff);
  if (value < 1 << 7) return [value];
  if (value < 1 << 14) return [0x80 | (value >> 8), ...low(1)];
  if (value < 1 << 21) return [0xc0 | (value >> 16), ...low(2)];
  if (value < 1 << 28) return [0xe0 | (value >> 24), ...low(3)];
  return [0xf0, ...low(4)];
}

/** Little-endian bytes of u32 values. */
export function u32s(...values: number[]): number[] {
  return values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff));
}

/** The bytes of a text. */
export function utf8(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** A section: its id, the length of its payload, the payload. */
export function section(id: number, ...payload: number[]): number[] {
  return [id, ...varint(payload.length), ...payload];
}

/** Bytes between a correct header and nothing: sections, and an end marker if there is to be one. */
export function blobOf(isa: IsaName, ...body: readonly number[]): Uint8Array {
  const length = 13 + body.length;
  return Uint8Array.from([0x50, 0x56, 0x4d, 0, ISAS[isa].blobVersion, ...u32s(length, 0), ...body]);
}

/** Where a blob's first section starts. */
export const BODY = 13;

/** The payload of a code section whose instructions are given byte by byte. */
export function codePayload(instructions: readonly (readonly number[])[], jumpTable: readonly number[] = []): number[] {
  const code = instructions.flat();
  const bitmask = new Array<number>(Math.ceil(code.length / 8)).fill(0);
  let offset = 0;
  for (const instruction of instructions) {
    if (instruction.length > 0) bitmask[offset >> 3] |= 1 << (offset & 7);
    offset += instruction.length;
  }
  const entrySize = jumpTable.length > 0 ? 4 : 0;
  return [...varint(jumpTable.length), entrySize, ...varint(code.length), ...u32s(...jumpTable), ...code, ...bitmask];
}
