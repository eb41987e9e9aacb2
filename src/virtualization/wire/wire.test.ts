import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostPanicError } from '../errors.js';
import {
  CAPPED_INSTANTIATE_RESULT,
  COMPILE_RESULT,
  CompileStatus,
  DESTROY_RESULT,
  DestroyError,
  decodeExecBuffer,
  decodeResult,
  decodeSyscallSymbol,
  EXEC_BUFFER_SIZE,
  ExecError,
  encodeExecBuffer,
  encodeResult,
  encodeSyscallSymbol,
  FatPointer,
  INSTANTIATE_RESULT,
  InstantiateError,
  LOOKUP_RESULT,
  MEMORY_RESULT,
  MemoryError,
  ModuleError,
  PREPARE_RESULT,
  packFatPointer,
  RUN_RESULT,
  syscallSymbolName,
  WireFormatError,
} from './index.js';

const utf8 = new TextEncoder();
const U32_MAX = 2 ** 32 - 1;

describe('error enums', () => {
  it('have the discriminants of the interface', () => {
    expect([ModuleError.InvalidImage, ModuleError.NotCached, ModuleError.NotFound]).toEqual([-1, -2, -3]);
    expect([InstantiateError.InvalidImage, InstantiateError.InvalidModule]).toEqual([-1, -2]);
    expect([ExecError.InvalidInstance, ExecError.InvalidImage, ExecError.OutOfGas, ExecError.Trap]).toEqual([
      -1, -2, -3, -4,
    ]);
    expect([MemoryError.InvalidInstance, MemoryError.OutOfBounds]).toEqual([-1, -2]);
    expect(DestroyError.InvalidInstance).toBe(-1);
  });

  it.each([
    ['module', LOOKUP_RESULT, 3],
    ['instantiate', INSTANTIATE_RESULT, 2],
    ['capped instantiate', CAPPED_INSTANTIATE_RESULT, 3],
    ['exec', RUN_RESULT, 4],
    ['memory', MEMORY_RESULT, 2],
    ['destroy', DESTROY_RESULT, 1],
  ])('%s errors list their variants in order, COUNT of them', (_name, type, count) => {
    expect(type.errors).toEqual(Array.from({ length: count }, (_, i) => -(i + 1)));
  });
});

describe('encodeResult', () => {
  it('zero-extends ids', () => {
    expect(encodeResult({ ok: true, value: 0 }, LOOKUP_RESULT)).toBe(0n);
    expect(encodeResult({ ok: true, value: U32_MAX }, LOOKUP_RESULT)).toBe(0xffff_ffffn);
  });

  it('encodes no value as 0', () => {
    expect(encodeResult({ ok: true, value: undefined }, PREPARE_RESULT)).toBe(0n);
  });

  it('puts the status of a compiled module above its id', () => {
    const encode = (id: number, status: CompileStatus): bigint =>
      encodeResult({ ok: true, value: { id, status } }, COMPILE_RESULT);
    expect(encode(7, CompileStatus.Cached)).toBe(7n);
    expect(encode(7, CompileStatus.Compiled)).toBe(0x1_0000_0007n);
    expect(encode(U32_MAX, CompileStatus.Compiled)).toBe(0x1_ffff_ffffn);
  });

  it('encodes errors as their discriminants', () => {
    expect(encodeResult({ ok: false, error: ExecError.Trap }, RUN_RESULT)).toBe(-4n);
    expect(encodeResult({ ok: false, error: DestroyError.InvalidInstance }, DESTROY_RESULT)).toBe(-1n);
  });

  it.each([-4, 0, 1, -1.5, Number.NaN, Number.NEGATIVE_INFINITY])('asserts that error %s is a variant', (error) => {
    expect(() => encodeResult({ ok: false, error: error as ModuleError }, LOOKUP_RESULT)).toThrow(
      new HostPanicError('Error variant index out of bounds'),
    );
  });

  it('asserts COUNT 2 for instantiate, and 3 where instances are capped', () => {
    const refused = { ok: false, error: InstantiateError.TooManyInstances } as const;
    expect(() => encodeResult(refused, INSTANTIATE_RESULT)).toThrow('Error variant index out of bounds');
    expect(encodeResult(refused, CAPPED_INSTANTIATE_RESULT)).toBe(-3n);
  });

  it.each([-1, 2 ** 32, 0.5, Number.NaN])('refuses id %s', (value) => {
    expect(() => encodeResult({ ok: true, value }, LOOKUP_RESULT)).toThrow(HostPanicError);
  });
});

describe('decodeResult', () => {
  it('undoes encodeResult', () => {
    const u32 = fc.integer({ min: 0, max: U32_MAX });
    fc.assert(
      fc.property(u32, fc.constantFrom(CompileStatus.Cached, CompileStatus.Compiled), (id, status) => {
        const result = { ok: true, value: { id, status } } as const;
        expect(decodeResult(encodeResult(result, COMPILE_RESULT), COMPILE_RESULT)).toEqual(result);
      }),
    );
    for (const error of RUN_RESULT.errors) {
      expect(decodeResult(BigInt(error), RUN_RESULT)).toEqual({ ok: false, error });
    }
    expect(decodeResult(0n, MEMORY_RESULT)).toEqual({ ok: true, value: undefined });
    expect(decodeResult(0xffff_ffffn, LOOKUP_RESULT)).toEqual({ ok: true, value: U32_MAX });
  });

  it.each([
    ['an id above u32', 2n ** 32n, LOOKUP_RESULT],
    ['a value where there is none', 1n, PREPARE_RESULT],
    ['compile status 2', 2n << 32n, COMPILE_RESULT],
    ['compile status 255', 255n << 32n, COMPILE_RESULT],
    ['a reserved bit beside status 1', (1n << 40n) | (1n << 32n), COMPILE_RESULT],
    ['the largest i64', 2n ** 63n - 1n, COMPILE_RESULT],
    ['an error below -COUNT', -4n, LOOKUP_RESULT],
    ['TooManyInstances where there is no cap', -3n, INSTANTIATE_RESULT],
    ['the smallest i64', -(2n ** 63n), RUN_RESULT],
  ])('refuses %s', (_what, wire, type) => {
    expect(() => decodeResult<unknown, number>(wire, type)).toThrow(WireFormatError);
    expect(() => decodeResult<unknown, number>(wire, type)).toThrow(String(wire));
  });
});

