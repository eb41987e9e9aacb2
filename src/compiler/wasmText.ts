import { EMPTY_BLOCK, WASM_TEXT, Wasm } from './wasmOpcodes.js';

/** Prints instructions as {@link CodeWriter} encodes them in the WebAssembly text format, one a line, blocks indented. */
export function printWasm(code: Uint8Array): string {
  const lines: string[] = [];
  let at = 0;
  let depth = 0;
  const unsigned = (): number => {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = code[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte < 0x80) return value;
    }
  };
  const signed = (): bigint => {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = code[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return BigInt.asIntN(Number(shift), value);
    }
  };
  while (at < code.length) {
    const opcode = code[at++]!;
    const instruction = WASM_TEXT.get(opcode);
    if (instruction === undefined)
      throw new RangeError(`opcode 0x${opcode.toString(16)} at ${at - 1} is not printable`);
    if (opcode === Wasm.end) depth--;
    let line = `${'  '.repeat(opcode === Wasm.else ? depth - 1 : depth)}${instruction.name}`;
    switch (instruction.immediate) {
      case 'block': {
        const type = code[at++]!;
        if (type !== EMPTY_BLOCK) line += ' (result i32)';
        depth++;
        break;
      }
      case 'index':
        line += ` ${unsigned()}`;
        break;
      case 'indirect': {
        const type = unsigned();
        line += ` ${unsigned()} (type ${type})`;
        break;
      }
      case 'table': {
        const count = unsigned();
        for (let i = 0; i <= count; i++) line += ` ${unsigned()}`;
        break;
      }
      case 'memory': {
        const alignment = 2 ** unsigned();
        line += ` offset=${unsigned()} align=${alignment}`;
        break;
      }
      case 'i32':
      case 'i64':
        line += ` ${signed()}`;
        break;
      case 'none':
        break;
    }
    lines.push(line);
  }
  return lines.join('\n');
}
