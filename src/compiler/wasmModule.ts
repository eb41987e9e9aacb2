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

const IMPORTS = [
  { name: MEMORY_NAME, type: [EXTERNAL.memory, NO_MAXIMUM, 0] },
  { name: TABLE_NAME, type: [EXTERNAL.table, FUNCTION_REFERENCE, NO_MAXIMUM, 0] },
];

/** Encodes a module in the binary format. */
export function encodeModule(module: WasmModule): Uint8Array {
  const exported = module.functions.flatMap(({ name }, index) => (name === undefined ? [] : [{ name, index }]));
  const head = [...MAGIC];
  appendSection(head, SECTION.type, module.types, (payload, { parameters, results }) => {
    payload.push(FUNCTION_TYPE);
    appendVector(payload, parameters);
    appendVector(payload, results);
  });
  appendSection(head, SECTION.import, IMPORTS, (payload, { name, type }) => {
    appendName(payload, IMPORT_MODULE);
    appendName(payload, name);
    payload.push(...type);
  });
  appendSection(head, SECTION.function, module.functions, (payload, { type }) => appendUnsigned(payload, type));
  appendSection(head, SECTION.export, exported, (payload, { name, index }) => {
    appendName(payload, name);
    payload.push(EXTERNAL.function);
    appendUnsigned(payload, index);
  });
  appendSection(head, SECTION.element, module.segments, (payload, { offset, functions }) => {
    payload.push(ACTIVE_IN_TABLE_0, I32_CONST);
    appendSigned(payload, offset);
    payload.push(END);
    appendUnsigned(payload, functions.length);
    for (const index of functions) appendUnsigned(payload, index);
  });
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

/** Appends a section that is a vector of items. */
function appendSection<Item>(
  bytes: number[],
  id: number,
  items: readonly Item[],
  append: (payload: number[], item: Item) => void,
): void {
  const payload = unsigned(items.length);
  for (const item of items) append(payload, item);
  bytes.push(id);
  appendUnsigned(bytes, payload.length);
  // There may be more of them than arguments in a call.
  for (const byte of payload) bytes.push(byte);
}

/** Locals in runs of the same type. */
function localDeclarations(locals: readonly ValueType[]): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const bytes = unsigned(runs.length);
  for (const { type, count } of runs) {
    appendUnsigned(bytes, count);
    bytes.push(type);
  }
  return bytes;
}

function appendVector(bytes: number[], items: readonly number[]): void {
  appendUnsigned(bytes, items.length);
  bytes.push(...items);
}

function appendName(bytes: number[], text: string): void {
  appendVector(
    bytes,
    Array.from(text, (character) => character.charCodeAt(0)),
  );
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  appendUnsigned(bytes, value);
  return bytes;
}

function appendUnsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
}

/** A number that is not negative, in a place where it could be. */
function appendSigned(bytes: number[], value: number): void {
  let rest = value;
  // The highest bit of the last byte would be taken for a sign.
  while (rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
}
