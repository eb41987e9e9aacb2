import type { HostFunctions } from 'polkavm-js/virtualization';
import { create2Address, createAddress } from './addresses.js';
import type { Hex } from './bytes.js';
import { FrameError, ReturnCode } from './errors.js';
import { Frame, type FrameContext } from './frame.js';
import { MAX_CALL_DEPTH } from './limits.js';
import { precompileCode, runPrecompile } from './precompiles.js';
import type { State } from './state.js';
import { SYSCALLS } from './syscalls/index.js';

/** The block that a transaction is in. Amounts are in the smallest unit of money, gas in units of gas. */
export interface Block {
  readonly number: bigint;
  /** In seconds. */
  readonly timestamp: bigint;
  readonly author: Hex;
  readonly chainId: bigint;
  readonly baseFee: bigint;
  readonly gasLimit: bigint;
  readonly gasPrice: bigint;
  /** The hash of one of the 256 blocks before this one. */
  readonly hashOf: (number: bigint) => Hex;
}

/** What calls and creations have in common. */
interface Request {
  /** The frame that asks; undefined for the transaction itself. */
  readonly parent: Frame | undefined;
  readonly caller: Hex;
  readonly value: bigint;
  readonly input: Uint8Array;
  readonly gas: bigint;
}

/** A call of a contract or a payment to any other account. */
export interface CallRequest extends Request {
  readonly callee: Hex;
  readonly readOnly: boolean;
}

/** A call that runs another contract's code as part of the contract that asks. */
export interface DelegateCallRequest {
  readonly parent: Frame;
  readonly callee: Hex;
  readonly input: Uint8Array;
  readonly gas: bigint;
}

/** A new contract: its constructor's run. */
export interface InstantiateRequest extends Request {
  /** Where the contract will be, see {@link Transaction.newAddress}. */
  readonly address: Hex;
  readonly codeHash: Hex;
}

/** How a call or creation went. */
export interface CallResult {
  readonly code: ReturnCode;
  /** What the callee returned, or reverted with; else empty. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** Why the callee failed; undefined where it did not. */
  readonly error: FrameError | undefined;
}

const NOTHING = new Uint8Array(0);

/**
 * One transaction: the frames that wait for each other, and the rules by which a frame comes to be and what becomes of
 * its changes. A failed frame leaves no trace but the gas it used.
 *
 * The functions that start frames throw a {@link FrameError} for what is the caller's own mistake; it ends the caller's
 * frame. What goes wrong in the callee is a result.
 */
export class Transaction {
  readonly hostFunctions: HostFunctions;
  readonly state: State;
  readonly block: Block;
  /** Who signed the transaction. */
  readonly origin: Hex;
  readonly #codes: ReadonlyMap<Hex, Uint8Array>;
  readonly #frames: Frame[] = [];

  constructor(
    hostFunctions: HostFunctions,
    state: State,
    codes: ReadonlyMap<Hex, Uint8Array>,
    block: Block,
    origin: Hex,
  ) {
    this.hostFunctions = hostFunctions;
    this.state = state;
    this.#codes = codes;
    this.block = block;
    this.origin = origin;
  }

  /** The program with that hash. @throws FrameError CodeNotFound */
  code(codeHash: Hex): Uint8Array {
    const code = this.#codes.get(codeHash);
    if (code === undefined) throw new FrameError('CodeNotFound', codeHash);
    return code;
  }

  /**
   * Where a new contract of `deployer` goes: with a salt, where CREATE2 puts it, else where CREATE does.
   * @throws FrameError CodeNotFound
   */
  newAddress(deployer: Hex, codeHash: Hex, input: Uint8Array, salt: Uint8Array | undefined): Hex {
    const code = this.code(codeHash);
    if (salt !== undefined) return create2Address(deployer, salt, code, input);
    return createAddress(deployer, this.state.nonce(deployer));
  }

