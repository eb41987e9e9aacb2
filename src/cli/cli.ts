import { readFileSync } from 'node:fs';
import type { Command, Output } from './command.js';
import { CliError, EXIT, type ExitCode, usageError } from './exit.js';
import { errorPainterOf } from './terminal.js';

/**
 * What gives the commands by their names. The modules of a command are loaded when it is asked for: `pvm run` need not wait
 * for all that contracts take.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['run', async () => (await import('./run.js')).runCommand],
  ['gas', async () => (await import('./gas.js')).gasCommand],
  ['inspect', async () => (await import('./inspect.js')).inspectCommand],
  ['disassemble', async () => (await import('./disassemble.js')).disassembleCommand],
  ['assemble', async () => (await import('./assemble.js')).assembleCommand],
  ['profile', async () => (await import('./profile.js')).profileCommand],
  ['bench', async () => (await import('./bench.js')).benchCommand],
  ['compile', async () => (await import('./compile.js')).compileCommand],
  ['host', async () => (await import('./host.js')).hostCommand],
  ['contract', async () => (await import('./contract.js')).contractCommand],
  ['node', async () => (await import('./node.js')).nodeCommand],
  ['completions', async () => (await import('./completions.js')).completionsCommand(allCommands)],
]);

/**
 * Runs the command line `pvm ...args` and gives its exit code. Errors are told on the error output: what is wrong in one
 * line, and the place in the input where there is one.
 *
 * @throws nothing
 */
export async function runCli(args: readonly string[], output: Output): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  const load = COMMANDS.get(name);
  try {
    if (load === undefined) return await runWithoutCommand(args, output);
    const command = await load();
    if (wantsHelp(rest)) {
      output.out(command.help);
      return EXIT.finished;
    }
    return await command.run(rest, output);
  } catch (error) {
    return report(error, load === undefined ? 'pvm' : `pvm ${name}`, output);
  }
}

async function runWithoutCommand([first, second]: readonly string[], output: Output): Promise<ExitCode> {
  switch (first) {
    case '--version':
    case '-V':
      output.out(`${packageVersion()}\n`);
      return EXIT.finished;
    case 'help':
    case '--help':
    case '-h': {
      if (second === undefined) {
        output.out(await overview());
        return EXIT.finished;
      }
      const load = COMMANDS.get(second);
      if (load === undefined) throw unknownCommand(second);
      output.out((await load()).help);
      return EXIT.finished;
    }
    case undefined:
      output.err(await overview());
      return EXIT.usage;
    default:
      throw first.startsWith('-') ? usageError(`unknown option ${first}`) : unknownCommand(first);
  }
}

/** Whether `--help` is among the options; behind `--` it would be a file's name. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
}

function unknownCommand(name: string): CliError {
  return usageError(`unknown command "${name}", expected one of ${[...COMMANDS.keys()].join(', ')}`);
}

function allCommands(): Promise<Command[]> {
  return Promise.all([...COMMANDS.values()].map((load) => load()));
}

async function overview(): Promise<string> {
  const commands = await allCommands();
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'pvm COMMAND FILE [options]',
    '',
    ...lines,
    '',
    '  --help     this text, or after a command its options and examples',
    '  --version  the version',
    '',
  ].join('\n');
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

function report(error: unknown, prefix: string, output: Output): ExitCode {
  const paint = errorPainterOf(output);
  if (error instanceof CliError) {
    output.err(`${paint('bad', `${prefix}:`)} ${error.message}\n${error.excerpt}`);
    if (error.showHelp) output.err(`Try "${prefix} --help".\n`);
    return error.exitCode;
  }
  output.err(`pvm: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.internal;
}
