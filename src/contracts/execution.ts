import { create2Address, createAddress } from './addresses.js';
import type { Block } from './block.js';
import { type ErrorReason, FrameError, type FrameFailure, type FrameLocation, ReturnCode } from './errors.js';
import { Frame, type FrameContext } from './frame.js';
import type { SyscallGas } from './gas.js';
import type { Hex } from './hex.js';
import { MAX_CALL_DEPTH } from './limits.js';
import type { Machine } from './machine.js';
import type { Curves, Precompile, Precompiles } from './precompiles/index.js';
import { MAX_FAILURES } from './results.js';
import type { State } from './state.js';
import type { FrameKind, FrameStart, Tracer } from './tracer.js';

/** What an {@link Execution} runs in. */
export interface ExecutionContext {
  readonly machine: Machine;
  readonly state: State;
  readonly block: Block;
  readonly precompiles: Precompiles;
  readonly curves: Curves | undefined;
  readonly syscallGas: SyscallGas;
  readonly tracer: Tracer | undefined;
  /** Who signed the transaction. */
  readonly origin: Hex;
  /** A u64. */
  readonly gasPrice: bigint;
}

/** What calls and creations have in common. */
interface Request {
  /** The frame that asks; undefined for the transaction itself. */
  readonly parent: Frame | undefined;
  readonly caller: Hex;
  readonly value: bigint;
  readonly input: Uint8Array;
  readonly gas: number;
}

/** A call of a contract or precompile, or a payment to any other account. */
export interface CallRequest extends Request {
  readonly callee: Hex;
  readonly readOnly: boolean;
}

/** A call that runs another contract's code as part of the contract that asks. */
export interface DelegateCallRequest {
  readonly parent: Frame;
  readonly callee: Hex;
  readonly input: Uint8Array;
  readonly gas: number;
}

/** A new contract: its constructor's run. */
export interface InstantiateRequest extends Request {
  readonly kind: 'create' | 'create2';
  /** Where the contract will be, see {@link Execution.newAddress}. */
  readonly address: Hex;
  readonly codeHash: Hex;
}

/** How a call or creation went. */
export interface FrameResult {
  readonly code: ReturnCode;
  /** What the callee returned, or reverted with; else empty. */
  readonly output: Uint8Array;
  readonly gasUsed: number;
}

const NOTHING = new Uint8Array(0);

/**
 * One transaction: the frames that wait for each other, and the rules by which a frame comes to be and what becomes of its
 * changes (spec: contract syscalls, sections 3 and 4). A failed frame leaves no trace but the gas that it used.
 *
 * The functions that start frames throw a {@link FrameError} for what is the caller's own mistake; it ends the caller's
 * frame. What goes wrong in the callee is a result.
 */
export class Execution {
  readonly machine: Machine;
  readonly state: State;
  readonly block: Block;
  readonly precompiles: Precompiles;
  readonly curves: Curves | undefined;
  readonly syscallGas: SyscallGas;
  readonly tracer: Tracer | undefined;
  readonly origin: Hex;
  readonly gasPrice: bigint;
  /** Frames that failed so far, the first ones. */
  readonly failures: FrameFailure[] = [];
  /** Why the frame that failed last did. */
  lastFailure: FrameFailure | undefined;
  readonly #frames: Frame[] = [];

  constructor(context: ExecutionContext) {
    this.machine = context.machine;
    this.state = context.state;
    this.block = context.block;
    this.precompiles = context.precompiles;
    this.curves = context.curves;
    this.syscallGas = context.syscallGas;
    this.tracer = context.tracer;
    this.origin = context.origin;
    this.gasPrice = context.gasPrice;
  }

  /** The program with that hash. @throws FrameError CodeNotFound */
  code(codeHash: Hex): Uint8Array {
    const code = this.state.code(codeHash);
    if (code === undefined) throw new FrameError('CodeNotFound', `no code was uploaded with the hash ${codeHash}`);
    return code;
  }

