import { Engine } from '../engine/index.js';
import type { HostFunctions } from '../virtualization/index.js';
import { create2Address, createAddress, keccakHex, ZERO_ADDRESS, ZERO_HASH } from './addresses.js';
import { type Block, changedBlock, checkUint, DEFAULT_BLOCK } from './block.js';
import { checkCode, splitDeployment } from './code.js';
import { DEV_ACCOUNTS, DEV_BALANCE } from './devAccounts.js';
import { CodeRejectedError, FrameError, type FrameFailure, type FrameLocation, ReturnCode } from './errors.js';
import { Execution, type FrameResult } from './execution.js';
import { type SyscallGas, syscallGas } from './gas.js';
import { type BytesLike, bytesOf, type Hex, normalizeAddress, normalizeHash, toHex } from './hex.js';
import { MAX_STORAGE_VALUE } from './limits.js';
import { Machine } from './machine.js';
import { type Curves, createPrecompiles, type Precompiles } from './precompiles/index.js';
import type { CallResult, DeployResult, Outcome } from './results.js';
import { State } from './state.js';
import { loadState, type StateJson, stateToJson } from './stateJson.js';
import { isVariableKey, keyBytes, slotKey } from './storageKey.js';
import { TraceBuilder } from './trace.js';
import type { Tracer } from './tracer.js';

/** What a {@link Sandbox} starts with. */
export interface SandboxOptions {
  /** Balances by address. Default: 10,000 * 10^18 for each of {@link DEV_ACCOUNTS}. */
  readonly accounts?: Readonly<Record<Hex, bigint>>;
  /** What contracts learn of the block, where the default does not suit: number 1, chain id 31337, base fee 0. */
  readonly block?: Partial<Block>;
  /** What compiles the programs: choose the backend here, or share one among sandboxes. Default: a new one. */
  readonly engine?: Engine;
  /**
   * Host functions to run the programs on, such as those of a runtime. Default: the package's own, on `engine`. Other ones do
   * not tell where a program trapped and how much gas it had left, so that a trap costs all the gas of its frame.
   */
  readonly hostFunctions?: HostFunctions;
  /** Elliptic curves for the precompiles that need them, see {@link loadCurves}. Default: none; calling them is an error. */
  readonly curves?: Curves;
  /** What syscalls cost, where the default does not suit. */
  readonly syscallGas?: Partial<SyscallGas>;
  /** Gas of transactions that name none. Default: 1,000,000,000, about a second. */
  readonly gas?: bigint;
}

/** What transactions can say, whatever they do. */
export interface TransactionOptions {
  /** Who signs. Default: the first account of the sandbox. */
  readonly from?: Hex;
  /** What is sent along, in the smallest unit. Default: 0. */
  readonly value?: bigint;
  /** What all frames together may use. Default: the sandbox's. More than 2^53 - 1 is taken for that. */
  readonly gas?: bigint;
  /** `tx.gasprice`, a u64; nobody is charged for gas. Default: the block's base fee, or 1 if that is 0. */
  readonly gasPrice?: bigint;
  /** Whether the result has a trace. Default: false. */
  readonly trace?: boolean;
  /** Told what happens while it happens, instead of a trace in the result. */
  readonly tracer?: Tracer;
}

/** What a deployment can say beyond that. */
export interface DeployOptions extends TransactionOptions {
  /** The constructor's arguments, ABI-encoded. Default: none. */
  readonly data?: BytesLike;
  /** 32 bytes: makes the address depend on them and on the code, as CREATE2 does, instead of on the sender's nonce. */
  readonly salt?: BytesLike;
}

/** A transaction as a node takes it. */
export interface TransactionRequest extends TransactionOptions {
  /** The contract or account. Without it the transaction deploys a contract. */
  readonly to?: Hex | undefined;
  /** Selector and arguments; for a deployment the program, and constructor data behind it. */
  readonly data?: BytesLike | undefined;
}

