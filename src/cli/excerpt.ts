/** Shows a place in the input: the line, or the bytes, with a caret below. */
const BYTES_PER_LINE = 16;
const LINES_AROUND = 1;
/** Lines longer than this are cut around the place. */
const MAX_WIDTH = 100;
const TAB_WIDTH = 4;

/** The line of a text with a caret below a column; both counted from 1. */
export function textExcerpt(text: string, line: number, column: number): string {
  const content = text.split('\n')[line - 1]?.replace(/\r$/, '') ?? '';
  const start = Math.max(0, Math.min(column - 1 - MAX_WIDTH / 2, content.length - MAX_WIDTH));
  const shown = printable(content.slice(start, start + MAX_WIDTH));
  const before = printable(content.slice(start, Math.max(start, column - 1)));
  const gutter = `${line}`;
  const ellipsis = start > 0 ? '...' : '';
  return [
    `  ${gutter} | ${ellipsis}${shown}`,
    `  ${' '.repeat(gutter.length)} | ${' '.repeat(ellipsis.length + before.length)}^`,
    '',
  ].join('\n');
}

/** The bytes around an offset, 16 a line, with a caret below the one at the offset. */
export function bytesExcerpt(bytes: Uint8Array, offset: number): string {
  const line = Math.floor(Math.min(offset, Math.max(0, bytes.length - 1)) / BYTES_PER_LINE);
  const lines: string[] = [];
  for (let number = Math.max(0, line - LINES_AROUND); number <= line; number++) {
    const start = number * BYTES_PER_LINE;
    lines.push(hexLine(start, bytes.subarray(start, start + BYTES_PER_LINE)));
  }
  const column = Math.min(offset, bytes.length) - line * BYTES_PER_LINE;
  const note = offset >= bytes.length ? ' the end' : '';
  return [...lines, `${' '.repeat(GUTTER + 3 * column)}${note === '' ? '^^' : '^'}${note}`, ''].join('\n');
}

const GUTTER = 12;

function hexLine(start: number, bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `  ${start.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * BYTES_PER_LINE - 1)}  ${text}`;
}

/** Text of a fixed width a character: tabs as blanks, what a terminal would obey as question marks. */
function printable(text: string): string {
  return text.replace(/\t/g, ' '.repeat(TAB_WIDTH)).replace(/[^\u0020-\u007e\u00a0-\uffff]/g, '?');
}
