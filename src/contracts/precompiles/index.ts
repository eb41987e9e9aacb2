import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { FrameError } from '../errors.js';
import type { Hex } from '../hex.js';
import { blake2f } from './blake2f.js';
import type { Curves } from './curves.js';
import { modexp } from './modexp.js';
import {
  ethereumPrecompile,
  missingPrecompile,
  type Precompile,
  type Precompiles,
  padded,
  precompileAddress,
} from './precompile.js';

export { type Curves, loadCurves } from './curves.js';
export type { Precompile, Precompiles } from './precompile.js';

const NOTHING = new Uint8Array(0);
const PAIR = 192;
const NO_CURVES = 'it needs elliptic curves: new Sandbox({ curves: await loadCurves() }), with @noble/curves installed';

/**
 * The precompiles of a chain (spec: contract syscalls, section 3.4). Their gas is about the nanoseconds that they take.
 *
 * @param curves elliptic curves, without which the precompiles that need them answer with an error
 */
export function createPrecompiles(curves: Curves | undefined): Precompiles {
  const curved = (name: string, make: (curves: Curves) => Precompile): Precompile =>
    curves === undefined ? missingPrecompile(name, NO_CURVES) : make(curves);
  const byNumber: readonly (readonly [number, Precompile])[] = [
    [0x01, curved('ecrecover', ecrecover)],
    [0x02, ethereumPrecompile('sha256', perByte(3000, 15), (input) => sha256(input))],
    [
      0x03,
      ethereumPrecompile('ripemd160', perByte(3000, 30), (input) => concatBytes(new Uint8Array(12), ripemd160(input))),
    ],
    [0x04, ethereumPrecompile('identity', perByte(1000, 1), (input) => input)],
    [0x05, modexp],
    [0x06, curved('bn128 add', bn128Add)],
    [0x07, curved('bn128 multiply', bn128Multiply)],
    [0x08, curved('bn128 pairing', bn128Pairing)],
    [0x09, blake2f],
    [0x0a, missingPrecompile('point evaluation', 'the sandbox does without it')],
    [0x100, curved('p256 verify', verifyP256)],
    [0x900, missingPrecompile('System', 'the sandbox does without it', false)],
  ];
  return new Map(byNumber.map(([number, precompile]): [Hex, Precompile] => [precompileAddress(number), precompile]));
}

function perByte(base: number, each: number): (input: Uint8Array) => number {
  return (input) => base + each * input.length;
}

/** The signer's address in 32 bytes, or nothing; never an error. */
function ecrecover(curves: Curves): Precompile {
  return ethereumPrecompile('ecrecover', 1_000_000, (input) => {
    const bytes = padded(input, 128);
    const isV = bytes.subarray(32, 63).every((byte) => byte === 0) && (bytes[63] === 27 || bytes[63] === 28);
    if (!isV) return NOTHING;
    const address = curves.recoverAddress(bytes.subarray(0, 32), bytes[63]! - 27, bytes.subarray(64, 128));
    return address === undefined ? NOTHING : concatBytes(new Uint8Array(12), address);
  });
}

function bn128Add(curves: Curves): Precompile {
  return ethereumPrecompile('bn128 add', 100_000, (input) => {
    const bytes = padded(input, 128);
    return valid('bn128 add', curves.bn128Add(bytes.subarray(0, 64), bytes.subarray(64)));
  });
}

function bn128Multiply(curves: Curves): Precompile {
  return ethereumPrecompile('bn128 multiply', 3_000_000, (input) => {
    const bytes = padded(input, 96);
    return valid('bn128 multiply', curves.bn128Multiply(bytes.subarray(0, 64), bytes.subarray(64)));
  });
}

function bn128Pairing(curves: Curves): Precompile {
  const gas = (input: Uint8Array): number => 10_000_000 + 20_000_000 * Math.ceil(input.length / PAIR);
  return ethereumPrecompile('bn128 pairing', gas, (input) => {
    if (input.length % PAIR !== 0) {
      throw new FrameError(
        'PrecompileFailed',
        `bn128 pairing: got ${input.length} bytes, expected a multiple of ${PAIR}`,
      );
    }
    const output = new Uint8Array(32);
    output[31] = valid('bn128 pairing', curves.bn128Pairing(input)) ? 1 : 0;
    return output;
  });
}

/** 1 in 32 bytes if the signature holds, else nothing (RIP-7212). */
function verifyP256(curves: Curves): Precompile {
  return ethereumPrecompile('p256 verify', 3_000_000, (input) => {
    if (input.length !== 160) return NOTHING;
    if (!curves.verifyP256(input.subarray(0, 32), input.subarray(32, 96), input.subarray(96))) return NOTHING;
    const output = new Uint8Array(32);
    output[31] = 1;
    return output;
  });
}

function valid<T>(name: string, value: T | undefined): T {
  if (value === undefined)
    throw new FrameError('PrecompileFailed', `${name}: got something that is no point of the curve`);
  return value;
}
