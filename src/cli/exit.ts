/** What the command's exit code says, 64 to 73 as in sysexits.h. */
export const Exit = {
  finished: 0,
  trap: 1,
  outOfGas: 2,
  ecalli: 3,
  usage: 64,
  invalidProgram: 65,
  unreadable: 66,
  internal: 70,
  unwritable: 73,
} as const;

/** One of the values of {@link Exit}. */
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** An error to be told to the user as it is, and the exit code that goes with it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** Whether to point at `--help`. */
  readonly showHelp: boolean;

  constructor(exitCode: ExitCode, message: string, showHelp = exitCode === Exit.usage) {
    super(message);
    this.exitCode = exitCode;
    this.showHelp = showHelp;
  }
}

/** Wrong usage: an unknown option, a missing argument, a number out of range. */
export function usageError(message: string): CliError {
  return new CliError(Exit.usage, message);
}