/** A sandbox as JSON. */
export interface SandboxJson extends StateJson {
  readonly version: 1;
  /** The accounts that it started with money in, the first of which is the default sender. */
  readonly senders: readonly Hex[];
  readonly block: Readonly<Record<'number' | 'timestamp' | 'chainId' | 'baseFee' | 'gasLimit', string>> & {
    readonly author: Hex;
  };
}

interface Snapshot {
  readonly checkpoint: number;
  readonly block: Block;
}

const DEFAULT_GAS = 1_000_000_000n;
const SALT_SIZE = 32;

/**
 * Runs contracts compiled by resolc, in this process, on the virtualization host functions: a chain without blocks, fees and
 * storage deposits. The same calls in the same order give the same results, gas included.
 *
 * How a transaction went is a value. What is thrown is a mistake of the caller: an argument that is no address, a number out
 * of range.
 *
 * @example
 * const sandbox = new Sandbox();
 * const { address } = sandbox.deploy(blob);
 * const { status, data } = sandbox.call(address, '0x3fa4f245');
 */
export class Sandbox implements Disposable {
  /** The accounts that it started with money in, lower case. */
  readonly accounts: readonly Hex[];
  readonly #machine: Machine;
  readonly #state = new State();
  readonly #precompiles: Precompiles;
  readonly #curves: Curves | undefined;
  readonly #syscallGas: SyscallGas;
  readonly #gas: bigint;
  #block: Block;
  readonly #snapshots = new Map<number, Snapshot>();
  #nextSnapshot = 1;
  #isRunning = false;

  /**
   * @throws RangeError for numbers out of range
   * @throws TypeError for addresses that are none
   */
  constructor(options: SandboxOptions = {}) {
    const { accounts = devBalances(), block = {}, hostFunctions, engine, curves, gas = DEFAULT_GAS } = options;
    this.#machine =
      hostFunctions === undefined ? Machine.on(engine ?? new Engine()) : new Machine(hostFunctions, undefined);
    this.#block = changedBlock(DEFAULT_BLOCK, block);
    this.#curves = curves;
    this.#precompiles = createPrecompiles(curves);
    this.#syscallGas = syscallGas(options.syscallGas ?? {});
    this.#gas = checkUint(gas, 64, 'gas');
    for (const [address, balance] of Object.entries(accounts)) this.setBalance(address as Hex, balance);
    this.accounts = Object.keys(accounts).map((address) => normalizeAddress(address as Hex));
  }

