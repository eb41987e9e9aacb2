import { keccakHex, ZERO_ADDRESS } from './addresses.js';
import { type Hex, normalizeAddress, toBigEndian } from './hex.js';

/** What contracts can learn of the block that they run in. All numbers are unsigned 256-bit integers but for `gasLimit`. */
export interface Block {
  readonly number: bigint;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  /** `block.coinbase`. */
  readonly author: Hex;
  readonly chainId: bigint;
  readonly baseFee: bigint;
  /** A u64. */
  readonly gasLimit: bigint;
  /** The hash of one of the 256 blocks before this one, 32 bytes. Default: keccak256 of the number. */
  readonly hashOf: (number: bigint) => Hex;
}

/** The block that a sandbox starts with. */
export const DEFAULT_BLOCK: Block = {
  number: 1n,
  timestamp: 1_700_000_000n,
  author: ZERO_ADDRESS,
  chainId: 31_337n,
  baseFee: 0n,
  gasLimit: 1_000_000_000_000n,
  hashOf: (number) => keccakHex(toBigEndian(number, 32)),
};

/**
 * The block with some fields replaced.
 *
 * @throws RangeError for numbers out of range
 * @throws TypeError for an author that is no address
 */
export function changedBlock(block: Block, changes: Partial<Block>): Block {
  const changed = { ...block, ...changes };
  for (const field of ['number', 'timestamp', 'chainId', 'baseFee'] as const) checkUint(changed[field], 256, field);
  checkUint(changed.gasLimit, 64, 'gasLimit');
  return { ...changed, author: normalizeAddress(changed.author) };
}

/** @throws RangeError unless the value is an unsigned integer of that many bits */
export function checkUint(value: bigint, bits: number, name: string): bigint {
  if (typeof value !== 'bigint' || value < 0n || value >> BigInt(bits) !== 0n) {
    throw new RangeError(`${name}: expected a bigint from 0 to 2^${bits} - 1, got ${String(value)}`);
  }
  return value;
}
