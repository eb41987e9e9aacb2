/** Bytes or a value that the wire format does not allow. A runtime written in Rust panics on these. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError';
  /** What was being decoded. */
  readonly type: string;
  /** What was found. */
  readonly found: string;
  /** What would have been right. */
  readonly expected: string;

  constructor(type: string, found: string, expected: string) {
    super(`invalid ${type}: found ${found}, expected ${expected}`);
    this.type = type;
    this.found = found;
    this.expected = expected;
  }
}
