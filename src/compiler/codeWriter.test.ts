import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeWriter } from './codeWriter.js';
import { ValueType, Wasm } from './wasmOpcodes.js';
import { printWasm } from './wasmText.js';

/** Bytes that a number takes in LEB128: with seven bits each, of which a signed number needs one for its sign. */
function lebLength(value: bigint, isSigned: boolean): number {
  const magnitude = value < 0n ? -value - 1n : value;
  const bits = (magnitude === 0n ? 0 : magnitude.toString(2).length) + (isSigned ? 1 : 0);
  return Math.max(1, Math.ceil(bits / 7));
}

function written(write: (code: CodeWriter) => void): Uint8Array {
  const code = new CodeWriter();
  write(code);
  return code.bytes();
}

/** Values around each length of a LEB128 number, and the ends of the range. */
function edges(bits: number): bigint[] {
  const values: bigint[] = [];
  for (let shift = 0n; shift < bits; shift++) values.push(1n << shift, -1n << shift);
  return [0n, ...values.flatMap((value) => [value - 1n, value, value + 1n])].filter(
    (value) => BigInt.asIntN(bits, value) === value,
  );
}

describe('constants', () => {
  it('of 32 bits are encoded as briefly as possible', () => {
    for (const value of edges(32)) {
      const code = written((writer) => writer.i32Const(Number(value)));
      expect(printWasm(code)).toBe(`i32.const ${value}`);
      expect(code).toHaveLength(1 + lebLength(value, true));
    }
  });

  it('of 32 bits may be given unsigned', () => {
    expect(printWasm(written((code) => code.i32Const(0xffffffff)))).toBe('i32.const -1');
    expect(printWasm(written((code) => code.i64Const(0x80000000)))).toBe('i64.const -2147483648');
  });

  it('of 64 bits are encoded from their halves, as briefly as possible', () => {
    const check = (value: bigint): void => {
      const halves = [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))] as const;
      const code = written((writer) => writer.i64ConstHalves(...halves));
      expect(printWasm(code)).toBe(`i64.const ${value}`);
      expect(code).toHaveLength(1 + lebLength(value, true));
    };
    for (const value of edges(64)) check(value);
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), check));
  });
});

describe('indexes', () => {
  it('are encoded as briefly as possible', () => {
    for (const value of [0, 1, 127, 128, 0x3fff, 0x4000, 0x1fffff, 0x200000, 0xfffffff, 0x10000000, 0xffffffff]) {
      const code = written((writer) => writer.localGet(value));
      expect(printWasm(code)).toBe(`local.get ${value}`);
      expect(code).toHaveLength(1 + lebLength(BigInt(value), false));
    }
  });
});

describe('labels', () => {
  it('are told by how many blocks they are out', () => {
    const code = new CodeWriter();
    const outer = code.block(ValueType.i32);
    const loop = code.loop();
    code.br(loop);
    const inner = code.if();
    code.br(outer);
    code.brIf(inner);
    code.brTable([outer, loop, inner], outer);
    code.end();
    code.brIf(loop);
    expect(code.depth).toBe(2);
    expect(printWasm(code.bytes()).split('\n')).toEqual([
      'block (result i32)',
      '  loop',
      '    br 0',
      '    if',
      '      br 2',
      '      br_if 0',
      '      br_table 2 1 0 2',
      '    end',
      '    br_if 0',
    ]);
  });
});

it('grows beyond its first buffer', () => {
  const code = new CodeWriter();
  for (let i = 0; i < 10_000; i++) code.i32Const(i);
  expect(code.length).toBe(code.bytes().length);
  expect(printWasm(code.bytes()).split('\n').at(-1)).toBe('i32.const 9999');
});

it('does not hand out what is behind the code', () => {
  expect(written((code) => code.op(Wasm.unreachable))).toEqual(Uint8Array.of(Wasm.unreachable));
});

it('keeps what a writer has finished when others write', () => {
  const write = (value: number): CodeWriter => {
    const code = new CodeWriter();
    for (let i = 0; i < 3000; i++) code.i32Const(value + i);
    return code;
  };
  const [first, second] = [write(1000), write(5000)];
  const firstCode = first.finish();
  const copy = firstCode.slice();
  const third = write(9000);
  expect(third.bytes()).toEqual(write(9000).finish());
  expect(second.finish()).toEqual(write(5000).bytes());
  expect(firstCode).toEqual(copy);
});
