import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromHex, type Hex, toBigEndian, toHex } from './bytes.js';

/** The address nobody owns: what Solidity reads from a creation that failed. */
export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;

/** keccak256 of nothing: the code hash of an account that exists and has no code. */
export const EMPTY_CODE_HASH: Hex = keccakHex(new Uint8Array(0));

/** keccak256 of `bytes`, in hex: what a contract's code is known by. */
export function keccakHex(bytes: Uint8Array): Hex {
  return toHex(keccak_256(bytes));
}

/** Where CREATE puts a contract: `keccak256(rlp([deployer, nonce]))`, the last 20 bytes. */
export function createAddress(deployer: Hex, nonce: bigint): Hex {
  return addressFromHash(keccak_256(rlpDeployerAndNonce(fromHex(deployer), nonce)));
}

/**
 * Where CREATE2 puts a contract: `keccak256(0xff, deployer, salt, keccak256(code, constructor data))`, the last 20
 * bytes. Unlike on Ethereum the code is the program's blob, not code that makes it.
 */
export function create2Address(deployer: Hex, salt: Uint8Array, code: Uint8Array, constructorData: Uint8Array): Hex {
  const initHash = keccak_256(concatBytes(code, constructorData));
  return addressFromHash(keccak_256(concatBytes(Uint8Array.of(0xff), fromHex(deployer), salt, initHash)));
}

function addressFromHash(hash: Uint8Array): Hex {
  return toHex(hash.subarray(12));
}

/**
 * RLP of `[deployer, nonce]`. A string under 56 bytes is its length + 0x80 and itself, a single byte under 0x80 is
 * only itself, a number has no leading zero bytes, and a list under 56 bytes is its length + 0xc0 and its items.
 */
function rlpDeployerAndNonce(deployer: Uint8Array, nonce: bigint): Uint8Array {
  const items = concatBytes(rlpShortString(deployer), rlpShortString(toMinimalBigEndian(nonce)));
  return concatBytes(Uint8Array.of(0xc0 + items.length), items);
}

function rlpShortString(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0] < 0x80) return bytes;
  return concatBytes(Uint8Array.of(0x80 + bytes.length), bytes);
}

function toMinimalBigEndian(value: bigint): Uint8Array {
  const bytes = toBigEndian(value, 8);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? new Uint8Array(0) : bytes.subarray(first);
}
