import { readFileSync } from 'node:fs';
import { Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());

const SOURCE = `%isa = revive_v1
%import = log
%rw_data_size = 16
%rw_data = 01 02
%stack_size = 4096
pub @main:
a1 = a0 + 1
jump @end if a1 == 0
ecalli log
a0 = a1
@end:
ret
`;
const text = folder.write('program.pvmasm', SOURCE);
const blob = folder.write('program.polkavm', assemble(SOURCE));

describe('pvm gas', () => {
  it('lists the cost of every basic block', async () => {
    const { exitCode, out } = await pvm('gas', blob, '--json', '--cost-model', 'naive');
    expect(exitCode).toBe(0);
    const { blocks } = JSON.parse(out);
    expect(blocks.map(({ cost }: { cost: number }) => cost)).toEqual([2, 3, 1]);
    expect(blocks[0].pc).toBe(0);
  });

  it('uses the full-l2 model unless told otherwise', async () => {
    const { blocks } = JSON.parse((await pvm('gas', text, '--json')).out);
    const module = new Engine().compile(assemble(SOURCE), { costModel: 'full-l2' });
    expect(blocks.length).toBe(3);
    for (const { pc, cost } of blocks) expect(cost).toBe(module.gasCostOfBlock(pc));
  });

  it('prints a line a block', async () => {
    const { out } = await pvm('gas', blob, '--cost-model', 'naive');
    expect(out).toMatch(/^0: 2\n\d+: 3\n\d+: 1\n$/);
  });
});

describe('pvm assemble and pvm disassemble', () => {
  it('turn text into a blob and back', async () => {
    const out = folder.file('out.polkavm');
    const assembled = await pvm('assemble', text, '-o', out);
    expect(assembled).toEqual({ exitCode: 0, out: '', err: '' });
    expect(new Uint8Array(readFileSync(out))).toEqual(assemble(SOURCE));

    const { exitCode, out: listing } = await pvm('disassemble', out);
    expect(exitCode).toBe(0);
    const again = await pvm(
      'assemble',
      folder.write('again.pvmasm', listing),
      '--output',
      folder.file('again.polkavm'),
    );
    expect(again.exitCode).toBe(0);
    expect((await pvm('disassemble', folder.file('again.polkavm'))).out).toBe(listing);
  });

  it('tells line and column of a mistake', async () => {
    const { exitCode, err } = await pvm(
      'assemble',
      folder.write('bad.pvmasm', 'pub @main:\na0 = \nret'),
      '-o',
      folder.file('x'),
    );
    expect(exitCode).toBe(65);
    expect(err).toMatch(/bad\.pvmasm: line 2, column \d+/);
  });

  it('takes the instruction set of text that declares none from --isa', async () => {
    const bare = folder.write('bare.pvmasm', 'pub @main:\nret');
    const out = folder.file('bare.polkavm');
    for (const [args, isa] of [
      [[], 'latest64'],
      [['--isa', 'jam_v1'], 'jam_v1'],
    ] as const) {
      expect((await pvm('assemble', bare, '-o', out, ...args)).exitCode).toBe(0);
      expect(JSON.parse((await pvm('inspect', out, '--json')).out).isa).toBe(isa);
    }
    expect((await pvm('assemble', bare, '-o', out, '--isa', 'x86')).exitCode).toBe(64);
  });

  it('refuses to assemble a blob', async () => {
    const { exitCode, err } = await pvm('assemble', blob, '-o', folder.file('x'));
    expect(exitCode).toBe(65);
    expect(err).toContain('is a program blob already');
  });

  it('wants to know where the blob goes', async () => {
    const { exitCode, err } = await pvm('assemble', text);
    expect(exitCode).toBe(64);
    expect(err).toContain('-o OUT is missing');
  });

  it('exits with 73 where it cannot write', async () => {
    const { exitCode, err } = await pvm('assemble', text, '-o', folder.path);
    expect(exitCode).toBe(73);
    expect(err).toContain(`cannot write ${folder.path}: it is a directory`);
  });
});

describe('pvm inspect', () => {
  it('tells what a program is made of', async () => {
    const { exitCode, out } = await pvm('inspect', blob, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      isa: 'revive_v1',
      hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      code: { instructions: 6, blocks: 3, jumpTableEntries: 0 },
      data: { readOnly: { declared: 0, present: 0 }, readWrite: { declared: 16, present: 2 }, stack: 4096 },
      memoryMap: { pageSize: 4096, readWriteBase: 0x20000, stackHigh: 0xfffe0000 },
      imports: ['log'],
      exports: [{ symbol: 'main', pc: 0 }],
      hasDebugInfo: false,
    });
  });

  it('says the same in words', async () => {
    const { out } = await pvm('inspect', blob);
    expect(out).toMatch(/^instruction set +revive_v1$/m);
    expect(out).toContain('6 instructions, 3 basic blocks');
    expect(out).toMatch(/^imports\n {2}0: {2}log {2}1 ecalli$/m);
    expect(out).toMatch(/^exports\n {2}0: {2}main {2}first block \d+ gas$/m);
  });
});

describe('a file that cannot be used', () => {
  const commands = ['run', 'gas', 'disassemble', 'inspect', 'host'];

  it.each(commands)('pvm %s exits with 66 when it is missing', async (command) => {
    const { exitCode, out, err } = await pvm(command, folder.file('missing'));
    expect(exitCode).toBe(66);
    expect(out).toBe('');
    expect(err).toBe(`pvm ${command}: cannot read ${folder.file('missing')}: no such file\n`);
  });

  it.each(commands)('pvm %s exits with 66 when it is a directory', async (command) => {
    const { exitCode, err } = await pvm(command, folder.path);
    expect(exitCode).toBe(66);
    expect(err).toContain('it is a directory');
  });

  it.each(commands)('pvm %s exits with 65 when it is no program', async (command) => {
    for (const contents of [new Uint8Array(0), new Uint8Array([0x50, 0x56, 0x4d, 0]), new Uint8Array(100).fill(7)]) {
      const { exitCode, out, err } = await pvm(command, folder.write('bad.polkavm', contents));
      expect(exitCode).toBe(65);
      expect(out).toBe('');
      expect(err).toContain('bad.polkavm');
    }
  });

  it.each(commands)('pvm %s exits with 64 when none is named', async (command) => {
    const { exitCode, err } = await pvm(command);
    expect(exitCode).toBe(64);
    expect(err).toMatch(/the (FILE|RUNTIME\.wasm) is missing/);
  });
});

describe('pvm', () => {
  it('lists its commands when asked for help', async () => {
    const { exitCode, out, err } = await pvm('--help');
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    for (const name of ['run', 'gas', 'disassemble', 'assemble', 'inspect', 'host']) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it.each(['run', 'gas', 'disassemble', 'assemble', 'inspect', 'host'])('has help on %s', async (name) => {
    const asked = await pvm(name, '--help');
    expect(asked.exitCode).toBe(0);
    expect(asked.out).toMatch(new RegExp(`^pvm ${name} `));
    expect(await pvm('help', name)).toEqual(asked);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await pvm('--version')).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });

  it('shows how it is used when nothing is asked of it', async () => {
    const { exitCode, out, err } = await pvm();
    expect(exitCode).toBe(64);
    expect(out).toBe('');
    expect(err).toContain('pvm COMMAND FILE');
  });

  it.each([
    ['rum', 'unknown command "rum"'],
    ['--fast', 'unknown option --fast'],
  ])('refuses %s', async (word, message) => {
    const { exitCode, err } = await pvm(word);
    expect(exitCode).toBe(64);
    expect(err).toContain(message);
  });
});
