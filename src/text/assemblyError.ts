/** Where assembly text was wrong, and what. */
export interface AssemblyErrorDetails {
  /** Line of the text, counted from 1. */
  readonly line: number;
  /** Column of the line, counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** What the text has there. */
  readonly found: string;
  /** What would be right. */
  readonly expected: string;
}

/** Thrown for text that is no program. The message names line and column, what was found and what was expected. */
export class AssemblyError extends Error implements AssemblyErrorDetails {
  override readonly name = 'AssemblyError';
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly expected: string;

  constructor({ line, column, found, expected }: AssemblyErrorDetails) {
    super(`line ${line}, column ${column}: found ${found}, expected ${expected}`);
    this.line = line;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

const LONGEST_QUOTE = 60;

/** Shortens a piece of hostile length for a message. */
export function abbreviate(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}...`;
}

/** Quotes a piece of the text for a message. */
export function quote(text: string): string {
  return JSON.stringify(abbreviate(text));
}
