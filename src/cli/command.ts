import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type ExitCode, usageError } from './exit.js';

/** Where a command writes. Results go to `out`, everything else to `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** A subcommand of `pvm`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The help text. */
  readonly help: string;
  /**
   * Runs the command on the arguments behind its name and gives the exit code.
   *
   * @throws CliError for everything that is the user's to mend
   */
  run(args: readonly string[], output: Output): ExitCode | Promise<ExitCode>;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>['values'];

/** Separates a command's options from its one FILE. */
export function parseCommandLine<T extends Options>(
  args: readonly string[],
  options: T,
): { file: string; options: Parsed<T> } {
  const { values, positionals } = parse(args, options);
  const [file, ...rest] = positionals;
  if (file === undefined) throw usageError('the FILE is missing');
  if (rest.length > 0) throw usageError(`expected one FILE, got ${positionals.length}: ${positionals.join(' ')}`);
  return { file, options: values };
}

function parse<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // The parser's messages are a sentence about what is wrong, followed by advice that fits its own conventions.
    throw usageError((error as Error).message.split(/\. |\n/)[0] ?? 'cannot parse the options');
  }
}
