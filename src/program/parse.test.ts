import { describe, expect, it } from 'vitest';
import { BODY, blobOf, codePayload, section, u32s, utf8, varint } from '../../test/support/blob.js';
import { ISA_NAMES, ISAS } from '../isa/index.js';
import { InvalidProgramError } from './errors.js';
import { declaredBlobLength, parseCodeAndJumpTable, parseProgram } from './parse.js';
import { writeBlob } from './writeBlob.js';

/** One `trap`. */
const CODE = section(6, ...codePayload([[0]]));
const END = 0;

function blob(...body: number[]): Uint8Array {
  return blobOf('latest64', ...body);
}

function failure(bytes: Uint8Array): InvalidProgramError {
  try {
    parseProgram(bytes);
  } catch (error) {
    if (error instanceof InvalidProgramError) return error;
    throw error;
  }
  throw new Error('the blob was accepted');
}

interface ErrorCase {
  readonly title: string;
  readonly blob: Uint8Array;
  readonly reason: string;
  readonly section: string;
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

/** A code section whose payload is given as bytes. */
const codeSection = (...payload: number[]): Uint8Array => blob(...section(6, ...payload), END);
/** Where that payload starts. */
const PAYLOAD = BODY + 2;

const ERRORS: ErrorCase[] = [
  {
    title: '1: no bytes at all',
    blob: new Uint8Array(0),
    reason: "blob doesn't start with the expected magic bytes",
    section: 'header',
    offset: 0,
    found: 'nothing',
    expected: '50 56 4d 00',
  },
  {
    title: '1: less than the magic bytes',
    blob: Uint8Array.of(0x50, 0x56, 0x4d),
    reason: "blob doesn't start with the expected magic bytes",
    section: 'header',
    offset: 0,
    found: '50 56 4d',
    expected: '50 56 4d 00',
  },
  {
    title: '1: other magic bytes',
    blob: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2),
    reason: "blob doesn't start with the expected magic bytes",
    section: 'header',
    offset: 0,
    found: '7f 45 4c 46',
    expected: '50 56 4d 00',
  },
  {
    title: '2: an unknown version',
    blob: Uint8Array.of(0x50, 0x56, 0x4d, 0, 4),
    reason: 'unsupported version: 4',
    section: 'header',
    offset: 4,
    found: '4',
    expected: '0, 1, 2 or 3',
  },
  {
    title: '3: bytes behind the declared length',
    blob: Uint8Array.of(...blob(...CODE, END), 0),
    reason: "blob size doesn't match the blob length metadata",
    section: 'header',
    offset: 5,
    found: 'a declared length of 21',
    expected: "22, the blob's length",
  },
  {
    title: '3: a declared length beyond 32 bits',
    blob: Uint8Array.from([...blob(...CODE, END)].with(10, 1)),
    reason: "blob size doesn't match the blob length metadata",
    section: 'header',
    offset: 5,
    found: 'a declared length of 1099511627797',
    expected: "21, the blob's length",
  },
  {
    title: '4: a memory config with bytes left over',
    blob: blob(...section(1, 0, 0, 0, 0), ...CODE, END),
    reason: 'the memory config section contains more data than expected',
    section: 'memory config',
    offset: PAYLOAD,
    found: 'a section of 4 bytes',
    expected: '3 bytes, the length of its three sizes',
  },
  {
    title: '4: a memory config shorter than its sizes',
    blob: blob(...section(1, 0, 0), 0, ...CODE, END),
    reason: 'the memory config section contains more data than expected',
    section: 'memory config',
    offset: PAYLOAD,
    found: 'a section of 2 bytes',
    expected: '3 bytes, the length of its three sizes',
  },
  {
    title: '5: too many imports',
    blob: blob(...section(4, ...varint(1025)), ...CODE, END),
    reason: 'too many imports',
    section: 'imports',
    offset: PAYLOAD,
    found: '1025',
    expected: 'at most 1024',
  },
  {
    title: '6: import offsets longer than their section',
    blob: blob(...section(4, 1, 0, 0, 0), 0, ...CODE, END),
    reason: 'the imports section is invalid',
    section: 'imports',
    offset: PAYLOAD,
    found: 'a section of 4 bytes',
    expected: 'at least 5 bytes, for 1 imports',
  },
  {
    title: '7: a section twice',
    blob: blob(...section(2), ...section(2), ...CODE, END),
    reason: 'found unexpected section as offset 0xf: 0x2',
    section: 'section 2',
    offset: BODY + 2,
    found: 'section 2',
    expected: 'a later section in the order 1 to 6, 128 to 255, or the end marker 0',
  },
  {
    title: '7: sections out of order',
    blob: blob(...CODE, ...section(5, 0), END),
    reason: 'found unexpected section as offset 0x14: 0x5',
    section: 'section 5',
    offset: BODY + CODE.length,
    found: 'section 5',
    expected: 'a later section in the order 1 to 6, 128 to 255, or the end marker 0',
  },
  {
    title: '7: an unknown section that is not optional',
    blob: blob(...section(7, 1, 2), ...CODE, END),
    reason: 'found unexpected section as offset 0xd: 0x7',
    section: 'section 7',
    offset: BODY,
    found: 'section 7',
    expected: 'a later section in the order 1 to 6, 128 to 255, or the end marker 0',
  },
  {
    title: '8: more read-only data than declared',
    blob: blob(...section(1, 1, 0, 0), ...section(2, 7, 7), ...CODE, END),
    reason: 'size of the read-only data payload exceeds the declared size of the section',
    section: 'read-only data',
    offset: BODY + 5 + 2,
    found: '2 bytes',
    expected: 'at most 1 bytes',
  },
  {
    title: '9: more read-write data than declared',
    blob: blob(...section(1, 1, 0, 0), ...section(2, 7), ...section(3, 7), ...CODE, END),
    reason: 'size of the read-write data payload exceeds the declared size of the section',
    section: 'read-write data',
    offset: BODY + 5 + 3 + 2,
    found: '1 bytes',
    expected: 'at most 0 bytes',
  },
  {
    title: '10: no code section',
    blob: blob(END),
    reason: 'no code found',
    section: 'code and jump table',
    offset: BODY + 1,
    found: 'no section 6, or an empty one',
    expected: 'a code section',
  },
  {
    title: '10: an empty code section',
    blob: blob(...section(6), END),
    reason: 'no code found',
    section: 'code and jump table',
    offset: BODY + 3,
    found: 'no section 6, or an empty one',
    expected: 'a code section',
  },
  {
    title: '11: a jump table of more than 16 Mi entries',
    blob: codeSection(...varint(16777217), 1, 0),
    reason: 'the jump table section is too long',
    section: 'code and jump table',
    offset: PAYLOAD,
    found: '16777217 entries',
    expected: 'at most 16777216',
  },
  {
    title: '12: more than 32 MiB of code',
    blob: codeSection(0, 5, ...varint(33554433)),
    reason: 'the code section is too long',
    section: 'code and jump table',
    offset: PAYLOAD + 2,
    found: '33554433 bytes',
    expected: 'at most 33554432',
  },
  {
    title: '13: jump table entries of five bytes',
    blob: codeSection(0, 5, 0),
    reason: 'invalid jump table entry size',
    section: 'code and jump table',
    offset: PAYLOAD + 1,
    found: '5',
    expected: '0 to 4',
  },
  {
    title: '15: a bitmask too short',
    blob: codeSection(0, 0, 9, ...new Array(9).fill(0), 1),
    reason: "the bitmask length doesn't match the code length",
    section: 'code and jump table',
    offset: PAYLOAD + 12,
    found: '1 bytes',
    expected: '2 bytes, for 9 bytes of code',
  },
  {
    title: '15: a bitmask too long',
    blob: codeSection(0, 0, 1, 0, 1, 0),
    reason: "the bitmask length doesn't match the code length",
    section: 'code and jump table',
    offset: PAYLOAD + 4,
    found: '2 bytes',
    expected: '1 bytes, for 1 bytes of code',
  },
  {
    title: '16: a bitmask with bits behind the code',
    blob: codeSection(0, 0, 3, 0, 0, 0, 0b101001),
    reason: 'the bitmask is padded with non-zero bits',
    section: 'code and jump table',
    offset: PAYLOAD + 6,
    found: 'padding bits 0b101',
    expected: 'zero bits past the end of the code',
  },
  {
    title: 'any: no version',
    blob: Uint8Array.of(0x50, 0x56, 0x4d, 0),
    reason: 'unexpected end of file at offset 0x4: expected to be able to read at least 1 bytes, found 0 bytes',
    section: 'header',
    offset: 4,
    found: '0 bytes',
    expected: 'at least 1 bytes',
  },
  {
    title: 'any: a length cut short',
    blob: Uint8Array.of(0x50, 0x56, 0x4d, 0, 0, 12, 0, 0),
    reason: 'unexpected end of file at offset 0x5: expected to be able to read at least 8 bytes, found 3 bytes',
    section: 'header',
    offset: 5,
    found: '3 bytes',
    expected: 'at least 8 bytes',
  },
  {
    title: 'any: no end marker',
    blob: blob(...CODE),
    reason: 'unexpected end of file at offset 0x14: expected to be able to read at least 1 bytes, found 0 bytes',
    section: 'code and jump table',
    offset: BODY + CODE.length,
    found: '0 bytes',
    expected: 'at least 1 bytes',
  },
  {
    title: 'any: a section that declares more than there is',
    blob: blob(3, ...varint(0xffffffff), END),
    reason:
      'unexpected end of file at offset 0x13: expected to be able to read at least 4294967295 bytes, found 1 bytes',
    section: 'read-write data',
    offset: BODY + 6,
    found: '1 bytes',
    expected: 'at least 4294967295 bytes',
  },
  {
    title: 'any: more imports than bytes',
    blob: blob(...section(4, ...varint(1024)), ...CODE, END),
    reason: 'unexpected end of file at offset 0x11: expected to be able to read at least 4096 bytes, found 8 bytes',
    section: 'imports',
    offset: BODY + 4,
    found: '8 bytes',
    expected: 'at least 4096 bytes',
  },
  {
    title: 'any: a jump table longer than its section',
    blob: codeSection(...varint(16777216), 4, 0),
    reason: 'unexpected end of file at offset 0x15: expected to be able to read at least 67108864 bytes, found 0 bytes',
    section: 'code and jump table',
    offset: PAYLOAD + 6,
    found: '0 bytes',
    expected: 'at least 67108864 bytes',
  },
  {
    title: 'any: code longer than its section',
    blob: codeSection(0, 0, 4, 0, 0, 0),
    reason: 'unexpected end of file at offset 0x12: expected to be able to read at least 4 bytes, found 3 bytes',
    section: 'code and jump table',
    offset: PAYLOAD + 3,
    found: '3 bytes',
    expected: 'at least 4 bytes',
  },
  {
    title: 'any: a varint of more than five bytes',
    blob: blob(2, 0xf8, 0, 0, 0, 0, 0, END),
    reason: 'failed to parse a varint at offset 0xe',
    section: 'read-only data',
    offset: BODY + 1,
    found: 'first byte 0xf8',
    expected: 'a variable-length integer of 1 to 5 bytes',
  },
  {
    title: 'any: a varint cut short',
    blob: blob(200, 0xe0, 1, 2),
    reason: 'failed to parse a varint at offset 0xe',
    section: 'optional section 200',
    offset: BODY + 1,
    found: '2 of 3 extra bytes',
    expected: 'a variable-length integer of 1 to 5 bytes',
  },
  {
    title: 'any: a varint without its first byte',
    blob: blob(1),
    reason: 'unexpected end of file at offset 0xe: expected to be able to read at least 1 bytes, found 0 bytes',
    section: 'memory config',
    offset: BODY + 1,
    found: '0 bytes',
    expected: 'at least 1 bytes',
  },
];

