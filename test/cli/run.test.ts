import { assemble } from 'polkavm-js/text';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());

const program = folder.write(
  'program.pvmasm',
  `%isa = latest64
%import = ask
%import = tell
%stack_size = 4096

pub @add:
a0 = a0 + a1
ret

pub @fail:
a0 = 7
trap

pub @forever:
jump @forever

pub @asks:
ecalli ask
ecalli tell
a0 = a0 + 1
ret

pub @unknown:
ecalli 9
ret
`,
);

async function runJson(...args: string[]) {
  const { exitCode, out, err } = await pvm('run', program, '--json', ...args);
  return { exitCode, err, result: JSON.parse(out) };
}

describe('pvm run', () => {
  it('exits with 0 and shows the result when the program finishes', async () => {
    const { exitCode, out, err } = await pvm('run', program, '--call', 'add', '--arg', '30', '--arg', '0xc');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^status +finished$/m);
    expect(out).toMatch(/^a0 +0x2a \(42\)$/m);
    expect(err).toBe('');
  });

  it('exits with 1 when the program traps', async () => {
    const { exitCode, out } = await pvm('run', program, '--call', 'fail');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^status +trap at \d+$/m);
  });

  it('exits with 2 when the gas runs out', async () => {
    const { exitCode, out } = await pvm('run', program, '--call', 'forever', '--gas', '1000');
    expect(exitCode).toBe(2);
    expect(out).toMatch(/^status +out of gas$/m);
  });

  it('exits with 3 at an ecalli that nothing answers', async () => {
    const { exitCode, out } = await pvm('run', program, '--call', 'asks');
    expect(exitCode).toBe(3);
    expect(out).toContain('stopped at ecalli 0 (ask)');
  });

  it('runs a blob as it runs the text of it', async () => {
    const blob = folder.write('add.polkavm', assemble('%isa = latest32\npub @only:\ni32 a0 = a0 + 1\nret'));
    const { exitCode, out } = await pvm('run', blob, '--arg', '0xffffffff');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^a0 +0x0 \(0\)$/m);
  });

  it('calls the export "main" of several unless told otherwise', async () => {
    const several = folder.write('main.pvmasm', 'pub @a:\na0 = 1\nret\npub @main:\na0 = 2\nret');
    expect((await pvm('run', several)).out).toMatch(/^a0 +0x2 /m);
    expect((await pvm('run', several, '--call', 'a')).out).toMatch(/^a0 +0x1 /m);
  });
});

describe('pvm run --json', () => {
  it('prints every field of a finished run', async () => {
    const { exitCode, result } = await runJson(
      '--call',
      'add',
      '--arg',
      '1',
      '--arg',
      '18446744073709551615',
      '--gas',
      '1000',
    );
    expect(exitCode).toBe(0);
    expect(result).toEqual({
      status: 'finished',
      pc: null,
      gas: expect.stringMatching(/^\d+$/),
      gasUsed: expect.stringMatching(/^\d+$/),
      ecalli: null,
      registers: {
        ra: '0xffff0000',
        sp: '0xfffe0000',
        ...Object.fromEntries(['t0', 't1', 't2', 's0', 's1', 'a0'].map((name) => [name, '0x0'])),
        a1: '0xffffffffffffffff',
        ...Object.fromEntries(['a2', 'a3', 'a4', 'a5'].map((name) => [name, '0x0'])),
      },
      backend: expect.stringMatching(/^(interpreter|compiler)$/),
      timingsMs: { compile: expect.any(Number), instantiate: expect.any(Number), run: expect.any(Number) },
    });
    expect(BigInt(result.gas) + BigInt(result.gasUsed)).toBe(1000n);
  });

  it('prints one line and nothing else', async () => {
    const { out } = await pvm('run', program, '--call', 'add', '--json');
    expect(out.split('\n')).toEqual([expect.stringMatching(/^\{.*\}$/), '']);
  });

  it('names the trapping instruction', async () => {
    const blob = folder.write('trap.pvmasm', 'pub @main:\na0 = 7\ntrap');
    const { exitCode, out } = await pvm('run', blob, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: 'trap', pc: 3, ecalli: null });
  });

  it('keeps the gas that the next block cannot have', async () => {
    const { result } = await runJson('--call', 'forever', '--gas', '10', '--cost-model', 'naive');
    expect(result).toMatchObject({ status: 'outOfGas', pc: null, gas: '0', gasUsed: '10' });
  });

  it('names the ecalli that it stopped at', async () => {
    const { result } = await runJson('--call', 'asks', '--on-ecalli', 'ask=1');
    expect(result).toMatchObject({ status: 'ecalli', ecalli: { index: 1, symbol: 'tell' } });
  });

  it('has no symbol for an ecalli past the import table', async () => {
    const { exitCode, result } = await runJson('--call', 'unknown');
    expect(exitCode).toBe(3);
    expect(result.ecalli).toEqual({ index: 9, symbol: null });
  });
});

