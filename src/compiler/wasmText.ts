import { EMPTY_BLOCK, WASM_TEXT, Wasm } from './wasmOpcodes.js';
import { WasmReader } from './wasmReader.js';

/** Prints instructions as {@link CodeWriter} encodes them in the WebAssembly text format, one a line, blocks indented. */
export function printWasm(code: Uint8Array): string {
  const lines: string[] = [];
  const reader = new WasmReader(code);
  let depth = 0;
  while (!reader.isAtEnd) {
    const at = reader.position;
    const opcode = reader.byte();
    const instruction = WASM_TEXT.get(opcode);
    if (instruction === undefined) throw new RangeError(`opcode 0x${opcode.toString(16)} at ${at} is not printable`);
    if (opcode === Wasm.end) depth--;
    let line = `${'  '.repeat(opcode === Wasm.else ? depth - 1 : depth)}${instruction.name}`;
    switch (instruction.immediate) {
      case 'block': {
        const type = reader.byte();
        if (type !== EMPTY_BLOCK) line += ' (result i32)';
        depth++;
        break;
      }
      case 'index':
        line += ` ${reader.unsigned()}`;
        break;
      case 'indirect': {
        const type = reader.unsigned();
        line += ` ${reader.unsigned()} (type ${type})`;
        break;
      }
      case 'table': {
        const count = reader.unsigned();
        for (let i = 0; i <= count; i++) line += ` ${reader.unsigned()}`;
        break;
      }
      case 'memory': {
        const alignment = 2 ** reader.unsigned();
        line += ` offset=${reader.unsigned()} align=${alignment}`;
        break;
      }
      case 'i32':
      case 'i64':
        line += ` ${reader.signed()}`;
        break;
      case 'none':
        break;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
