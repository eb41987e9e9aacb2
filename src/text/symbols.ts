/**
 * Symbols of imports and exports are bytes. As text they are quoted UTF-8, or hex with the prefix 0x when they are
 * not UTF-8. Backslash escapes keep a hostile name from breaking out of its line.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f\u2028\u2029`;
const CONTROLS = new RegExp(`[${CONTROL}]`, 'g');
const NEEDS_ESCAPE = new RegExp(`['\\\\${CONTROL}]`, 'g');

const QUOTED = /^'(?:[^'\\]|\\.)*'$/;

/** The text of a symbol: `'name'`, or `0x` and hex digits when its bytes are not UTF-8. */
export function formatSymbol(symbol: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(symbol);
  } catch {
    return `0x${Array.from(symbol, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return `'${text.replace(NEEDS_ESCAPE, escapeCharacter)}'`;
}

function escapeCharacter(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Replaces the characters by which a text could break out of its line, or change the terminal's state, with escapes. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escapeCharacter);
}

/** Removes the quotes and escapes of a quoted name. */
export function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\u([0-9a-fA-F]{4})|\\(.)/g, (_, code: string | undefined, character: string) =>
      code === undefined ? character : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

/** The name that a label is written as, in quotes or without. */
export function parseName(text: string): string {
  return QUOTED.test(text) ? unquote(text) : text;
}

/** The bytes of a symbol written quoted, as 0x and hex digit pairs, or as it is; undefined for an odd number of digits. */
export function parseSymbol(text: string): Uint8Array | undefined {
  if (QUOTED.test(text)) return encoder.encode(unquote(text));
  if (/^0x[0-9a-fA-F]*$/.test(text)) return text.length % 2 === 0 ? parseHex(text.slice(2)) : undefined;
  return encoder.encode(text);
}

/** The bytes of an even number of hex digits. */
export function parseHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Orders byte strings as the reference orders names: by their bytes, a prefix before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/** The bytes of hex digit pairs with blanks between them, or undefined for anything else. */
export function parseBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '');
  return /^(?:[0-9a-fA-F]{2})*$/.test(digits) ? parseHex(digits) : undefined;
}
