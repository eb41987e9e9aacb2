import type { FrameFailure } from './errors.js';
import type { Hex } from './hex.js';
import type { FrameTrace } from './trace.js';

/** An event that a contract emitted. */
export interface Log {
  /** The contract that emitted it. */
  readonly address: Hex;
  /** 32 bytes each, at most 4; the first is the event's signature unless it is anonymous. */
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** What every outcome tells. */
export interface Outcome {
  /** Gas that all frames used together. */
  readonly gasUsed: bigint;
  /** Events of all frames in their order; those of frames that failed are not among them. */
  readonly logs: readonly Log[];
  /**
   * Frames that ended with an error (not by reverting), in the order in which they did: the first is usually what went
   * wrong. At most {@link MAX_FAILURES}; later ones are not kept.
   */
  readonly failures: readonly FrameFailure[];
  /** What happened, if it was to be traced. */
  readonly trace: FrameTrace | undefined;
}

/** The outermost frame returned. */
export interface Success extends Outcome {
  readonly status: 'success';
  /** What it returned. */
  readonly data: Hex;
}

/** The outermost frame reverted: nothing has changed but the sender's nonce. */
export interface Revert extends Outcome {
  readonly status: 'revert';
  /** What it reverted with. */
  readonly data: Hex;
}

/** The outermost frame failed, or never started: nothing has changed but the sender's nonce. */
export interface Failure extends Outcome, FrameFailure {
  readonly status: 'error';
  /** Nothing comes back from a frame that failed. */
  readonly data: '0x';
}

/** How a call went. */
export type CallResult = Success | Revert | Failure;

/** A contract was created. */
export interface Deployed extends Success {
  readonly address: Hex;
  readonly codeHash: Hex;
}

/** How a deployment went. */
export type DeployResult = Deployed | Revert | Failure;

/** How many {@link FrameFailure}s an outcome keeps. */
export const MAX_FAILURES = 64;
