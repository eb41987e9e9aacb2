import { ZERO_ADDRESS, ZERO_HASH } from '../addresses.js';
import type { Block } from '../block.js';
import type { Hex } from '../hex.js';
import type { CallResult, DeployResult } from '../results.js';
import type { Sandbox, TransactionRequest } from '../sandbox.js';
import type { FrameTrace } from '../trace.js';
import { type MinedBlock, mineBlock } from './block.js';
import { Clock, type ClockSetting } from './clock.js';
import { errorOf } from './outcome.js';
import type { BlockTag } from './params.js';
import { keepLatest } from './registry.js';
import { notFound, serverError } from './rpcError.js';
import { effectiveGasPrice, type MinedTransaction, type Transaction } from './transaction.js';

/** The least that an estimate says: what every transaction costs on Ethereum, below which wallets take it for an error. */
const LEAST_GAS = 21_000n;
/** As many empty blocks as may be mined at once. */
const MAX_BLOCKS = 100_000n;

/** What a {@link Chain} takes beyond a sandbox. */
export interface ChainOptions {
  /** Seconds since 1970. Default: none, each block is a second after the one before. */
  readonly now?: (() => bigint) | undefined;
  /** How many of the latest transactions keep their traces. Default: 100. With 0 none is made, which is faster. */
  readonly traces?: number | undefined;
}

interface Snapshot {
  readonly height: number;
  readonly clock: ClockSetting;
}

const DEFAULT_TRACES = 100;

/**
 * Blocks over a {@link Sandbox}, one for each transaction: what a sandbox lacks of a chain. Only the latest state exists.
 */
export class Chain {
  readonly sandbox: Sandbox;
  /** Told each block when it is there. */
  onBlock: (block: MinedBlock) => void = () => {};
  readonly #blocks: MinedBlock[] = [];
  readonly #byHash = new Map<Hex, MinedBlock>();
  readonly #transactions = new Map<Hex, MinedTransaction>();
  readonly #traces = new Map<Hex, FrameTrace>();
  readonly #keptTraces: number;
  readonly #clock: Clock;
  readonly #snapshots = new Map<number, Snapshot>();

  constructor(sandbox: Sandbox, { now, traces = DEFAULT_TRACES }: ChainOptions = {}) {
    if (!Number.isInteger(traces) || traces < 0)
      throw new RangeError(`traces: expected an integer from 0 on, got ${traces}`);
    this.sandbox = sandbox;
    this.#clock = new Clock(now);
    this.#keptTraces = traces;
    const { hashOf } = sandbox.block;
    sandbox.setBlock({ hashOf: (number) => this.block(number)?.hash ?? hashOf(number) });
    this.#append(mineBlock(sandbox.block, ZERO_HASH, undefined));
  }

  get latest(): MinedBlock {
    return this.#blocks.at(-1)!;
  }

  /** Undefined if there is no such block. */
  block(tag: BlockTag): MinedBlock | undefined {
    if (tag === 'latest' || tag === 'pending') return this.latest;
    if (tag === 'earliest') return this.#blocks[0];
    if (typeof tag === 'object') return this.#byHash.get(tag.blockHash);
    return this.#blocks[Number(tag - this.#blocks[0]!.number)];
  }

  /** @throws ProviderRpcError if there is no such block */
  requireBlock(tag: BlockTag): MinedBlock {
    const block = this.block(tag);
    if (block === undefined) throw notFound('there is no such block');
    return block;
  }

  /** The blocks from one to another, both included; none if they are in the wrong order. */
  blocks(from: bigint, to: bigint): readonly MinedBlock[] {
    const first = this.#blocks[0]!.number;
    const start = from < first ? 0n : from - first;
    return to < from ? [] : this.#blocks.slice(Number(start), Number(to - first) + 1);
  }

  /** Undefined if no block has it. */
  transaction(hash: Hex): MinedTransaction | undefined {
    return this.#transactions.get(hash);
  }

  /** What happened in a transaction; undefined if it is one of those whose traces are not kept. */
  trace(hash: Hex): FrameTrace | undefined {
    return this.#traces.get(hash);
  }

