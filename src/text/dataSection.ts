import { AssemblyError, quote } from './assemblyError.js';
import type { CodeBuilder, Place } from './codeBuilder.js';
import { parseInteger, toPattern64 } from './integers.js';
import { parseHex, parseName, unquote } from './symbols.js';

const ITEM = /@?'(?:[^'\\]|\\.)*'|\S+/g;
const HEX = /^[0-9a-fA-F]+$/;
const WIDTH = /^u(8|16|32|64)$/;
const INTEGER = /^(-?)(0x[0-9a-fA-F]+|0b[01]+|\d+)$/;
const EXPECTED_ITEM = 'hex digits, a quoted text, or u8, u16, u32 or u64 and a value';

/** The read-only or the read-write data of a program under assembly. */
export class DataSection {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #place: Place = { line: 1, column: 1 };
  #size: number | undefined;

  /** Sets the size of the region that the data begins. */
  setSize(size: number): void {
    this.#size = size;
  }

  /** Replaces the contents by what `text` says, or appends it. `place` is where the text starts. */
  write(text: string, isAppended: boolean, place: Place, code: CodeBuilder): void {
    if (!isAppended) {
      this.#chunks.length = 0;
      this.#length = 0;
    }
    this.#place = place;
    for (const chunk of parseData(text, place, code)) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
    }
  }

  /**
   * The contents, and the size of the region: as declared, else what the contents need.
   *
   * @throws AssemblyError when the declared size is too small.
   */
  finish(): { readonly contents: Uint8Array; readonly size: number } {
    const contents = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      contents.set(chunk, offset);
      offset += chunk.length;
    }
    const size = this.#size ?? contents.length;
    if (size < contents.length) {
      const found = `${contents.length} bytes of data`;
      throw new AssemblyError({ ...this.#place, found, expected: `at most ${size}, the declared size` });
    }
    return { contents, size };
  }
}

/** Chunks that labels' addresses are written into later share their bytes with the result only through `finish`. */
function parseData(text: string, place: Place, code: CodeBuilder): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let digits = '';
  let digitsColumn = 0;
  const flush = () => {
    if (digits.length % 2 !== 0) {
      const found = 'an odd number of hex digits';
      throw new AssemblyError({
        line: place.line,
        column: place.column + digitsColumn,
        found,
        expected: 'two for each byte',
      });
    }
    if (digits !== '') chunks.push(parseHex(digits));
    digits = '';
  };
  const items = text.matchAll(ITEM);
  for (const { 0: item, index } of items) {
    if (HEX.test(item)) {
      if (digits === '') digitsColumn = index;
      digits += item;
      continue;
    }
    flush();
    const width = WIDTH.exec(item)?.[1];
    const here = { line: place.line, column: place.column + index };
    if (width !== undefined) {
      const value = items.next().value;
      if (value === undefined) {
        throw new AssemblyError({ ...here, found: `"${item}" and no value`, expected: 'a number or a label' });
      }
      chunks.push(parseValue(value[0], Number(width), { line: place.line, column: place.column + value.index }, code));
    } else if (item.startsWith("'") && item.length > 1 && item.endsWith("'")) {
      chunks.push(new TextEncoder().encode(unquote(item)));
    } else {
      throw new AssemblyError({ ...here, found: quote(item), expected: EXPECTED_ITEM });
    }
  }
  flush();
  return chunks;
}

/** A number or the dynamic address of a label, little-endian. */
function parseValue(text: string, bits: number, place: Place, code: CodeBuilder): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  if (text.startsWith('@') && bits >= 32) {
    const chunk = bytes.subarray(0, bits / 8);
    code.dynamicAddressOf(parseName(text.slice(1)), place, (address) => {
      view.setUint32(0, address, true);
    });
    return chunk;
  }
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  const value = digits === undefined ? undefined : parseInteger(digits, sign === '-');
  if (value === undefined || value >= 1n << BigInt(bits) || value < -(1n << BigInt(bits - 1))) {
    const expected = bits >= 32 ? `an integer of ${bits} bits or a label` : `an integer of ${bits} bits`;
    throw new AssemblyError({ ...place, found: quote(text), expected });
  }
  view.setBigUint64(0, toPattern64(value)!, true);
  return bytes.subarray(0, bits / 8);
}
