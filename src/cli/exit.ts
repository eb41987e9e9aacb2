/** What the command's exit code says, 64 to 73 as in sysexits.h, 130 as shells say. */
export const EXIT = {
  finished: 0,
  trap: 1,
  outOfGas: 2,
  ecalli: 3,
  usage: 64,
  invalidProgram: 65,
  unreadable: 66,
  internal: 70,
  unwritable: 73,
  interrupted: 130,
} as const;

/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'finished',
  1: 'trap',
  2: 'out of gas',
  3: 'stopped at an ecalli',
  64: 'wrong usage',
  65: 'invalid input',
  66: 'file not readable',
  70: 'internal error',
  73: 'file not writable',
  130: 'interrupted by Ctrl-C',
};

/** What an exit code means, in a few words. */
export function exitMeaning(code: ExitCode): string {
  return MEANINGS[code];
}

/** An error to be told to the user as it is, and the exit code that goes with it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** Whether to point at `--help`. */
  readonly showHelp: boolean;
  /** Lines that show the place of the error in the input, with a caret; empty where there is none. */
  readonly excerpt: string;

  constructor(exitCode: ExitCode, message: string, excerpt = '') {
    super(message);
    this.exitCode = exitCode;
    this.showHelp = exitCode === EXIT.usage;
    this.excerpt = excerpt;
  }
}

/** Wrong usage: an unknown option, a missing argument, a number out of range. */
export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}
