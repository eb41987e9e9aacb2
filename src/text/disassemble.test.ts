import { describe, expect, it } from 'vitest';
import { u32s, utf8, varint } from '../../test/support/blob.js';
import { ISAS, type IsaName } from '../isa/index.js';
import { type BlobParts, InvalidProgramError, parseProgram, writeBlob } from '../program/index.js';
import { assemble, type DisassembleOptions, disassemble } from './index.js';

/** A blob of instructions given by their bytes. */
function blobOf(instructions: number[][], parts: Partial<BlobParts> = {}): Uint8Array {
  const code = Uint8Array.from(instructions.flat());
  const bitmask = new Uint8Array(Math.ceil(code.length / 8));
  let offset = 0;
  for (const instruction of instructions) {
    bitmask[offset >> 3] |= 1 << (offset & 7);
    offset += instruction.length;
  }
  return writeBlob({ isa: ISAS.latest64, code, bitmask, ...parts });
}

const symbol = (text: string) => new TextEncoder().encode(text);

/** The lines of code of a listing. */
function codeLines(blob: Uint8Array, options: DisassembleOptions = {}): string[] {
  const lines = disassemble(blob, { header: false, ...options }).split('\n');
  expect(lines.pop()).toBe('');
  return lines.slice(lines.findIndex((line) => /^ *\d*: /.test(line) || line.startsWith('@') || line.startsWith('<')));
}

/** The same program, through text. */
function again(blob: Uint8Array, options: DisassembleOptions = {}): Uint8Array {
  return assemble(disassemble(blob, options));
}

const SOURCE = `
  %isa = latest32
  %rw_data_size = 0x4000
  %import = hostcall
  pub @main:
  u32 [0x20000] = 0x12345678
  s0 = a0 + a1
  ecalli hostcall
  a0 = a0 + s0
  ret
`;

describe('the guest format', () => {
  it('is that of the reference', () => {
    expect(disassemble(assemble(SOURCE), { format: 'guest', gasCost: () => 5 })).toBe(
      [
        '// RO data = 0/0 bytes',
        '// RW data = 0/16384 bytes',
        '// Stack size = 0 bytes',
        '',
        '// Instructions = 5',
        '// Code size = 18 bytes',
        '',
        "      : @0 [export #0: 'main'] (gas: 5)",
        '     0: u32 [0x20000] = 0x12345678',
        '     9: s0 = a0 + a1',
        "    12: ecalli 0 // 'hostcall'",
        '    13: a0 = a0 + s0',
        '    16: ret',
        '',
      ].join('\n'),
    );
  });

  it('prints invalid code as invalid, gaps included', () => {
    const blob = blobOf([[0xff], [51, 7, ...new Array<number>(40).fill(0)], [0]]);
    expect(codeLines(blob, { format: 'guest' })).toEqual([
      '      : @0',
      '     0: invalid',
      '      : @1',
      '     1: a0 = 0',
      '    26: invalid',
      '      : @2',
      '    43: trap',
    ]);
  });
});

