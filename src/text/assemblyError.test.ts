import { describe, expect, it } from 'vitest';
import type { IsaName } from '../isa/index.js';
import { AssemblyError, assemble } from './index.js';

function errorOf(source: string, isa: IsaName = 'jam_v1'): AssemblyError {
  try {
    assemble(source, { isa });
  } catch (error) {
    if (error instanceof AssemblyError) return error;
    throw error;
  }
  throw new Error(`no error in ${source}`);
}

/** Source, line, column, what was found, and a part of what was expected. */
type Case = readonly [source: string, line: number, column: number, found: string, expected: string];

describe('an error names its place, what was found and what was expected', () => {
  it.each<Case>([
    // Operands
    ['a0 = a9 + 1', 1, 6, '"a9"', 'a register'],
    ['trap\n  a0 = a1 + b2', 2, 13, '"b2"', 'a register or a number'],
    ['a0 = a1 +', 1, 10, 'the end of the line', 'a register or a number'],
    ['a0 = a1 + 1 2', 1, 13, '"2"', 'the end of the line'],
    ['a0 = a1 $ 3', 1, 9, '"$"', 'an operator'],
    ['a0 = 12x', 1, 6, '"12x"', 'a number'],
    ['a0 = 1 + 2', 1, 10, '"2"', 'a register'],
    ['i32 a0 = a1 & a2', 1, 13, '"&"', '"+"'],
    ['a0 = a1 /u 5', 1, 12, '"5"', 'a register'],
    ['frobnicate a0', 1, 1, '"frobnicate"', 'an instruction, a label or a directive'],
    // Ranges
    ['a0 = a1 & 0xdeadbeef', 1, 11, '0xdeadbeef', 'from -2147483648 to 2147483647'],
    ['a0 = a1 - 0xffffffff80000000', 1, 11, '0xffffffff80000000', 'from -2147483648'],
    ['a0 = 18446744073709551616', 1, 6, '18446744073709551616', '64 bits'],
    ['a0 = -9223372036854775809', 1, 6, '-9223372036854775809', '64 bits'],
    ['a0 = u8 [0x100000000]', 1, 10, '0x100000000', '32 bits'],
    ['u8 [a0] = 256', 1, 11, '256', '8 bits'],
    ['u16 [a0] = -32769', 1, 12, '-32769', '16 bits'],
    ['a0 = a1 if a2 == 5', 1, 18, '5', '0'],
    ['ecalli 4294967296', 1, 8, '4294967296', 'from 0 to 4294967295'],
    ['ecalli -1', 1, 8, '-1', 'from 0 to 4294967295'],
    ['jump -1', 1, 6, '-1', 'from 0 to 4294967295'],
    // Meaning
    ['a0 = 5, jump [a0]', 1, 15, '"a0", which this line also assigns', 'tmp = a0'],
    ['invalid\ntrap', 1, 1, '"invalid" in the middle of the code', '%bytes ='],
    // Labels
    ['@x:\n@x:\ntrap', 2, 1, 'duplicate label "x"', 'line 1'],
    ['trap\njump @y if a0 == a1', 2, 6, 'label "y", which is not defined', 'a label of this program'],
    ['a0 = @y', 1, 6, 'label "y", which is not defined', 'a label of this program'],
    ['%rw_data = 00 u32 @y', 1, 19, 'label "y", which is not defined', 'a label of this program'],
    ['@:\ntrap', 1, 1, 'a label without a name', '"@name:"'],
    ['pub @foo', 1, 9, 'the end of the line', '":"'],
    ['pub foo:', 1, 1, '"pub foo:"', '"pub @name:"'],
    ['@0 [@dyn 2]\ntrap', 1, 3, 'jump table entry 2', 'jump table entry 1 as well'],
    ['@0 [@dyn 0]\ntrap', 1, 3, '0', 'a number from 1'],
    ["@0 [export #1: 'x']\ntrap", 1, 3, 'export 1', 'export 0 as well'],
    ['@0 [@dyn 1]\ntrap\n@1 [@dyn 1]\ntrap', 3, 3, 'a second definition of this jump table entry', 'line 1'],
    ['@0 [foo]\ntrap', 1, 3, '"[foo]"', '[@dyn N]'],
    ['@0 [export #0: 0xabc]\ntrap', 1, 3, '"[export #0: 0xabc]"', '[@dyn N]'],
    // Directives
    ['%foo = 1', 1, 1, '%foo', '%ro_data_size'],
    ['%ro_data 1', 1, 1, '"%ro_data 1"', 'a directive'],
    ['%constructor = 1', 1, 1, '%constructor', '%isa'],
    ['%stack_size += 1', 1, 1, '"+=" after %stack_size', '"="'],
    ['%stack_size = 4294967296', 1, 15, '"4294967296"', 'from 0 to 4294967295'],
    ['%stack_size = many', 1, 15, '"many"', 'from 0 to 4294967295'],
    ['%jump_table_entry_size = 5', 1, 26, '"5"', 'from 0 to 4'],
    ['%ro_data = 01 2', 1, 12, 'an odd number of hex digits', 'two for each byte'],
    ['%ro_data = 12 zz', 1, 15, '"zz"', 'hex digits'],
    ['%ro_data = u8 256', 1, 15, '"256"', '8 bits'],
    ['%ro_data = u16 @x', 1, 16, '"@x"', '16 bits'],
    ['%ro_data = 00 u32', 1, 15, '"u32" and no value', 'a number or a label'],
    ['%ro_data_size = 1\n%ro_data = 12 34', 2, 12, '2 bytes of data', 'at most 1'],
    ['%bytes =', 1, 9, '""', 'pairs of hex digits'],
    ['%bytes = 0', 1, 10, '"0"', 'pairs of hex digits'],
    ['%import =', 1, 10, '""', 'a name'],
    ['%import = 0xabc', 1, 11, '"0xabc"', 'pairs of hex digits'],
    ['trap\n %isa = jam_v2', 2, 9, 'the ISA "jam_v2"', 'jam_v1'],
  ])('%j', (source, line, column, found, expected) => {
    const error = errorOf(source);
    expect(error).toMatchObject({ name: 'AssemblyError', line, column, found });
    expect(error.expected).toContain(expected);
    expect(error.message).toBe(`line ${line}, column ${column}: found ${found}, expected ${error.expected}`);
  });

  it.each<[string, IsaName]>([
    ['a0 = a1 <<r a2\n a0 = sbrk a1', 'revive_v1'],
    ['trap\n i32 a0 = sbrk a1', 'jam_v1'],
    ['trap\n a0 = u64 [a1]', 'latest32'],
    ['trap\n unlikely', 'revive_v1'],
    ['trap\n a0 = i64 5', 'latest32'],
  ])('%j in %s: the ISA lacks the instruction', (source, isa) => {
    const error = errorOf(source, isa);
    expect(error).toMatchObject({ line: 2, column: 2, expected: 'an instruction of this ISA' });
    expect(error.found).toMatch(new RegExp(`, which the ISA ${isa} does not have`));
  });

  it('a program without an ISA', () => {
    expect(() => assemble('trap')).toThrow(/no ISA declared in the program, expected %isa = revive_v1 \| jam_v1/);
  });

  it('too many imports', () => {
    const source = Array.from({ length: 1025 }, (_, i) => `ecalli f${i}`).join('\n');
    expect(errorOf(source)).toMatchObject({ line: 1025, column: 8, found: 'import number 1025' });
  });
});

