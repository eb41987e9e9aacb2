/**
 * A Wasm runtime without code of its own: it imports the nine host functions with the signatures of the interface and
 * exports them again, so that a test can make the calls of a runtime, with Wasm's own conversion of arguments.
 */

const I32 = 0x7f;
const I64 = 0x7e;

/** Parameters by function; every result is an i64. */
const SIGNATURES = {
  compile_from_bytes: [I64, I64],
  lookup: [I64],
  compile_from_storage_key: [I64, I64],
  instantiate: [I32],
  prepare: [I32, I64],
  run: [I32, I64, I64, I32],
  destroy: [I32],
  read_memory: [I32, I32, I64],
  write_memory: [I32, I32, I64],
} as const;

type Name = keyof typeof SIGNATURES;

/** The host functions as the runtime calls them: an i32 is a number, an i64 a bigint. */
export type HostCalls = Readonly<Record<Name, (...args: (number | bigint)[]) => bigint>>;

export interface ReexportingRuntime {
  readonly calls: HostCalls;
  /** Undefined in the form without memory. */
  readonly memory: WebAssembly.Memory;
}

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const body = [entries.length, ...entries.flat()];
  // A length of up to 14 bits, in LEB128.
  return [id, (body.length & 0x7f) | 0x80, body.length >> 7, ...body];
}

const ONE_PAGE = [0x00, 0x01];

/** Instantiate the runtime with a memory of one page, its own (`exported`) or its host's (`imported`), or without. */
export function reexportingRuntime(
  form: 'exported' | 'imported' | 'none',
  imports: (memory: () => WebAssembly.Memory) => WebAssembly.ModuleImports,
): ReexportingRuntime {
  const functions = Object.entries(SIGNATURES);
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      functions.map(([, parameters]) => [0x60, parameters.length, ...parameters, 1, I64]),
    ),
    ...section(2, [
      ...functions.map(([key], type) => [...name('env'), ...name(`ext_virtualization_${key}_version_1`), 0x00, type]),
      ...(form === 'imported' ? [[...name('env'), ...name('memory'), 0x02, ...ONE_PAGE]] : []),
    ]),
    ...(form === 'exported' ? section(5, [ONE_PAGE]) : []),
    ...section(7, [
      ...functions.map(([key], index) => [...name(key), 0x00, index]),
      ...(form === 'exported' ? [[...name('memory'), 0x02, 0x00]] : []),
    ]),
  ];
  const imported = form === 'imported' ? new WebAssembly.Memory({ initial: 1 }) : undefined;
  let exported: WebAssembly.Exports = {};
  const memory = (): WebAssembly.Memory => imported ?? (exported.memory as WebAssembly.Memory);
  const env = { ...imports(memory), ...(imported && { memory: imported }) };
  exported = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), { env }).exports;
  return { calls: exported as unknown as HostCalls, memory: memory() };
}
