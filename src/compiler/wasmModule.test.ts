import { describe, expect, it } from 'vitest';
import { CodeWriter } from './codeWriter.js';
import {
  encodeModule,
  type FunctionType,
  IMPORT_MODULE,
  MEMORY_NAME,
  TABLE_NAME,
  type WasmModule,
} from './wasmModule.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

const { i32, i64 } = { i32: ValueType.i32, i64: ValueType.i64 };

function code(write: (writer: CodeWriter) => void): Uint8Array {
  const writer = new CodeWriter();
  write(writer);
  return writer.bytes();
}

function constant(value: number): Uint8Array {
  return code((writer) => writer.i32Const(value));
}

interface Instantiated {
  readonly table: WebAssembly.Table;
  readonly exports: WebAssembly.Exports;
}

function instantiate(module: WasmModule, tableSize: number): Instantiated {
  const bytes = encodeModule(module) as BufferSource;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const table = new WebAssembly.Table({ initial: tableSize, element: 'anyfunc' });
  const imports = { [IMPORT_MODULE]: { [MEMORY_NAME]: memory, [TABLE_NAME]: table } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
  return { table, exports };
}

const call = (value: unknown, ...args: unknown[]): unknown => (value as (...args: unknown[]) => unknown)(...args);

const EMPTY: WasmModule = { types: [], functions: [], segments: [] };

/** The type of a function that returns one i32. */
const returningI32 = (...parameters: ValueType[]): FunctionType => ({ parameters, results: [i32] });

it('needs to have nothing in it', () => {
  expect(WebAssembly.validate(encodeModule(EMPTY) as BufferSource)).toBe(true);
});

it('exports the functions that have names', () => {
  const { exports } = instantiate(
    {
      ...EMPTY,
      types: [returningI32(), returningI32(i32, i32)],
      functions: [
        { type: 0, locals: [], code: constant(7), name: 'seven' },
        { type: 0, locals: [], code: constant(8) },
        {
          type: 1,
          locals: [],
          code: code((writer) => {
            writer.localGet(0);
            writer.localGet(1);
            writer.op(Wasm.i32Sub);
          }),
          name: 'minus',
        },
      ],
    },
    0,
  );
  expect(Object.keys(exports)).toEqual(['seven', 'minus']);
  expect(call(exports.seven)).toBe(7);
  expect(call(exports.minus, 50, 8)).toBe(42);
});

it('declares locals in runs of one type', () => {
  const locals = [i32, i32, i64, ...new Array<ValueType>(200).fill(i32), i64];
  const last = code((writer) => {
    // The parameter is local 0; each is of the type that it is used as.
    writer.i64Const(3);
    writer.localSet(locals.length);
    writer.i64Const(4);
    writer.localSet(3);
    writer.localGet(0);
    writer.localSet(locals.length - 1);
    writer.localGet(locals.length - 1);
  });
  const { exports } = instantiate(
    { ...EMPTY, types: [returningI32(i32)], functions: [{ type: 0, locals, code: last, name: 'last' }] },
    0,
  );
  expect(call(exports.last, 5)).toBe(5);
});

describe('segments', () => {
  it.each([0, 1, 63, 64, 127, 128, 8191, 8192, 1 << 20])('put functions into the table from %i on', (offset) => {
    const { table } = instantiate(
      {
        ...EMPTY,
        types: [returningI32()],
        functions: [10, 11, 12].map((value) => ({ type: 0, locals: [], code: constant(value) })),
        segments: [{ offset, functions: [2, 0] }],
      },
      offset + 3,
    );
    expect(call(table.get(offset))).toBe(12);
    expect(call(table.get(offset + 1))).toBe(10);
    expect(table.get(offset + 2)).toBeNull();
  });
});

it('takes thousands of functions and segments, and long functions', () => {
  const count = 5000;
  const long = code((writer) => {
    for (let i = 0; i < 100_000; i++) {
      writer.i32Const(i);
      writer.op(Wasm.drop);
    }
    writer.i32Const(-1);
  });
  const { table } = instantiate(
    {
      ...EMPTY,
      types: [returningI32()],
      functions: Array.from({ length: count }, (_, i) => ({
        type: 0,
        locals: [],
        code: i === count - 1 ? long : constant(i),
      })),
      segments: Array.from({ length: count }, (_, i) => ({ offset: count - 1 - i, functions: [i] })),
    },
    count,
  );
  expect(call(table.get(0))).toBe(-1);
  expect(call(table.get(count - 1))).toBe(0);
  expect(call(table.get(17))).toBe(count - 18);
});
