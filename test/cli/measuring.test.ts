/** `pvm profile` and `pvm bench`. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());

const squares = 'examples/squares.pvmasm';
const ANSWERED = ['--arg', '10', '--on-ecalli', 'tell=0'] as const;

describe('pvm profile', () => {
  it('shows functions, lines and syscalls', async () => {
    const { exitCode, out, err } = await pvm('profile', squares, ...ANSWERED, '--top', '3');
    expect(err).toBe('');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^finished, 2,042 gas, 301 instructions\n/);
    expect(out).toMatch(/^square +1,395 +68\.3 % +1,395 +68\.3 % +10 {2}examples\/squares\.pvmasm:34$/m);
    expect(out).toMatch(/^main +647 +31\.7 % +2,042 +100\.0 % +1 {2}examples\/squares\.pvmasm:7$/m);
    expect(out).toMatch(/^examples\/squares\.pvmasm:37 +385 +18\.9 % +55$/m);
    expect(out).toMatch(/^and 27 more lines$/m);
    expect(out).toMatch(/^tell +1 +0$/m);
  });

  it('says the same as pvm run about gas and how it ended', async () => {
    for (const options of [ANSWERED, ['--arg', '10'], ['--arg', '10', '--gas', '500']]) {
      const run = await pvm('run', squares, ...options, '--json');
      const profile = await pvm('profile', squares, ...options, '--json');
      expect(profile.exitCode).toBe(run.exitCode);
      const { status, gasUsed } = JSON.parse(run.out);
      expect(JSON.parse(profile.out)).toMatchObject({ status, total: { gas: Number(gasUsed) } });
    }
  });

  it('sorts by instructions when it is asked to', async () => {
    const { out } = await pvm('profile', squares, ...ANSWERED, '--by', 'instructions');
    expect(out).toMatch(/^function +self instructions/m);
    expect(out).toMatch(/^square +215 +71\.4 %/m);
  });

  it('writes a flame graph, a speedscope file and coverage', async () => {
    const files = ['flame.svg', 'profile.json', 'lcov.info'].map((name) => folder.file(name));
    const outputs = ['--flame', files[0]!, '--speedscope', files[1]!, '--lcov', files[2]!];
    expect((await pvm('profile', squares, ...ANSWERED, ...outputs)).exitCode).toBe(0);
    const [svg, speedscope, lcov] = files.map((file) => readFileSync(file, 'utf8'));
    expect(svg).toContain('>squares.pvmasm, main</text>');
    expect(JSON.parse(speedscope!).shared.frames).toContainEqual({ name: 'square', file: squares, line: 34 });
    expect(lcov).toContain('DA:37,55\n');
    const toOutput = await pvm('profile', squares, ...ANSWERED, '--lcov', '-');
    expect(toOutput.out).toBe(lcov);
  });

  it('has no coverage of a program that does not know its lines', async () => {
    const blob = folder.file('squares.polkavm');
    await pvm('assemble', squares, '-o', blob);
    const { exitCode, err } = await pvm('profile', blob, ...ANSWERED, '--lcov', '-');
    expect(exitCode).toBe(65);
    expect(err).toContain('has no debug information, expected a program that knows its source lines');
    await pvm('assemble', squares, '-g', '-o', blob);
    expect((await pvm('profile', blob, ...ANSWERED, '--lcov', '-')).out).toContain('DA:37,55\n');
  });
});

describe('pvm bench', () => {
  it('compares the backends', async () => {
    const { exitCode, out } = await pvm('bench', squares, ...ANSWERED, '--runs', '3');
    expect(exitCode).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe('finished, 2,042 gas a run');
    expect(lines[2]).toMatch(/^backend +median +fastest to slowest +first run +speed +M gas\/s +runs$/);
    for (const [index, backend] of ['interpreter', 'compiler', 'auto'].entries()) {
      expect(lines[3 + index]).toMatch(new RegExp(`^${backend} +[\\d.]+ ms .* 3$`));
      expect(lines[7 + index]).toMatch(new RegExp(`^${backend} +[─█|>]`));
    }
  });

  it('gives all times as JSON', async () => {
    const { out } = await pvm('bench', squares, ...ANSWERED, '--runs', '4', '--backend', 'compiler', '--json');
    const { status, gasUsed, backends } = JSON.parse(out);
    expect([status, gasUsed, backends.length]).toEqual(['finished', '2042', 1]);
    const [{ backend, ranOn, runsMs, statisticsMs }] = backends;
    expect([backend, ranOn]).toEqual(['compiler', 'compiler']);
    expect(runsMs).toHaveLength(4);
    expect(Math.min(...runsMs)).toBe(statisticsMs.fastest);
    expect(Math.max(...runsMs)).toBe(statisticsMs.slowest);
    expect(statisticsMs.median).toBeGreaterThanOrEqual(statisticsMs.lowerQuartile);
  });

  it.each(['0', '-3', 'many', '1.5'])('refuses %s runs', async (runs) => {
    const { exitCode, err } = await pvm('bench', squares, `--runs=${runs}`);
    expect(exitCode).toBe(64);
    expect(err).toContain(`--runs: got "${runs}", expected an integer from 1`);
  });
});
