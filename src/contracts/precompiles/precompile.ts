import { EMPTY_CODE_HASH, keccakHex } from '../addresses.js';
import { FrameError } from '../errors.js';
import type { Hex } from '../hex.js';

/** What answers calls of an address without being a contract. */
export interface Precompile {
  readonly name: string;
  /** The hash of the code that it pretends to have. */
  readonly codeHash: Hex;
  /** Bytes of that code. */
  readonly codeSize: number;
  /** What a call costs, in units of gas. */
  readonly gas: (input: Uint8Array) => number;
  /** What a call returns. @throws FrameError for input that the precompile does not take */
  readonly run: (input: Uint8Array) => Uint8Array;
}

/** Precompiles by address, lower case. */
export type Precompiles = ReadonlyMap<Hex, Precompile>;

/** The code that the pallet's own precompiles pretend to have: PUSH1 0, PUSH1 0, REVERT. */
const DUMMY_CODE = Uint8Array.of(0x60, 0x00, 0x60, 0x00, 0xfd);
const DUMMY_CODE_HASH = keccakHex(DUMMY_CODE);

/** One of Ethereum's precompiles; those pretend to have no code. */
export function ethereumPrecompile(
  name: string,
  gas: number | ((input: Uint8Array) => number),
  run: (input: Uint8Array) => Uint8Array,
): Precompile {
  return { name, codeHash: EMPTY_CODE_HASH, codeSize: 0, gas: typeof gas === 'number' ? () => gas : gas, run };
}

/** A precompile of a chain that is not there: calling it is an error that says so. */
export function missingPrecompile(name: string, why: string, isEthereums = true): Precompile {
  return {
    name,
    codeHash: isEthereums ? EMPTY_CODE_HASH : DUMMY_CODE_HASH,
    codeSize: isEthereums ? 0 : DUMMY_CODE.length,
    gas: () => 0,
    run: () => {
      throw new FrameError('PrecompileUnavailable', `${name}: ${why}`);
    },
  };
}

/** The address with that number. */
export function precompileAddress(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`;
}

/** The input with zeros behind, or cut, to a length. */
export function padded(input: Uint8Array, length: number): Uint8Array {
  if (input.length === length) return input;
  const bytes = new Uint8Array(length);
  bytes.set(input.subarray(0, length));
  return bytes;
}
