import { concatBytes } from '@noble/hashes/utils.js';
import { keccakHex, ZERO_HASH } from '../addresses.js';
import type { Block } from '../block.js';
import { fromHex, type Hex, toBigEndian } from '../hex.js';
import { logsBloom } from './bloom.js';
import type { MinedTransaction } from './transaction.js';

/** A block of a {@link Chain}: at most one transaction, as each is mined on its own. */
export interface MinedBlock {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestamp: bigint;
  readonly author: Hex;
  readonly baseFee: bigint;
  readonly gasLimit: bigint;
  readonly logsBloom: Hex;
  readonly transaction: MinedTransaction | undefined;
}

/**
 * The block that a transaction has made, or that was mined without one. Its hash is a digest of its parent's, its number,
 * time and transaction; there is no header of Ethereum's that it were the hash of.
 */
export function mineBlock(
  { number, timestamp, author, baseFee, gasLimit }: Block,
  parentHash: Hex,
  transaction: MinedTransaction | undefined,
): MinedBlock {
  const content = concatBytes(
    fromHex(parentHash),
    toBigEndian(number, 32),
    toBigEndian(timestamp, 32),
    fromHex(transaction?.hash ?? ZERO_HASH),
  );
  return {
    ...{ number, timestamp, author, baseFee, gasLimit, parentHash, transaction },
    hash: keccakHex(content),
    logsBloom: logsBloom(transaction?.logs ?? []),
  };
}
