/** `pvm inspect`, `pvm disassemble` and `pvm compile`: what they find in a program, and how they show it. */
import { readFileSync } from 'node:fs';
import { assemble } from 'polkavm-js/text';
import { afterAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { blobOf, codePayload, section } from '../support/blob.js';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());

const SOURCE = `%isa = latest64
%import = used
%import = unused
%ro_data_size = 8
%rw_data_size = 100000
%stack_size = 4096
pub @main:
s0 = ra
ra = @back
jump @work
@back:
ecalli used
jump [s0]
@work:
a0 = a0 + 1
jump @skip if a0 == 9
a0 = a0 * 2
@skip:
ret
pub @other:
trap
`;
const program = folder.write('program.pvmasm', SOURCE);
const stripped = folder.write('stripped.polkavm', assemble(SOURCE));

async function inspected(file: string) {
  const { exitCode, out } = await pvm('inspect', file, '--json');
  expect(exitCode).toBe(0);
  return JSON.parse(out);
}

describe('pvm inspect', () => {
  it('tells sections, functions, exports and uses of imports', async () => {
    const found = await inspected(stripped);
    expect(found.sections.map(({ name }: { name: string }) => name)).toEqual([
      'memory config',
      'imports',
      'exports',
      'code and jump table',
    ]);
    const blob = readFileSync(stripped);
    for (const { offset, size } of found.sections) expect(offset + size).toBeLessThan(blob.length);
    expect(found.size).toBe(blob.length);
    expect(found.importUses).toEqual([1, 0]);
    expect(found.exports.map(({ symbol, gas }: { symbol: string; gas: number }) => [symbol, gas > 0])).toEqual([
      ['main', true],
      ['other', true],
    ]);
    // What is called has a function of its own, although nothing names it.
    expect(found.functions.map(({ name }: { name: string }) => name.replace(/\d+/, 'N')).sort()).toEqual([
      'fn@N',
      'main',
      'other',
    ]);
    expect(found.functions.reduce((sum: number, { size }: { size: number }) => sum + size, 0)).toBe(found.code.size);
    expect(found.debugInfo).toBeNull();
  });

  it('counts instructions', async () => {
    const { instructions, code } = await inspected(stripped);
    expect(instructions.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(code.instructions);
    expect(instructions).toContainEqual({ name: 'add_imm_64', count: 1 });
    expect(instructions).toContainEqual({ name: 'jump_indirect', count: 2 });
  });

  it('knows the functions and files of debug information', async () => {
    const found = await inspected(program);
    expect(found.debugInfo).toMatchObject({ functions: 3, files: 1 });
    expect(found.functions.map(({ name }: { name: string }) => name)).toContain('work');
  });

  it('draws the memory with the sizes that are declared, and those of whole pages', async () => {
    const { out } = await pvm('inspect', stripped);
    const picture = out.split('\n').filter((line) => /^ {2}(0x[0-9a-f]{8}| {10}) [┌├└│]/.test(line));
    expect(new Set(picture.map((line) => line.length)).size).toBe(1);
    const text = picture.join('\n');
    expect(text).toMatch(
      /stack ↓ 4 KiB[\s\S]*heap ↑ at most [\s\S]*read-write 97\.66 KiB in 100 KiB[\s\S]*read-only 8 bytes in 4 KiB/,
    );
    expect(text.indexOf('0xfffe0000')).toBeLessThan(text.indexOf('0x00010000'));
  });

  it('finds imports that are never used, and nothing else suspicious in a program that is as it should be', async () => {
    expect((await inspected(program)).suspicions).toEqual(['imports that are never used: unused']);
  });

  it('finds code that nothing leads to', async () => {
    const file = folder.write('dead.pvmasm', 'pub @main:\nret\n@dead:\na0 = 1\nret');
    expect((await inspected(file)).suspicions).toEqual([
      'code that no export, jump table entry or jump leads to: 5 bytes in 1 block, the first at 2',
    ]);
  });

  it('finds ecallis without an import, exports and jump table entries at odd places, and invalid bytes', async () => {
    // ecalli 7; an unknown opcode; trap
    const code = section(6, ...codePayload([[10, 7], [0xff], [0]], [1, 3]));
    const exports = section(5, 1, 2, 1, 0x78);
    const { suspicions } = await inspected(folder.write('odd.polkavm', blobOf('latest64', ...exports, ...code, 0)));
    expect(suspicions.join('\n')).toMatch(/bytes that are no instruction: in 1 block/);
    expect(suspicions.join('\n')).toMatch(/ecallis of numbers that no import has: 7/);
    expect(suspicions.join('\n')).toMatch(/exports where no block starts: x \(2\)/);
    expect(suspicions.join('\n')).toMatch(/jump table entries to where no block starts, which trap: 2, @dyn 1, @dyn 2/);
  });

  it('finds memory that is much', async () => {
    const file = folder.write('large.pvmasm', '%stack_size = 1073741824\npub @main:\nret');
    expect((await inspected(file)).suspicions).toEqual(['a stack of 1 GiB, which each instance takes']);
  });

  it('does not let names of a program write to the terminal', async () => {
    const file = folder.write('names.pvmasm', "%import = '\\u001b[31mred'\npub @'\\u001b]0;title':\nret");
    for (const command of ['inspect', 'disassemble']) {
      const { out } = await pvm(command, file);
      expect(out).not.toContain('\u001b');
      expect(out).toContain('\\u001b[31mred');
    }
  });
});

describe('pvm disassemble', () => {
  it('makes a listing that assembles to the same program, with costs, bytes and lines as well', async () => {
    const { out } = await pvm('disassemble', program, '--gas', '--bytes', '--lines');
    expect(out).toMatch(/\(gas: \d+\)/);
    expect(out).toContain(`// ${program}:15\n`);
    expect(assemble(out)).toEqual(assemble(SOURCE));
  });

  it('lists one function, found by its name, a code offset in it, or where it starts', async () => {
    const byName = await pvm('disassemble', program, '--function', 'work');
    expect(byName.out).toMatch(/^<work>:\n +: @2/);
    expect(byName.out).toContain('a0 = a0 + 0x1\n');
    expect(byName.out).not.toContain('ecalli');
    const [, first] = /^ +(\d+): a0 = a0 \+ 0x1$/m.exec(byName.out)!;
    expect((await pvm('disassemble', program, '--function', `${Number(first) + 3}`)).out).toBe(byName.out);
    expect((await pvm('disassemble', stripped, '--function', `fn@${first}`)).out).toBe(
      byName.out.replace('<work>:\n', ''),
    );
  });

  it('says which functions there are when one is not', async () => {
    const { exitCode, err } = await pvm('disassemble', program, '--function', 'play');
    expect(exitCode).toBe(64);
    expect(err).toMatch(/no function "play", expected a code offset below \d+ or one of main, work, other\n/);
  });

  it('draws the control-flow graph for Graphviz', async () => {
    const { out } = await pvm('disassemble', program, '--graph', 'dot', '--gas');
    expect(out).toMatch(/^digraph program \{\n/);
    expect(out).toMatch(/b0 \[label="@0 <main> at 0 \(gas: \d+\)\\ls0 = ra\\l/);
    expect(out).toContain('b0 -> b2 [color="#1b6ca8", style=dashed];');
    expect(out).toContain('b0 -> b1 [color="#888888", style=dotted];');
    expect(out).toContain('b2 -> b4 [color="#9a4a12"];');
    expect(out).toContain('b2 -> b3;');
  });

  it('draws the graph of one function for Mermaid', async () => {
    const { out } = await pvm('disassemble', program, '--graph', 'mermaid', '--function', 'work');
    expect(out.split('\n').slice(0, 2).join('\n')).toMatch(
      /^flowchart TD\n {2}b2\["@2 #60;work#62; at \d+<br\/>a0 = a0 \+ 0x1/,
    );
    expect(out).toContain('  b2 -->|jump| b4\n  b2 --> b3\n  b3 --> b4\n');
    expect(out).not.toContain('b0');
  });

  it('gives its blocks as JSON', async () => {
    const { isa, blocks } = JSON.parse((await pvm('disassemble', program, '--json', '--function', 'work')).out);
    expect(isa).toBe('latest64');
    expect(blocks).toHaveLength(3);
    expect(blocks[0].gas).toBeGreaterThan(0);
    expect(blocks[0].instructions[0]).toMatchObject({ pc: blocks[0].pc, text: 'a0 = a0 + 0x1' });
    expect(blocks[2].instructions.at(-1)).toMatchObject({ bytes: '3200', text: 'ret' });
  });

  it('prints the listing of the reference when it is asked to', async () => {
    const { out } = await pvm('disassemble', stripped, '--format', 'guest');
    expect(out).not.toContain('%isa');
    expect(out).toContain("ecalli 0 // 'used'");
  });
});

describe('pvm compile', () => {
  it('writes a WebAssembly module', async () => {
    const target = folder.file('out.wasm');
    const { exitCode, out } = await pvm('compile', program, '-o', target, '--json');
    expect(exitCode).toBe(0);
    const wasm = readFileSync(target);
    expect(JSON.parse(out)).toEqual({ output: target, size: wasm.length, functions: 1, interpretedRegions: 0 });
    expect(WebAssembly.Module.imports(new WebAssembly.Module(wasm)).length).toBeGreaterThan(0);
  });

  it('writes text that is the same module', async () => {
    const target = folder.file('out.wasm');
    await pvm('compile', program, '-o', target);
    const { out } = await pvm('compile', program, '--wat');
    expect(out).toMatch(/\(func \(;0;\) \(type 0\) ;; basic blocks 0 and \d+ more\n/);
    const { parseWat, readWasm } = await wabt();
    const parsed = parseWat('program.wat', out, { tail_call: true });
    // Written again by the other implementation, which leaves empty sections out.
    const read = readWasm(new Uint8Array(readFileSync(target)), { tail_call: true });
    expect(parsed.toBinary({}).buffer).toEqual(read.toBinary({}).buffer);
    parsed.destroy();
    read.destroy();
  });

  it('charges nothing without metering', async () => {
    const wat = async (...options: string[]) => (await pvm('compile', program, '--wat', ...options)).out;
    expect(await wat('--gas-metering', 'none')).not.toBe(await wat());
    expect(await wat('--cost-model', 'naive')).not.toBe(await wat());
  });

  it('wants to know where the module goes', async () => {
    const { exitCode, err } = await pvm('compile', program);
    expect(exitCode).toBe(64);
    expect(err).toContain('-o OUT is missing');
  });
});
