/** A JSON string, or an integer long enough that a number might not hold it. */
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/** Marks an integer that travels through JSON.parse as a string. */
const MARK = '\u0000integer:';

/**
 * Parses JSON. Integers of sixteen digits and more become bigints, all other numbers stay numbers, so that 64-bit values
 * are exact.
 */
export function parseJson(text: string): unknown {
  const marked = text.replace(STRING_OR_LONG_INTEGER, (token) =>
    token.startsWith('"') ? token : JSON.stringify(MARK + token),
  );
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}
