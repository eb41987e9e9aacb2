/**
 * What a row of the table of syscalls says. Decoding the registers, charging gas, refusing what a read-only frame must not do,
 * tracing and the documentation follow from it.
 */
import type { Frame, FrameEnd } from '../frame.js';

/** "Absent", where a pointer is expected; a fixed-size key, as its length; "there was none", as the length of a value. */
export const SENTINEL = 0xffff_ffff;

/** What a pointer leads to. Numbers are little endian, everything else is in its natural order. */
export type PointeeType = 'address' | 'bytes32' | 'bytes33' | 'uint256' | 'u32' | 'bytes';

/** An argument: a number, or a pointer to something in the program's memory. All but u64 are u32. */
export interface Parameter {
  readonly name: string;
  readonly type: 'u32' | 'u64' | 'pointer';
  /** For pointers. */
  readonly pointee?: {
    readonly type: PointeeType;
    /** Whether the syscall reads it, writes it, or both. */
    readonly access: 'in' | 'out' | 'inout';
    /** For bytes: the parameter that has their length, or points to it. For others: the one with their number. */
    readonly length?: string;
  };
}

/** One register's content: an argument, or two u32 arguments packed as `high << 32 | low`. */
export type RegisterContent = Parameter | readonly [high: Parameter, low: Parameter];

/**
 * Serves a syscall for the frame that asks, with the arguments in the order of the table. Numbers are exact, but for a
 * u64 of more than 53 bits, which is rounded: those are limits, and that far up they do not limit anything.
 *
 * A number (a u64) becomes a0, nothing leaves a0 as it is, and a {@link FrameEnd} ends the frame.
 *
 * @throws FrameError when the contract asked for what it must not have
 */
export type SyscallHandler = (frame: Frame, ...args: number[]) => number | bigint | FrameEnd | undefined;

/** A row of the table. */
export interface SyscallDefinition {
  /** From a0 on. */
  readonly registers: readonly RegisterContent[];
  /**
   * What is in a0 afterwards: what was there before, a u64, the length of the previous value or {@link SENTINEL}, or a
   * ReturnCode. Some never return, because they end the frame.
   */
  readonly result: 'none' | 'u64' | 'length' | 'code' | 'never';
  /** Whether it is an error (StateChangeDenied) in a read-only frame. */
  readonly changesState: boolean;
  readonly run: SyscallHandler;
}

export function u32(name: string): Parameter {
  return { name, type: 'u32' };
}

export function u64(name: string): Parameter {
  return { name, type: 'u64' };
}

/** A pointer to something that the syscall reads. @param length for bytes: the parameter with their number */
export function input(name: string, type: PointeeType, length?: string): Parameter {
  return pointer(name, 'in', type, length);
}

/** A pointer to where the syscall writes. @param length for bytes: the parameter with their number, or a pointer to it */
export function output(name: string, type: PointeeType, length?: string): Parameter {
  return pointer(name, 'out', type, length);
}

/** A pointer to the room that there is for output, which becomes the length of what was written. */
export function capacity(name: string): Parameter {
  return pointer(name, 'inout', 'u32', undefined);
}

function pointer(
  name: string,
  access: 'in' | 'out' | 'inout',
  type: PointeeType,
  length: string | undefined,
): Parameter {
  return { name, type: 'pointer', pointee: length === undefined ? { type, access } : { type, access, length } };
}
