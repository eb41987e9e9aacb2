/** The command `pvm` as npm installs it, used as people do, mistakes included. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Project } from './packed.js';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const FOREVER = '%import = ask\npub @main:\na0 = 0\n@next:\na0 = a0 + 1\njump @next';

/** Registers the tests, in a project that there is by the time they run. */
export function commandSuite(project: () => Project, version: string): void {
  describe('the command pvm', () => {
    let pvm: string;
    /** Runs the command in the project, as a shell does. */
    const run = (args: readonly string[], input?: string | Uint8Array): Outcome =>
      spawnSync(pvm, args, { cwd: project().folder, encoding: 'utf8', maxBuffer: 2 ** 26, input });
    const shell = (line: string): Outcome =>
      spawnSync('bash', ['-o', 'pipefail', '-c', line], {
        cwd: project().folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(project().folder, 'node_modules/.bin')}:${process.env.PATH}` },
      });

    beforeAll(() => {
      const { folder, write } = project();
      pvm = join(folder, 'node_modules/.bin/pvm');
      write('long.pvmasm', `pub @main:\n${'a0 = a0 + 1\n'.repeat(20_000)}trap`);
      write('double.pvmasm', 'pub @main:\na0 = a0 * 2\nret');
      write('forever.pvmasm', FOREVER);
      write('text.polkavm', 'pub @main:\nret\n');
      write('wrong.pvmasm', 'pub @main:\n  a0 = a1 +\nret');
      write('empty.polkavm', '');
      writeFileSync(join(folder, 'random.polkavm'), randomBytes(1_000_000));
      writeFileSync(join(folder, 'magic.polkavm'), Buffer.concat([Buffer.from('PVM\0'), randomBytes(1_000_000)]));
    });

    it('runs under the name that npm gives it', () => {
      const { status, stdout, stderr } = run(['run', 'long.pvmasm', '--json']);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ status: 'trap' });
      expect(status).toBe(1);
    });

    it('tells its version, from the package', () => {
      expect(run(['--version']).stdout).toBe(`${version}\n`);
    });

    it('takes a program from a pipe, and gives one to a pipe', () => {
      const { status, stdout, stderr } = shell('cat double.pvmasm | pvm assemble - -o - | pvm run - --arg 21');
      expect(stderr).toBe('');
      expect(stdout).toContain('a0       0x2a (42)\n');
      expect(status).toBe(0);
      expect(shell('pvm disassemble - < double.pvmasm | pvm run - --arg 21').stdout).toContain('(42)');
      const measured = shell('cat double.pvmasm | pvm bench - --runs 1 --json');
      expect(measured.stderr).toBe('');
      expect(JSON.parse(measured.stdout).backends).toHaveLength(3);
    });

    it('does not mind a reader that stops reading', async () => {
      const child = spawn(pvm, ['disassemble', 'long.pvmasm'], { cwd: project().folder });
      let err = '';
      child.stderr.on('data', (text) => {
        err += text;
      });
      child.stdout.once('data', () => child.stdout.destroy());
      const [exitCode] = await once(child, 'close');
      expect(err).toBe('');
      expect(exitCode).toBe(0);
      const { status, stdout, stderr } = shell('pvm disassemble long.pvmasm --bytes --gas | head -3 | wc -l');
      expect({ status, stdout: stdout.trim(), stderr }).toEqual({ status: 0, stdout: '3', stderr: '' });
    });

    it('writes all that it has to say to a pipe', () => {
      const { stdout } = run(['disassemble', 'long.pvmasm']);
      expect(stdout.match(/a0 = a0 \+ 0x1/g)).toHaveLength(20_000);
      expect(stdout.trimEnd()).toMatch(/trap$/);
    });

    it('stops a program that runs for ever when Ctrl-C is pressed, and shows where it was', async () => {
      for (const command of ['run', 'profile']) {
        // The warning about an answer that is never used tells that the program is about to run.
        const child = spawn(pvm, [command, 'forever.pvmasm', '--on-ecalli', 'nothing=1', '--json'], {
          cwd: project().folder,
        });
        let out = '';
        child.stdout.on('data', (text) => {
          out += text;
        });
        await once(child.stderr, 'data');
        await new Promise((resolve) => setTimeout(resolve, 300));
        child.kill('SIGINT');
        const [exitCode] = await once(child, 'close');
        expect(JSON.parse(out)).toMatchObject({ status: 'interrupted' });
        if (command === 'run') {
          const { pc, registers, gasUsed } = JSON.parse(out);
          expect(pc).toBe(3);
          expect(BigInt(registers.a0)).toBeGreaterThan(100_000n);
          expect(BigInt(gasUsed)).toBeGreaterThan(100_000n);
        } else {
          expect(JSON.parse(out).functions[0].self.gas).toBeGreaterThan(100_000);
        }
        expect(exitCode).toBe(130);
      }
    });

    it.each([
      ['no command', [], 64, /^pvm COMMAND FILE/],
      ['an unknown command', ['rum'], 64, /^pvm: unknown command "rum", expected one of run, gas/],
      [
        'a wrong flag',
        ['run', 'double.pvmasm', '--quick'],
        64,
        /^pvm run: Unknown option '--quick'\nTry "pvm run --help"/,
      ],
      ['a flag without its value', ['run', 'double.pvmasm', '--arg'], 64, /^pvm run: Option '--arg .*argument missing/],
      [
        'a number that is none',
        ['run', 'double.pvmasm', '--gas', 'lots'],
        64,
        /^pvm run: --gas: got "lots", expected an/,
      ],
      ['a missing file', ['run', 'missing.polkavm'], 66, /^pvm run: cannot read missing\.polkavm: no such file\n$/],
      ['a directory', ['inspect', '.'], 66, /^pvm inspect: cannot read \.: it is a directory\n$/],
      [
        'text in the place of a blob',
        ['run', 'text.polkavm'],
        65,
        /found 70 75 62 20, expected 50 56 4d 00\)\. It looks like text; .*\*\.pvmasm\n {2}00000000 {2}70 75 62 20 .* pub @main.*\n {12}\^\^\n$/,
      ],
      ['an empty file', ['disassemble', 'empty.polkavm'], 65, /^pvm disassemble: empty\.polkavm: .*found nothing/],
      [
        'a megabyte of noise',
        ['profile', 'random.polkavm'],
        65,
        /random\.polkavm: invalid program: .*expected magic bytes.*\n.*\n +\^\^\n$/,
      ],
      ['noise behind the magic', ['gas', 'magic.polkavm'], 65, /magic\.polkavm: invalid program: .*\n(.*\n)? .*\n +\^/],
      [
        'a mistake in assembly text',
        ['run', 'wrong.pvmasm'],
        65,
        /line 2, column 12: found the end of the line.*\n {2}2 \| {3}a0 = a1 \+\n {4}\| {12}\^\n$/,
      ],
      [
        'a folder that is not there',
        ['compile', 'double.pvmasm', '-o', 'no/such.wasm'],
        73,
        /cannot write no\/such\.wasm: no such file/,
      ],
      ['nothing to complete for', ['completions', 'tcsh'], 64, /SHELL: got "tcsh", expected one of bash, zsh, fish/],
    ])('tells what is wrong about %s, without a stack trace', (_, args, exitCode, message) => {
      const { status, stdout, stderr } = run(args);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stdout).toBe('');
      expect(status).toBe(exitCode);
    });

    it('writes a flame graph, a speedscope file and coverage', () => {
      const { folder } = project();
      const outputs = ['--flame', 'f.svg', '--speedscope', 's.json', '--lcov', 'c.info'];
      const { status, stdout } = run(['profile', 'double.pvmasm', '--arg', '4', ...outputs]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^finished, \d+ gas, 2 instructions\n/);
      expect(readFileSync(join(folder, 'f.svg'), 'utf8')).toMatch(/^<svg /);
      expect(JSON.parse(readFileSync(join(folder, 's.json'), 'utf8')).profiles).toHaveLength(2);
      expect(readFileSync(join(folder, 'c.info'), 'utf8')).toContain('SF:double.pvmasm\n');
    });

    it('completes in bash', () => {
      const words = (line: string): string[] => {
        const script =
          `eval "$(pvm completions bash)"; COMP_WORDS=(${line} ''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); ` +
          `_pvm; printf '%s\\n' "\${COMPREPLY[@]}"`;
        return shell(script).stdout.trim().split('\n');
      };
      expect(words('pvm')).toEqual(expect.arrayContaining(['run', 'profile', 'completions']));
      expect(words('pvm run --backend')).toEqual(['auto', 'interpreter', 'compiler']);
      expect(words('pvm run')).toEqual(expect.arrayContaining(['--gas', 'double.pvmasm']));
      expect(words('pvm completions')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    });
  });
}