describe('a malformed blob is refused', () => {
  it.each(ERRORS)('$title', ({ blob: bytes, reason, title: _, ...details }) => {
    const error = failure(bytes);
    expect(error).toMatchObject(details);
    const where = `${details.section} at offset 0x${details.offset.toString(16)}`;
    expect(error.message).toBe(
      `failed to parse program blob: ${reason} (${where}: found ${details.found}, expected ${details.expected})`,
    );
    expect(error.name).toBe('InvalidProgramError');
  });

  it('at every length that it can be cut to', () => {
    const whole = blob(
      ...section(1, 4, 4, 0),
      ...section(2, 1, 2),
      ...section(3, 3),
      ...section(4, 1, ...u32s(0), ...utf8('a')),
      ...section(5, 1, 0, 1, ...utf8('b')),
      ...CODE,
      ...section(128, 0),
      END,
    );
    parseProgram(whole);
    for (let length = 0; length < whole.length; length++) {
      // With the length that is really there: otherwise nothing behind the header would be looked at.
      const cut = whole.slice(0, length);
      if (length > 5) cut[5] = length;
      expect(() => parseProgram(cut), `${length} bytes`).toThrow(InvalidProgramError);
    }
  });

  it('reports the first of several mistakes in the order of the specification', () => {
    const tooMuchData = section(2, 1);
    expect(failure(blob(...tooMuchData, ...section(7), END)).message).toMatch(/unexpected section/);
    expect(failure(blob(...tooMuchData, END)).message).toMatch(/size of the read-only data/);
    expect(failure(codeSection(0, 9, ...varint(33554433))).message).toMatch(/code section is too long/);
    expect(failure(codeSection(...varint(16777217), 9, ...varint(33554433))).message).toMatch(/jump table section/);
  });
});

