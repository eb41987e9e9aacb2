import { describe, expect, it } from 'vitest';
import { u32s, utf8, varint } from '../../test/support/blob.js';
import { ISAS } from '../isa/index.js';
import { debugFramesAt, debugRangeAt, debugRegions } from './debugInfo.js';
import { InvalidProgramError } from './errors.js';
import { parseProgram } from './parse.js';
import type { Program } from './program.js';
import { writeBlob } from './writeBlob.js';

/** Debug strings and where each of them is. */
function strings(...texts: string[]): { bytes: number[]; at: (text: string) => number[] } {
  const bytes = [0];
  const offsets = new Map<string, number>();
  for (const text of texts) {
    offsets.set(text, bytes.length);
    bytes.push(...varint(utf8(text).length), ...utf8(text));
  }
  return { bytes, at: (text) => varint(offsets.get(text)!) };
}

/** A program of 100 bytes of code with debug sections. */
function programWith(debugStrings: number[], linePrograms: number[], ranges: number[]): Program {
  const payloads = [debugStrings, linePrograms, ranges];
  const extraSections = payloads
    .map((payload, i) => ({ id: 128 + i, payload: Uint8Array.from(payload) }))
    .filter(({ payload }) => payload.length > 0);
  const bitmask = new Uint8Array(13);
  bitmask[0] = 1;
  return parseProgram(writeBlob({ isa: ISAS.latest64, code: new Uint8Array(100), bitmask, extraSections }));
}

const names = strings('crate::module', 'outer', 'inner', 'src/lib.rs');
const lineProgram = [
  ...[5, ...names.at('crate::module'), 6, ...names.at('outer'), 7, ...names.at('src/lib.rs'), 8, 10, 9, 3, 2],
  ...[10, 1, 15, 4], // four bytes of outer alone
  ...[4, 11, 1, 1, 6, ...names.at('inner'), 3, 16], // line 11; one byte more, then inner is on the stack
  ...[12, 20, 15, 5], // inner at line 20: five bytes
  ...[13, 5, 18], // inner at line 15: one byte, then it is off the stack
  ...[1, 0, 17, 2, 19, 2, 14],
  0,
];
const program = programWith(names.bytes, [1, ...lineProgram], u32s(10, 40, 1));

describe('debugRangeAt', () => {
  it('finds the range that contains an offset', () => {
    const { debugStrings, debugLinePrograms } = program;
    const debugLineProgramRanges = Uint8Array.from(u32s(10, 20, 1, 20, 21, 1, 30, 50, 1, 30, 50, 2));
    const many = { ...program, debugStrings, debugLinePrograms, debugLineProgramRanges };
    const found = [9, 10, 19, 20, 21, 29, 30, 49, 50].map((offset) => debugRangeAt(many, offset));
    expect(found).toEqual([undefined, 0, 0, 1, undefined, undefined, 2, 2, undefined]);
  });

  it('finds nothing without debug information', () => {
    expect(debugRangeAt(programWith([], [], []), 0)).toBeUndefined();
    expect(debugFramesAt(programWith([], [], []), 0)).toEqual([]);
  });

  it('refuses ranges of a wrong size and line programs of an unknown version', () => {
    expect(() => debugRangeAt(programWith([], [1, 0], [0, 0, 0]), 0)).toThrow(/ranges section has an invalid size/);
    expect(() => debugRangeAt(programWith([], [2, 0], u32s(0, 1, 1)), 0)).toThrow(/unsupported version/);
  });
});

describe('debugRegions', () => {
  it('follows the line program', () => {
    const regions = [...debugRegions(program, 0)].map(({ start, end }) => [start, end]);
    expect(regions).toEqual([
      [10, 14],
      [14, 15],
      [15, 20],
      [20, 21],
      [21, 23],
      [23, 25],
      [25, 26],
    ]);
  });

  it.each([
    ['an unknown opcode', [14, 20], /unrecognized line program opcode.*opcode 20/],
    ['a missing end', [14], /unexpected end of file/],
    ['opcodes that never finish a region', new Array<number>(600).fill(11), /513 opcodes without a region/],
    ['an unfinished operand', [14, 15], /unexpected end of file/],
  ])('yields what is before %s, then fails', (_, ops, message) => {
    const broken = programWith([0], [1, ...ops], u32s(0, 10, 1));
    const regions: number[] = [];
    expect(() => {
      for (const { start } of debugRegions(broken, 0)) regions.push(start);
    }).toThrow(message);
    expect(regions).toEqual(ops[0] === 14 ? [0] : []);
  });

  it('reads over changes to frames that are too deep', () => {
    const deep = programWith([0], [1, 1, 16, 8, 99, 1, 0, 10, 20, 8, 7, 14, 0], u32s(0, 10, 1));
    const frames = debugFramesAt(deep, 0);
    expect(frames).toHaveLength(16);
    expect(frames[0].line).toBe(7);
    expect(frames[15].line).toBeUndefined();
  });
});

describe('debugFramesAt', () => {
  const outer = { functionName: 'crate::module::outer', path: 'src/lib.rs', column: 3 };

  it('tells function, file, line and column', () => {
    expect(debugFramesAt(program, 10)).toEqual([{ ...outer, kind: 'enter', line: 10 }]);
    expect(debugFramesAt(program, 14)).toEqual([{ ...outer, kind: 'line', line: 11 }]);
  });

  it('tells inlined functions, innermost last', () => {
    const inner = { functionName: 'inner', path: undefined, column: undefined, kind: 'call' };
    expect(debugFramesAt(program, 15).slice(1)).toEqual([{ ...inner, line: 20 }]);
    expect(debugFramesAt(program, 20).slice(1)).toEqual([{ ...inner, line: 15 }]);
    expect(debugFramesAt(program, 21)).toHaveLength(1);
  });

  it('finds nothing behind the last region, and past the limit', () => {
    expect(debugFramesAt(program, 30)).toEqual([]);
    expect(debugFramesAt(program, 20, 3)).toEqual([]);
    expect(debugFramesAt(program, 20, 4)).toHaveLength(2);
  });

  it('refuses strings that are not UTF-8 or not there', () => {
    const notUtf8 = programWith([0, 1, 0xff], [1, 6, 1, 10, 1, 14, 0], u32s(0, 10, 1));
    expect(() => debugFramesAt(notUtf8, 0)).toThrow(/failed to parse a string at offset 0x1 \(not valid UTF-8\)/);
    const missing = programWith([0], [1, 6, 9, 10, 1, 14, 0], u32s(0, 10, 1));
    expect(() => debugFramesAt(missing, 0)).toThrow(InvalidProgramError);
  });
});
