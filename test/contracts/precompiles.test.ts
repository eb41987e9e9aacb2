import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { type CallResult, fromHex, type Hex, loadCurves, Sandbox, toHex } from 'polkavm-js/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { DATA, readScriptOutput, scriptContract } from './script.js';

const address = (number: number): Hex => `0x${number.toString(16).padStart(40, '0')}`;
const word = (value: bigint | number): string => BigInt(value).toString(16).padStart(64, '0');
const words = (...values: (bigint | number)[]): Hex => `0x${values.map(word).join('')}`;

const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const N = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** The generator of the second group, imaginary parts first (EIP-197). */
const G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
] as const;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = new Sandbox({ curves: await loadCurves() });
});

const call = (number: number, input: Hex | Uint8Array): CallResult => sandbox.simulate(address(number), input);
const output = (number: number, input: Hex | Uint8Array): Hex => {
  const result = call(number, input);
  if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
  return result.data;
};

describe('ecrecover', () => {
  const key = new Uint8Array(32).fill(3);
  const signer = keccak_256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12);
  const hash = keccak_256(Uint8Array.of(1));
  const signature = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' });
  const v = (value: number): Uint8Array => fromHex(words(value));
  const rightV = 27 + signature[0]!;

  it('finds the signer', () => {
    expect(output(1, concatBytes(hash, v(rightV), signature.subarray(1)))).toBe(
      `0x${'00'.repeat(12)}${toHex(signer).slice(2)}`,
    );
  });

  it('takes a high s, as Ethereum does', () => {
    const s = BigInt(toHex(signature.subarray(33)));
    const high = fromHex(words(secp256k1.Point.Fn.ORDER - s));
    const flipped = rightV === 27 ? 28 : 27;
    expect(output(1, concatBytes(hash, v(flipped), signature.subarray(1, 33), high)).slice(26)).toBe(
      toHex(signer).slice(2),
    );
  });

  it.each([
    ['another v', concatBytes(hash, v(29), signature.subarray(1))],
    ['a v with more in it', concatBytes(hash, new Uint8Array(32).fill(27), signature.subarray(1))],
    ['numbers out of range', concatBytes(hash, v(27), new Uint8Array(64).fill(0xff))],
    ['zeros', concatBytes(hash, v(27), new Uint8Array(64))],
    ['nothing', new Uint8Array(0)],
  ])('gives nothing, and no error, for %s', (_, input) => {
    expect(output(1, input)).toBe('0x');
  });
});

