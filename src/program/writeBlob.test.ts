import { describe, expect, it } from 'vitest';
import { blobOf, section, u32s, utf8, varint } from '../../test/support/blob.js';
import { ISAS } from '../isa/index.js';
import { parseProgram } from './parse.js';
import { jumpTableEntrySize, writeBlob } from './writeBlob.js';

const isa = ISAS.latest64;
const trap = { isa, code: Uint8Array.of(0), bitmask: Uint8Array.of(1) };
const codeSection = section(6, 0, 0, 1, 0, 1);
const symbol = (text: string) => new TextEncoder().encode(text);

describe('writeBlob', () => {
  it('writes a header, the code and an end marker, and no empty section', () => {
    expect(writeBlob(trap)).toEqual(blobOf('latest64', ...codeSection, 0));
    const empty = { readOnlyData: new Uint8Array(), readWriteData: new Uint8Array(), imports: [], exports: [] };
    expect(writeBlob({ ...trap, ...empty })).toEqual(writeBlob(trap));
  });

  it('writes the memory configuration when one of its sizes is not zero', () => {
    expect(writeBlob({ ...trap, stackSize: 4096 })).toEqual(
      blobOf('latest64', ...section(1, 0, 0, ...varint(4096)), ...codeSection, 0),
    );
    expect(writeBlob({ ...trap, readOnlyDataSize: 1 })).toEqual(
      blobOf('latest64', ...section(1, 1, 0, 0), ...codeSection, 0),
    );
  });

  it('writes every section in its order', () => {
    const blob = writeBlob({
      isa: ISAS.jam_v1,
      readOnlyData: Uint8Array.of(1, 2, 3),
      readOnlyDataSize: 200,
      readWriteData: Uint8Array.of(9),
      readWriteDataSize: 70_000,
      stackSize: 0x12345678,
      imports: [symbol('get'), symbol(''), symbol('put')],
      exports: [
        { symbol: symbol('main'), pc: 1 },
        { symbol: Uint8Array.of(0xff), pc: 300 },
      ],
      code: Uint8Array.of(1, 51, 7, 0),
      bitmask: Uint8Array.of(0b1011),
      jumpTable: [3, 1],
      extraSections: [{ id: 128, payload: Uint8Array.of(0) }],
    });
    expect(blob).toEqual(
      blobOf(
        'jam_v1',
        ...section(1, ...varint(200), ...varint(70_000), ...varint(0x12345678)),
        ...section(2, 1, 2, 3),
        ...section(3, 9),
        ...section(4, 3, ...u32s(0, 3, 3), ...utf8('getput')),
        ...section(5, 2, 1, 4, ...utf8('main'), ...varint(300), 1, 0xff),
        ...section(6, 2, 1, 4, 3, 1, 1, 51, 7, 0, 0b1011),
        ...section(128, 0),
        0,
      ),
    );
  });

  it('writes lengths of every size so that they are read back', () => {
    for (const length of [0, 127, 128, 16_383, 16_384, 2 ** 21 - 1, 2 ** 21, 2 ** 23]) {
      const code = new Uint8Array(length);
      const bitmask = new Uint8Array(Math.ceil(length / 8));
      if (length > 0) bitmask[0] = 1;
      const program = parseProgram(writeBlob({ isa, code, bitmask, stackSize: length }));
      expect(program.code.length).toBe(length);
      expect(program.stackSize).toBe(length);
    }
    for (const size of [2 ** 28 - 1, 2 ** 28, 2 ** 32 - 1]) {
      expect(parseProgram(writeBlob({ ...trap, readWriteDataSize: size })).readWriteDataSize).toBe(size);
    }
  });

  it('gives jump table entries the size that is asked for', () => {
    const { jumpTable } = parseProgram(writeBlob({ ...trap, jumpTable: [5, 0x20001], jumpTableEntrySize: 4 }));
    expect(jumpTable.entrySize).toBe(4);
    expect([jumpTable.get(0), jumpTable.get(1)]).toEqual([5, 0x20001]);
  });
});

describe('jumpTableEntrySize', () => {
  it.each([
    [[], 0],
    [[0, 0], 1],
    [[1], 1],
    [[255, 3], 1],
    [[3, 256], 2],
    [[0x10000], 3],
    [[0x1000000], 4],
    [[0xffffffff], 4],
  ])('of %j is %i', (entries, size) => {
    expect(jumpTableEntrySize(entries)).toBe(size);
  });
});
