import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromHex, type Hex, normalizeAddress, toBigEndian, toHex } from './hex.js';

/** The address that nobody has. */
export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;

/** 32 zero bytes: the code hash of an account that does not exist, and the hash of a block that is not known. */
export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

/** keccak256 of nothing: the code hash of an account that exists and has no code. */
export const EMPTY_CODE_HASH: Hex = keccakHex(new Uint8Array(0));

/** keccak256 of bytes: what a contract's code is known by. */
export function keccakHex(bytes: Uint8Array): Hex {
  return toHex(keccak_256(bytes));
}

/**
 * Where CREATE puts a contract: the last 20 bytes of `keccak256(rlp([deployer, nonce]))`.
 *
 * @param nonce of the deployer before it counts the creation, a u64
 * @throws TypeError for an address that is none
 * @throws RangeError for a nonce that is none
 */
export function createAddress(deployer: Hex, nonce: bigint): Hex {
  const items = concatBytes(rlpString(fromHex(normalizeAddress(deployer))), rlpString(minimalBigEndian(nonce)));
  return addressFromHash(keccak_256(concatBytes(Uint8Array.of(0xc0 + items.length), items)));
}

/**
 * Where CREATE2 puts a contract: the last 20 bytes of `keccak256(0xff, deployer, salt, keccak256(code, data))`. Unlike on
 * Ethereum the code is the program itself, not code that makes it.
 *
 * @param salt 32 bytes
 * @throws TypeError for an address or a salt that is none
 */
export function create2Address(deployer: Hex, salt: Uint8Array, code: Uint8Array, constructorData: Uint8Array): Hex {
  if (salt.length !== 32) throw new TypeError(`salt: expected 32 bytes, got ${salt.length}`);
  const codeHash = keccak_256.create().update(code).update(constructorData).digest();
  const deployerBytes = fromHex(normalizeAddress(deployer));
  return addressFromHash(keccak_256(concatBytes(Uint8Array.of(0xff), deployerBytes, salt, codeHash)));
}

function addressFromHash(hash: Uint8Array): Hex {
  return toHex(hash.subarray(12));
}

/** RLP of a string under 56 bytes: its length + 0x80 and itself, or only itself if it is a single byte under 0x80. */
function rlpString(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes;
  return concatBytes(Uint8Array.of(0x80 + bytes.length), bytes);
}

/** RLP numbers have no leading zero bytes. */
function minimalBigEndian(value: bigint): Uint8Array {
  const bytes = toBigEndian(value, 8);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? new Uint8Array(0) : bytes.subarray(first);
}
