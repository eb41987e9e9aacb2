import { FrameError } from '../errors.js';
import { fromBigEndian, toBigEndian } from '../hex.js';
import { ethereumPrecompile, padded } from './precompile.js';

/** Bytes of each operand (EIP-7823). */
const MAX_OPERAND = 1024;
const HEAD = 96;
/** Gas per unit of EIP-2565: what takes a nanosecond costs about 1. */
const GAS_PER_UNIT = 15;
const MIN_GAS = 5000;

/** Modular exponentiation (EIP-198), priced in proportion to EIP-2565, with operands limited as by EIP-7823. */
export const modexp = ethereumPrecompile('modexp', gasOf, (input) => {
  const { baseLength, exponentLength, modulusLength } = lengthsOf(input);
  let offset = HEAD;
  const [base, exponent, modulus] = [baseLength, exponentLength, modulusLength].map((length) => {
    const operand = fromBigEndian(padded(input.subarray(offset, offset + length), length));
    offset += length;
    return operand;
  }) as [bigint, bigint, bigint];
  return modulus === 0n ? new Uint8Array(modulusLength) : toBigEndian(power(base, exponent, modulus), modulusLength);
});

function lengthsOf(input: Uint8Array): { baseLength: number; exponentLength: number; modulusLength: number } {
  const head = padded(input.subarray(0, HEAD), HEAD);
  const [baseLength, exponentLength, modulusLength] = [0, 32, 64].map((offset) => {
    const length = fromBigEndian(head.subarray(offset, offset + 32));
    if (length > BigInt(MAX_OPERAND)) {
      throw new FrameError('PrecompileFailed', `modexp: got an operand of ${length} bytes, expected at most 1024`);
    }
    return Number(length);
  }) as [number, number, number];
  return { baseLength, exponentLength, modulusLength };
}

function gasOf(input: Uint8Array): number {
  const { baseLength, exponentLength, modulusLength } = lengthsOf(input);
  const words = Math.ceil(Math.max(baseLength, modulusLength) / 8);
  const start = HEAD + baseLength;
  const head = fromBigEndian(
    padded(input.subarray(start, start + Math.min(32, exponentLength)), Math.min(32, exponentLength)),
  );
  const headBits = Math.max(0, head.toString(2).length - 1);
  const iterations = Math.max(1, 8 * Math.max(0, exponentLength - 32) + headBits);
  return MIN_GAS + GAS_PER_UNIT * Math.ceil((words * words * iterations) / 3);
}

/** Square and multiply, from the exponent's most significant bit on. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  const factor = base % modulus;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * factor) % modulus;
  }
  return result;
}
