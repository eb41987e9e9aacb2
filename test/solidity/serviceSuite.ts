import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { EMPTY_CODE_HASH, fromHex, type Hex, keccakHex, toHex } from 'polkavm-js/contracts';
import { toEventSelector } from 'viem';
import { beforeEach, expect, it } from 'vitest';
import { decodeValues, encodeCall } from '../../examples/solidity/abi.js';
import { ALICE, BOB, failureOf, NOBODY, type Stage } from './stage.js';

const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;
const AUTHOR: Hex = `0x${'ee'.repeat(20)}`;

/** What Solidity reads of its surroundings through syscalls. */
export function serviceSuite(newStage: (block?: object) => Stage): void {
  let stage: Stage;
  let probe: Hex;

  beforeEach(() => {
    stage = newStage({
      number: 1000n,
      timestamp: 1_234_567n,
      author: AUTHOR,
      chainId: 2n ** 200n + 5n,
      baseFee: 17n,
      gasLimit: 18n,
      hashOf: (number: bigint): Hex => keccakHex(Uint8Array.of(Number(number % 256n))),
    });
    probe = stage.deploy('Probe', [], [], { value: 100n });
  });

  it('tells a contract who it is, who calls, who signed, and with what value', () => {
    const types = ['address', 'address', 'address', 'uint256'];
    expect(stage.returned(probe, 'who()', types, [], { value: 12n })).toEqual([probe, ALICE, ALICE, 12n]);

    const other = stage.deploy('Probe');
    const nested = stage.returned(
      probe,
      'forward(address,uint256,bytes)',
      ['bool', 'bytes'],
      [other, 2n, encodeCall('who()')],
      { from: ALICE },
    );
    const words = fromHex(nested[1] as Hex);
    expect(toHex(words.subarray(12, 32))).toBe(other);
    expect(toHex(words.subarray(44, 64))).toBe(probe);
    expect(toHex(words.subarray(76, 96))).toBe(ALICE);
    expect(words[127]).toBe(2);
  });

  it('tells a contract about the block', () => {
    const types = ['uint256', 'uint256', 'uint256', 'uint256', 'address', 'uint256', 'uint256'];
    expect(stage.returned(probe, 'chain()', types, [], { gasPrice: 19n })).toEqual([
      1000n,
      1_234_567n,
      2n ** 200n + 5n,
      17n,
      AUTHOR,
      18n,
      19n,
    ]);
  });

  it('knows the hashes of the 256 blocks before this one only', () => {
    const hashOf = (number: bigint) => stage.returned(probe, 'blockHash(uint256)', ['bytes32'], [number])[0];
    expect(hashOf(999n)).toBe(keccakHex(Uint8Array.of(999 % 256)));
    expect(hashOf(744n)).toBe(keccakHex(Uint8Array.of(744 % 256)));
    expect(hashOf(743n)).toBe(ZERO_HASH);
    expect(hashOf(1000n)).toBe(ZERO_HASH);
    expect(hashOf(2n ** 255n)).toBe(ZERO_HASH);
  });

  it('says how much gas is left', () => {
    const gasOf = (rounds: bigint) =>
      stage.returned(probe, 'gasOf(uint256)', ['uint256', 'uint256'], [rounds], { gas: 1_000_000n }) as bigint[];
    const [before, one] = gasOf(1n);
    const [, two] = gasOf(2n);
    const [, three] = gasOf(3n);
    expect(before).toBeLessThan(1_000_000n);
    expect(before).toBeGreaterThan(980_000n);
    expect(one).toBeGreaterThan(0n);
    expect(three! - two!).toBe(two! - one!);
  });

  it('tells a contract about accounts', () => {
    const account = (address: Hex) =>
      stage.returned(probe, 'account(address)', ['uint256', 'uint256', 'bytes32', 'uint256'], [address]);
    const probeCode = stage.code('Probe');
    expect(account(probe)).toEqual([100n, 100n, keccakHex(probeCode), BigInt(probeCode.length)]);
    expect(account(ALICE)).toEqual([100n, 999_900n, EMPTY_CODE_HASH, 0n]);
    expect(account(NOBODY)).toEqual([100n, 0n, ZERO_HASH, 0n]);
    expect(account(`0x${'00'.repeat(19)}01`)).toEqual([100n, 0n, EMPTY_CODE_HASH, 0n]);
    expect(account(`0x${'00'.repeat(18)}0900`)).toEqual([100n, 0n, keccakHex(fromHex('0x60006000fd')), 5n]);
  });

  it('hashes', () => {
    const data = new TextEncoder().encode('some bytes to hash, more than a word of them');
    expect(stage.returned(probe, 'hash(bytes)', ['bytes32', 'bytes32', 'bytes20'], [toHex(data)])).toEqual([
      keccakHex(data),
      toHex(sha256(data)),
      toHex(ripemd160(data)),
    ]);
  });

  it('copies call data and return data of any length', () => {
    for (const length of [0, 1, 31, 32, 33, 20_000]) {
      const data = toHex(Uint8Array.from({ length }, (_, i) => i));
      expect(stage.returned(probe, 'echo(bytes)', ['bytes'], [data])).toEqual([data]);
      const forwarded = stage.returned(
        probe,
        'forward(address,uint256,bytes)',
        ['bool', 'bytes'],
        // The identity precompile.
        [`0x${'00'.repeat(19)}04`, 0n, data],
      );
      expect(forwarded).toEqual([true, data]);
    }
  });

  it('answers the call of a precompile that it does without with a failure, which is told', () => {
    const recover: Hex = `0x${'00'.repeat(19)}01`;
    const result = stage.call(probe, 'forward(address,uint256,bytes)', [recover, 5n, '0x']);
    expect(result.failures.map(({ reason, frame }) => [reason, frame.address])).toEqual([
      ['PrecompileUnavailable', recover],
    ]);
    expect(decodeValues(['bool', 'bytes'], result.data)).toEqual([false, '0x']);
    expect(stage.sandbox.balanceOf(recover)).toBe(0n);

    const direct = stage.sandbox.call(recover, '0x', { value: 5n });
    expect(direct).toMatchObject({ status: 'error', message: expect.stringContaining('loadCurves') });
    expect(stage.sandbox.balanceOf(ALICE)).toBe(1_000_000n - 100n);
  });

  it('records events with no topic, one and four', () => {
    const { logs } = stage.call(probe, 'events()');
    const word = (digits: string): Hex => `0x${digits.padStart(64, '0')}`;
    expect(logs.map(({ topics }) => topics)).toEqual([
      [toEventSelector('Zero()')],
      [],
      [
        toEventSelector('Four(uint256,uint256,bytes32,bytes)'),
        word('1'),
        word('2'),
        `0x${'7468726565'.padEnd(64, '0')}`,
      ],
    ]);
    expect(logs.map(({ data }) => (data.length - 2) / 2)).toEqual([0, 0, 96]);
    expect(logs.every(({ address }) => address === probe)).toBe(true);
  });

  it('forgets transient storage at the end of the transaction', () => {
    const roundTrip = () =>
      stage.returned(probe, 'transientRoundTrip(uint256,uint256)', ['uint256', 'uint256'], [3n, 4n]);
    expect(roundTrip()).toEqual([0n, 4n]);
    expect(roundTrip()).toEqual([0n, 4n]);
  });

  it('counts the transactions of a signer, those that fail among them', () => {
    const before = stage.sandbox.nonceOf(ALICE);
    expect(stage.call(probe, 'unknown()').status).toBe('revert');
    expect(failureOf(stage.sandbox.call(BOB, '0x', { value: 2n ** 100n }))).toBe('TransferFailed');
    expect(stage.sandbox.nonceOf(ALICE)).toBe(before + 2n);
  });
}
