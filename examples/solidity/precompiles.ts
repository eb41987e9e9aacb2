import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromHex, type Hex } from './bytes.js';
import { FrameError } from './errors.js';

// Ethereum's precompiled contracts 1 to 10, the P-256 verifier, and the pallet's own System contract.
const LAST_OF_ETHEREUM = 0x0an;
const P256_VERIFY = 0x100n;
const SYSTEM = 0x900n;

const PRECOMPILES: ReadonlyMap<bigint, (input: Uint8Array) => Uint8Array> = new Map([
  [2n, (input: Uint8Array) => sha256(input)],
  [3n, (input: Uint8Array) => concatBytes(new Uint8Array(12), ripemd160(input))],
  [4n, (input: Uint8Array) => input.slice()],
]);

/** The code that a precompile pretends to have (`code_hash` and `code_size` show it); undefined for other addresses. */
export function precompileCode(address: Hex): Uint8Array | undefined {
  const number = BigInt(address);
  if (number === SYSTEM) return fromHex('0x60006000fd');
  if (number === P256_VERIFY || (number >= 1n && number <= LAST_OF_ETHEREUM)) return new Uint8Array(0);
  return undefined;
}

/**
 * Runs the precompile at an address that {@link precompileCode} knows.
 * @throws FrameError for those that this example does without: they need elliptic curves and big-number arithmetic
 */
export function runPrecompile(address: Hex, input: Uint8Array): Uint8Array {
  const run = PRECOMPILES.get(BigInt(address));
  if (run === undefined) throw new FrameError('PrecompileUnavailable', `the precompile at ${address} is not built in`);
  return run(input);
}