describe('syscall symbols', () => {
  it('are zero-filled to 32 bytes and carry their length', () => {
    const expected = new Uint8Array(40);
    expected.set([0x65, 0x78, 0x69, 0x74]);
    expected[32] = 4;
    expect(encodeSyscallSymbol(utf8.encode('exit'))).toEqual(expected);
  });

  it('may be any 0 to 32 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (symbol) => {
        expect(decodeSyscallSymbol(encodeSyscallSymbol(symbol)!)).toEqual(symbol);
      }),
    );
  });

  it('of more than 32 bytes are refused', () => {
    expect(encodeSyscallSymbol(new Uint8Array(32))).toHaveLength(40);
    expect(encodeSyscallSymbol(new Uint8Array(33))).toBeUndefined();
  });

  it('with a length above 32 are refused, also one above 2^32', () => {
    const encoded = new Uint8Array(40);
    encoded[32] = 33;
    expect(() => decodeSyscallSymbol(encoded)).toThrow(
      'invalid SyscallSymbol: found length 33, expected at most 32 bytes',
    );
    encoded[32] = 0;
    encoded[36] = 1;
    expect(() => decodeSyscallSymbol(encoded)).toThrow(WireFormatError);
  });

  it('read as text with U+FFFD for what is not UTF-8', () => {
    expect(syscallSymbolName(utf8.encode('exit'))).toBe('exit');
    expect(syscallSymbolName(Uint8Array.of(0xff))).toBe('\ufffd');
  });
});

describe('exec buffers', () => {
  const fields = {
    gasLeft: -2n,
    symbol: utf8.encode('set'),
    a0: 0x0706050403020100n,
    a1: 2n ** 64n - 1n,
    a2: 2n,
    a3: 3n,
    a4: 4n,
    a5: 5n,
  };

  it('have each field at its offset, little endian', () => {
    const bytes = encodeExecBuffer(fields);
    expect(bytes).toHaveLength(96);
    expect([...bytes.subarray(0, 8)]).toEqual([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    expect([...bytes.subarray(8, 12)]).toEqual([0x73, 0x65, 0x74, 0]);
    expect([...bytes.subarray(40, 48)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0]);
    expect([...bytes.subarray(48, 56)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...bytes.subarray(56, 64)]).toEqual([255, 255, 255, 255, 255, 255, 255, 255]);
    expect([64, 72, 80, 88].map((offset) => bytes[offset])).toEqual([2, 3, 4, 5]);
  });

  it('decode to what was encoded, anywhere in an array', () => {
    const bytes = new Uint8Array(200).fill(0xee).subarray(3);
    expect(decodeExecBuffer(encodeExecBuffer(fields, bytes, 5), 5)).toEqual(fields);
    expect([bytes[4], bytes[101]]).toEqual([0xee, 0xee]);
  });

  it('of 96 zero bytes have no gas, no symbol and zeros', () => {
    expect(decodeExecBuffer(new Uint8Array(EXEC_BUFFER_SIZE))).toEqual({
      gasLeft: 0n,
      symbol: new Uint8Array(0),
      a0: 0n,
      a1: 0n,
      a2: 0n,
      a3: 0n,
      a4: 0n,
      a5: 0n,
    });
  });

  it('refuse fields and ranges that do not fit, and write nothing then', () => {
    const target = new Uint8Array(EXEC_BUFFER_SIZE);
    expect(() => encodeExecBuffer({ ...fields, gasLeft: 2n ** 63n }, target)).toThrow('gasLeft');
    expect(() => encodeExecBuffer({ ...fields, a3: -1n }, target)).toThrow(
      'a3: got -1, expected an unsigned 64-bit value',
    );
    expect(() => encodeExecBuffer({ ...fields, symbol: new Uint8Array(33) }, target)).toThrow('got 33');
    expect(() => encodeExecBuffer(fields, target, 1)).toThrow(RangeError);
    expect(() => decodeExecBuffer(new Uint8Array(95))).toThrow(RangeError);
    expect(() => decodeExecBuffer(target, -1)).toThrow(RangeError);
    expect(target).toEqual(new Uint8Array(EXEC_BUFFER_SIZE));
  });
});

describe('fat pointers', () => {
  it('have the pointer in the low half, the length in the high half, both unsigned', () => {
    expect(packFatPointer(0x10, 0x20)).toBe(0x20_0000_0010n);
    expect(packFatPointer(U32_MAX, U32_MAX)).toBe(2n ** 64n - 1n);
  });

  it('come apart again as Wasm hands them over, signed', () => {
    const u32 = fc.integer({ min: 0, max: U32_MAX });
    const fat = new FatPointer();
    fc.assert(
      fc.property(u32, u32, (pointer, length) => {
        fat.set(BigInt.asIntN(64, packFatPointer(pointer, length)));
        expect([fat.pointer, fat.length]).toEqual([pointer, length]);
      }),
    );
  });
});
