import { blake3 } from '@noble/hashes/blake3.js';
import { describe, expect, it } from 'vitest';
import { blobOf, section, u32s, utf8, varint } from '../../test/support/blob.js';
import { ISA_NAMES, type IsaName } from '../isa/index.js';
import { parseProgram } from './parse.js';
import { uniqueHash } from './uniqueHash.js';

const RO = [1, 2, 3];
const RW = [4, 5];
const CODE = [1, 0, 0];
const JUMP_TABLE = [1, 0, 2, 0];
const BITMASK = [3];
const SYMBOLS = utf8('onetwo');
const OFFSETS = u32s(0, 3);
const EXPORTS = [1, 0, 1, 97, 99];
const STRINGS = [0, 1, 97];
const PROGRAMS = [1, 0];
const RANGES = u32s(0, 3, 1);

function blob(isa: IsaName): Uint8Array {
  return blobOf(
    isa,
    ...section(1, ...varint(4096), ...varint(8), ...varint(65536)),
    ...section(2, ...RO),
    ...section(3, ...RW),
    ...section(4, 2, ...OFFSETS, ...SYMBOLS),
    ...section(5, ...EXPORTS),
    ...section(6, 2, 2, CODE.length, ...JUMP_TABLE, ...CODE, ...BITMASK),
    ...section(128, ...STRINGS),
    ...section(129, ...PROGRAMS),
    ...section(130, ...RANGES),
    0,
  );
}

/** What is hashed, written out by hand. */
function preimage(isaIndex: number): number[] {
  return [
    ...u32s(1, isaIndex, 4096, 8, 65536, 3, 2, 3, 4, 2, 1, 8, 6, 5),
    ...RO,
    ...RW,
    ...CODE,
    ...JUMP_TABLE,
    ...BITMASK,
    ...OFFSETS,
    ...SYMBOLS,
    ...EXPORTS,
  ];
}
const DEBUG = [...u32s(3, 12, 2), ...STRINGS, ...RANGES, ...PROGRAMS];

describe('the unique hash', () => {
  it.each(ISA_NAMES.map((name, index) => [name, index] as const))(
    'in %s covers the program, and its debug information on demand',
    (name, index) => {
      const program = parseProgram(blob(name));
      expect(uniqueHash(program)).toEqual(blake3(Uint8Array.from(preimage(index))));
      expect(uniqueHash(program, true)).toEqual(blake3(Uint8Array.from([...preimage(index), ...DEBUG])));
    },
  );

  it('does not depend on optional sections, or on what follows the end marker', () => {
    const code = section(6, 0, 0, 1, 0, 1);
    const plain = parseProgram(blobOf('latest64', ...code, 0));
    const adorned = parseProgram(blobOf('latest64', ...code, ...section(128, 1), ...section(200, 1), 0, 7));
    expect(uniqueHash(adorned)).toEqual(uniqueHash(plain));
    expect(uniqueHash(adorned, true)).not.toEqual(uniqueHash(plain, true));
  });
});