describe('hostile text is refused or assembled in linear time', () => {
  const size = 2 ** 20;
  it.each([
    ['blanks', ' '.repeat(size)],
    ['blanks and a colon', `${' '.repeat(size)}x:`],
    ['digits', '1'.repeat(size)],
    ['digits and blanks', `1${' '.repeat(size)}x`],
    ['a number', `a0 = ${'9'.repeat(size)}`],
    ['a hex number', `a0 = 0x${'f'.repeat(size)}`],
    ['labels', `@${' '.repeat(size)}x`],
    ['a label with colons', `@${':'.repeat(size)}x`],
    ['a label with blanks', `@x${' x'.repeat(size / 2)}`],
    ['quotes', "'".repeat(size)],
    ['escaped quotes', `ecalli '${"\\'".repeat(size / 2)} // x`],
    ['quoted pieces', `ecalli ${"'\\' ".repeat(size / 4)}`],
    ['an annotation', `@0 [export #0: '${'\\x'.repeat(size / 2)}`],
    ['annotations', `@0 ${'[@dyn 1] '.repeat(size / 9)}`],
    ['a directive', `%x${' '.repeat(size)}x`],
    ['data', `%ro_data = ${'0 '.repeat(size / 2 - 1)}`],
    ['data in pieces', `%ro_data = ${"u8 1 '\\' ".repeat(size / 9)}`],
    ['operators', `a0 = a1 ${'- '.repeat(size / 2)}`],
    ['registers', 'a0 '.repeat(size / 3)],
    ['hex pairs', `0: ${'a0 '.repeat(size / 3)}`],
    ['lines', '\n'.repeat(size)],
    ['comments', '//\n'.repeat(size / 3)],
    ['slashes', `a0 = ${'/'.repeat(size)}`],
    ['ISA declarations', '%isa = jam_v1\n'.repeat(size / 14)],
  ])('%s', (_, source) => {
    const started = performance.now();
    try {
      assemble(source, { isa: 'jam_v1' });
    } catch (error) {
      expect(error).toBeInstanceOf(AssemblyError);
      expect((error as Error).message.length).toBeLessThan(2_000);
    }
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