describe('varints', () => {
  /** The size of the read-only data, declared by these bytes. */
  function decoded(...bytes: number[]): number {
    return parseProgram(blob(...section(1, ...bytes, 0, 0), ...CODE, END)).readOnlyDataSize;
  }

  it.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x80]],
    [16383, [0xbf, 0xff]],
    [16384, [0xc0, 0x00, 0x40]],
    [0x1fffff, [0xdf, 0xff, 0xff]],
    [0x200000, [0xe0, 0x00, 0x00, 0x20]],
    [0xfffffff, [0xef, 0xff, 0xff, 0xff]],
    [0x10000000, [0xf0, 0x00, 0x00, 0x00, 0x10]],
    [0xffffffff, [0xf0, 0xff, 0xff, 0xff, 0xff]],
  ])('decode %i', (value, bytes) => {
    expect(decoded(...bytes)).toBe(value);
  });

  it('may be longer than needed', () => {
    expect(decoded(0x80, 5)).toBe(5);
    expect(decoded(0xe0, 5, 0, 0)).toBe(5);
  });

  it('of five bytes OR the low bits of the first byte into the value', () => {
    expect(decoded(0xf3, 0, 0, 0, 0)).toBe(3);
    expect(decoded(0xf7, 8, 0, 0, 0x80)).toBe(0x8000000f);
  });
});

