import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, type IsaName } from '../isa/index.js';
import { forEachInstruction, InstructionDecoder, type Program, parseProgram } from '../program/index.js';
import { assemble } from './index.js';

function program(source: string, isa: IsaName = 'latest64'): Program {
  return parseProgram(assemble(source, { isa }));
}

/** Names of the instructions that a program consists of. */
function names(source: string, isa: IsaName = 'latest64'): string[] {
  const found: string[] = [];
  forEachInstruction(new InstructionDecoder(program(source, isa)), ({ op, offset, codeLength }) => {
    if (offset < codeLength) found.push(INSTRUCTIONS[op].name);
  });
  return found;
}

/** The one instruction that a line assembles to, decoded. */
function decoded(line: string, isa: IsaName = 'latest64'): InstructionDecoder {
  const decoder = new InstructionDecoder(program(`${line}\ntrap`, isa));
  decoder.decode(0);
  return decoder;
}

function nameOf(line: string, isa: IsaName = 'latest64'): string {
  return INSTRUCTIONS[decoded(line, isa).op].name;
}

function exportsOf(source: string): string[] {
  return program(source).exports.map(({ symbol, pc }) => `${Buffer.from(symbol)} ${pc}`);
}

function importsOf(source: string): string[] {
  return program(source).imports.map((symbol) => Buffer.from(symbol!).toString());
}

describe('the ISA', () => {
  it('is the one declared, wherever, else the one of the options', () => {
    expect(parseProgram(assemble('trap\n  %isa = latest32')).isa.name).toBe('latest32');
    expect(parseProgram(assemble('%isa = jam_v1\ntrap', { isa: 'latest64' })).isa.name).toBe('jam_v1');
    expect(parseProgram(assemble('trap', { isa: 'revive_v1' })).isa.name).toBe('revive_v1');
  });

  it('selects the opcodes', () => {
    expect([...program('a0 = reverse a1', 'jam_v1').code]).toEqual([110, 0x87]);
    expect([...program('a0 = reverse a1', 'latest64').code]).toEqual([111, 0x87]);
  });
});

describe('lines', () => {
  it('may have comments, blanks, and the line ends of any system', () => {
    expect(names('// one\r\n\ttrap // two\r\n\r\n  // three\n\u00a0 fallthrough\u00a0//four\n')).toEqual([
      'trap',
      'fallthrough',
    ]);
  });

  it('have no comment inside quotes', () => {
    expect(importsOf("%import = 'a // b' // c\n ecalli 'd // e' // f")).toEqual(['a // b', 'd // e']);
    expect(exportsOf("pub @it's: // not quoted\ntrap")).toEqual(["it's 0"]);
  });
});

describe('memory', () => {
  it('has the sizes and contents of the directives', () => {
    const { readOnlyData, readOnlyDataSize, readWriteData, readWriteDataSize, stackSize } = program(`
      %ro_data_size = 100
      %rw_data_size = 0x200
      %stack_size = 4294967295
      %ro_data = 0102 3 4
      %rw_data = ff
    `);
    expect([...readOnlyData, ...readWriteData]).toEqual([1, 2, 0x34, 0xff]);
    expect([readOnlyDataSize, readWriteDataSize, stackSize]).toEqual([100, 0x200, 0xffffffff]);
  });

  it('is as large as its contents when no size is declared', () => {
    expect(program('%ro_data = 01 02\n trap')).toMatchObject({ readOnlyDataSize: 2, readWriteDataSize: 0 });
  });

  it('can be written in pieces, as texts, numbers and addresses of labels', () => {
    const { readOnlyData, readWriteData, jumpTable } = program(`
      %ro_data = 01
      %ro_data += 'caf\\u00e9' 00 u8 255 u8 -1 u16 0x1234
      %rw_data = ff
      %rw_data = u32 @b u64 @a u64 -2
      %rw_data += u32 @b
      trap
      @a:
      trap
      @b:
      trap
    `);
    expect([...readOnlyData]).toEqual([1, ...new TextEncoder().encode('café'), 0, 255, 255, 0x34, 0x12]);
    const twos = [0xfe, ...new Array<number>(7).fill(0xff)];
    expect([...readWriteData]).toEqual([2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, ...twos, 6, 0, 0, 0]);
    expect([0, 1, 2].map((index) => jumpTable.get(index))).toEqual([2, 1, 2]);
  });
});