  /**
   * Where a new contract of `deployer` goes: with a salt, where CREATE2 puts it, else where CREATE does.
   *
   * @throws FrameError CodeNotFound
   */
  newAddress(deployer: Hex, codeHash: Hex, input: Uint8Array, salt: Uint8Array | undefined): Hex {
    const code = this.code(codeHash);
    if (salt !== undefined) return create2Address(deployer, salt, code, input);
    return createAddress(deployer, this.state.nonce(deployer));
  }

  /** Calls a contract, runs a precompile, or pays an account that has no code. */
  call({ parent, caller, callee, value, input, readOnly, gas }: CallRequest): FrameResult {
    const kind = readOnly ? 'static' : 'call';
    const context = {
      entry: 'call',
      address: callee,
      codeAddress: callee,
      caller,
      value,
      input,
      readOnly,
      gas,
    } as const;
    const precompile = this.precompiles.get(callee);
    const codeHash = precompile === undefined ? this.state.codeHash(callee) : undefined;
    if (codeHash !== undefined) this.#admit(parent, callee);
    const checkpoint = this.state.checkpoint();
    if (!this.state.transfer(caller, callee, value)) return this.#refuse(kind, context, ReturnCode.TransferFailed);
    if (codeHash === undefined) return this.#answerWithoutFrame(precompile, kind, context, checkpoint);
    return this.#run(kind, context, codeHash, checkpoint);
  }

  /** Runs a contract's code with the storage, balance, caller and value of the frame that asks. */
  delegateCall({ parent, callee, input, gas }: DelegateCallRequest): FrameResult {
    const { address, caller, value, readOnly } = parent.context;
    const context = { entry: 'call', address, codeAddress: callee, caller, value, input, readOnly, gas } as const;
    const precompile = this.precompiles.get(callee);
    const codeHash = precompile === undefined ? this.state.codeHash(callee) : undefined;
    const checkpoint = this.state.checkpoint();
    if (codeHash === undefined) return this.#answerWithoutFrame(precompile, 'delegate', context, checkpoint);
    this.#admit(parent, undefined);
    return this.#run('delegate', context, codeHash, checkpoint);
  }

  /** Creates a contract. It is one for others only once its constructor has succeeded. */
  instantiate({ parent, kind, address, caller, codeHash, value, input, gas }: InstantiateRequest): FrameResult {
    this.#admit(parent, undefined);
    const readOnly = false;
    const context = { entry: 'deploy', address, codeAddress: address, caller, value, input, readOnly, gas } as const;
    // A contract's nonce starts at 1, so that one whose constructor still runs is seen here as well.
    if (this.state.nonce(address) > 0n || this.precompiles.has(address)) {
      return this.#refuse(kind, context, ReturnCode.DuplicateContractAddress);
    }
    const checkpoint = this.state.checkpoint();
    // The account that signed has counted the transaction as such.
    if (parent !== undefined) this.state.incrementNonce(caller);
    if (!this.state.transfer(caller, address, value)) {
      this.state.rollback(checkpoint);
      return this.#refuse(kind, context, ReturnCode.TransferFailed);
    }
    this.state.incrementNonce(address);
    const result = this.#run(kind, context, codeHash, checkpoint);
    if (result.code === ReturnCode.Success) this.state.createContract(address, codeHash);
    return result;
  }