describe('a parsed program', () => {
  it.each(ISA_NAMES)('in %s has the ISA of its version byte', (name) => {
    expect(parseProgram(blobOf(name, ...CODE, END)).isa).toBe(ISAS[name]);
  });

  it('has no data, imports and exports unless it has the sections', () => {
    expect(parseProgram(blob(...CODE, END))).toMatchObject({
      readOnlyData: new Uint8Array(0),
      readOnlyDataSize: 0,
      readWriteData: new Uint8Array(0),
      readWriteDataSize: 0,
      stackSize: 0,
      imports: [],
      exports: [],
      debugStrings: new Uint8Array(0),
    });
  });

  it('has what its sections hold', () => {
    const program = parseProgram(
      blob(
        ...section(1, ...varint(5000), ...varint(300), ...varint(8192)),
        ...section(2, 1, 2, 3),
        ...section(3, 4, 5),
        ...section(4, 2, ...u32s(0, 3), ...utf8('onetwo')),
        ...section(5, 2, 0, 1, ...utf8('a'), 5, 0),
        ...section(6, 3, 2, 4, 1, 0, 2, 0, 0, 1, 1, 1, 0, 0, 0b0011),
        ...section(128, 0, 1),
        ...section(129, 1, 2),
        ...section(130, 3),
        END,
      ),
    );
    expect(program).toMatchObject({
      readOnlyDataSize: 5000,
      readOnlyData: Uint8Array.of(1, 2, 3),
      readWriteDataSize: 300,
      readWriteData: Uint8Array.of(4, 5),
      stackSize: 8192,
      imports: [Uint8Array.from(utf8('one')), Uint8Array.from(utf8('two'))],
      importOffsets: Uint8Array.from(u32s(0, 3)),
      importSymbols: Uint8Array.from(utf8('onetwo')),
      exports: [
        { symbol: Uint8Array.from(utf8('a')), pc: 0 },
        { symbol: new Uint8Array(0), pc: 5 },
      ],
      code: Uint8Array.of(1, 1, 0, 0),
      bitmask: Uint8Array.of(3),
      debugStrings: Uint8Array.of(0, 1),
      debugLinePrograms: Uint8Array.of(1, 2),
      debugLineProgramRanges: Uint8Array.of(3),
    });
    expect(program.jumpTable.length).toBe(3);
    expect([0, 1, 2, 3].map((i) => program.jumpTable.get(i))).toEqual([1, 2, 256, undefined]);
  });

  it('may have code without a byte', () => {
    const { code, bitmask } = parseProgram(codeSection(0, 0, 0));
    expect([code.length, bitmask.length]).toEqual([0, 0]);
  });

  it('may be followed by anything that its length counts', () => {
    expect(parseProgram(blob(...CODE, END, 1, 2, 3)).code.length).toBe(1);
  });

  it('skips optional sections behind the known ones, in any number', () => {
    const optional = [...section(255, 1), ...section(131), ...section(128, 9), ...section(129, 9)];
    const program = parseProgram(blob(...CODE, ...section(128, 0), ...optional, END));
    expect(program.debugStrings).toEqual(Uint8Array.of(0));
    expect(program.debugLinePrograms.length).toBe(0);
  });

  it('is found in the middle of a larger buffer', () => {
    const bytes = blob(...section(5, 1, 0, 1, 65), ...CODE, END);
    const buffer = new Uint8Array(bytes.length + 20);
    buffer.set(bytes, 10);
    const program = parseProgram(buffer.subarray(10, 10 + bytes.length));
    expect(program.exports[0]?.symbol).toEqual(Uint8Array.of(65));
    expect(program.code).toEqual(Uint8Array.of(0));
  });
});

