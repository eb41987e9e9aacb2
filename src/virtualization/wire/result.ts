/**
 * Results as one i64 (upstream's `RIIntResult`): a value is zero or positive, an error is its negative discriminant.
 */
import { HostPanicError } from '../errors.js';
import {
  CAPPED_INSTANTIATE_ERRORS,
  DESTROY_ERRORS,
  type DestroyError,
  EXEC_ERRORS,
  type ExecError,
  INSTANTIATE_ERRORS,
  type InstantiateError,
  MEMORY_ERRORS,
  type MemoryError,
  MODULE_ERRORS,
  type ModuleError,
} from './errors.js';
import { U32_MAX } from './integers.js';
import { type CompiledModule, CompileStatus } from './status.js';
import { WireFormatError } from './wireFormatError.js';

/** Success with a value, or an error. Both are plain values; results of frequent calls are shared and frozen. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** How the value of a successful result crosses the interface. */
export interface ValueType<T> {
  readonly name: string;
  /** The wire value, never negative. Throws HostPanicError if the value is not of this type. */
  encode(value: T): bigint;
  /** Whether a wire value that is not negative is a value of this type. */
  accepts(wire: bigint): boolean;
  /** The value of an accepted wire value. */
  decode(wire: bigint): T;
}

/** What a host function returns, as one i64. */
export interface ResultType<T, E> {
  readonly value: ValueType<T>;
  /** The error's variants; their number is the COUNT that bounds the codes. */
  readonly errors: readonly E[];
}

// The calls that must not allocate return these; a bigint made from a number is a new object.
const ZERO = 0n;
const ONE = 1n;
const ERROR_CODES = [0n, -1n, -2n, -3n, -4n];

function encodeU32(value: number): bigint {
  if (value === 0) return ZERO;
  if (value === 1) return ONE;
  if (value >>> 0 !== value) throw new HostPanicError(`result: got ${value}, expected an integer from 0 to ${U32_MAX}`);
  return BigInt(value);
}

/** A module id, an instance id or a status. */
export const U32: ValueType<number> = {
  name: 'u32',
  encode: encodeU32,
  accepts: (wire) => wire <= BigInt(U32_MAX),
  decode: Number,
};

/** No value: 0 (upstream's `VoidResult`). */
export const VOID: ValueType<void> = {
  name: 'VoidResult',
  encode: () => ZERO,
  accepts: (wire) => wire === 0n,
  decode: () => undefined,
};

/** A module id in the low 32 bits, a status in the 8 bits above them; the bits from 40 on are reserved and zero. */
export const COMPILED_MODULE: ValueType<CompiledModule> = {
  name: 'CompiledModule',
  encode: ({ id, status }) => (BigInt(status) << 32n) | encodeU32(id),
  accepts: (wire) => wire >> 32n <= BigInt(CompileStatus.Compiled),
  decode: (wire) => ({
    id: Number(wire & 0xffff_ffffn),
    status: wire >> 32n === 0n ? CompileStatus.Cached : CompileStatus.Compiled,
  }),
};

/** Result of `compile_from_bytes` and `compile_from_storage_key`. */
export const COMPILE_RESULT: ResultType<CompiledModule, ModuleError> = {
  value: COMPILED_MODULE,
  errors: MODULE_ERRORS,
};

/** Result of `lookup`. */
export const LOOKUP_RESULT: ResultType<number, ModuleError> = { value: U32, errors: MODULE_ERRORS };

/** Result of `instantiate`. */
export const INSTANTIATE_RESULT: ResultType<number, InstantiateError> = { value: U32, errors: INSTANTIATE_ERRORS };

/** Result of `instantiate` where instances are capped. */
export const CAPPED_INSTANTIATE_RESULT: ResultType<number, InstantiateError> = {
  value: U32,
  errors: CAPPED_INSTANTIATE_ERRORS,
};

/** Result of `prepare`. */
export const PREPARE_RESULT: ResultType<void, ExecError> = { value: VOID, errors: EXEC_ERRORS };

/** Result of `run`: the status as a u32. */
export const RUN_RESULT: ResultType<number, ExecError> = { value: U32, errors: EXEC_ERRORS };

/** Result of `destroy`. */
export const DESTROY_RESULT: ResultType<void, DestroyError> = { value: VOID, errors: DESTROY_ERRORS };

/** Result of `read_memory` and `write_memory`. */
export const MEMORY_RESULT: ResultType<void, MemoryError> = { value: VOID, errors: MEMORY_ERRORS };

/**
 * Encode a result as an i64.
 * @throws HostPanicError `Error variant index out of bounds: got ${code}, expected an integer from -${type.errors.length} to -1` unless `-COUNT <= error < 0`.
 */
export function encodeResult<T, E extends number>(result: Result<T, E>, type: ResultType<T, E>): bigint {
  if (result.ok) return type.value.encode(result.value);
  const code = result.error;
  if (!Number.isInteger(code) || code >= 0 || code < -type.errors.length) {
    throw new HostPanicError('Error variant index out of bounds', {
      cause: new RangeError(`error: got ${code}, expected an integer from -${type.errors.length} to -1`),
    });
  }
  return ERROR_CODES[-code]!;
}

/**
 * Decode an i64 into a result.
 * @throws WireFormatError for every value that no result of this type has.
 */
export function decodeResult<T, E extends number>(wire: bigint, type: ResultType<T, E>): Result<T, E> {
  const { value, errors } = type;
  if (wire >= 0n) {
    if (value.accepts(wire)) return { ok: true, value: value.decode(wire) };
  } else if (wire >= -BigInt(errors.length)) {
    return { ok: false, error: errors[-Number(wire) - 1]! };
  }
  throw new WireFormatError('result', String(wire), `a ${value.name}, or an error from -${errors.length} to -1`);
}
