/**
 * What `run` hands back beside its status: 96 bytes, little endian, no padding.
 *
 * | offset | 0 | 8 | 48 to 95 |
 * |---|---|---|---|
 * | field | gas_left i64 | symbol, 40 bytes | a0 to a5, u64 each |
 */
import { checkI64, checkRange, checkU64 } from './integers.js';
import { decodeSyscallSymbol, encodeSyscallSymbol, MAX_SYSCALL_SYMBOL_LEN } from './syscallSymbol.js';

/** Bytes of an exec buffer. */
export const EXEC_BUFFER_SIZE = 96;

/** Where the remaining gas is. */
export const EXEC_BUFFER_GAS_OFFSET = 0;

/** Where the symbol is. */
export const EXEC_BUFFER_SYMBOL_OFFSET = 8;

/** Where a0 is; a1 to a5 follow. */
export const EXEC_BUFFER_ARGUMENTS_OFFSET = 48;

/** An exec buffer's fields. All but `gasLeft` are zero or empty unless the status is Syscall. */
export interface ExecBuffer {
  /** Gas that remains (i64). */
  readonly gasLeft: bigint;
  /** The import that was called: 0 to 32 bytes. */
  readonly symbol: Uint8Array;
  /** Its arguments (u64). */
  readonly a0: bigint;
  readonly a1: bigint;
  readonly a2: bigint;
  readonly a3: bigint;
  readonly a4: bigint;
  readonly a5: bigint;
}

const ARGUMENTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'] as const;

/**
 * Write an exec buffer's fields to 96 bytes of `target` from `offset` on, and return `target`.
 * @throws RangeError if a field or the target's range is out of range, before anything is written.
 */
export function encodeExecBuffer(
  fields: ExecBuffer,
  target: Uint8Array = new Uint8Array(EXEC_BUFFER_SIZE),
  offset = 0,
): Uint8Array {
  checkRange(offset, EXEC_BUFFER_SIZE, target.length, 'exec buffer');
  checkI64(fields.gasLeft, 'gasLeft');
  for (const name of ARGUMENTS) checkU64(fields[name], name);
  const symbol = encodeSyscallSymbol(fields.symbol);
  if (symbol === undefined) {
    throw new RangeError(`symbol: got ${fields.symbol.length} bytes, expected at most ${MAX_SYSCALL_SYMBOL_LEN}`);
  }
  const view = new DataView(target.buffer, target.byteOffset + offset, EXEC_BUFFER_SIZE);
  view.setBigInt64(EXEC_BUFFER_GAS_OFFSET, fields.gasLeft, true);
  target.set(symbol, offset + EXEC_BUFFER_SYMBOL_OFFSET);
  for (let i = 0; i < ARGUMENTS.length; i++) {
    view.setBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 8 * i, fields[ARGUMENTS[i]!], true);
  }
  return target;
}

/**
 * Read the fields of the 96 bytes at `offset`. The symbol is a copy.
 * @throws RangeError if there are fewer than 96 bytes.
 * @throws WireFormatError if the symbol's length says more than 32.
 */
export function decodeExecBuffer(bytes: Uint8Array, offset = 0): ExecBuffer {
  checkRange(offset, EXEC_BUFFER_SIZE, bytes.length, 'exec buffer');
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, EXEC_BUFFER_SIZE);
  return {
    gasLeft: view.getBigInt64(EXEC_BUFFER_GAS_OFFSET, true),
    symbol: decodeSyscallSymbol(bytes, offset + EXEC_BUFFER_SYMBOL_OFFSET),
    a0: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET, true),
    a1: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 8, true),
    a2: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 16, true),
    a3: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 24, true),
    a4: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 32, true),
    a5: view.getBigUint64(EXEC_BUFFER_ARGUMENTS_OFFSET + 40, true),
  };
}