describe('imports', () => {
  function imports(...payload: number[]): (string | undefined)[] {
    const program = parseProgram(blob(...section(4, ...payload), ...CODE, END));
    return program.imports.map((symbol) => symbol && new TextDecoder().decode(symbol));
  }

  it('end where the next one starts, the last one where the section ends', () => {
    expect(imports(3, ...u32s(0, 1, 1), ...utf8('abc'))).toEqual(['a', '', 'bc']);
  });

  it('with descending or outlying offsets are undefined and keep their index', () => {
    expect(imports(3, ...u32s(2, 1, 0), ...utf8('abc'))).toEqual([undefined, undefined, 'abc']);
    expect(imports(3, ...u32s(0, 4, 1), ...utf8('abc'))).toEqual([undefined, undefined, 'bc']);
    expect(imports(2, ...u32s(0xffffffff, 0), ...utf8('abc'))).toEqual([undefined, 'abc']);
    expect(imports(1, ...u32s(4), ...utf8('abc'))).toEqual([undefined]);
  });

  it('may be as many as 1024, and none', () => {
    expect(imports(...varint(1024), ...new Array(4096).fill(0)).length).toBe(1024);
    expect(imports(0)).toEqual([]);
  });
});

describe('exports', () => {
  function exports(...payload: number[]): (readonly [string, number])[] {
    const program = parseProgram(blob(...section(5, ...payload), ...CODE, END));
    return program.exports.map(({ symbol, pc }) => [new TextDecoder().decode(symbol), pc]);
  }
  const A = [7, 1, ...utf8('a')];
  const B = [0, 2, ...utf8('bb')];

  it('are listed in order, duplicates included', () => {
    expect(exports(3, ...A, ...B, ...A)).toEqual([
      ['a', 7],
      ['bb', 0],
      ['a', 7],
    ]);
  });

  it('end at the first malformed entry, without an error', () => {
    const onlyA = [['a', 7]];
    expect(exports(9, ...A)).toEqual(onlyA);
    expect(exports(2, ...A, 5)).toEqual(onlyA);
    expect(exports(2, ...A, 5, 0xff)).toEqual(onlyA);
    expect(exports(3, ...A, 5, 200, ...B)).toEqual(onlyA);
    expect(exports(0xff)).toEqual([]);
    expect(exports()).toEqual([]);
  });

  it('may be followed by bytes that are ignored, and point anywhere', () => {
    expect(exports(1, ...varint(0xffffffff), 0, 1, 2, 3)).toEqual([['', 0xffffffff]]);
  });

  it('are refused beyond 65536, of which no program has need', () => {
    const withExports = (count: number): Uint8Array =>
      writeBlob({
        isa: ISAS.latest64,
        exports: new Array(count).fill({ symbol: new Uint8Array(0), pc: 0 }),
        code: Uint8Array.of(0),
        bitmask: Uint8Array.of(1),
      });
    expect(parseProgram(withExports(65536)).exports.length).toBe(65536);
    expect(failure(withExports(65537))).toMatchObject({
      section: 'exports',
      offset: BODY + 4,
      found: 'more than 65536',
      expected: 'at most 65536',
    });
  });
});