describe('the assembly format', () => {
  it('adds what the program has besides code', () => {
    const blob = writeBlob({
      isa: ISAS.jam_v1,
      readOnlyData: Uint8Array.from({ length: 34 }, (_, i) => i),
      readOnlyDataSize: 100,
      readWriteData: Uint8Array.of(255),
      readWriteDataSize: 1,
      stackSize: 4096,
      imports: [symbol('get'), Uint8Array.of(0xff, 0)],
      code: Uint8Array.of(0),
      bitmask: Uint8Array.of(1),
      jumpTable: [0],
      jumpTableEntrySize: 3,
    });
    expect(disassemble(blob, { header: false })).toBe(
      [
        '%isa = jam_v1',
        '%ro_data_size = 100',
        '%rw_data_size = 1',
        '%stack_size = 4096',
        '%ro_data = 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f',
        '%ro_data += 20 21',
        '%rw_data = ff',
        "%import = 'get'",
        '%import = 0xff00',
        '%jump_table_entry_size = 3',
        '',
        '      : @0 [@dyn 1]',
        '     0: trap',
        '',
      ].join('\n'),
    );
    expect(again(blob)).toEqual(blob);
  });

  it('gives instructions by their bytes that are not encoded in the shortest form', () => {
    const blob = blobOf([
      [40, 5, 0, 0, 0],
      [51, 7, 1, 0],
      [180, 0x87, 0x70 | 1, 5, 6],
      [10, 1, 0],
    ]);
    expect(codeLines(blob)).toEqual([
      '      : @0',
      '     0: %bytes = 28 05 00 00 00 // jump @1',
      '      : @1',
      '     5: %bytes = 33 07 01 00 // a0 = 0x1',
      '     9: %bytes = b4 87 71 05 06 // a0 = 5, jump [a1 + 0x6]',
      '      : @2',
      '    14: %bytes = 0a 01 00 // ecalli 1',
      '    17: invalid',
    ]);
    expect(again(blob)).toEqual(blob);
  });

  it('gives stores by their bytes whose value is wider than what they store', () => {
    const blob = blobOf([[30, 1, 9, 0x00, 0x01], [30, 1, 9, 0xff, 0], [31, 1, 9, 0xff, 0xff, 0], [0]]);
    expect(codeLines(blob)).toEqual([
      '      : @0',
      '     0: %bytes = 1e 01 09 00 01 // u8 [0x9] = 0x100',
      '     5: u8 [0x9] = 0xff',
      '    10: u16 [0x9] = 0xffff',
      '    16: trap',
    ]);
    expect(again(blob)).toEqual(blob);
  });

  it('gives jumps by their bytes when their lengths are another solution than the assembler finds', () => {
    // A jump to the second one, which jumps to the front: with one byte each both distances fit, with two neither.
    const traps = new Array<number[]>(125).fill([0]);
    const blob = blobOf([[0], [40, 128, 0], ...traps, [40, 0x7f, 0xff]]);
    expect(parseProgram(again(blob)).code).toEqual(parseProgram(blob).code);
    expect(disassemble(blob)).toMatch(/%bytes = 28 80 00 \/\/ jump @127\n/);
  });

  it('keeps bytes that are no instructions', () => {
    const filler = new Array<number>(30).fill(9);
    const code = Uint8Array.from([7, 7, 0, ...filler, 51, 7, ...filler, 0, 5, 5]);
    const bitmask = new Uint8Array(9);
    for (const offset of [2, 33, 65]) bitmask[offset >> 3] |= 1 << (offset & 7);
    const blob = writeBlob({ isa: ISAS.latest64, code, bitmask });
    expect(codeLines(blob).map((line) => line.replace(/(?:09 )+09/, '..'))).toEqual([
      '      : @0',
      '     0: %unmarked_bytes = 07 07 // invalid',
      '      : @1',
      '     2: %bytes = 00 .. // trap',
      '    27: %unmarked_bytes = ..',
      '      : @2',
      '    33: %bytes = 33 07 .. // a0 = 0x9090909',
      '    58: %unmarked_bytes = .. // invalid',
      '      : @3',
      '    65: %bytes = 00 05 05 // trap',
    ]);
    expect(again(blob)).toEqual(blob);
  });

  it('tells what points into the middle of blocks, of instructions, and outside of the code', () => {
    const exports = [6, 1, 0, 5, 2].map((pc, i) => ({ symbol: symbol(`f${i}`), pc }));
    const blob = blobOf([[51, 7, 1], [51, 8], [0]], { exports, jumpTable: [3, 0, 3, 4, 99] });
    expect(codeLines(blob)).toEqual([
      "      : @0 [@dyn 2] [export #2: 'f2']",
      '     0: a0 = 0x1',
      '      : [@dyn 1] [@dyn 3]',
      '     3: a1 = 0',
      "      : [export #3: 'f3']",
      '     5: trap',
      '     4: [@dyn 4]',
      '    99: [@dyn 5]',
      "     6: [export #0: 'f0']",
      "     1: [export #1: 'f1']",
      "     2: [export #4: 'f4']",
    ]);
    expect(again(blob)).toEqual(blob);
    const guest = codeLines(blob, { format: 'guest' });
    expect(guest).toEqual([
      "      : @0 [@dyn 2] [export #2: 'f2']",
      '     0: a0 = 0x1',
      '     3: a1 = 0',
      '     5: trap',
    ]);
  });

  it('prints a jump to what starts no block as an offset', () => {
    const blob = blobOf([
      [51, 7],
      [40, 0xfe],
      [40, 1],
      [40, 50],
    ]);
    const jumps = codeLines(blob).filter((line) => line.includes('jump'));
    expect(jumps).toEqual(['     2: jump @0', '     4: jump 5', '     6: jump 56']);
    expect(again(blob)).toEqual(blob);
  });

  it('escapes symbols that would break out of their line', () => {
    const hostile = "a'\\\n%isa = x\u2028\u001b[0m";
    const parts = { imports: [symbol(hostile)], exports: [{ symbol: symbol(hostile), pc: 0 }] };
    const blob = blobOf([[10], [0]], parts);
    const text = disassemble(blob);
    expect(text).toContain(String.raw`ecalli 0 // 'a\'\\\u000a%isa = x\u2028\u001b[0m'`);
    expect(again(blob)).toEqual(blob);
  });

  it('says what is no import', () => {
    const symbols = [...u32s(5, 0), ...utf8('abc')];
    const blob = Uint8Array.from([
      ...[...blobOf([[10], [10, 1], [10, 2], [0]])].slice(0, 13),
      ...[4, 1 + symbols.length, 2, ...symbols],
      ...[6, 10, 0, 0, 6, 10, 10, 1, 10, 2, 0, 0b101011, 0],
    ]);
    new DataView(blob.buffer).setUint32(5, blob.length, true);
    const lines = disassemble(blob).split('\n');
    expect(lines.filter((line) => line.includes('ecalli'))).toEqual([
      '     0: ecalli 0 // INVALID',
      "     1: ecalli 1 // 'abc'",
      '     3: ecalli 2 // INVALID',
    ]);
    expect(lines.filter((line) => line.startsWith('%import'))).toEqual([
      "%import = '' // malformed in the program",
      "%import = 'abc'",
    ]);
  });

  it('refuses what is no blob', () => {
    expect(() => disassemble(Uint8Array.of(1, 2, 3))).toThrow(InvalidProgramError);
  });
});

