/**
 * Parsing of program blobs. Rules, error order and wording follow the blob format specification, sections 1 to 5.
 */
import { type Isa, isaOfBlobVersion } from '../isa/index.js';
import { JumpTable, type Program, type ProgramExport } from './program.js';
import { BlobReader } from './reader.js';

/** The bytes that every blob starts with. */
export const BLOB_MAGIC: readonly number[] = [0x50, 0x56, 0x4d, 0x00];

/** Ids of the sections of a blob, in the only order in which they may appear. */
export const Section = {
  end: 0,
  memoryConfig: 1,
  readOnlyData: 2,
  readWriteData: 3,
  imports: 4,
  exports: 5,
  codeAndJumpTable: 6,
  debugStrings: 128,
  debugLinePrograms: 129,
  debugLineProgramRanges: 130,
} as const;

const MAX_IMPORTS = 1024;
const MAX_JUMP_TABLE_ENTRIES = 16 * 1024 * 1024;
const MAX_CODE_LENGTH = 32 * 1024 * 1024;
const MAX_ENTRY_SIZE = 4;
/** The reference has no such limit, but it reads exports only when asked for; a list of millions is no program. */
const MAX_EXPORTS = 65536;
/** Bytes of a blob in front of its first section. */
export const HEADER_LENGTH = 13;

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * Parses and validates a program blob.
 *
 * @throws InvalidProgramError for every malformed blob; the code itself is not looked at.
 */
export function parseProgram(blob: Uint8Array): Program {
  const reader = new BlobReader(blob);
  const isa = readHeader(reader, blob);
  const sections = new SectionReader(reader);

  let readOnlyDataSize = 0;
  let readWriteDataSize = 0;
  let stackSize = 0;
  if (sections.enter(Section.memoryConfig, 'memory config')) {
    const length = reader.readVarint();
    const start = reader.position;
    readOnlyDataSize = reader.readVarint();
    readWriteDataSize = reader.readVarint();
    stackSize = reader.readVarint();
    if (reader.position - start !== length) {
      throw reader.error(
        'the memory config section contains more data than expected',
        `a section of ${length} bytes`,
        `${reader.position - start} bytes, the length of its three sizes`,
        start,
      );
    }
    sections.next();
  }

  const readOnlyData = sections.readPayload(Section.readOnlyData, 'read-only data');
  const readWriteData = sections.readPayload(Section.readWriteData, 'read-write data');

  let importOffsets = new Uint8Array(0);
  let importSymbols = new Uint8Array(0);
  if (sections.enter(Section.imports, 'imports')) {
    const length = reader.readVarint();
    const start = reader.position;
    const count = reader.readVarint();
    if (count > MAX_IMPORTS) throw reader.error('too many imports', `${count}`, `at most ${MAX_IMPORTS}`, start);
    importOffsets = reader.readBytes(count * 4) as Uint8Array<ArrayBuffer>;
    const symbolsLength = length - (reader.position - start);
    if (symbolsLength < 0) {
      throw reader.error(
        'the imports section is invalid',
        `a section of ${length} bytes`,
        `at least ${reader.position - start} bytes, for ${count} imports`,
        start,
      );
    }
    importSymbols = reader.readBytes(symbolsLength) as Uint8Array<ArrayBuffer>;
    sections.next();
  }

  const exportsPayload = sections.readPayload(Section.exports, 'exports');
  const codeAndJumpTable = sections.readPayload(Section.codeAndJumpTable, 'code and jump table');
  const codeStart = reader.position - 1 - codeAndJumpTable.length;
  const debugStrings = sections.readPayload(Section.debugStrings, 'debug strings');
  const debugLinePrograms = sections.readPayload(Section.debugLinePrograms, 'debug line programs');
  const debugLineProgramRanges = sections.readPayload(Section.debugLineProgramRanges, 'debug line program ranges');
  sections.skipOptional();
  sections.expectEnd();

  checkPayload(reader, blob, 'read-only', readOnlyData, readOnlyDataSize);
  checkPayload(reader, blob, 'read-write', readWriteData, readWriteDataSize);
  if (codeAndJumpTable.length === 0) {
    reader.section = 'code and jump table';
    throw reader.error('no code found', 'no section 6, or an empty one', 'a code section', blob.length);
  }
  const { jumpTable, code, bitmask } = readCodeAndJumpTable(blob, codeStart, codeStart + codeAndJumpTable.length);

  return {
    isa,
    readOnlyData,
    readOnlyDataSize,
    readWriteData,
    readWriteDataSize,
    stackSize,
    imports: readImports(importOffsets, importSymbols),
    importOffsets,
    importSymbols,
    exports: readExports(blob, exportsPayload),
    exportsPayload,
    jumpTable,
    code,
    bitmask,
    debugStrings,
    debugLinePrograms,
    debugLineProgramRanges,
  };
}