describe('labels', () => {
  it('start a block: what is before them falls through', () => {
    expect(names('a0 = 1\n@x:\na0 = 2\njump @x\n@y:\ntrap')).toEqual([
      'load_imm',
      'fallthrough',
      'load_imm',
      'jump',
      'trap',
    ]);
  });

  it('in the middle of a block export their place, and jumps to them go to the start of the block', () => {
    const source = 'trap\na0 = 1\npub @x: %no_fallthrough\na0 = 2\njump @x';
    expect(names(source)).not.toContain('fallthrough');
    expect(exportsOf(source)).toEqual(['x 4']);
    expect([...program(source).code.slice(-2)]).toEqual([40, 0xfa]);
  });

  it('export in the order of their bytes', () => {
    expect(exportsOf('pub @b:\npub @ä:\npub @a:\npub @ab:\npub @B:\ntrap')).toEqual([
      'B 0',
      'a 0',
      'ab 0',
      'b 0',
      'ä 0',
    ]);
  });

  it('may be at the end, have any name, and several can be at one place', () => {
    expect(exportsOf("trap\npub @'two words\\'':\npub @a::b:\n @y:\n @z:")).toEqual(['a::b 1', "two words' 1"]);
    expect([...program("@'two words':\njump @'two words'").code]).toEqual([40]);
    expect([...program("@'twas:\njump @'twas").code]).toEqual([40]);
    expect(program("@'x y':\ntrap\n%ro_data = u32 @'x y'").readOnlyData).toHaveLength(4);
  });

  it('give dynamic jumps their targets: each use is a jump table entry', () => {
    const { code, jumpTable } = program('a0 = @x\na1 = @x\njump [a0]\n@x:\ntrap');
    expect([...code.slice(0, 6)]).toEqual([51, 7, 2, 51, 8, 4]);
    expect([jumpTable.length, jumpTable.get(0), jumpTable.get(1)]).toEqual([2, 8, 8]);
  });

  it('at offsets that end in zero bytes are not cut off in the jump table', () => {
    const { jumpTable } = program(`a0 = @x\n${'trap\n'.repeat(253)}@x:\ntrap`);
    expect(jumpTable.get(0)).toBe(256);
    expect(program('@x:\na0 = @x\njump [a0]').jumpTable.get(0)).toBe(0);
  });

  it('can be replaced by code offsets', () => {
    expect(decoded('jump 300').target).toBe(300);
    expect(decoded('jump 0xffffffff if a0 == a1').target).toBe(0xffffffff);
    expect(decoded('ra = 5, jump 7')).toMatchObject({ r0: 0, imm0: 5, target: 7 });
  });
});

describe('imports', () => {
  it('are numbered in the order of their declarations', () => {
    const source = "%import = get\n%import = 'put it'\n%import = 0xff00\necalli 'put it'\necalli get";
    expect(program(source).imports).toEqual([
      new TextEncoder().encode('get'),
      new TextEncoder().encode('put it'),
      Uint8Array.of(0xff, 0),
    ]);
    expect([...program(source).code]).toEqual([10, 1, 10]);
  });

  it('that are only called come after the declared ones, wherever those are', () => {
    const source = 'ecalli b\necalli c\necalli b\necalli a\n%import = a';
    expect(importsOf(source)).toEqual(['a', 'b', 'c']);
    expect([...program(source).code]).toEqual([10, 1, 10, 2, 10, 1, 10]);
  });

  it('can be declared twice; calls by name go to the first', () => {
    const source = '%import = a\n%import = b\n%import = b\necalli b';
    expect(importsOf(source)).toEqual(['a', 'b', 'b']);
    expect([...program(source).code]).toEqual([10, 1]);
  });

  it('need no declaration when they are called by number', () => {
    expect(decoded('ecalli 0xffffffff').imm0).toBe(-1);
    expect(program('ecalli 5').imports).toEqual([]);
  });
});

describe('what the reference assembler lacks or gets wrong', () => {
  it.each([
    ['a0 = a1 if a2 != 0', 'cmov_if_not_zero'],
    ['a0 = 5 if a2 != 0', 'cmov_if_not_zero_imm'],
    ['a0 = a1 mulh a2', 'mul_upper_signed_signed'],
    ['a0 = a1 mulhu a2', 'mul_upper_unsigned_unsigned'],
    ['a0 = a1 mulhsu a2', 'mul_upper_signed_unsigned'],
    ['a0 = sbrk a1', 'sbrk'],
    ['[a0..a0 + a2] = u8 a1', 'memset'],
    ['a0 = -a1', 'negate_and_add_imm_64'],
    ['i32 a0 = -a1', 'negate_and_add_imm_32'],
    ['a0 = i64 0', 'load_imm64'],
  ])('%s is %s', (line, name) => {
    expect(nameOf(line)).toBe(name);
  });

  it('accepts 64-bit patterns of negative numbers everywhere', () => {
    expect(decoded('a0 = u8 [a1 + 0xfffffffffffffff8]').imm0).toBe(-8);
    expect(decoded('u16 [0xffffffff80000000] = a0').imm0).toBe(-0x80000000);
    expect(decoded('jump 5 if a0 == 0xffffffffffffffff').imm0).toBe(-1);
    expect(decoded('u8 [a0] = 0xffffffffffffff80').imm1).toBe(-128);
  });

  it('accepts unsigned 32-bit patterns where only 32 bits matter', () => {
    expect(decoded('i32 a0 = a1 + 0xfffffffe').imm0).toBe(-2);
    expect(decoded('u32 [a0] = 0xdeadbeef').imm1).toBe(0xdeadbeef | 0);
    expect(decoded('i32 a0 = a1 - 0x80000000').imm0).toBe(-0x80000000);
  });

  it('subtracts in brackets and from small constants', () => {
    expect(decoded('a0 = u8 [a1 - 8]').imm0).toBe(-8);
    expect(decoded('u64 [sp - 0x80000000] = a1').imm0).toBe(-0x80000000);
    expect(decoded('jump [a1 - 2]').imm0).toBe(-2);
    expect(decoded('a0 = a1 - 2147483648').imm0).toBe(-0x80000000);
    expect(decoded('a0 = a1 - -5').imm0).toBe(5);
    expect(decoded('a0 = a1-5').imm0).toBe(-5);
    expect(decoded('a0 = -5 - a1')).toMatchObject({ imm0: -5, r1: 8 });
  });

  it('loads large negative constants in decimal', () => {
    expect(decoded('a0 = -5000000000')).toMatchObject({ imm0: -5000000000 | 0, imm1: -2 });
  });
});

