import { FrameError } from '../errors.js';
import type { Frame, FrameEnd } from '../frame.js';

/** The registers A0 to A5 at a syscall, as u64. */
export type SyscallArguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/**
 * One host service: works on the frame that asks. A number becomes A0, nothing leaves A0 as it is, and a
 * {@link FrameEnd} ends the frame.
 * @throws FrameError when the contract asked for what it must not have
 */
export type Syscall = (frame: Frame, args: SyscallArguments) => bigint | number | FrameEnd | undefined;

/** Services by the symbol that programs import them under. */
export type Syscalls = Readonly<Record<string, Syscall>>;

/** "Absent", where a u32 pointer or length is expected; "there was none", as the length of a value. */
export const SENTINEL = 0xffff_ffff;

/** A u32 argument, or the low half of a packed pair. The register's high half is noise: compilers leave a sign there. */
export function low(argument: bigint): number {
  return Number(argument & 0xffff_ffffn);
}

/** The high half of a packed pair `hi << 32 | lo`. */
export function high(argument: bigint): number {
  return Number(argument >> 32n);
}

/** Refuses the syscall to a frame that may only look. */
export function requireWritable(frame: Frame, what: string): void {
  if (frame.context.readOnly) throw new FrameError('StateChangeDenied', `${what} in a read-only call`);
}
