/** What a terminal gets besides: colours, progress, and Ctrl-C. */
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.js';
import { terminalOf } from '../../src/cli/terminal.js';
import { Folder } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());
const double = folder.write('double.pvmasm', 'pub @main:\na0 = a0 * 2\nret');
const forever = folder.write('forever.pvmasm', 'pub @main:\n@next:\na0 = a0 + 1\njump @next');

const TTY = { stdout: { isTTY: true }, stderr: { isTTY: true } };
const ESCAPE = '\u001b[';

/** Runs a command on a terminal; Ctrl-C is pressed after so many milliseconds. */
async function onTerminal(args: string[], environment = {}, interruptAfterMs?: number) {
  let out = '';
  let err = '';
  let listening = 0;
  const exitCode = await runCli(args, {
    out: (data) => {
      out += data;
    },
    err: (text) => {
      err += text;
    },
    terminal: terminalOf(TTY, environment),
    onInterrupt: (listener) => {
      listening++;
      if (interruptAfterMs !== undefined) setTimeout(listener, interruptAfterMs);
      return () => {
        listening--;
      };
    },
  });
  return { exitCode, out, err, listening };
}

describe('colours', () => {
  it('are for terminals', async () => {
    expect((await onTerminal(['run', double])).out).toContain(`${ESCAPE}32mfinished${ESCAPE}0m`);
    expect((await onTerminal(['run', 'missing'])).err).toContain(`${ESCAPE}31mpvm run:`);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('are not there with %j', async (environment) => {
    expect((await onTerminal(['inspect', double], environment)).out).not.toContain(ESCAPE);
    expect((await onTerminal(['run', 'missing'], environment)).err).not.toContain(ESCAPE);
  });

  it('are there with an empty NO_COLOR, as its definition says', async () => {
    expect((await onTerminal(['run', double], { NO_COLOR: '' })).out).toContain(ESCAPE);
  });

  it('never get into JSON', async () => {
    const { out } = await onTerminal(['run', double, '--json']);
    expect(JSON.parse(out).status).toBe('finished');
  });
});

describe('progress', () => {
  it('is shown after a second, in one line that is taken away in the end', async () => {
    const { err } = await onTerminal(['run', forever], {}, 1500);
    const shown = err.split('\r').filter((line) => line !== '');
    expect(shown.length).toBeGreaterThan(1);
    expect(shown[0]).toMatch(/running \d\.\d s, [\d,]+ gas used, Ctrl-C stops$/);
    expect(err).not.toContain('\n');
    expect(shown.at(-1)).toBe(`${ESCAPE}K`);
  });

  it('is not shown for what is done soon', async () => {
    expect((await onTerminal(['run', double])).err).toBe('');
  });
});

describe('Ctrl-C', () => {
  it('stops a program and shows its state', async () => {
    const { exitCode, out, listening } = await onTerminal(['run', forever, '--arg', '5', '--json'], {}, 100);
    const { status, pc, registers } = JSON.parse(out);
    expect(status).toBe('interrupted');
    expect(pc).toBe(0);
    expect(BigInt(registers.a0)).toBeGreaterThan(5n);
    expect(exitCode).toBe(130);
    expect(listening).toBe(0);
  });

  it('stops one that asks its host all the time', async () => {
    const asking = folder.write('asking.pvmasm', '%import = ask\npub @main:\n@next:\necalli ask\njump @next');
    const { exitCode } = await onTerminal(['run', asking, '--on-ecalli', 'ask=1'], {}, 100);
    expect(exitCode).toBe(130);
  });

  it('stops profiles and measurements, which show what there is', async () => {
    const profile = await onTerminal(['profile', forever], { NO_COLOR: '1' }, 100);
    expect(profile.exitCode).toBe(130);
    expect(profile.out).toMatch(/^interrupted, [\d,]+ gas, [\d,]+ instructions\n/);
    expect((await onTerminal(['bench', forever], {}, 100)).exitCode).toBe(130);
  });
});