describe('options', () => {
  const blob = assemble(SOURCE);

  it('show bytes', () => {
    expect(codeLines(blob, { rawBytes: true })).toEqual([
      "      :                          @0 [export #0: 'main']",
      '     0: 20 03 00 00 02 78 56 34 12 u32 [0x20000] = 0x12345678',
      '     9: be 87 05                 s0 = a0 + a1',
      "    12: 0a                       ecalli 0 // 'hostcall'",
      '    13: be 57 07                 a0 = a0 + s0',
      '    16: 32 00                    ret',
    ]);
  });

  it('hide offsets', () => {
    expect(codeLines(blob, { offsets: false }).slice(0, 3)).toEqual([
      "@0 [export #0: 'main']",
      'u32 [0x20000] = 0x12345678',
      's0 = a0 + a1',
    ]);
  });

  it('show gas only where there is a cost', () => {
    const two = assemble('trap\ntrap', { isa: 'jam_v1' });
    const gasCost = (pc: number) => (pc === 1 ? 7 : undefined);
    expect(codeLines(two, { gasCost })).toEqual(['      : @0', '     0: trap', '      : @1 (gas: 7)', '     1: trap']);
  });

  it('choose register names and plain forms', () => {
    const options: DisassembleOptions = { registers: 'numbered', aliases: false };
    expect(codeLines(blob, options).slice(-2)).toEqual(['    13: r7 = r7 + r5', '    16: jump [r0 + 0]']);
  });

  it.each<DisassembleOptions>([
    {},
    { header: false },
    { offsets: false },
    { rawBytes: true },
    { rawBytes: true, registers: 'numbered' },
    { registers: 'numbered', aliases: false },
    { gasCost: (pc) => pc },
  ])('%o give text that assembles', (options) => {
    expect(again(blob, options)).toEqual(blob);
  });
});

describe('function names', () => {
  const strings = [0, ...[...varint(5), ...utf8('crate')], ...[...varint(4), ...utf8('main')], ...[1, 10]];
  const [crate, main, newline] = [1, 7, 12];
  /** A line program of `bytes` bytes of code of one function. */
  const of = (name: number, bytes: number, namespace = 0) => [5, namespace, 6, name, 10, 1, 15, bytes, 0];

  function withDebugInfo(programs: number[][], ranges: [start: number, end: number, program: number][]): Uint8Array {
    const offsets = programs.map((_, i) => 1 + programs.slice(0, i).flat().length);
    const rangeBytes = ranges.flatMap(([start, end, program]) => u32s(start, end, offsets[program]));
    const payloads = [strings, [1, ...programs.flat()], rangeBytes];
    const extraSections = payloads.map((payload, i) => ({ id: 128 + i, payload: Uint8Array.from(payload) }));
    return blobOf([[0], [0], [0], [0]], { extraSections });
  }

  const namesOf = (blob: Uint8Array) => codeLines(blob).filter((line) => !line.includes('@'));

  it('stand before the first instruction of each function', () => {
    const blob = withDebugInfo(
      [of(main, 2, crate), of(main, 1)],
      [
        [0, 2, 0],
        [2, 3, 1],
      ],
    );
    expect(namesOf(blob)).toEqual([
      '<crate::main>:',
      '     0: trap',
      '     1: trap',
      '',
      '<main>:',
      '     2: trap',
      '',
      '     3: trap',
    ]);
    expect(parseProgram(again(blob)).code).toEqual(parseProgram(blob).code);
  });

  it('cannot break out of their line', () => {
    expect(namesOf(withDebugInfo([of(newline, 4)], [[0, 4, 0]]))[0]).toBe('<\\u000a>:');
  });

  it('are left out where debug information is malformed', () => {
    expect(namesOf(withDebugInfo([[99]], [[0, 4, 0]]))).toHaveLength(4);
    expect(namesOf(withDebugInfo([of(200, 4)], [[0, 4, 0]]))).toHaveLength(4);
  });

  it('take bounded time to find, whatever the line programs', () => {
    const count = 20_000;
    const code = Array.from({ length: count }, () => [0]);
    const regions = new Array<number>(count).fill(15).flatMap((op) => [op, 0]);
    const ranges = code.flatMap((_, i) => u32s(i, i + 1, 1));
    const payloads = [strings, [1, ...regions, 0], ranges];
    const extraSections = payloads.map((payload, i) => ({ id: 128 + i, payload: Uint8Array.from(payload) }));
    const started = performance.now();
    disassemble(blobOf(code, { extraSections }));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe.each<IsaName>(['revive_v1', 'jam_v1', 'latest32', 'latest64'])('%s', (isa) => {
  it('is declared in the listing', () => {
    const blob = assemble('trap', { isa });
    expect(disassemble(blob)).toContain(`%isa = ${isa}\n`);
    expect(again(blob)).toEqual(blob);
  });
});
