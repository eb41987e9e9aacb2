import { type ParseArgsConfig, parseArgs } from 'node:util';
import { EXIT, type ExitCode, exitMeaning, usageError } from './exit.js';
import { oneOf } from './values.js';

/** Where a command writes, and what is known of it. Results go to `out`, everything else to `err`. */
export interface Output {
  out(data: string | Uint8Array): void;
  err(text: string): void;
  /** Which of the two are shown on a terminal, and may hold colours. Default: none. */
  readonly terminal?: Terminal | undefined;
  /** Calls a function when the user presses Ctrl-C, in the place of ending the process, until what it returns is called. */
  readonly onInterrupt?: ((listener: () => void) => () => void) | undefined;
}

/** What a terminal can do. */
export interface Terminal {
  readonly out: boolean;
  readonly err: boolean;
  readonly colours: boolean;
}

/** A subcommand of `pvm`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The help text. */
  readonly help: string;
  /** The options, for completions. */
  readonly options?: OptionTable;
  /** What stands for the operand in the help text, if there is one; by default a file. */
  readonly operand?: Operand;
  /**
   * Runs the command on the arguments behind its name and gives the exit code.
   *
   * @throws CliError for everything that is the user's to mend
   */
  run(args: readonly string[], output: Output): ExitCode | Promise<ExitCode>;
}

/** An option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: true;
  /** What stands for the value in the help text. */
  readonly value?: string;
  /** All values that are allowed. */
  readonly choices?: readonly string[];
  /** What goes without the option. */
  readonly default?: string;
  /** What it does, in a line or more. */
  readonly help: string;
}

/** The options of a command by their names. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The one argument that is no option. */
export interface Operand {
  readonly name: string;
  readonly choices?: readonly string[];
}

type OptionValue<T extends OptionSpec> = T extends { type: 'boolean' }
  ? boolean
  : T extends { multiple: true }
    ? readonly string[]
    : T extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** What was given for the options of a table. */
export type OptionValues<T extends OptionTable> = {
  readonly [Name in keyof T]: T[Name] extends { default: string }
    ? OptionValue<T[Name]>
    : OptionValue<T[Name]> | undefined;
};

/** What a command is made of. Help, completions and the parser follow from it. */
export interface CommandSpec<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  /** The first argument that is no option; without it there is none. */
  readonly operand?: Operand;
  /** What stands in the help text for more arguments that are no options; without it there are none. */
  readonly more?: string;
  /** What it does, in lines of at most 120 characters. */
  readonly description: string;
  readonly options: T;
  /** What there is to say behind the options. */
  readonly notes?: string;
  readonly examples: readonly Example[];
  /** Exit codes besides those of wrong usage and of files. */
  readonly exitCodes: readonly ExitCode[];
  /** @param operand empty where the command has none, @param more what came behind it */
  run(operand: string, options: OptionValues<T>, output: Output, more: readonly string[]): ExitCode | Promise<ExitCode>;
}

/** A command line that does something useful. */
export interface Example {
  readonly line: string;
  readonly says: string;
}

const HELP_OPTION: OptionSpec = { type: 'boolean', short: 'h', help: 'this text' };

/** Makes a command. */
export function defineCommand<const T extends OptionTable>(spec: CommandSpec<T>): Command {
  const { name, summary, options, operand } = spec;
  return {
    name,
    summary,
    ...(operand !== undefined && { operand }),
    options: { ...options, help: HELP_OPTION },
    help: helpText(spec),
    run: (args, output) => {
      const parsed = parseCommandLine(args, spec);
      return spec.run(parsed.operand, parsed.options, output, parsed.more);
    },
  };
}

/** Separates a command's options from its operands, one file as a rule. */
function parseCommandLine<T extends OptionTable>(
  args: readonly string[],
  { options, operand, more }: Pick<CommandSpec<T>, 'options' | 'operand' | 'more'>,
): { operand: string; more: readonly string[]; options: OptionValues<T> } {
  const { values, positionals } = parse(args, options);
  const [first, ...rest] = positionals;
  if (operand === undefined) {
    if (first !== undefined) throw usageError(`expected options only, got ${positionals.join(' ')}`);
  } else {
    if (first === undefined) throw usageError(`the ${operand.name} is missing`);
    if (operand.choices !== undefined) oneOf(operand.name, first, operand.choices);
    if (rest.length > 0 && more === undefined) {
      throw usageError(`expected one ${operand.name}, got ${positionals.length}: ${positionals.join(' ')}`);
    }
  }
  for (const [name, { choices }] of Object.entries(options)) {
    const value = values[name];
    if (choices !== undefined && typeof value === 'string') oneOf(`--${name}`, value, choices);
  }
  // The parser gives each option the type that its table says, and choices have just been checked.
  return { operand: first ?? '', more: rest, options: values as OptionValues<T> };
}

function parse(args: readonly string[], options: OptionTable) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple, default: standard }]) => [
      name,
      {
        type,
        ...(short === undefined ? {} : { short }),
        ...(multiple === undefined ? {} : { multiple }),
        ...(standard === undefined ? {} : { default: standard }),
      },
    ]),
  ) satisfies ParseArgsConfig['options'];
  try {
    return parseArgs({ args: [...args], options: config, allowPositionals: true, strict: true });
  } catch (error) {
    // The parser's messages are a sentence about what is wrong, followed by advice that fits its own conventions.
    throw usageError((error as Error).message.split(/\. |\n/)[0] ?? 'cannot parse the options');
  }
}

function helpText<T extends OptionTable>(spec: CommandSpec<T>): string {
  const { name, operand, more, description, options, notes, examples, exitCodes } = spec;
  const rows = Object.entries({ ...options, help: HELP_OPTION }).map(([option, row]) => [
    optionUsage(option, row),
    optionHelp(row),
  ]);
  const width = Math.max(...rows.map(([usage]) => usage!.length));
  return [
    ['pvm', name, operand?.name, more, '[options]'].filter((word) => word !== undefined).join(' '),
    '',
    description.trim(),
    '',
    ...rows.flatMap(([usage, help]) =>
      help!.split('\n').map((line, index) => `  ${(index === 0 ? usage! : '').padEnd(width)}  ${line}`.trimEnd()),
    ),
    ...(notes === undefined ? [] : ['', notes.trim()]),
    '',
    'Examples:',
    ...examples.flatMap(({ line, says }) => [`  ${line}`, `      ${says}`]),
    '',
    'Exit codes:',
    ...[...exitCodes, EXIT.usage, EXIT.invalidProgram, EXIT.unreadable]
      .sort((a, b) => a - b)
      .map((code) => `  ${`${code}`.padStart(3)}  ${exitMeaning(code)}`),
    '',
  ].join('\n');
}

function optionUsage(name: string, { short, type, value, choices }: OptionSpec): string {
  const placeholder = type === 'boolean' ? '' : ` ${value ?? (choices === undefined ? 'VALUE' : name.toUpperCase())}`;
  return `${short === undefined ? '' : `-${short}, `}--${name}${placeholder}`;
}

function optionHelp({ help, choices, default: standard }: OptionSpec): string {
  const lines = [help];
  if (choices !== undefined) lines.push(choices.join(', ') + (standard === undefined ? '' : `; default ${standard}`));
  else if (standard !== undefined) lines.push(`default ${standard}`);
  return lines.join(choices === undefined ? '; ' : ': ');
}