  /**
   * Finds out what a transaction would do.
   *
   * @param tag the block that it would see: the latest, or with `pending` the next one
   * @throws ProviderRpcError for a block that is not the latest, as older states are gone
   */
  simulate(request: TransactionRequest, tag: BlockTag): CallResult | DeployResult {
    this.requireState(tag);
    const { block } = this.sandbox;
    if (tag === 'pending') this.sandbox.setBlock(this.#nextBlock());
    try {
      return this.sandbox.simulateTransaction({ ...request, from: request.from ?? ZERO_ADDRESS });
    } finally {
      this.sandbox.setBlock(block);
    }
  }

  /** @throws ProviderRpcError unless the block is the latest, or the next one */
  requireState(tag: BlockTag): void {
    const { number } = this.requireBlock(tag);
    const latest = this.latest.number;
    if (number !== latest) {
      throw notFound(`the state of block ${number} is gone: only that of the latest, ${latest}, is kept`);
    }
  }

  /**
   * The least gas with which a transaction succeeds, about.
   *
   * @throws ProviderRpcError if it fails
   */
  estimateGas(request: TransactionRequest, tag: BlockTag): bigint {
    const unlimited = this.simulate(request, tag);
    const error = errorOf(unlimited);
    if (error !== undefined) throw error;
    const succeedsWith = (gas: bigint): boolean => this.simulate({ ...request, gas }, tag).status === 'success';
    let gas = unlimited.gasUsed > LEAST_GAS ? unlimited.gasUsed : LEAST_GAS;
    // A contract that asks how much gas is left may want more than it uses.
    const most = request.gas ?? this.latest.gasLimit;
    while (gas < most && !succeedsWith(gas)) gas = gas * 2n < most ? gas * 2n : most;
    return gas;
  }

  /**
   * Mines a transaction, in a block of its own. That it fails is a result like any other.
   *
   * @throws ProviderRpcError if a chain would not take it; then nothing has changed
   */
  submit(transaction: Transaction): MinedTransaction {
    this.#check(transaction);
    const { sandbox, latest } = this;
    const { block } = sandbox;
    sandbox.setBlock(this.#nextBlock());
    try {
      const gasPrice = effectiveGasPrice(transaction, block.baseFee);
      const { from, to, data, value, gas } = transaction;
      const result = sandbox.transact({ from, to, data, value, gas, gasPrice, trace: this.#keptTraces > 0 });
      const mined: MinedTransaction = {
        ...transaction,
        blockNumber: sandbox.block.number,
        status: result.status,
        reason: result.status === 'error' ? result.reason : undefined,
        gasUsed: result.gasUsed,
        effectiveGasPrice: gasPrice,
        logs: result.logs,
        contractAddress: 'address' in result ? result.address : undefined,
      };
      if (result.trace !== undefined) this.#keepTrace(mined.hash, result.trace);
      this.#seal(mineBlock(sandbox.block, latest.hash, mined));
      return mined;
    } catch (error) {
      sandbox.setBlock(block);
      throw error;
    }
  }

  /** Mines empty blocks, `interval` seconds apart. @throws ProviderRpcError for too many */
  mine(count: bigint, interval: bigint): void {
    if (count > MAX_BLOCKS) throw serverError(`expected at most ${MAX_BLOCKS} blocks at once, got ${count}`);
    for (let i = 0n; i < count; i++) {
      if (i > 0n && interval > 0n) this.#clock.setNext(this.latest.timestamp + interval, this.latest.timestamp);
      this.sandbox.setBlock(this.#nextBlock());
      this.#seal(mineBlock(this.sandbox.block, this.latest.hash, undefined));
    }
  }

  /** Moves time on, from the next block on. Returns by how many seconds since that was last fixed. */
  increaseTime(seconds: bigint): bigint {
    return this.#clock.increase(seconds, this.latest.timestamp);
  }

  /** When the next block is. @throws ProviderRpcError if that is not after the latest */
  setNextTimestamp(timestamp: bigint): void {
    this.#clock.setNext(timestamp, this.latest.timestamp);
  }

  /** A point to {@link Chain.revert} to. */
  snapshot(): number {
    const id = this.sandbox.snapshot();
    this.#snapshots.set(id, { height: this.#blocks.length, clock: this.#clock.setting });
    return id;
  }

  /** Goes back to a snapshot, and forgets it and all later ones. False if there is none with that number. */
  revert(id: number): boolean {
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined || !this.sandbox.revert(id)) return false;
    for (const { hash, transaction } of this.#blocks.splice(snapshot.height)) {
      this.#byHash.delete(hash);
      if (transaction === undefined) continue;
      this.#transactions.delete(transaction.hash);
      this.#traces.delete(transaction.hash);
    }
    this.#clock.restore(snapshot.clock);
    for (const later of this.#snapshots.keys()) if (later >= id) this.#snapshots.delete(later);
    return true;
  }

  #nextBlock(): Partial<Block> {
    const { number, timestamp } = this.latest;
    return { number: number + 1n, timestamp: this.#clock.next(timestamp) };
  }

  #check({ from, nonce, value, gas, chainId, maxFeePerGas, maxPriorityFeePerGas, gasPrice }: Transaction): void {
    const { sandbox } = this;
    const { baseFee, gasLimit, chainId: ownChainId } = sandbox.block;
    if (chainId !== undefined && chainId !== ownChainId) {
      throw serverError(`invalid chain id for signer: have ${chainId}, want ${ownChainId}`);
    }
    const next = sandbox.nonceOf(from);
    if (nonce < next) throw serverError(`nonce too low: next nonce ${next}, tx nonce ${nonce}`);
    if (nonce > next) throw serverError(`nonce too high: next nonce ${next}, tx nonce ${nonce}`);
    if (gas > gasLimit) throw serverError(`exceeds block gas limit: have ${gas}, limit ${gasLimit}`);
    const most = gasPrice ?? maxFeePerGas ?? baseFee;
    if (most < baseFee)
      throw serverError(`max fee per gas less than block base fee: have ${most}, base fee ${baseFee}`);
    if (maxFeePerGas !== undefined && (maxPriorityFeePerGas ?? 0n) > maxFeePerGas) {
      throw serverError(
        `max priority fee per gas higher than max fee per gas: ${maxPriorityFeePerGas} > ${maxFeePerGas}`,
      );
    }
    const balance = sandbox.balanceOf(from);
    if (balance < value) {
      throw serverError(`insufficient funds for gas * price + value: address ${from} have ${balance} want ${value}`);
    }
  }

  #seal(block: MinedBlock): void {
    this.#clock.advance();
    this.#append(block);
    this.onBlock(block);
  }

  #append(block: MinedBlock): void {
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    if (block.transaction !== undefined) this.#transactions.set(block.transaction.hash, block.transaction);
  }

  #keepTrace(hash: Hex, trace: FrameTrace): void {
    this.#traces.set(hash, trace);
    keepLatest(this.#traces, this.#keptTraces);
  }
}
