import { printWasm } from './wasmText.js';

const HEADER_LENGTH = 8;
const SECTION = { type: 1, import: 2, function: 3, element: 9, code: 10 } as const;
const EXTERNAL = { function: 0, table: 1 } as const;
const VALUE_TYPES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
]);

/**
 * Prints a module as {@link encodeModule} writes it in the WebAssembly text format.
 *
 * @param comments what to say of each function
 */
export function printWasmModule(wasm: Uint8Array, comments: readonly string[] = []): string {
  const lines = ['(module'];
  const types: number[] = [];
  let importedFunctions = 0;
  const reader = new ModuleReader(wasm, HEADER_LENGTH);
  while (reader.position < wasm.length) {
    const id = wasm[reader.position++];
    const end = reader.unsigned() + reader.position;
    const count = reader.unsigned();
    for (let item = 0; item < count; item++) {
      switch (id) {
        case SECTION.type:
          lines.push(`  (type (;${item};) ${functionType(reader)})`);
          break;
        case SECTION.import: {
          const { text, isFunction } = importText(reader, importedFunctions);
          lines.push(`  ${text}`);
          if (isFunction) importedFunctions++;
          break;
        }
        case SECTION.function:
          types.push(reader.unsigned());
          break;
        case SECTION.element:
          lines.push(`  ${segmentText(reader)}`);
          break;
        case SECTION.code: {
          const bodyEnd = reader.unsigned() + reader.position;
          const comment = comments[item] === undefined ? '' : ` ;; ${comments[item]}`;
          lines.push(`  (func (;${importedFunctions + item};) (type ${types[item]})${comment}`);
          const locals = localTypes(reader);
          if (locals.length > 0) lines.push(`    (local ${locals.join(' ')})`);
          // The last byte is the `end` of the function, for which the text has a parenthesis.
          const body = printWasm(wasm.subarray(reader.position, bodyEnd - 1));
          if (body !== '') lines.push(body.replace(/^/gm, '    '));
          lines.push('  )');
          reader.position = bodyEnd;
          break;
        }
        default:
          throw new RangeError(`section ${id} is not printable`);
      }
    }
    reader.position = end;
  }
  return `${lines.join('\n')}\n)\n`;
}

function functionType(reader: ModuleReader): string {
  reader.position++;
  const parameters = reader.valueTypes();
  const results = reader.valueTypes();
  const list = (keyword: string, types: readonly string[]): string =>
    types.length === 0 ? '' : ` (${keyword} ${types.join(' ')})`;
  return `(func${list('param', parameters)}${list('result', results)})`;
}

function importText(reader: ModuleReader, index: number): { text: string; isFunction: boolean } {
  const names = `${reader.name()} ${reader.name()}`;
  const kind = reader.unsigned();
  if (kind === EXTERNAL.function) {
    return { text: `(import ${names} (func (;${index};) (type ${reader.unsigned()})))`, isFunction: true };
  }
  if (kind === EXTERNAL.table) reader.position++;
  reader.position++;
  const size = reader.unsigned();
  const type = kind === EXTERNAL.table ? `(table ${size} funcref)` : `(memory ${size})`;
  return { text: `(import ${names} ${type})`, isFunction: false };
}

/** A segment: 0, the offset between `i32.const` and `end`, the functions. */
function segmentText(reader: ModuleReader): string {
  reader.position += 2;
  const offset = reader.unsigned();
  reader.position++;
  const functions = Array.from({ length: reader.unsigned() }, () => reader.unsigned());
  return `(elem (i32.const ${offset}) func ${functions.join(' ')})`;
}

function localTypes(reader: ModuleReader): string[] {
  const types: string[] = [];
  for (let runs = reader.unsigned(); runs > 0; runs--) {
    const count = reader.unsigned();
    const type = reader.valueType();
    for (let local = 0; local < count; local++) types.push(type);
  }
  return types;
}

class ModuleReader {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** An LEB128 number of at most 32 bits; of signed ones only those that are not negative. */
  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.unsigned();
    const start = this.position;
    this.position += length;
    return JSON.stringify(new TextDecoder().decode(this.#bytes.subarray(start, this.position)));
  }

  valueType(): string {
    const byte = this.#bytes[this.position++]!;
    return VALUE_TYPES.get(byte) ?? `0x${byte.toString(16)}`;
  }

  valueTypes(): string[] {
    return Array.from({ length: this.unsigned() }, () => this.valueType());
  }
}
