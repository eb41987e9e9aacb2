import type { Isa } from '../isa/index.js';
import { ByteWriter } from './byteWriter.js';
import { BLOB_MAGIC, Section } from './parse.js';

/** What a program blob is made of. What is left out is empty or zero. */
export interface BlobParts {
  readonly isa: Isa;
  /** Initial bytes of the read-only data; the rest of the region is zero. */
  readonly readOnlyData?: Uint8Array;
  /** Size of the read-only region in bytes. */
  readonly readOnlyDataSize?: number;
  /** Initial bytes of the read-write data; the rest of the region is zero. */
  readonly readWriteData?: Uint8Array;
  /** Size of the read-write region in bytes. */
  readonly readWriteDataSize?: number;
  /** Size of the stack in bytes. */
  readonly stackSize?: number;
  /** Import symbols, in the order of their indexes. */
  readonly imports?: readonly Uint8Array[];
  /** Exports, in the order in which they are written. */
  readonly exports?: readonly { readonly symbol: Uint8Array; readonly pc: number }[];
  readonly code: Uint8Array;
  /** One bit for each byte of code, least significant first: set where an instruction starts. */
  readonly bitmask: Uint8Array;
  /** Code offsets that dynamic jumps can reach. */
  readonly jumpTable?: readonly number[];
  /** Bytes of a jump table entry, 0 to 4; by default as many as the largest entry needs. */
  readonly jumpTableEntrySize?: number;
  /** Sections to write after the code (debug information, optional ones), in order. */
  readonly extraSections?: readonly { readonly id: number; readonly payload: Uint8Array }[];
}

const LENGTH_OFFSET = 5;

/**
 * Writes a program blob, byte for byte as the reference builder does (spec: blob format, writing blobs).
 *
 * It writes what it is given: sizes smaller than their data and bitmasks of the wrong length make a blob that
 * does not parse. One departure: here every jump table entry fits, see {@link jumpTableEntrySize}.
 */
export function writeBlob(parts: BlobParts): Uint8Array {
  const { isa, readOnlyDataSize = 0, readWriteDataSize = 0, stackSize = 0, imports = [], exports = [] } = parts;
  const blob = new ByteWriter();
  blob.bytes(BLOB_MAGIC);
  blob.byte(isa.blobVersion);
  blob.bytes(new Uint8Array(8));

  if (readOnlyDataSize > 0 || readWriteDataSize > 0 || stackSize > 0) {
    const sizes = new ByteWriter();
    sizes.varint(readOnlyDataSize);
    sizes.varint(readWriteDataSize);
    sizes.varint(stackSize);
    blob.section(Section.memoryConfig, sizes.written());
  }
  if (parts.readOnlyData) blob.section(Section.readOnlyData, parts.readOnlyData);
  if (parts.readWriteData) blob.section(Section.readWriteData, parts.readWriteData);

  if (imports.length > 0) {
    const payload = new ByteWriter();
    payload.varint(imports.length);
    let offset = 0;
    for (const symbol of imports) {
      payload.u32(offset);
      offset += symbol.length;
    }
    for (const symbol of imports) payload.bytes(symbol);
    blob.section(Section.imports, payload.written());
  }

  if (exports.length > 0) {
    const payload = new ByteWriter();
    payload.varint(exports.length);
    for (const { symbol, pc } of exports) {
      payload.varint(pc);
      payload.varint(symbol.length);
      payload.bytes(symbol);
    }
    blob.section(Section.exports, payload.written());
  }

  blob.section(Section.codeAndJumpTable, codePayload(parts));
  for (const { id, payload } of parts.extraSections ?? []) blob.section(id, payload);
  blob.byte(Section.end);

  const bytes = blob.written().slice();
  new DataView(bytes.buffer).setBigUint64(LENGTH_OFFSET, BigInt(bytes.length), true);
  return bytes;
}

function codePayload(parts: BlobParts): Uint8Array {
  const { code, bitmask, jumpTable = [] } = parts;
  const entrySize = parts.jumpTableEntrySize ?? jumpTableEntrySize(jumpTable);
  const payload = new ByteWriter();
  payload.varint(jumpTable.length);
  payload.byte(entrySize);
  payload.varint(code.length);
  for (const entry of jumpTable) {
    for (let i = 0; i < entrySize; i++) payload.byte(entry >>> (8 * i));
  }
  payload.bytes(code);
  payload.bytes(bitmask);
  return payload.written();
}

/**
 * Bytes that each entry of a jump table takes: 1 to 4, as many as the largest needs; 0 for an empty table.
 *
 * The reference counts the bytes before the first zero byte. That cuts an offset such as 0x100 short when no other
 * entry is wider, and loses a table of zeros, so only where the reference's tables work are they the same as these.
 */
export function jumpTableEntrySize(entries: readonly number[]): number {
  let size = entries.length === 0 ? 0 : 1;
  for (const entry of entries) size = Math.max(size, Math.ceil((32 - Math.clz32(entry)) / 8));
  return size;
}
