import { blake3 } from '@noble/hashes/blake3.js';
import type { Program } from './program.js';

const FORMAT_VERSION = 1;

/**
 * The 32 bytes that identify a program by its contents: BLAKE3 over the lengths and then the bytes of its parts (spec:
 * blob format, identity). Debug information counts only when asked for.
 */
export function uniqueHash(program: Program, includeDebugInfo = false): Uint8Array {
  const { jumpTable } = program;
  const parts = [
    program.readOnlyData,
    program.readWriteData,
    program.code,
    jumpTable.bytes,
    program.bitmask,
    program.importOffsets,
    program.importSymbols,
    program.exportsPayload,
  ];
  const [readOnly, readWrite, code, table, bitmask, importOffsets, importSymbols, exports] = parts.map(
    ({ length }) => length,
  ) as [number, number, number, number, number, number, number, number];
  const hash = blake3.create();
  hash.update(
    words(
      FORMAT_VERSION,
      program.isa.index,
      program.readOnlyDataSize,
      program.readWriteDataSize,
      program.stackSize,
      readOnly,
      readWrite,
      code,
      table,
      jumpTable.entrySize,
      bitmask,
      importOffsets,
      importSymbols,
      exports,
    ),
  );
  for (const part of parts) hash.update(part);
  if (includeDebugInfo) {
    const debug = [program.debugStrings, program.debugLineProgramRanges, program.debugLinePrograms];
    hash.update(words(...debug.map(({ length }) => length)));
    for (const part of debug) hash.update(part);
  }
  return hash.digest();
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}