describe('latest32', () => {
  it.each([
    ['a0 = a1 + a2', 'add_32'],
    ['a0 = a1 + 5', 'add_imm_32'],
    ['a0 = a1 - 5', 'add_imm_32'],
    ['a0 = 5 - a1', 'negate_and_add_imm_32'],
    ['a0 = a1 >>r 5', 'rotate_right_imm_32'],
    ['a0 = 5 >>r a1', 'rotate_right_imm_alt_32'],
    ['a0 = 5 << a1', 'shift_logical_left_imm_alt_32'],
    ['a0 = a1 %s a2', 'rem_signed_32'],
    ['a0 = clz a1', 'count_leading_zero_bits_32'],
    ['i32 a0 = a1 + a2', 'add_32'],
    ['a0 = i32 [a1]', 'load_indirect_i32'],
  ])('needs no prefix: %s is %s', (line, name) => {
    expect(nameOf(line, 'latest32')).toBe(name);
  });

  it('takes 32-bit patterns as constants', () => {
    expect(decoded('a0 = 0xdeadbeef', 'latest32')).toMatchObject({ imm0: 0xdeadbeef | 0 });
    expect(decoded('a0 = a1 & 0x80000000', 'latest32')).toMatchObject({ imm0: -0x80000000 });
  });
});

describe('bytes', () => {
  it('stand for an instruction', () => {
    const { code, bitmask } = program('%bytes = 33 07 00 00\n%bytes = ff\ntrap');
    expect([...code]).toEqual([0x33, 7, 0, 0, 0xff, 0]);
    expect([...bitmask]).toEqual([0b110001]);
  });

  it('end a block when the instruction does', () => {
    expect(names('%bytes = 28 05 00\n@x:\ntrap')).toEqual(['jump', 'trap']);
    expect(names('%bytes = 33 07 00\n@x:\ntrap')).toEqual(['load_imm', 'fallthrough', 'trap']);
  });

  it('can be marked as no instruction', () => {
    const { code, bitmask } = program('%unmarked_bytes = 01 02\ntrap');
    expect([...code]).toEqual([1, 2, 0]);
    expect([...bitmask]).toEqual([0b100]);
  });
});

describe('listings', () => {
  it('are assembly text', () => {
    const { code, exports, jumpTable } = program(`
// Code size = 18 bytes

<crate::main>:
      : @0 [@dyn 2] [export #1: 'main'] [export #0: 0xff] (gas: 5)
     0: a0 = 0x1
     3: ecalli 7 // INVALID
      : [@dyn 1] [export #2: 'it\\'s']
     4: jump @1
      : @1
     5: invalid
   300: [export #3: 'far']
`);
    expect([...code]).toEqual([51, 7, 1, 10, 7, 40, 2]);
    expect(exports.map(({ pc }) => pc)).toEqual([0, 0, 5, 300]);
    expect(exports.map(({ symbol }) => Buffer.from(symbol).toString('latin1'))).toEqual([
      '\xff',
      'main',
      "it's",
      'far',
    ]);
    expect([jumpTable.get(0), jumpTable.get(1)]).toEqual([5, 0]);
  });

  it('may have the bytes of instructions', () => {
    const { code } = program(`
      :                          @0
     0: 33 07 01                 a0 = 0x1
     3: 14 07 01 02 03 04 05 06 07 08 a0 = 0x807060504030201
    13: 20 03 00 00 02 80        u32 [0x20000] = 0x80
`);
    expect(Buffer.from(code).toString('hex')).toBe('330701140701020304050607082003000002' + '8000');
  });
});

it('assembles a megabyte of text in a second or two', () => {
  const block = [
    '@l#:',
    'a0 = u64 [sp + 0xfffffffffffffff8]',
    'i32 a1 = a0 * 0x1234',
    'jump @l# if a1 <u 100',
    'ecalli get',
  ];
  let source = '%isa = latest64\n';
  for (let i = 0; source.length < 2 ** 20; i++) source += `${block.join('\n').replaceAll('#', `${i}`)}\n`;
  const started = performance.now();
  const blob = assemble(source);
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(parseProgram(blob).code.length).toBeGreaterThan(100_000);
});
