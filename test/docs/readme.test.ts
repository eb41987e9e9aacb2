import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runDemonstration } from '../../examples/start.js';
import { pvm } from '../cli/pvm.js';
import { commands, demonstration, examples, readme, root } from './readme.js';

describe('the examples of the README', () => {
  let printed: string[];
  beforeEach(() => {
    printed = [];
    vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
    });
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(examples())('$file is the file of that name, and prints what is said', async ({ file, source, output }) => {
    expect(source).toBe(readFileSync(root + file, 'utf8'));
    if (output === undefined) return;
    await import(/* @vite-ignore */ root + file);
    expect(`${printed.join('\n')}\n`).toBe(output);
  });

  it('are there', () => {
    expect(examples().map(({ file }) => file)).toEqual([
      'examples/runtime.ts',
      'examples/run.ts',
      'examples/fibonacci.pvmasm',
      'examples/debug.ts',
    ]);
  });
});

describe('the commands of the README', () => {
  it.each(commands())('pvm $args prints what is said', async ({ args, output }) => {
    const directory = process.cwd();
    expect(directory.replace(/\/?$/, '/')).toBe(root);
    const { out } = await pvm(...args);
    // Times differ from run to run, and gas left from the limit tells nothing.
    const timeless = (text: string): string => text.replace(/^time .*$/m, 'time').replace(/"timingsMs":\{[^}]*\}/, '');
    expect(timeless(out)).toBe(timeless(output));
  });

  it('are there', () => {
    expect(commands().map(({ args }) => args[0])).toEqual(['run', 'run', 'gas', 'host']);
  });
});

describe('the demonstration', () => {
  it('ends with the balances of the transfers, after lines that the README shows', { timeout: 300_000 }, async () => {
    const lines: string[] = [];
    const balances = await runDemonstration((line) => lines.push(...line.split('\n')));
    expect(balances).toEqual([750n, 250n]);
    expect(`${lines.join('\n')}\n`).toContain(demonstration());
    for (const call of ['compile_from_bytes', 'instantiate', 'prepare', 'run', 'destroy']) {
      expect(
        lines.some((line) => line.startsWith(`  ${call}(`)),
        call,
      ).toBe(true);
    }
    expect(lines).toContain('  as it should be: the counter is 15');
  });
});

describe('the README', () => {
  it('names only files that there are', () => {
    const paths = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path as string);
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) expect(() => readFileSync(root + path), path).not.toThrow(/ENOENT/);
  });

  it('shows measurements that are on record', () => {
    const [, block] = /<!-- bench -->\n([\s\S]*?)<!-- end of bench -->/.exec(readme)!;
    const [, date] = /^Of (\S+), on /m.exec(block!)!;
    const record = readFileSync(`${root}bench/results/${date}.md`, 'utf8');
    const rows = block!.match(/^\|.*\|$/gm)!;
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(record).toContain(row);
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    for (const [, name] of readme.matchAll(/npm run (\w+)/g)) expect(Object.keys(scripts)).toContain(name);
  });
});
