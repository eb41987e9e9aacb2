import { EXTERNAL, MAGIC, SECTION } from './wasmModule.js';
import { ValueType } from './wasmOpcodes.js';
import { WasmReader } from './wasmReader.js';
import { printWasm } from './wasmText.js';

const VALUE_TYPES: ReadonlyMap<number, string> = new Map([
  [ValueType.i32, 'i32'],
  [ValueType.i64, 'i64'],
]);

/**
 * Prints a module as {@link encodeModule} writes it in the WebAssembly text format.
 *
 * @param comments what to say of each function
 */
export function printWasmModule(wasm: Uint8Array, comments: readonly string[] = []): string {
  const lines = ['(module'];
  const types: number[] = [];
  const reader = new WasmReader(wasm, MAGIC.length);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const end = reader.unsigned() + reader.position;
    const count = reader.unsigned();
    for (let item = 0; item < count; item++) {
      switch (id) {
        case SECTION.type:
          lines.push(`  (type (;${item};) ${functionType(reader)})`);
          break;
        case SECTION.import:
          lines.push(`  ${importText(reader)}`);
          break;
        case SECTION.function:
          types.push(reader.unsigned());
          break;
        case SECTION.element:
          lines.push(`  ${segmentText(reader)}`);
          break;
        case SECTION.code: {
          const bodyEnd = reader.unsigned() + reader.position;
          const comment = comments[item] === undefined ? '' : ` ;; ${comments[item]}`;
          lines.push(`  (func (;${item};) (type ${types[item]})${comment}`);
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

function functionType(reader: WasmReader): string {
  reader.position++;
  const parameters = valueTypes(reader);
  const results = valueTypes(reader);
  const list = (keyword: string, types: readonly string[]): string =>
    types.length === 0 ? '' : ` (${keyword} ${types.join(' ')})`;
  return `(func${list('param', parameters)}${list('result', results)})`;
}

function importText(reader: WasmReader): string {
  const names = `${name(reader)} ${name(reader)}`;
  const kind = reader.unsigned();
  if (kind === EXTERNAL.table) reader.position++;
  reader.position++;
  const size = reader.unsigned();
  const type = kind === EXTERNAL.table ? `(table ${size} funcref)` : `(memory ${size})`;
  return `(import ${names} ${type})`;
}

/** A segment: 0, the offset between `i32.const` and `end`, the functions. */
function segmentText(reader: WasmReader): string {
  reader.position += 2;
  const offset = reader.unsigned();
  reader.position++;
  const functions = Array.from({ length: reader.unsigned() }, () => reader.unsigned());
  return `(elem (i32.const ${offset}) func ${functions.join(' ')})`;
}

function localTypes(reader: WasmReader): string[] {
  const types: string[] = [];
  for (let runs = reader.unsigned(); runs > 0; runs--) {
    const count = reader.unsigned();
    const type = valueType(reader);
    for (let local = 0; local < count; local++) types.push(type);
  }
  return types;
}

/** A string, as the text format has it. */
function name(reader: WasmReader): string {
  return JSON.stringify(new TextDecoder().decode(reader.bytes(reader.unsigned())));
}

function valueType(reader: WasmReader): string {
  const byte = reader.byte();
  return VALUE_TYPES.get(byte) ?? `0x${byte.toString(16)}`;
}

function valueTypes(reader: WasmReader): string[] {
  return Array.from({ length: reader.unsigned() }, () => valueType(reader));
}
