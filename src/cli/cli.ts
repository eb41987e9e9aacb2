import { readFileSync } from 'node:fs';
import { assembleCommand } from './assemble.js';
import { benchCommand } from './bench.js';
import type { Command, Output } from './command.js';
import { compileCommand } from './compile.js';
import { completionsCommand } from './completions.js';
import { contractCommand } from './contract.js';
import { disassembleCommand } from './disassemble.js';
import { CliError, EXIT, type ExitCode, usageError } from './exit.js';
import { gasCommand } from './gas.js';
import { hostCommand } from './host.js';
import { inspectCommand } from './inspect.js';
import { nodeCommand } from './node.js';
import { profileCommand } from './profile.js';
import { runCommand } from './run.js';
import { errorPainterOf } from './terminal.js';

const PROGRAM_COMMANDS: readonly Command[] = [
  runCommand,
  gasCommand,
  inspectCommand,
  disassembleCommand,
  assembleCommand,
  profileCommand,
  benchCommand,
  compileCommand,
  hostCommand,
];
const CONTRACT_COMMANDS: readonly Command[] = [contractCommand, nodeCommand];
const NAMED_COMMANDS: readonly Command[] = [...PROGRAM_COMMANDS, ...CONTRACT_COMMANDS];
const COMMANDS: readonly Command[] = [...NAMED_COMMANDS, completionsCommand(NAMED_COMMANDS)];

/**
 * Runs the command line `pvm ...args` and gives its exit code. Errors are told on the error output: what is wrong in one
 * line, and the place in the input where there is one.
 *
 * @throws nothing
 */
export async function runCli(args: readonly string[], output: Output): Promise<ExitCode> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  try {
    if (command !== undefined) {
      if (wantsHelp(rest)) {
        output.out(command.help);
        return EXIT.finished;
      }
      return await command.run(rest, output);
    }
    return runWithoutCommand(args, output);
  } catch (error) {
    return report(error, command, output);
  }
}

function runWithoutCommand([first, second]: readonly string[], output: Output): ExitCode {
  switch (first) {
    case '--version':
    case '-V':
      output.out(`${packageVersion()}\n`);
      return EXIT.finished;
    case 'help':
    case '--help':
    case '-h': {
      const command = COMMANDS.find(({ name }) => name === second);
      if (second !== undefined && command === undefined) throw unknownCommand(second);
      output.out(command?.help ?? overview());
      return EXIT.finished;
    }
    case undefined:
      output.err(overview());
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
  return usageError(`unknown command "${name}", expected one of ${COMMANDS.map((command) => command.name).join(', ')}`);
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
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

function report(error: unknown, command: Command | undefined, output: Output): ExitCode {
  const paint = errorPainterOf(output);
  if (error instanceof CliError) {
    const prefix = command === undefined ? 'pvm' : `pvm ${command.name}`;
    output.err(`${paint('bad', `${prefix}:`)} ${error.message}\n${error.excerpt}`);
    if (error.showHelp) output.err(`Try "${prefix} --help".\n`);
    return error.exitCode;
  }
  output.err(`pvm: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.internal;
}
