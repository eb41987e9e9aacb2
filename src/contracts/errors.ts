import type { Hex } from './hex.js';

/** Why a frame ended other than by returning. The names are those of pallet-revive where it has one. */
export type ErrorReason =
  | 'CallDataTooLarge'
  | 'CodeNotFound'
  | 'CodeRejected'
  | 'ContractTrapped'
  | 'DecodingFailed'
  | 'DuplicateContract'
  | 'ImmutablesUnavailable'
  | 'InputForwarded'
  | 'InvalidCallFlags'
  | 'InvalidStorageFlags'
  | 'InvalidSyscall'
  | 'MaxCallDepthReached'
  | 'OutOfBounds'
  | 'OutOfGas'
  | 'OutOfTransientStorage'
  | 'PrecompileFailed'
  | 'PrecompileUnavailable'
  | 'ReentranceDenied'
  | 'ReturnDataTooLarge'
  | 'StateChangeDenied'
  | 'TooManyTopics'
  | 'TransferFailed'
  | 'ValueTooLarge';

/**
 * Ends the frame in which it is thrown, and undoes what that frame did. The calling contract does not learn which error it
 * was: it gets a {@link ReturnCode}.
 */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly reason: ErrorReason;

  constructor(reason: ErrorReason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** A program that cannot be a contract, as a chain would refuse it at upload. */
export class CodeRejectedError extends Error {
  override readonly name = 'CodeRejectedError';
}

/** What a syscall that starts a frame, or reads storage, answers in a0 (spec: contract syscalls, section 3.3). */
export enum ReturnCode {
  Success = 0,
  /** The callee failed with an error other than {@link ReturnCode.OutOfResources}. */
  CalleeTrapped = 1,
  /** The callee undid its changes with a revert; its output says why. */
  CalleeReverted = 2,
  /** Storage holds nothing under the key. */
  KeyNotFound = 3,
  /** The caller cannot pay the value that it wants to send. */
  TransferFailed = 4,
  /** The callee ran out of gas. */
  OutOfResources = 5,
  /** The public key cannot be decompressed. */
  EcdsaRecoveryFailed = 7,
  /** The signature is not one of that key for that message. */
  Sr25519VerifyFailed = 8,
  /** A contract is already where the new one would be. */
  DuplicateContractAddress = 11,
}

/** Which frame something happened in. */
export interface FrameLocation {
  /** 0 for the frame of the transaction itself, one more for each frame that waits for this one. */
  readonly depth: number;
  /** Whose storage and balance the frame acts on. */
  readonly address: Hex;
  /** Whose code it runs: another contract's in a delegate call. */
  readonly codeAddress: Hex;
  readonly entry: 'call' | 'deploy';
}

/** A frame that ended with an error. */
export interface FrameFailure {
  readonly reason: ErrorReason;
  /** The reason and what was wrong, for people. */
  readonly message: string;
  readonly frame: FrameLocation;
  /**
   * Code offset of the instruction at which it happened, for errors in a syscall that of the `ecalli`; undefined if no
   * code was running, or if the host functions are not the sandbox's own.
   */
  readonly pc: number | undefined;
}