  /** Refuses a frame that would be too deep, or go back to a contract that does not allow it now. */
  #admit(parent: Frame | undefined, callee: Hex | undefined): void {
    if (parent === undefined) return;
    if (this.#frames.length > MAX_CALL_DEPTH) {
      throw new FrameError(
        'MaxCallDepthReached',
        `a frame inside of ${this.#frames.length}, expected at most ${MAX_CALL_DEPTH}`,
      );
    }
    if (this.#frames.some((frame) => frame.context.address === callee && !frame.allowsReentry)) {
      throw new FrameError('ReentranceDenied', `a call back to ${callee}, which has not allowed it`);
    }
  }

  #run(kind: FrameKind, context: FrameContext, codeHash: Hex, checkpoint: number): FrameResult {
    const depth = this.#frames.length;
    this.tracer?.enter?.(startOf(kind, context, depth, 'contract'));
    let frame: Frame | undefined;
    let result: FrameResult;
    let failure: FrameFailure | undefined;
    try {
      frame = new Frame(this, context, codeHash, depth);
      this.#frames.push(frame);
      const { reverted, output } = frame.run();
      if (reverted) this.state.rollback(checkpoint);
      const code = reverted ? ReturnCode.CalleeReverted : ReturnCode.Success;
      result = { code, output, gasUsed: context.gas - frame.gasLeft };
    } catch (error) {
      this.state.rollback(checkpoint);
      if (!(error instanceof FrameError)) throw error;
      result = { code: codeOf(error), output: NOTHING, gasUsed: frame === undefined ? 0 : context.gas - frame.gasLeft };
      failure = this.#note(error.reason, error.message, locationOf(context, depth), frame?.failedAt);
    } finally {
      if (frame !== undefined) this.#frames.pop();
    }
    this.tracer?.exit?.({ ...result, error: failure?.message, pc: failure?.pc });
    return result;
  }

  /** What comes back from an address that is not a contract: a precompile's answer, or nothing. */
  #answerWithoutFrame(
    precompile: Precompile | undefined,
    kind: FrameKind,
    context: FrameContext,
    checkpoint: number,
  ): FrameResult {
    const depth = this.#frames.length;
    this.tracer?.enter?.(startOf(kind, context, depth, precompile === undefined ? 'account' : 'precompile'));
    let result: FrameResult = { code: ReturnCode.Success, output: NOTHING, gasUsed: 0 };
    let failure: FrameFailure | undefined;
    if (precompile !== undefined) {
      try {
        result = runPrecompile(precompile, context.input, context.gas);
      } catch (error) {
        this.state.rollback(checkpoint);
        if (!(error instanceof FrameError)) throw error;
        result = { code: codeOf(error), output: NOTHING, gasUsed: context.gas };
        failure = this.#note(error.reason, error.message, locationOf(context, depth), undefined);
      }
    }
    this.tracer?.exit?.({ ...result, error: failure?.message, pc: undefined });
    return result;
  }

  /** A frame that does not even start. */
  #refuse(
    kind: FrameKind,
    context: FrameContext,
    code: ReturnCode.TransferFailed | ReturnCode.DuplicateContractAddress,
  ): FrameResult {
    const { caller, value, address } = context;
    const result = { code, output: NOTHING, gasUsed: 0 };
    const depth = this.#frames.length;
    const failure =
      code === ReturnCode.TransferFailed
        ? this.#note('TransferFailed', `TransferFailed: ${caller} cannot pay ${value}`, locationOf(context, depth))
        : this.#note('DuplicateContract', `DuplicateContract: ${address} is taken`, locationOf(context, depth));
    this.tracer?.enter?.(startOf(kind, context, depth, 'account'));
    this.tracer?.exit?.({ ...result, error: failure.message, pc: undefined });
    return result;
  }

  #note(reason: ErrorReason, message: string, frame: FrameLocation, pc?: number): FrameFailure {
    const failure = { reason, message, frame, pc };
    this.lastFailure = failure;
    if (this.failures.length < MAX_FAILURES) this.failures.push(failure);
    return failure;
  }
}

/** @throws FrameError for input that the precompile does not take; as on Ethereum that costs all the gas lent */
function runPrecompile({ name, gas, run }: Precompile, input: Uint8Array, available: number): FrameResult {
  const cost = gas(input);
  if (cost > available) throw new FrameError('OutOfGas', `the precompile ${name} costs ${cost}, ${available} left`);
  return { code: ReturnCode.Success, output: run(input), gasUsed: cost };
}

function codeOf({ reason }: FrameError): ReturnCode {
  return reason === 'OutOfGas' ? ReturnCode.OutOfResources : ReturnCode.CalleeTrapped;
}

function locationOf({ address, codeAddress, entry }: FrameContext, depth: number): FrameLocation {
  return { depth, address, codeAddress, entry };
}

function startOf(kind: FrameKind, context: FrameContext, depth: number, callee: FrameStart['callee']): FrameStart {
  return { ...context, depth, kind, callee };
}
