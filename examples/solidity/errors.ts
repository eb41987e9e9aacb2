/** Why a frame ended other than by returning. The names are those of pallet-revive where it has one. */
export type FrameErrorName =
  | 'CallDataTooLarge'
  | 'CodeNotFound'
  | 'ContractTrapped'
  | 'DecodingFailed'
  | 'ImmutablesUnavailable'
  | 'InputForwarded'
  | 'InvalidCallFlags'
  | 'InvalidCode'
  | 'InvalidStorageFlags'
  | 'InvalidSyscall'
  | 'MaxCallDepthReached'
  | 'OutOfBounds'
  | 'OutOfGas'
  | 'OutOfTransientStorage'
  | 'PrecompileUnavailable'
  | 'ReentranceDenied'
  | 'ReturnDataTooLarge'
  | 'StateChangeDenied'
  | 'TooManyTopics'
  | 'ValueTooLarge';

/**
 * Ends the frame it is thrown in, and undoes what the frame did. The calling contract does not learn which error it was:
 * it gets a return code, see {@link ReturnCode}.
 */
export class FrameError extends Error {
  override readonly name = 'FrameError';

  constructor(
    readonly reason: FrameErrorName,
    detail: string,
  ) {
    super(`${reason}: ${detail}`);
  }
}

/** What a syscall that starts another frame, or reads storage, answers in A0. */
export enum ReturnCode {
  Success = 0,
  /** The callee failed: any {@link FrameError} but those of {@link OutOfResources}. */
  CalleeTrapped = 1,
  /** The callee undid its changes with `revert`; its output says why. */
  CalleeReverted = 2,
  /** Storage holds nothing under the key. */
  KeyNotFound = 3,
  /** The caller cannot pay the value it wants to send. */
  TransferFailed = 4,
  /** The callee ran out of gas. */
  OutOfResources = 5,
  /** A contract is already where the new one would be. */
  DuplicateContractAddress = 11,
}