describe('jump tables', () => {
  function entries(count: number, size: number, ...bytes: number[]): (number | undefined)[] {
    const program = parseProgram(codeSection(...varint(count), size, 1, ...bytes, 0, 1));
    return [-1, 0, 1, 2].map((index) => program.jumpTable.get(index));
  }

  it('have entries of one to four bytes', () => {
    expect(entries(2, 1, 1, 0xff)).toEqual([undefined, 1, 0xff, undefined]);
    expect(entries(2, 2, 1, 2, 3, 4)).toEqual([undefined, 0x201, 0x403, undefined]);
    expect(entries(1, 3, 1, 2, 0xff)).toEqual([undefined, 0xff0201, undefined, undefined]);
    expect(entries(1, 4, 1, 2, 3, 0xff)).toEqual([undefined, 0xff030201, undefined, undefined]);
  });

  it('are empty when entries have no bytes', () => {
    expect(entries(2, 0)).toEqual([undefined, undefined, undefined, undefined]);
    expect(parseProgram(codeSection(...varint(16777216), 0, 1, 0, 1)).jumpTable.length).toBe(0);
  });
});

describe('the payload of a code section alone', () => {
  it('is a program of the ISA asked for', () => {
    const program = parseCodeAndJumpTable(Uint8Array.from(codePayload([[1], [0]], [1])), ISAS.jam_v1);
    expect(program.isa.name).toBe('jam_v1');
    expect(program.code).toEqual(Uint8Array.of(1, 0));
    expect(program.jumpTable.get(0)).toBe(1);
    expect(program.stackSize).toBe(0);
  });

  it('is refused like the section', () => {
    expect(() => parseCodeAndJumpTable(new Uint8Array(0), ISAS.jam_v1)).toThrow(InvalidProgramError);
    expect(() => parseCodeAndJumpTable(Uint8Array.of(0, 0, 1, 0, 3), ISAS.jam_v1)).toThrow(/padded with non-zero bits/);
  });
});

describe('the declared length of a blob', () => {
  it('needs thirteen bytes, and looks at nothing else', () => {
    expect(declaredBlobLength(new Uint8Array(12))).toBeUndefined();
    const bytes = Uint8Array.from([9, 9, 9, 9, 9, ...u32s(0x11223344, 0x80000000)]);
    expect(declaredBlobLength(bytes)).toBe(0x8000000011223344n);
    expect(declaredBlobLength(Uint8Array.from([0, ...bytes]).subarray(1))).toBe(0x8000000011223344n);
  });
});

describe('large programs', () => {
  it('parse in bounded time and memory up to the limits', () => {
    const CODE_LENGTH = 32 * 1024 * 1024;
    const ENTRIES = 16 * 1024 * 1024;
    const payloadLength = 4 + 1 + 4 + 4 * ENTRIES + CODE_LENGTH + CODE_LENGTH / 8;
    const head = [0x50, 0x56, 0x4d, 0, 2, ...new Array(8).fill(0), 6, ...varint(payloadLength)];
    const bytes = new Uint8Array(head.length + payloadLength + 1);
    bytes.set(head);
    new DataView(bytes.buffer).setUint32(5, bytes.length, true);
    bytes.set([...varint(ENTRIES), 4, ...varint(CODE_LENGTH)], head.length);
    const start = performance.now();
    const program = parseProgram(bytes);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(program.code.length).toBe(CODE_LENGTH);
    expect(program.jumpTable.length).toBe(ENTRIES);
    // Views, not copies.
    expect(program.code.buffer).toBe(bytes.buffer);
  });
});