describe('hashes', () => {
  it('are those of sha256, ripemd160 and nothing at all', () => {
    expect(output(2, '0x616263')).toBe('0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(output(3, '0x616263')).toBe(`0x${'00'.repeat(12)}8eb208f7e05d987a9b044a8e98c6b087f15a0bfc`);
    expect(output(4, '0x616263')).toBe('0x616263');
  });
});

describe('modexp', () => {
  it.each([
    // The examples of EIP-198.
    [words(1, 32, 32, 3n << 248n), 0],
    [
      `${words(1, 32, 32)}03fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2efffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f` as Hex,
      words(1),
    ],
    [
      `${words(0, 32, 32)}fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2efffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f` as Hex,
      words(0),
    ],
    [`${words(1, 2, 32)}03ffff80` as Hex, '0x3b01b01ac41f2d6e917c6d6a221ce793802469026d9ab7578fa2e79e4da6aaab'],
    [`${words(1, 1, 2)}03020005` as Hex, '0x0004'],
    [words(0, 0, 0), '0x'],
    ['0x' as Hex, '0x'],
    [`${words(1, 1, 1)}020300` as Hex, '0x00'],
    [`${words(1, 0, 1)}0207` as Hex, '0x01'],
    [`${words(1, 0, 1)}0201` as Hex, '0x00'],
  ])('of %s', (input, expected) => {
    if (expected === 0) expect(output(5, input)).toHaveLength(66);
    else expect(output(5, input)).toBe(expected);
  });

  it('refuses operands of more than 1024 bytes, and costs more the larger they are', () => {
    expect(call(5, words(1025, 1, 1))).toMatchObject({ status: 'error', reason: 'PrecompileFailed' });
    expect(call(5, words(2n ** 255n, 1, 1)).status).toBe('error');
    const large = concatBytes(fromHex(words(1024, 1024, 1024)), new Uint8Array(3072).fill(0xff));
    expect(call(5, large)).toMatchObject({ status: 'success' });
    expect(call(5, large).gasUsed).toBeGreaterThan(100_000_000n);
    expect(sandbox.simulate(address(5), large, { gas: 1_000_000n })).toMatchObject({ reason: 'OutOfGas' });
  });
});

describe('alt_bn128', () => {
  it('adds', () => {
    const doubled = output(6, words(1, 2, 1, 2));
    expect(doubled).toBe(output(7, words(1, 2, 2)));
    expect(output(6, words(1, 2, 1, P - 2n))).toBe(words(0, 0));
    expect(output(6, words(1, 2))).toBe(words(1, 2));
    expect(output(6, '0x')).toBe(words(0, 0));
  });

  it('multiplies, by any scalar of 256 bits', () => {
    expect(output(7, words(1, 2, N + 1n))).toBe(words(1, 2));
    expect(output(7, words(1, 2, 0))).toBe(words(0, 0));
    expect(output(7, words(0, 0, 5))).toBe(words(0, 0));
    expect(output(7, words(1, 2, 2n ** 256n - 1n))).toBe(output(7, words(1, 2, (2n ** 256n - 1n) % N)));
  });

  it('checks pairings', () => {
    expect(output(8, '0x')).toBe(words(1));
    expect(output(8, words(1, 2, ...G2, 1, P - 2n, ...G2))).toBe(words(1));
    expect(output(8, words(1, 2, ...G2))).toBe(words(0));
    expect(output(8, words(0, 0, ...G2, 1, 2, 0, 0, 0, 0))).toBe(words(1));
  });

  it.each([
    [6, words(1, 1, 0, 0)],
    [6, words(P, 2, 0, 0)],
    [7, words(1, 3, 1)],
    [8, words(1, 2)],
    [8, words(1, 2, 1, 2, 3, 4)],
  ])('refuses what is no point of the curve: %i', (number, input) => {
    expect(call(number, input)).toMatchObject({ status: 'error', reason: 'PrecompileFailed' });
  });
});

describe('blake2f', () => {
  const input = (rounds: number, last: number): Hex =>
    `0x${rounds.toString(16).padStart(8, '0')}48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b61626300${'00'.repeat(124)}0300000000000000${'00'.repeat(8)}${last.toString(16).padStart(2, '0')}`;

  // The examples of EIP-152.
  it.each([
    [
      0,
      1,
      '08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
    ],
    [12, 1, toHex(blake2b(new TextEncoder().encode('abc'))).slice(2)],
    [
      12,
      0,
      '75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d2875298743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735',
    ],
    [
      1,
      1,
      'b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fba551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421',
    ],
  ])('with %i rounds and flag %i', (rounds, last, expected) => {
    expect(output(9, input(rounds, last))).toBe(`0x${expected}`);
  });

  it('refuses another length, another flag, and more rounds than there is gas for', () => {
    expect(call(9, '0x00')).toMatchObject({ reason: 'PrecompileFailed' });
    expect(call(9, input(12, 2))).toMatchObject({ reason: 'PrecompileFailed' });
    expect(call(9, input(0xffff_ffff, 1))).toMatchObject({ reason: 'OutOfGas', gasUsed: 1_000_000_000n });
  });
});

it('verifies P-256 signatures', () => {
  const key = new Uint8Array(32).fill(5);
  const hash = keccak_256(Uint8Array.of(2));
  const signature = p256.sign(hash, key, { prehash: false });
  const publicKey = p256.getPublicKey(key, false).subarray(1);
  expect(output(0x100, concatBytes(hash, signature, publicKey))).toBe(words(1));
  expect(output(0x100, concatBytes(keccak_256(hash), signature, publicKey))).toBe('0x');
  expect(output(0x100, concatBytes(hash, signature))).toBe('0x');
});

it('says which precompiles are not there', () => {
  expect(call(0x0a, '0x')).toMatchObject({ reason: 'PrecompileUnavailable' });
  expect(call(0x900, '0x')).toMatchObject({ reason: 'PrecompileUnavailable' });
  expect(new Sandbox().call(address(1))).toMatchObject({
    reason: 'PrecompileUnavailable',
    message: expect.stringContaining('new Sandbox({ curves: await loadCurves() })'),
  });
});

it('serves contracts, which learn nothing of why a precompile failed', () => {
  const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
  const data = new Uint8Array(256);
  data[19] = 6;
  data.set(fromHex(words(1, 1)), 64);
  const code = scriptContract(
    [['call', pair(24, DATA), -1n, -1n, pair(DATA + 32, DATA + 32), pair(64, DATA + 64), pair(DATA + 32, 0xffff_ffff)]],
    data,
  );
  const deployed = sandbox.deploy(code);
  if (deployed.status !== 'success') throw new Error(deployed.status);
  // The gas it was lent is gone, as on Ethereum: a 64th is left.
  const result = sandbox.call(deployed.address);
  expect(readScriptOutput(fromHex(result.data), 1).results).toEqual([1n]);
  expect(result.gasUsed).toBeGreaterThan(980_000_000n);
  expect(result.failures).toMatchObject([{ reason: 'PrecompileFailed', frame: { depth: 1, address: address(6) } }]);
});

it('derives addresses from public keys', () => {
  const key = new Uint8Array(32).fill(3);
  const compressed = secp256k1.getPublicKey(key, true);
  const data = new Uint8Array(64);
  data.set(compressed);
  const code = scriptContract(
    [
      ['ecdsa_to_eth_address', DATA, DATA + 64],
      ['ecdsa_to_eth_address', DATA + 1, DATA + 96],
    ],
    data,
  );
  const deployed = sandbox.deploy(code);
  if (deployed.status !== 'success') throw new Error(deployed.status);
  const script = readScriptOutput(fromHex(sandbox.call(deployed.address).data), 2);
  expect(script.results).toEqual([0n, 7n]);
  expect(script.data.subarray(64, 84)).toEqual(keccak_256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12));
});