/**
 * Makes a program without data, imports and exports from the payload of a code section alone, which is the form that
 * conformance vectors use.
 *
 * @throws InvalidProgramError when the payload is malformed
 */
export function parseCodeAndJumpTable(payload: Uint8Array, isa: Isa): Program {
  const none = new Uint8Array(0);
  return {
    isa,
    readOnlyData: none,
    readOnlyDataSize: 0,
    readWriteData: none,
    readWriteDataSize: 0,
    stackSize: 0,
    imports: [],
    importOffsets: none,
    importSymbols: none,
    exports: [],
    exportsPayload: none,
    ...readCodeAndJumpTable(payload, 0, payload.length),
    debugStrings: none,
    debugLinePrograms: none,
    debugLineProgramRanges: none,
  };
}

/**
 * Reads the total length that a blob declares, without looking at anything else: useful to split a blob from what
 * follows it. Undefined for fewer than 13 bytes.
 */
export function declaredBlobLength(bytes: Uint8Array): bigint | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(5, true);
}

function readHeader(reader: BlobReader, blob: Uint8Array): Isa {
  if (blob.length < BLOB_MAGIC.length || BLOB_MAGIC.some((byte, i) => blob[i] !== byte)) {
    const found = Array.from(blob.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw reader.error("blob doesn't start with the expected magic bytes", found || 'nothing', '50 56 4d 00', 0);
  }
  reader.skip(BLOB_MAGIC.length);
  const version = reader.readByte();
  const isa = isaOfBlobVersion(version);
  if (isa === undefined) throw reader.error(`unsupported version: ${version}`, `${version}`, '0, 1, 2 or 3', 4);
  reader.readBytes(8);
  const declared = declaredBlobLength(blob);
  if (declared !== BigInt(blob.length)) {
    throw reader.error(
      "blob size doesn't match the blob length metadata",
      `a declared length of ${declared}`,
      `${blob.length}, the blob's length`,
      5,
    );
  }
  return isa;
}

/** Walks the sections: the current id is either the one asked for, or that section counts as empty. */
class SectionReader {
  readonly #reader: BlobReader;
  #id: number;

  constructor(reader: BlobReader) {
    this.#reader = reader;
    this.#id = reader.readByte();
  }

  set name(name: string) {
    this.#reader.section = name;
  }

  enter(id: number, name: string): boolean {
    this.name = name;
    return this.#id === id;
  }

  next(): void {
    this.#id = this.#reader.readByte();
  }

  readPayload(id: number, name: string): Uint8Array {
    if (!this.enter(id, name)) return new Uint8Array(0);
    const payload = this.#reader.readBytes(this.#reader.readVarint());
    this.next();
    return payload;
  }

  skipOptional(): void {
    while ((this.#id & 0x80) !== 0) {
      this.name = `optional section ${this.#id}`;
      this.#reader.skip(this.#reader.readVarint());
      this.next();
    }
  }

  expectEnd(): void {
    if (this.#id === Section.end) return;
    const offset = this.#reader.position - 1;
    this.name = `section ${this.#id}`;
    throw this.#reader.error(
      `found unexpected section as offset ${hex(offset)}: ${hex(this.#id)}`,
      `section ${this.#id}`,
      'a later section in the order 1 to 6, 128 to 255, or the end marker 0',
      offset,
    );
  }
}

function checkPayload(reader: BlobReader, blob: Uint8Array, kind: string, payload: Uint8Array, declared: number): void {
  if (payload.length <= declared) return;
  reader.section = `${kind} data`;
  throw reader.error(
    `size of the ${kind} data payload exceeds the declared size of the section`,
    `${payload.length} bytes`,
    `at most ${declared} bytes`,
    payload.byteOffset - blob.byteOffset,
  );
}

function readCodeAndJumpTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): Pick<Program, 'jumpTable' | 'code' | 'bitmask'> {
  const reader = new BlobReader(bytes, start, end);
  reader.section = 'code and jump table';
  const countAt = reader.position;
  const count = reader.readVarint();
  if (count > MAX_JUMP_TABLE_ENTRIES) {
    throw reader.error(
      'the jump table section is too long',
      `${count} entries`,
      `at most ${MAX_JUMP_TABLE_ENTRIES}`,
      countAt,
    );
  }
  const entrySizeAt = reader.position;
  const entrySize = reader.readByte();
  const codeLengthAt = reader.position;
  const codeLength = reader.readVarint();
  if (codeLength > MAX_CODE_LENGTH) {
    throw reader.error(
      'the code section is too long',
      `${codeLength} bytes`,
      `at most ${MAX_CODE_LENGTH}`,
      codeLengthAt,
    );
  }
  if (entrySize > MAX_ENTRY_SIZE) {
    throw reader.error('invalid jump table entry size', `${entrySize}`, `0 to ${MAX_ENTRY_SIZE}`, entrySizeAt);
  }
  const jumpTable = new JumpTable(reader.readBytes(count * entrySize), entrySize);
  const code = reader.readBytes(codeLength);
  const bitmaskLength = Math.ceil(codeLength / 8);
  const bitmask = reader.readBytes(reader.remaining);
  if (bitmask.length !== bitmaskLength) {
    throw reader.error(
      "the bitmask length doesn't match the code length",
      `${bitmask.length} bytes`,
      `${bitmaskLength} bytes, for ${codeLength} bytes of code`,
      reader.position - bitmask.length,
    );
  }
  const padding = codeLength % 8 === 0 ? 0 : bitmask[bitmaskLength - 1]! >> (codeLength % 8);
  if (padding !== 0) {
    throw reader.error(
      'the bitmask is padded with non-zero bits',
      `padding bits 0b${padding.toString(2)}`,
      'zero bits past the end of the code',
      reader.position - 1,
    );
  }
  return { jumpTable, code, bitmask };
}

function readImports(offsets: Uint8Array, symbols: Uint8Array): (Uint8Array | undefined)[] {
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const count = offsets.length / 4;
  return Array.from({ length: count }, (_, i) => {
    const start = view.getUint32(4 * i, true);
    const end = i + 1 < count ? view.getUint32(4 * i + 4, true) : symbols.length;
    return start <= end && end <= symbols.length ? symbols.subarray(start, end) : undefined;
  });
}

/** As in the reference, a malformed entry ends the list without an error. */
function readExports(blob: Uint8Array, payload: Uint8Array): ProgramExport[] {
  const exports: ProgramExport[] = [];
  if (payload.length === 0) return exports;
  const start = payload.byteOffset - blob.byteOffset;
  const reader = new BlobReader(blob, start, start + payload.length);
  reader.section = 'exports';
  try {
    const count = reader.readVarint();
    while (exports.length < count && exports.length <= MAX_EXPORTS) {
      const pc = reader.readVarint();
      exports.push({ pc, symbol: reader.readBytes(reader.readVarint()) });
    }
  } catch {
    return exports;
  }
  if (exports.length > MAX_EXPORTS) {
    throw reader.error('too many exports', `more than ${MAX_EXPORTS}`, `at most ${MAX_EXPORTS}`, start);
  }
  return exports;
}