  /** Calls a contract, runs a precompile, or pays an account that has no code. */
  call({ parent, caller, callee, value, input, readOnly, gas }: CallRequest): CallResult {
    const codeHash = this.state.codeHash(callee);
    if (codeHash !== undefined) this.#admit(parent, callee);
    const checkpoint = this.state.checkpoint();
    if (!this.#pay(caller, callee, value)) return resultOf(ReturnCode.TransferFailed);
    if (codeHash === undefined) return resultOf(ReturnCode.Success, outputWithoutFrame(callee, input));
    return this.#run(
      { entry: 'call', address: callee, codeAddress: callee, codeHash, caller, value, input, readOnly, gas },
      checkpoint,
    );
  }

  /** Runs a contract's code with the storage, balance, caller and value of the frame that asks. */
  delegateCall({ parent, callee, input, gas }: DelegateCallRequest): CallResult {
    const codeHash = this.state.codeHash(callee);
    if (codeHash === undefined) return resultOf(ReturnCode.Success, outputWithoutFrame(callee, input));
    this.#admit(parent, undefined);
    const { address, caller, value, readOnly } = parent.context;
    return this.#run(
      { entry: 'call', address, codeAddress: callee, codeHash, caller, value, input, readOnly, gas },
      this.state.checkpoint(),
    );
  }

  /** Creates a contract. It is one for others only once its constructor has succeeded. */
  instantiate({ parent, address, caller, codeHash, value, input, gas }: InstantiateRequest): CallResult {
    this.#admit(parent, undefined);
    // A contract's nonce starts at 1, so that one whose constructor still runs is seen here as well.
    if (this.state.nonce(address) > 0n) return resultOf(ReturnCode.DuplicateContractAddress);
    const checkpoint = this.state.checkpoint();
    // The account that signed has counted the transaction as such.
    if (parent !== undefined) this.state.incrementNonce(caller);
    if (!this.#pay(caller, address, value)) {
      this.state.rollback(checkpoint);
      return resultOf(ReturnCode.TransferFailed);
    }
    this.state.incrementNonce(address);
    const result = this.#run(
      { entry: 'deploy', address, codeAddress: address, codeHash, caller, value, input, readOnly: false, gas },
      checkpoint,
    );
    if (result.code === ReturnCode.Success) this.state.setCodeHash(address, codeHash);
    return result;
  }

  /** Refuses a frame that would be too deep, or go back to a contract that does not allow it now. */
  #admit(parent: Frame | undefined, callee: Hex | undefined): void {
    if (parent === undefined) return;
    if (this.#frames.length > MAX_CALL_DEPTH) {
      throw new FrameError('MaxCallDepthReached', `a call from the ${MAX_CALL_DEPTH}th nested one`);
    }
    if (this.#frames.some((frame) => frame.context.address === callee && !frame.allowsReentry)) {
      throw new FrameError('ReentranceDenied', `a call back to ${callee}`);
    }
  }

  #pay(from: Hex, to: Hex, value: bigint): boolean {
    return value === 0n || this.state.transfer(from, to, value);
  }

  #run(context: FrameContext, checkpoint: number): CallResult {
    const frame = new Frame(this, context);
    this.#frames.push(frame);
    try {
      const { reverted, output } = frame.run(SYSCALLS);
      if (reverted) this.state.rollback(checkpoint);
      const code = reverted ? ReturnCode.CalleeReverted : ReturnCode.Success;
      return { code, output, gasUsed: context.gas - frame.gasLeft, error: undefined };
    } catch (error) {
      this.state.rollback(checkpoint);
      if (!(error instanceof FrameError)) throw error;
      const code = error.reason === 'OutOfGas' ? ReturnCode.OutOfResources : ReturnCode.CalleeTrapped;
      return { code, output: NOTHING, gasUsed: context.gas - frame.gasLeft, error };
    } finally {
      this.#frames.pop();
    }
  }
}

/** What comes back from an address that is not a contract: a precompile's answer, or nothing. */
function outputWithoutFrame(callee: Hex, input: Uint8Array): Uint8Array {
  return precompileCode(callee) === undefined ? NOTHING : runPrecompile(callee, input);
}

/** A result that no frame had to run for. */
function resultOf(code: ReturnCode, output: Uint8Array = NOTHING): CallResult {
  return { code, output, gasUsed: 0n, error: undefined };
}
