import type { ErrorReason } from '../errors.js';
import type { Hex } from '../hex.js';
import type { Log } from '../results.js';

/** What a signature leaves in a transaction. All zero where an account was used without its key. */
export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  readonly v: bigint;
  readonly yParity: number;
}

/** Other addresses and slots that a transaction says it will use (EIP-2930); they change nothing here. */
export type AccessList = readonly { readonly address: Hex; readonly storageKeys: readonly Hex[] }[];

/** A transaction that is complete: someone has said how much it may cost, and signed it or owns the account. */
export interface Transaction {
  readonly hash: Hex;
  /** 0 legacy, 1 with an access list (EIP-2930), 2 with a priority fee (EIP-1559). */
  readonly type: 0 | 1 | 2;
  readonly from: Hex;
  /** Undefined for one that deploys a contract. */
  readonly to: Hex | undefined;
  readonly nonce: bigint;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint;
  /** For types 0 and 1. */
  readonly gasPrice: bigint | undefined;
  /** For type 2. */
  readonly maxFeePerGas: bigint | undefined;
  readonly maxPriorityFeePerGas: bigint | undefined;
  readonly chainId: bigint | undefined;
  readonly accessList: AccessList;
  readonly signature: Signature;
}

/** A {@link Transaction} in a block, and what came of it. */
export interface MinedTransaction extends Transaction {
  readonly blockNumber: bigint;
  readonly status: 'success' | 'revert' | 'error';
  /** Why it failed, if its status is `error`. */
  readonly reason: ErrorReason | undefined;
  readonly gasUsed: bigint;
  /** What a unit of gas would have cost: what contracts read as `tx.gasprice`. Nobody is charged for it. */
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly Log[];
  readonly contractAddress: Hex | undefined;
}

/** What a transaction has that was not signed. */
export const NO_SIGNATURE: Signature = { r: `0x${'00'.repeat(32)}`, s: `0x${'00'.repeat(32)}`, v: 0n, yParity: 0 };

/** What a unit of gas costs in a block with that base fee. */
export function effectiveGasPrice(
  transaction: Pick<Transaction, 'gasPrice' | 'maxFeePerGas' | 'maxPriorityFeePerGas'>,
  baseFee: bigint,
): bigint {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas = 0n } = transaction;
  if (gasPrice !== undefined) return gasPrice;
  const wanted = baseFee + maxPriorityFeePerGas;
  return maxFeePerGas !== undefined && maxFeePerGas < wanted ? maxFeePerGas : wanted;
}
