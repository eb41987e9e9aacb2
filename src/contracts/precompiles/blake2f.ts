import { FrameError } from '../errors.js';
import { ethereumPrecompile } from './precompile.js';

const INPUT_SIZE = 213;
const GAS_PER_ROUND = 1000;

/** The low and the high half of each 64-bit word (RFC 7693, section 2.6). */
const IV = Uint32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
);

/** The order of the message's words in each round (RFC 7693, section 2.7). */
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const;

/** The compression function of BLAKE2b, with as many rounds as the caller wants (EIP-152). */
export const blake2f = ethereumPrecompile(
  'blake2f',
  (input) => GAS_PER_ROUND * (1 + roundsOf(input)),
  (input) => {
    const rounds = roundsOf(input);
    const view = new DataView(input.buffer, input.byteOffset, input.length);
    const words = (offset: number, count: number): Uint32Array =>
      Uint32Array.from({ length: count }, (_, i) => view.getUint32(offset + 4 * i, true));
    const state = words(4, 16);
    compress(state, words(68, 32), words(196, 4), input[212] === 1, rounds);
    const output = new Uint8Array(64);
    const out = new DataView(output.buffer);
    state.forEach((word, i) => {
      out.setUint32(4 * i, word, true);
    });
    return output;
  },
);

function roundsOf(input: Uint8Array): number {
  if (input.length !== INPUT_SIZE) {
    throw new FrameError('PrecompileFailed', `blake2f: got ${input.length} bytes, expected ${INPUT_SIZE}`);
  }
  if (input[212]! > 1)
    throw new FrameError('PrecompileFailed', `blake2f: got a flag of ${input[212]}, expected 0 or 1`);
  return new DataView(input.buffer, input.byteOffset).getUint32(0);
}

function compress(h: Uint32Array, m: Uint32Array, t: Uint32Array, isLast: boolean, rounds: number): void {
  const v = new Uint32Array(32);
  v.set(h);
  v.set(IV, 16);
  for (let i = 0; i < 4; i++) v[24 + i]! ^= t[i]!;
  if (isLast) {
    v[28] = ~v[28]!;
    v[29] = ~v[29]!;
  }
  for (let round = 0; round < rounds; round++) {
    const s = SIGMA[round % 10]!;
    mix(v, m, 0, 8, 16, 24, s[0], s[1]);
    mix(v, m, 2, 10, 18, 26, s[2], s[3]);
    mix(v, m, 4, 12, 20, 28, s[4], s[5]);
    mix(v, m, 6, 14, 22, 30, s[6], s[7]);
    mix(v, m, 0, 10, 20, 30, s[8], s[9]);
    mix(v, m, 2, 12, 22, 24, s[10], s[11]);
    mix(v, m, 4, 14, 16, 26, s[12], s[13]);
    mix(v, m, 6, 8, 18, 28, s[14], s[15]);
  }
  for (let i = 0; i < 16; i++) h[i]! ^= v[i]! ^ v[i + 16]!;
}

/** The function G on the words that start at the halves a, b, c and d (RFC 7693, section 3.1). */
function mix(v: Uint32Array, m: Uint32Array, a: number, b: number, c: number, d: number, x: number, y: number): void {
  add(v, a, v[b]!, v[b + 1]!);
  add(v, a, m[2 * x]!, m[2 * x + 1]!);
  xorAndRotate(v, d, a, 32);
  add(v, c, v[d]!, v[d + 1]!);
  xorAndRotate(v, b, c, 24);
  add(v, a, v[b]!, v[b + 1]!);
  add(v, a, m[2 * y]!, m[2 * y + 1]!);
  xorAndRotate(v, d, a, 16);
  add(v, c, v[d]!, v[d + 1]!);
  xorAndRotate(v, b, c, 63);
}

function add(v: Uint32Array, at: number, low: number, high: number): void {
  const sum = v[at]! + low;
  v[at] = sum;
  v[at + 1] = v[at + 1]! + high + (sum >= 2 ** 32 ? 1 : 0);
}

/** `v[at] = (v[at] ^ v[other]) >>> bits`, rotating, on 64-bit words. */
function xorAndRotate(v: Uint32Array, at: number, other: number, bits: 16 | 24 | 32 | 63): void {
  const low = v[at]! ^ v[other]!;
  const high = v[at + 1]! ^ v[other + 1]!;
  switch (bits) {
    case 32:
      v[at] = high;
      v[at + 1] = low;
      break;
    case 63:
      v[at] = (low << 1) | (high >>> 31);
      v[at + 1] = (high << 1) | (low >>> 31);
      break;
    default:
      v[at] = (low >>> bits) | (high << (32 - bits));
      v[at + 1] = (high >>> bits) | (low << (32 - bits));
  }
}
