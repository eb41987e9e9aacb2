import type { FrameLocation, ReturnCode } from './errors.js';
import type { GuestMemory } from './guestMemory.js';
import type { Hex } from './hex.js';
import type { Log } from './results.js';
import type { StorageKey } from './storageKey.js';
import type { Syscall, SyscallArguments } from './syscalls/index.js';

/** How a frame came to be. */
export type FrameKind = 'call' | 'static' | 'delegate' | 'create' | 'create2';

/** A frame that starts, or that something without code answers for. */
export interface FrameStart extends FrameLocation {
  readonly kind: FrameKind;
  /** What answers: a contract's code, a precompile, or nothing, as where an account is only paid. */
  readonly callee: 'contract' | 'precompile' | 'account';
  readonly caller: Hex;
  readonly value: bigint;
  readonly input: Uint8Array;
  readonly readOnly: boolean;
  /** What it may use. */
  readonly gas: number;
}

/** How a frame ended. */
export interface FrameStop {
  readonly code: ReturnCode;
  readonly output: Uint8Array;
  readonly gasUsed: number;
  /** The message and place of the error, if it was one. */
  readonly error: string | undefined;
  readonly pc: number | undefined;
}

/** A syscall before it is answered. All of it is good only until the tracer returns. */
export interface SyscallStart {
  readonly syscall: Syscall;
  readonly args: SyscallArguments;
  readonly memory: GuestMemory;
  /** Gas of the frame. */
  readonly gas: number;
}

/** A syscall that was answered, or has ended the frame. */
export interface SyscallStop extends SyscallStart {
  /** What goes to a0; undefined if a0 stays as it is, or the frame has ended. */
  readonly result: number | bigint | undefined;
}

/** A read or write of storage. */
export interface StorageEvent {
  readonly access: 'read' | 'write';
  readonly transient: boolean;
  readonly address: Hex;
  readonly key: StorageKey;
  /** What was read, or is there now; undefined if nothing is there. */
  readonly value: Uint8Array | undefined;
  /** What was there before a write. */
  readonly previous?: Uint8Array | undefined;
}

/**
 * Told what happens while it happens. Every frame is entered and left, in the order of nesting, and every syscall lies in
 * the frame that was entered last. A tracer must not change anything.
 */
export interface Tracer {
  enter?(frame: FrameStart): void;
  exit?(end: FrameStop): void;
  syscallStart?(call: SyscallStart): void;
  syscallEnd?(call: SyscallStop): void;
  storage?(event: StorageEvent): void;
  /** An event was emitted; if a frame around it fails it is taken back. */
  log?(log: Log): void;
}