  /**
   * A sandbox in the state that {@link Sandbox.toJSON} told.
   *
   * @param options accounts and block are those of the JSON, and `block.hashOf` that of the options
   * @throws TypeError, RangeError for anything but such JSON
   */
  static fromJSON(json: SandboxJson, options: Omit<SandboxOptions, 'accounts'> = {}): Sandbox {
    if (json.version !== 1) throw new RangeError(`expected JSON of version 1, got ${String(json.version)}`);
    const { number, timestamp, chainId, baseFee, gasLimit, author } = json.block;
    const sandbox = new Sandbox({
      ...options,
      accounts: Object.fromEntries(json.senders.map((address) => [address, 0n])),
    });
    sandbox.setBlock({
      number: BigInt(number),
      timestamp: BigInt(timestamp),
      chainId: BigInt(chainId),
      baseFee: BigInt(baseFee),
      gasLimit: BigInt(gasLimit),
      author,
    });
    loadState(sandbox.#state, json);
    return sandbox;
  }

  /** Everything that transactions have changed, and the block. Snapshots are not in it, nor is `block.hashOf`. */
  toJSON(): SandboxJson {
    const { number, timestamp, chainId, baseFee, gasLimit, author } = this.#block;
    return {
      version: 1,
      senders: this.accounts,
      block: {
        number: String(number),
        timestamp: String(timestamp),
        chainId: String(chainId),
        baseFee: String(baseFee),
        gasLimit: String(gasLimit),
        author,
      },
      ...stateToJson(this.#state),
    };
  }

  /** What contracts learn of the block. */
  get block(): Block {
    return this.#block;
  }

  /** Changes some of what contracts learn of the block. @throws RangeError for numbers out of range */
  setBlock(changes: Partial<Block>): void {
    this.#block = changedBlock(this.#block, changes);
  }

  /**
   * Keeps a program, so that contracts can be created from it. Returns its hash.
   *
   * @throws CodeRejectedError if a chain would not take it, with what is wrong
   */
  upload(code: BytesLike): Hex {
    this.#requireIdle();
    return this.#upload(bytesOf(code));
  }

  /**
   * Creates a contract. Its code stays uploaded only if that succeeds.
   *
   * @param code a program, or the hash of one that was uploaded
   */
  deploy(code: BytesLike, options: DeployOptions = {}): DeployResult {
    const { data = '0x', salt } = options;
    const saltBytes = salt === undefined ? undefined : bytesOf(salt);
    if (saltBytes !== undefined && saltBytes.length !== SALT_SIZE) {
      throw new TypeError(`salt: expected 32 bytes, got ${saltBytes.length}`);
    }
    const isHash = typeof code === 'string' && code.length === 66;
    const hashOrCode = isHash ? normalizeHash(code) : bytesOf(code);
    return this.#deploy(hashOrCode, bytesOf(data), saltBytes, options, true);
  }

  /** Calls a contract, or pays an account, for good. */
  call(to: Hex, data: BytesLike = '0x', options: TransactionOptions = {}): CallResult {
    return this.#call(normalizeAddress(to), bytesOf(data), options, true);
  }

  /** Finds out what a {@link Sandbox.call} would do, and does not do it. */
  simulate(to: Hex, data: BytesLike = '0x', options: TransactionOptions = {}): CallResult {
    return this.#call(normalizeAddress(to), bytesOf(data), options, false);
  }

  /** Does what a transaction says, as a node takes it: {@link Sandbox.call}, or {@link Sandbox.deploy} without `to`. */
  transact(request: TransactionRequest): CallResult | DeployResult {
    return this.#transact(request, true);
  }

  /** Finds out what {@link Sandbox.transact} would do, and does not do it. */
  simulateTransaction(request: TransactionRequest): CallResult | DeployResult {
    return this.#transact(request, false);
  }

  /** What the account owns, in the smallest unit. */
  balanceOf(address: Hex): bigint {
    return this.#state.balance(normalizeAddress(address));
  }

  /** @throws RangeError for a balance that is no unsigned 256-bit number */
  setBalance(address: Hex, balance: bigint): void {
    this.#requireIdle();
    this.#state.setBalance(normalizeAddress(address), checkUint(balance, 256, 'balance'));
  }

  /** How many transactions the account has signed; for a contract, how many it has created, plus one. */
  nonceOf(address: Hex): bigint {
    return this.#state.nonce(normalizeAddress(address));
  }

  /** @throws RangeError for a nonce that is no u64 */
  setNonce(address: Hex, nonce: bigint): void {
    this.#requireIdle();
    this.#state.setNonce(normalizeAddress(address), checkUint(nonce, 64, 'nonce'));
  }

  /** The hash of a contract's program; undefined if there is no contract. */
  codeHashOf(address: Hex): Hex | undefined {
    return this.#state.codeHash(normalizeAddress(address));
  }

  /** A contract's program; undefined if there is no contract. */
  codeOf(address: Hex): Uint8Array | undefined {
    const codeHash = this.codeHashOf(address);
    return codeHash === undefined ? undefined : this.#state.code(codeHash)?.slice();
  }

  /** The value in a 32-byte slot of a contract's storage, up to 416 bytes; undefined if nothing is there. */
  storageAt(address: Hex, slot: Hex): Hex | undefined {
    const value = this.#state.storage(normalizeAddress(address), slotKey(slot));
    return value && toHex(value);
  }

  /** Overwrites a slot of an account's storage; undefined empties it. @throws RangeError for more than 416 bytes */
  setStorageAt(address: Hex, slot: Hex, value: BytesLike | undefined): void {
    this.#requireIdle();
    const bytes = value === undefined ? undefined : bytesOf(value).slice();
    if (bytes !== undefined && bytes.length > MAX_STORAGE_VALUE) {
      throw new RangeError(`storage value: expected at most ${MAX_STORAGE_VALUE} bytes, got ${bytes.length}`);
    }
    this.#state.setStorage(normalizeAddress(address), slotKey(slot), bytes);
  }

  /** All of a contract's storage, keys of variable size included, in the order in which it was first written. */
  storageOf(address: Hex): { key: Hex; isSlot: boolean; value: Hex }[] {
    const storage = this.#state.storageOf(normalizeAddress(address));
    return Array.from(storage, ([key, value]) => ({
      key: keyBytes(key),
      isSlot: !isVariableKey(key),
      value: toHex(value),
    }));
  }

  /** A point to which {@link Sandbox.revert} goes back. As long as there is one, all changes since are remembered. */
  snapshot(): number {
    this.#requireIdle();
    this.#commitIfFinal();
    const id = this.#nextSnapshot++;
    this.#snapshots.set(id, { checkpoint: this.#state.checkpoint(), block: this.#block });
    return id;
  }

  /** Goes back to a snapshot, block included, and forgets it and those made later. False if there is no such snapshot. */
  revert(id: number): boolean {
    this.#requireIdle();
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) return false;
    this.#state.rollback(snapshot.checkpoint);
    this.#block = snapshot.block;
    for (const later of this.#snapshots.keys()) if (later >= id) this.#snapshots.delete(later);
    return true;
  }

  /** Gives the memory of instances and modules back. The sandbox can still be used. */
  dispose(): void {
    this.#requireIdle();
    this.#machine.dispose();
  }

  /** The same as {@link Sandbox.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #transact(request: TransactionRequest, isForGood: boolean): CallResult | DeployResult {
    const data = bytesOf(request.data ?? '0x');
    if (request.to !== undefined) return this.#call(normalizeAddress(request.to), data, request, isForGood);
    return this.#deploy(data, undefined, undefined, request, isForGood);
  }

  #call(to: Hex, input: Uint8Array, options: TransactionOptions, isForGood: boolean): CallResult {
    const location = { depth: 0, address: to, codeAddress: to, entry: 'call' } as const;
    const caller = this.#senderOf(options);
    return this.#execute(options, isForGood, location, (execution, { value, gas }) =>
      execution.call({ parent: undefined, caller, callee: to, value, input, readOnly: false, gas }),
    );
  }

  /** @param constructorData undefined if it follows the code */
  #deploy(
    hashOrCode: Hex | Uint8Array,
    constructorData: Uint8Array | undefined,
    salt: Uint8Array | undefined,
    options: TransactionOptions,
    isForGood: boolean,
  ): DeployResult {
    const from = this.#senderOf(options);
    const location = { depth: 0, address: ZERO_ADDRESS, codeAddress: ZERO_ADDRESS, entry: 'deploy' } as const;
    const nonce = this.#state.nonce(from);
    let address = ZERO_ADDRESS;
    let codeHash = ZERO_HASH;
    const result = this.#execute(options, isForGood, location, (execution, { value, gas }) => {
      let input = constructorData;
      let code = hashOrCode;
      if (typeof code !== 'string' && input === undefined) ({ code, constructorData: input } = splitDeployment(code));
      input ??= new Uint8Array(0);
      codeHash = typeof code === 'string' ? code : this.#upload(code);
      address =
        salt === undefined ? createAddress(from, nonce) : create2Address(from, salt, execution.code(codeHash), input);
      const kind = salt === undefined ? 'create' : 'create2';
      return execution.instantiate({ parent: undefined, kind, address, caller: from, codeHash, value, input, gas });
    });
    return result.status === 'success' ? { ...result, address, codeHash } : result;
  }

  /**
   * Runs a transaction: counts it as one of the sender's, and undoes everything else unless it succeeds.
   *
   * @param location what to name if no frame starts
   */
  #execute(
    options: TransactionOptions,
    isForGood: boolean,
    location: FrameLocation,
    run: (execution: Execution, amounts: { value: bigint; gas: number }) => FrameResult,
  ): CallResult {
    this.#requireIdle();
    const from = this.#senderOf(options);
    const value = checkUint(options.value ?? 0n, 256, 'value');
    const gas = Math.min(Number(checkUint(options.gas ?? this.#gas, 256, 'gas')), Number.MAX_SAFE_INTEGER);
    const builder = options.tracer === undefined && options.trace === true ? new TraceBuilder() : undefined;
    const execution = new Execution({
      machine: this.#machine,
      state: this.#state,
      block: this.#block,
      precompiles: this.#precompiles,
      curves: this.#curves,
      syscallGas: this.#syscallGas,
      tracer: options.tracer ?? builder,
      origin: from,
      gasPrice: checkUint(options.gasPrice ?? (this.#block.baseFee || 1n), 64, 'gasPrice'),
    });

    const state = this.#state;
    this.#commitIfFinal();
    const before = state.checkpoint();
    this.#isRunning = true;
    let isDone = false;
    try {
      state.beginTransaction();
      state.incrementNonce(from);
      const checkpoint = state.checkpoint();
      const { result, failure } = attempt(execution, location, () => run(execution, { value, gas }));
      if (result.code !== ReturnCode.Success) state.rollback(checkpoint);
      const logs = state.endTransaction();
      isDone = isForGood;
      return resultOf(result, failure, {
        gasUsed: BigInt(result.gasUsed),
        logs,
        failures: execution.failures,
        trace: builder?.trace,
      });
    } finally {
      if (!isDone) state.rollback(before);
      this.#isRunning = false;
      this.#machine.tidy();
    }
  }

  #upload(code: Uint8Array): Hex {
    const codeHash = keccakHex(code);
    if (this.#state.code(codeHash) === undefined) {
      checkCode(code);
      this.#state.setCode(codeHash, code.slice());
    }
    return codeHash;
  }

  #senderOf({ from }: TransactionOptions): Hex {
    return from === undefined ? (this.accounts[0] ?? ZERO_ADDRESS) : normalizeAddress(from);
  }

  /** What no snapshot can go back to needs not be remembered. */
  #commitIfFinal(): void {
    if (this.#snapshots.size === 0) this.#state.commit();
  }

  /** A tracer is called in the middle of a transaction, and must not begin another one. */
  #requireIdle(): void {
    if (this.#isRunning) throw new Error('a transaction is under way: a tracer must not change the sandbox');
  }
}

/** Runs the outermost frame. What ends a calling frame ends the transaction where no frame calls. */
function attempt(
  execution: Execution,
  frame: FrameLocation,
  run: () => FrameResult,
): { result: FrameResult; failure: FrameFailure | undefined } {
  try {
    const result = run();
    const hasFailed = result.code !== ReturnCode.Success && result.code !== ReturnCode.CalleeReverted;
    return { result, failure: hasFailed ? execution.lastFailure : undefined };
  } catch (error) {
    if (!(error instanceof FrameError || error instanceof CodeRejectedError)) throw error;
    const reason = error instanceof FrameError ? error.reason : 'CodeRejected';
    const failure = { reason, message: error.message, frame, pc: undefined };
    execution.failures.push(failure);
    return { result: { code: ReturnCode.CalleeTrapped, output: new Uint8Array(0), gasUsed: 0 }, failure };
  }
}

function resultOf(result: FrameResult, failure: FrameFailure | undefined, outcome: Outcome): CallResult {
  if (failure !== undefined) return { ...outcome, ...failure, status: 'error', data: '0x' };
  const { gasUsed, logs, failures, trace } = outcome;
  const status = result.code === ReturnCode.Success ? 'success' : 'revert';
  return { status, data: toHex(result.output), gasUsed, logs, failures, trace };
}

function devBalances(): Record<Hex, bigint> {
  return Object.fromEntries(DEV_ACCOUNTS.map((address) => [address, DEV_BALANCE]));
}