describe('the options of pvm run', () => {
  it('answers ecallis by symbol with the value in a0', async () => {
    const { exitCode, result } = await runJson(
      '--call',
      'asks',
      '--on-ecalli',
      'ask=5',
      '--on-ecalli',
      'tell=0xffffffffffffffff',
    );
    expect(exitCode).toBe(0);
    expect(result.registers.a0).toBe('0x0');
  });

  it('answers ecallis past the import table by number', async () => {
    const { exitCode, result } = await runJson('--call', 'unknown', '--on-ecalli', '9=77');
    expect(exitCode).toBe(0);
    expect(result.registers.a0).toBe('0x4d');
  });

  it('warns of an answer that nothing asks for, and runs all the same', async () => {
    const { exitCode, err } = await runJson('--call', 'add', '--on-ecalli', 'aks=1');
    expect(exitCode).toBe(0);
    expect(err).toContain('warning: --on-ecalli aks');
    expect(err).toContain('ask, tell');
  });

  it('charges by the cost model that was asked for', async () => {
    const naive = await runJson('--call', 'add', '--cost-model', 'naive');
    const full = await runJson('--call', 'add', '--cost-model', 'full-l2');
    const standard = await runJson('--call', 'add');
    expect(naive.result.gasUsed).toBe('2');
    expect(BigInt(full.result.gasUsed)).toBeGreaterThan(2n);
    expect(standard.result.gasUsed).toBe(full.result.gasUsed);
  });

  it('charges nothing without metering', async () => {
    const { result } = await runJson('--call', 'add', '--gas-metering', 'none', '--gas', '0');
    expect(result).toMatchObject({ status: 'finished', gas: '0', gasUsed: '0' });
  });

  it('takes negative gas, which is out of gas at once', async () => {
    const { exitCode, result } = await runJson('--call', 'add', '--gas=-1');
    expect(exitCode).toBe(2);
    expect(result).toMatchObject({ gas: '-1', gasUsed: '0' });
  });

  it('has all the gas there is unless told otherwise', async () => {
    const { result } = await runJson('--call', 'add');
    expect(BigInt(result.gas) + BigInt(result.gasUsed)).toBe(2n ** 63n - 1n);
  });

  it('runs on the interpreter when it is asked to', async () => {
    const { exitCode, result } = await runJson('--call', 'add', '--backend', 'interpreter');
    expect(exitCode).toBe(0);
    expect(result.backend).toBe('interpreter');
  });

  it.each([
    [['--call', 'nothing'], '--call: no export "nothing" (it has add, asks, fail, forever, unknown)'],
    [[], '--call is missing: the program has 5 exports'],
    [['--call', 'add', '--arg', 'x'], '--arg: got "x", expected an integer from 0'],
    [['--call', 'add', '--arg', '1.5'], '--arg: got "1.5"'],
    [['--call', 'add', '--arg', ''], '--arg: got ""'],
    [['--call', 'add', '--arg=-1'], '--arg: got "-1"'],
    [['--call', 'add', '--arg', '18446744073709551616'], '--arg: got "18446744073709551616"'],
    [['--call', 'add', '--arg', '0x10000000000000000'], '--arg: got "0x10000000000000000"'],
    [['--call', 'add', ...new Array(10).fill(['--arg', '1']).flat()], '--arg: got 10 arguments, expected at most 9'],
    [['--call', 'add', '--gas', '9223372036854775808'], '--gas: got "9223372036854775808"'],
    [['--call', 'add', '--gas', 'lots'], '--gas: got "lots"'],
    [['--call', 'add', '--gas'], '--gas'],
    [['--call', 'add', '--gas-metering', 'async'], '--gas-metering: got "async", expected one of none, sync'],
    [['--call', 'add', '--cost-model', 'full'], '--cost-model: got "full", expected one of naive, full-l1'],
    [['--call', 'add', '--backend', 'jit'], '--backend: got "jit", expected one of auto, interpreter, compiler'],
    [['--call', 'add', '--on-ecalli', 'ask'], '--on-ecalli: got "ask", expected SYMBOL=VALUE'],
    [['--call', 'add', '--on-ecalli', 'ask=yes'], '--on-ecalli ask: got "yes"'],
    [['--call', 'add', '--quiet'], "Unknown option '--quiet'"],
    [['--call', 'add', 'second'], 'expected one FILE, got 2'],
  ])('refuses %j with 64', async (args, message) => {
    const { exitCode, out, err } = await pvm('run', program, ...args);
    expect(exitCode).toBe(64);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toContain('Try "pvm run --help"');
  });
});
