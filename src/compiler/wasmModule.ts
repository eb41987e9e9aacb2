import { ValueType } from './wasmOpcodes.js';

/** A function to be put into a module. */
export interface FunctionBody {
  /** Types of the parameters; the result is one i32. */
  readonly parameters: readonly ValueType[];
  /** Types of the further locals. */
  readonly locals: readonly ValueType[];
  /** The instructions, without the `end` that closes the function. */
  readonly code: Uint8Array;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const END = 0x0b;
const EXTERNAL_FUNCTION = 0;
const EXTERNAL_MEMORY = 2;
const NO_MAXIMUM = 0;

/** The module and the field under which the guest's memory is imported. */
export const MEMORY_IMPORT = { module: 'm', field: 'm' } as const;
/** The name under which the function is exported. */
export const FUNCTION_EXPORT = 'f';

/** Encodes a module that imports a memory and exports one function. */
export function encodeModule(body: FunctionBody): Uint8Array {
  const locals = body.locals.flatMap((type) => [1, type]);
  const bodyHead = [...unsigned(body.locals.length), ...locals];
  const bodyLength = bodyHead.length + body.code.length + 1;
  const codeHead = [1, ...unsigned(bodyLength), ...bodyHead];
  const head = [
    ...MAGIC,
    ...section(SECTION.type, [1, FUNCTION_TYPE, ...vector(body.parameters), ...vector([ValueType.i32])]),
    ...section(SECTION.import, [
      1,
      ...name(MEMORY_IMPORT.module),
      ...name(MEMORY_IMPORT.field),
      EXTERNAL_MEMORY,
      NO_MAXIMUM,
      0,
    ]),
    ...section(SECTION.function, [1, 0]),
    ...section(SECTION.export, [1, ...name(FUNCTION_EXPORT), EXTERNAL_FUNCTION, 0]),
    SECTION.code,
    ...unsigned(codeHead.length + body.code.length + 1),
    ...codeHead,
  ];
  const bytes = new Uint8Array(head.length + body.code.length + 1);
  bytes.set(head);
  bytes.set(body.code, head.length);
  bytes[bytes.length - 1] = END;
  return bytes;
}

function section(id: number, payload: readonly number[]): number[] {
  return [id, ...unsigned(payload.length), ...payload];
}

function vector(items: readonly number[]): number[] {
  return [...unsigned(items.length), ...items];
}

function name(text: string): number[] {
  return vector([...text].map((character) => character.charCodeAt(0)));
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}
