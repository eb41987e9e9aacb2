/** Where in a program something was wrong, and what. */
export interface InvalidProgramDetails {
  /** The section or structure at fault, such as `header`, `imports`, `code and jump table`, `memory map`, `code`. */
  readonly section: string;
  /** Byte offset into the blob (into the code for the section `code`), where there is one to name. */
  readonly offset?: number | undefined;
  /** What was found there. */
  readonly found: string;
  /** What was expected instead. */
  readonly expected: string;
}

/** Thrown for bytes that are no valid program. The message names the section, the offset, what was found and expected. */
export class InvalidProgramError extends Error implements InvalidProgramDetails {
  override readonly name = 'InvalidProgramError';
  readonly section: string;
  readonly offset: number | undefined;
  readonly found: string;
  readonly expected: string;

  constructor(reason: string, details: InvalidProgramDetails) {
    const where = details.offset === undefined ? '' : ` at offset 0x${details.offset.toString(16)}`;
    super(`${reason} (${details.section}${where}: found ${details.found}, expected ${details.expected})`);
    this.section = details.section;
    this.offset = details.offset;
    this.found = details.found;
    this.expected = details.expected;
  }
}
