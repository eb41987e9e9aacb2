import type { ValueType } from './wasmOpcodes.js';

/** A function to be put into a module. */
export interface WasmFunction {
  /** Position of its type among the module's types. */
  readonly type: number;
  /** Types of the locals behind the parameters. */
  readonly locals: readonly ValueType[];
  /** The instructions, without the `end` that closes the function. */
  readonly code: Uint8Array;
  /** The name under which it is exported, if it is. */
  readonly name?: string;
}

/** Functions that go into the imported table one behind the other. */
export interface TableSegment {
  /** Table index of the first. */
  readonly offset: number;
  /** Function indexes. */
  readonly functions: readonly number[];
}

/** The type of a function. */
export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A module that imports a memory and a table, both under the module name {@link IMPORT_MODULE}. */
export interface WasmModule {
  readonly types: readonly FunctionType[];
  readonly functions: readonly WasmFunction[];
  readonly segments: readonly TableSegment[];
}

/** What a module starts with, and the numbers of sections and of what can be imported and exported. */
export const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
export const SECTION = { type: 1, import: 2, function: 3, export: 7, element: 9, code: 10 } as const;
export const EXTERNAL = { function: 0, table: 1, memory: 2 } as const;
const FUNCTION_TYPE = 0x60;
const FUNCTION_REFERENCE = 0x70;
const NO_MAXIMUM = 0;
const ACTIVE_IN_TABLE_0 = 0;
const I32_CONST = 0x41;
const END = 0x0b;

/** The module name of the imports, and their own names. */
export const IMPORT_MODULE = 'm';
export const MEMORY_NAME = 'm';
export const TABLE_NAME = 't';

/** Encodes a module in the binary format. */
export function encodeModule(module: WasmModule): Uint8Array {
  const imports = [
    [...name(IMPORT_MODULE), ...name(MEMORY_NAME), EXTERNAL.memory, NO_MAXIMUM, 0],
    [...name(IMPORT_MODULE), ...name(TABLE_NAME), EXTERNAL.table, FUNCTION_REFERENCE, NO_MAXIMUM, 0],
  ];
  const exports = module.functions.flatMap(({ name: field }, i) =>
    field === undefined ? [] : [[...name(field), EXTERNAL.function, ...unsigned(i)]],
  );
  const segments = module.segments.map(({ offset, functions }) => [
    ACTIVE_IN_TABLE_0,
    I32_CONST,
    ...signed(offset),
    END,
    ...unsigned(functions.length),
    ...functions.flatMap(unsigned),
  ]);
  const head = [
    ...MAGIC,
    ...section(
      SECTION.type,
      module.types.map(({ parameters, results }) => [FUNCTION_TYPE, ...vector(parameters), ...vector(results)]),
    ),
    ...section(SECTION.import, imports),
    ...section(
      SECTION.function,
      module.functions.map(({ type }) => unsigned(type)),
    ),
    ...section(SECTION.export, exports),
    ...section(SECTION.element, segments),
  ];
  const bodies = module.functions.map(({ locals, code }) => ({ head: localDeclarations(locals), code }));
  const codeLength = bodies.reduce((sum, body) => {
    const length = body.head.length + body.code.length + 1;
    return sum + unsigned(length).length + length;
  }, unsigned(bodies.length).length);
  const codeHead = [SECTION.code, ...unsigned(codeLength), ...unsigned(bodies.length)];
  const bytes = new Uint8Array(head.length + 1 + unsigned(codeLength).length + codeLength);
  bytes.set(head);
  bytes.set(codeHead, head.length);
  let at = head.length + codeHead.length;
  for (const body of bodies) {
    const length = unsigned(body.head.length + body.code.length + 1);
    bytes.set(length, at);
    bytes.set(body.head, at + length.length);
    bytes.set(body.code, at + length.length + body.head.length);
    at += length.length + body.head.length + body.code.length;
    bytes[at++] = END;
  }
  return bytes;
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const payload = unsigned(items.length);
  // There are thousands of segments, and for them this is several times as fast as `flat`.
  for (const item of items) for (const byte of item) payload.push(byte);
  return [id, ...unsigned(payload.length), ...payload];
}

/** Locals in runs of the same type. */
function localDeclarations(locals: readonly ValueType[]): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return [...unsigned(runs.length), ...runs.flatMap(({ type, count }) => [...unsigned(count), type])];
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

function signed(value: number): number[] {
  // A non-negative number whose highest bit would be taken for a sign needs one more byte.
  const bytes = unsigned(value);
  const last = bytes.length - 1;
  if ((bytes[last]! & 0x40) === 0) return bytes;
  bytes[last]! |= 0x80;
  return [...bytes, 0];
}
