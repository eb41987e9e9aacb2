/** Blocks, transactions, receipts and logs as JSON-RPC has them. */
import { keccakHex, ZERO_HASH } from '../addresses.js';
import type { Hex } from '../hex.js';
import type { MinedBlock } from './block.js';
import type { MinedTransaction } from './transaction.js';

/** A number as JSON-RPC has it. */
export type Quantity = Hex;

/** What an object of JSON-RPC is made of. */
export type Json = Readonly<Record<string, unknown>>;

const ZERO_NONCE: Hex = `0x${'00'.repeat(8)}`;
/** keccak256 of the RLP of an empty list: the hash of no uncles. */
const NO_UNCLES = keccakHex(Uint8Array.of(0xc0));
const BIGGEST_U256 = (1n << 256n) - 1n;

/** `0x` and hex digits, without leading zeros. */
export function toQuantity(value: bigint | number): Quantity {
  return `0x${(BigInt(value) & BIGGEST_U256).toString(16)}`;
}

/** @param withTransactions whether the transaction is there in full, or only its hash */
export function formatBlock(block: MinedBlock, withTransactions: boolean): Json {
  const { transaction } = block;
  const entry = transaction && (withTransactions ? formatTransaction(transaction, block) : transaction.hash);
  return {
    number: toQuantity(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: toQuantity(block.timestamp),
    miner: block.author,
    gasLimit: toQuantity(block.gasLimit),
    gasUsed: toQuantity(transaction?.gasUsed ?? 0n),
    baseFeePerGas: toQuantity(block.baseFee),
    logsBloom: block.logsBloom,
    transactions: entry === undefined ? [] : [entry],
    // What follows has no meaning here; clients expect it.
    difficulty: '0x0',
    totalDifficulty: '0x0',
    extraData: '0x',
    mixHash: ZERO_HASH,
    nonce: ZERO_NONCE,
    receiptsRoot: ZERO_HASH,
    sha3Uncles: NO_UNCLES,
    size: '0x0',
    stateRoot: ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    uncles: [],
    withdrawals: [],
  };
}

export function formatTransaction(transaction: MinedTransaction, block: MinedBlock): Json {
  const { type, signature, chainId, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  return {
    ...place(transaction, block),
    hash: transaction.hash,
    type: toQuantity(type),
    from: transaction.from,
    to: transaction.to ?? null,
    nonce: toQuantity(transaction.nonce),
    input: transaction.data,
    value: toQuantity(transaction.value),
    gas: toQuantity(transaction.gas),
    gasPrice: toQuantity(transaction.effectiveGasPrice),
    ...(chainId !== undefined && { chainId: toQuantity(chainId) }),
    ...(type !== 0 && { accessList: transaction.accessList, yParity: toQuantity(signature.yParity) }),
    ...(maxFeePerGas !== undefined && { maxFeePerGas: toQuantity(maxFeePerGas) }),
    ...(maxPriorityFeePerGas !== undefined && { maxPriorityFeePerGas: toQuantity(maxPriorityFeePerGas) }),
    r: signature.r,
    s: signature.s,
    v: toQuantity(signature.v),
  };
}

export function formatReceipt(transaction: MinedTransaction, block: MinedBlock): Json {
  const { hash, ...where } = { ...place(transaction, block), hash: transaction.hash };
  return {
    ...where,
    transactionHash: hash,
    type: toQuantity(transaction.type),
    from: transaction.from,
    to: transaction.to ?? null,
    status: transaction.status === 'success' ? '0x1' : '0x0',
    contractAddress: transaction.contractAddress ?? null,
    gasUsed: toQuantity(transaction.gasUsed),
    cumulativeGasUsed: toQuantity(transaction.gasUsed),
    effectiveGasPrice: toQuantity(transaction.effectiveGasPrice),
    logsBloom: block.logsBloom,
    logs: formatLogs(block),
  };
}

/** All logs of a block. */
export function formatLogs(block: MinedBlock): readonly FormattedLog[] {
  const { transaction } = block;
  if (transaction === undefined) return [];
  return transaction.logs.map(({ address, topics, data }, index) => ({
    ...place(transaction, block),
    transactionHash: transaction.hash,
    blockTimestamp: toQuantity(block.timestamp),
    logIndex: toQuantity(index),
    removed: false,
    address,
    topics,
    data,
  }));
}

/** A log as JSON-RPC has it. */
export interface FormattedLog extends Json {
  readonly address: Hex;
  readonly topics: readonly Hex[];
}

/** Each block has at most one transaction, so that it is always the first. */
function place({ blockNumber }: MinedTransaction, { hash }: MinedBlock): Json {
  return { blockHash: hash, blockNumber: toQuantity(blockNumber), transactionIndex: '0x0' };
}
