import { concatBytes } from '@noble/hashes/utils.js';
import { Engine } from 'polkavm-js';
import {
  type CallResult,
  create2Address,
  fromHex,
  type Hex,
  keccakHex,
  ReturnCode,
  Sandbox,
  type TransactionOptions,
  toHex,
} from 'polkavm-js/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { toLittleEndian } from '../../src/contracts/hex.js';
import { BACKENDS } from '../support/backends.js';
import { DATA, DATA_SIZE, readScriptOutput, type ScriptOutput, type Step, scriptContract } from './script.js';

const SENTINEL = 0xffff_ffff;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
const TRANSIENT = 1;

const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const u256 = (value: bigint): Uint8Array => toLittleEndian(value, 32);

const ALICE: Hex = `0x${'a1'.repeat(20)}`;
const BOB: Hex = `0x${'b0'.repeat(20)}`;

describe.each(BACKENDS)('syscalls, on the %s', (backend) => {
  const engine = new Engine({ backend });
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox({ engine, accounts: { [ALICE]: 1_000_000n } });
  });

  function deploy(steps: readonly Step[], data?: Uint8Array): Hex {
    const result = sandbox.deploy(scriptContract(steps, data));
    if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
    return result.address;
  }

  /** Deploys a script, and tells how a call of it went. */
  function resultOf(
    steps: readonly Step[],
    data?: Uint8Array,
    input: Uint8Array = new Uint8Array(0),
    options: TransactionOptions = {},
  ): CallResult {
    return sandbox.call(deploy(steps, data), input, options);
  }

  /** As {@link resultOf}, for a script that must get to its end. */
  function run(steps: readonly Step[], data?: Uint8Array, input?: Uint8Array, value = 0n): ScriptOutput {
    const result = resultOf(steps, data, input, { value });
    if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
    return readScriptOutput(fromHex(result.data), steps.length);
  }

  describe('call data', () => {
    const input = Uint8Array.from({ length: 40 }, (_, i) => i + 1);

    it('is loaded a word at a time, reversed, with zeros after its end', () => {
      const { data } = run(
        [
          ['call_data_load', DATA, 0],
          ['call_data_load', DATA + 32, 38],
          ['call_data_load', DATA + 64, 0xffff_ffff],
        ],
        filled(96, 0xee),
        input,
      );
      expect(data.subarray(0, 32)).toEqual(input.slice(0, 32).reverse());
      expect(data.subarray(32, 64)).toEqual(concatBytes(filled(30, 0), bytes(40, 39)));
      expect(data.subarray(64, 96)).toEqual(filled(32, 0));
    });

    it('is copied as it is, with zeros after its end', () => {
      const { data } = run(
        [
          ['call_data_copy', DATA, 8, 36],
          ['call_data_copy', DATA + 8, 4, 1000],
        ],
        filled(16, 0xee),
        input,
      );
      expect(data.subarray(0, 16)).toEqual(bytes(37, 38, 39, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee, 0xee, 0xee));
    });
  });

  it('looks at the low half of a 32-bit argument only', () => {
    const high = 0xffff_ffff_0000_0000n;
    const { results, data } = run([['call_data_copy', high + BigInt(DATA), high + 2n, high]], bytes(9, 9, 9), bytes(1));
    expect(data.subarray(0, 3)).toEqual(bytes(1, 0, 9));
    expect(results).toEqual([high + BigInt(DATA)]);
  });

  it('takes empty ranges anywhere', () => {
    const { data } = run([
      ['call_data_copy', 0x10, 0, 0],
      ['deposit_event', 0, 0, 0x10, 0],
      ['hash_keccak_256', SENTINEL, 0, DATA],
    ]);
    expect(toHex(data.subarray(0, 32))).toBe(keccakHex(new Uint8Array(0)));
  });

  it('writes the hash over what it hashes', () => {
    const { data } = run([['hash_keccak_256', DATA, 5, DATA]], new TextEncoder().encode('hello'));
    expect(toHex(data.subarray(0, 32))).toBe(keccakHex(new TextEncoder().encode('hello')));
  });

  it('takes a return to the host as success without output', () => {
    const code = scriptContract([]);
    // `deploy` is nothing but a return.
    expect(sandbox.deploy(code)).toMatchObject({ status: 'success', data: '0x' });
  });

  describe('storage', () => {
    const [key, value, out, length] = [DATA, DATA + 32, DATA + 64, DATA + 128];
    const layout = (capacity: number): Uint8Array =>
      concatBytes(filled(32, 0x01), filled(32, 0x02), filled(64, 0xee), toLittleEndian(BigInt(capacity), 4));

    it('answers with the old length, or with all ones where there was nothing', () => {
      const { results } = run(
        [
          ['set_storage', 0, key, SENTINEL, value, 5],
          ['set_storage', 0, key, SENTINEL, value, 0],
          ['set_storage', 0, key, SENTINEL, value, 32],
          ['set_storage', TRANSIENT, key, SENTINEL, value, 7],
          ['set_storage', TRANSIENT, key, SENTINEL, value, 8],
        ],
        layout(32),
      );
      expect(results).toEqual([BigInt(SENTINEL), 5n, 0n, BigInt(SENTINEL), 7n]);
    });

    it('gives as much as there is room for and says how much that was', () => {
      const { results, data } = run(
        [
          ['set_storage', 0, key, SENTINEL, value, 32],
          ['get_storage', 0, key, SENTINEL, out, length],
        ],
        layout(3),
      );
      expect(results[1]).toBe(BigInt(ReturnCode.Success));
      expect(data.subarray(64, 68)).toEqual(bytes(2, 2, 2, 0xee));
      expect(data.subarray(128, 132)).toEqual(bytes(3, 0, 0, 0));
    });

    it('writes nothing where there is nothing', () => {
      const { results, data } = run([['get_storage', 0, key, SENTINEL, out, length]], layout(32));
      expect(results).toEqual([BigInt(ReturnCode.KeyNotFound)]);
      expect(data.subarray(64, 132)).toEqual(layout(32).subarray(64));
    });

    it('keeps fixed and variable keys apart, and transient storage from both', () => {
      const { results } = run(
        [
          ['set_storage', 0, key, SENTINEL, value, 1],
          ['set_storage', 0, key, 32, value, 2],
          ['set_storage', TRANSIENT, key, 32, value, 3],
          ['set_storage', 0, key, 0, value, 4],
          ['set_storage', 0, key, 128, value, 5],
          ['set_storage', 0, key, SENTINEL, value, 0],
          ['set_storage', 0, key, 32, value, 0],
          ['set_storage', TRANSIENT, key, 32, value, 0],
        ],
        layout(32),
      );
      const none = BigInt(SENTINEL);
      expect(results).toEqual([none, none, none, none, none, 1n, 2n, 3n]);
    });

    it('reads words that were never written as zero, and forgets words that become zero', () => {
      const zeros = DATA + 256;
      const { results, data } = run(
        [
          ['get_storage_or_zero', 0, key, out],
          ['set_storage_or_clear', 0, key, value],
          ['get_storage_or_zero', 0, key, out + 32],
          ['set_storage_or_clear', 0, key, zeros],
          ['get_storage', 0, key, SENTINEL, out, length],
        ],
        layout(32),
      );
      expect(data.subarray(64, 128)).toEqual(concatBytes(filled(32, 0), filled(32, 2)));
      expect([results[1], results[3], results[4]]).toEqual([BigInt(SENTINEL), 32n, BigInt(ReturnCode.KeyNotFound)]);
    });

    it('pads a shorter value with zeros to a word', () => {
      const { data } = run(
        [
          ['set_storage', TRANSIENT, key, SENTINEL, value, 2],
          ['get_storage_or_zero', TRANSIENT, key, out],
        ],
        layout(32),
      );
      expect(data.subarray(64, 96)).toEqual(concatBytes(bytes(2, 2), filled(30, 0)));
    });
  });

  describe('a call of another contract', () => {
    const [callee, value, deposit, length, out] = [DATA, DATA + 32, DATA + 64, DATA + 96, DATA + 128];
    const layout = (target: Hex, paid = 0n, capacity = 8): Uint8Array =>
      concatBytes(
        ...[fromHex(target), filled(12, 0), u256(paid), u256(0n)],
        ...[toLittleEndian(BigInt(capacity), 4), filled(28, 0), filled(64, 0xee)],
      );
    const call = (flags: number): Step => [
      'call',
      pair(flags, callee),
      UNLIMITED,
      UNLIMITED,
      pair(deposit, value),
      0n,
      pair(length, out),
    ];

    /** A contract that returns the call data it got: the only thing in its memory after the results. */
    const echo = (): Hex => deploy([['call_data_copy', DATA, 8, 0]]);

    it('cuts the output to the room there is, and keeps all of it for return_data_copy', () => {
      const target = echo();
      const { results, data } = run(
        [call(0), ['return_data_size'], ['return_data_copy', out, length, 4]],
        layout(target, 0n, 8),
      );
      expect(results.slice(0, 2)).toEqual([0n, BigInt(0x100 + DATA_SIZE)]);
      expect(data.subarray(96, 100)).toEqual(bytes(8, 0, 0, 0));
    });

    it('says that nothing came back, and forgets what came before, if the callee fails', () => {
      const bad = deploy([['seal_return', 2, 0, 0]]);
      const { results, data } = run([call(0), ['return_data_size']], layout(bad, 0n, 8));
      expect(results).toEqual([BigInt(ReturnCode.CalleeTrapped), 0n]);
      expect(data.subarray(96, 100)).toEqual(bytes(0, 0, 0, 0));
      expect(data.subarray(128, 136)).toEqual(filled(8, 0xee));
    });

    it('fails with a code of its own where the caller cannot pay', () => {
      expect(run([call(0)], layout(echo(), 10n ** 30n)).results).toEqual([BigInt(ReturnCode.TransferFailed)]);
    });

    it('can pass on a copy of the call data', () => {
      const { results, data } = run([call(2), ['call_data_size']], layout(echo(), 0n, 0x200), filled(8, 0x77));
      expect(results).toEqual([0n, 8n]);
      expect(data.subarray(128 + 0x100, 128 + 0x108)).toEqual(filled(8, 0x77));
    });

    it('can give the call data away', () => {
      const { results, data } = run([call(1), ['call_data_size']], layout(echo(), 0n, 0x200), filled(8, 0x77));
      expect(results).toEqual([0n, 0n]);
      expect(data.subarray(128 + 0x100, 128 + 0x108)).toEqual(filled(8, 0x77));
    });

    it('can be the last thing that the caller does', () => {
      const target = deploy([['seal_return', 1, DATA, 3]], bytes(7, 8, 9));
      expect(resultOf([call(4)], layout(target))).toMatchObject({ status: 'revert', data: '0x070809' });
    });

    it('may be repeated after one that did not allow the way back', () => {
      expect(run([call(0), call(8)], layout(echo())).results).toEqual([0n, 0n]);
    });

    it('may not come back to the caller unless it says so', () => {
      const callerOnly = deploy([['call_data_load', DATA, 0]]);
      // The caller's own address is only known once it is there: read it at run time.
      const self = (flags: number): Step[] => [['address', callee], call(flags)];
      expect(resultOf(self(0), layout(callerOnly))).toMatchObject({ status: 'error', reason: 'ReentranceDenied' });
      // With leave to come back it calls itself until it is too deep, and the error in the innermost stays there.
      expect(run(self(8), layout(callerOnly)).results[1]).toBe(0n);
    });

    it('that did not allow the way back says nothing about contracts created later', () => {
      // The constructor calls its creator back, which creates the next one, until the innermost is too deep.
      const code = scriptContract([['caller', callee], call(8)], layout(BOB), 'deploy');
      const create: Step = [
        'instantiate',
        UNLIMITED,
        UNLIMITED,
        pair(deposit, deposit),
        pair(32, out + 32),
        UNLIMITED,
        pair(SENTINEL, SENTINEL),
      ];
      const data = layout(echo());
      data.set(fromHex(sandbox.upload(code)), out + 32 - DATA);
      const creator = deploy([call(0), create], data);
      expect(readScriptOutput(fromHex(sandbox.call(creator).data), 2).results).toEqual([0n, 0n]);
    });

    it('works in the forms of later compilers', () => {
      const target = deploy([
        ['caller', DATA],
        ['value_transferred', DATA + 32],
      ]);
      const evm: Step = ['call_evm', 0, callee, value, UNLIMITED, 0n, pair(length, out)];
      expect(resultOf([evm], layout(target, 9n, 0x200), undefined, { value: 20n }).status).toBe('success');
      expect(sandbox.balanceOf(target)).toBe(9n);

      const delegate: Step = ['delegate_call_evm', 0, callee, UNLIMITED, 0n, pair(length, out)];
      const { results, data } = run([delegate], layout(target, 9n, 0x200), undefined, 20n);
      expect(results).toEqual([0n]);
      expect(toHex(data.subarray(128 + 0x100, 128 + 0x114))).toBe(ALICE);
      expect(data.subarray(128 + 0x120, 128 + 0x140)).toEqual(u256(20n));
    });

    it('lends no more gas than asked for, but a stipend with money', () => {
      const target = echo();
      const evm: Step = ['call_evm', 0, callee, value, 1n, 0n, pair(length, out)];
      expect(run([evm], layout(target, 0n)).results).toEqual([BigInt(ReturnCode.OutOfResources)]);
      expect(run([evm], layout(target, 1n), undefined, 1n).results).toEqual([BigInt(ReturnCode.Success)]);
    });
  });

  describe('the end of a contract', () => {
    it('pays its beneficiary and leaves one in place that is older than the transaction', () => {
      const address = deploy([['terminate', DATA]], fromHex(BOB));
      expect(sandbox.call(address, '0x', { value: 11n })).toMatchObject({ status: 'success', data: '0x' });
      expect(sandbox.balanceOf(BOB)).toBe(11n);
      expect(sandbox.codeHashOf(address)).toBeDefined();
    });

    it('may be with all its gas', () => {
      const address = deploy([['consume_all_gas']]);
      const result = sandbox.call(address, '0x', { gas: 5000n });
      expect(result).toMatchObject({ status: 'revert', data: '0x', gasUsed: 5000n });
    });
  });

  it('creates a contract from code that was uploaded', () => {
    const code = scriptContract([]);
    const [payload, salt, out] = [DATA, DATA + 32, DATA + 64];
    const deposit = DATA + 128;
    const address = deploy(
      [['instantiate', UNLIMITED, UNLIMITED, pair(deposit, deposit), pair(32, payload), UNLIMITED, pair(out, salt)]],
      concatBytes(fromHex(sandbox.upload(code)), filled(32, 0x5a)),
    );
    const { results, data } = readScriptOutput(fromHex(sandbox.call(address).data), 1);
    expect(results).toEqual([0n]);
    expect(toHex(data.subarray(64, 84))).toBe(create2Address(address, filled(32, 0x5a), code, bytes()));
  });

  describe('end the frame, and it alone, with', () => {
    const writes = Array.from({ length: 12 }, (_, i): Step => ['set_storage', TRANSIENT, DATA, i, DATA, 400]);
    const call = (symbol: string, flags: number, input = 0n, depositAndValue = pair(DATA, DATA)): Step => [
      symbol,
      pair(flags, DATA),
      0,
      0,
      depositAndValue,
      input,
      pair(SENTINEL, SENTINEL),
    ];
    it.each<[reason: string, what: string, steps: Step[]]>([
      ['OutOfBounds', 'output that is not there', [['seal_return', 0, 0x10, 1]]],
      ['OutOfBounds', 'output across the end of memory', [['seal_return', 0, DATA, 0x1_0000]]],
      ['OutOfBounds', 'a hash of 4 GiB', [['hash_keccak_256', DATA, 0xffff_ffff, DATA]]],
      ['OutOfBounds', 'a hash around the end of the address space', [['hash_keccak_256', SENTINEL, SENTINEL, DATA]]],
      ['OutOfBounds', '4 GiB of call data', [['call_data_copy', DATA, 0xffff_ffff, 0]]],
      ['OutOfBounds', 'an answer with no place to go', [['caller', 0]]],
      ['OutOfBounds', 'return data past its end', [['return_data_copy', DATA, DATA, 1]]],
      ['OutOfBounds', 'a deposit limit that is not there', [call('call', 0, 0n, pair(0, DATA))]],
      ['OutOfBounds', 'half a code hash', [['instantiate', 0, 0, pair(DATA, DATA), pair(31, DATA), 0n, UNLIMITED]]],
      [
        'CodeNotFound',
        'an unknown code hash',
        [['instantiate', 0, 0, pair(DATA, DATA), pair(32, DATA), 0n, UNLIMITED]],
      ],
      ['InvalidCallFlags', 'unknown flags of a return', [['seal_return', 2, 0, 0]]],
      ['InvalidCallFlags', 'unknown flags of a call', [call('call', 32)]],
      ['InvalidCallFlags', 'a read-only delegate call', [call('delegate_call', 16)]],
      ['InvalidCallFlags', 'a delegate call that allows reentry', [call('delegate_call', 8)]],
      ['CallDataTooLarge', 'too much call data', [call('call', 0, pair(131_073, DATA))]],
      ['ReturnDataTooLarge', 'too much output', [['seal_return', 0, DATA, 131_073]]],
      ['InvalidStorageFlags', 'unknown flags of storage', [['set_storage', 2, DATA, SENTINEL, DATA, 1]]],
      ['InvalidStorageFlags', 'unknown flags of a read', [['get_storage_or_zero', 4, DATA, DATA]]],
      ['ValueTooLarge', 'too large a value', [['set_storage', 0, DATA, SENTINEL, DATA, 417]]],
      ['DecodingFailed', 'too long a key', [['get_storage', 0, DATA, 129, DATA, DATA]]],
      ['OutOfTransientStorage', 'too much transient storage', writes],
      ['TooManyTopics', 'five topics', [['deposit_event', DATA, 5, DATA, 0]]],
      ['TooManyTopics', 'four billion topics', [['deposit_event', DATA, 0xffff_ffff, DATA, 0]]],
      ['ValueTooLarge', 'too long an event', [['deposit_event', DATA, 0, DATA, 65_537]]],
      ['ImmutablesUnavailable', 'immutables that were not set', [['get_immutable_data', DATA, DATA]]],
      ['ImmutablesUnavailable', 'immutables set too late', [['set_immutable_data', DATA, 32]]],
      ['InputForwarded', 'call data read after it is gone', [call('call', 1), ['call_data_load', DATA, 0]]],
      ['InputForwarded', 'call data given away twice', [call('call', 1), call('call', 1)]],
    ])('%s: %s', (reason, _what, steps) => {
      const address = deploy([['set_storage', 0, DATA, 0, DATA, 3], ...steps]);
      const before = JSON.stringify(sandbox);
      const failed = sandbox.call(address);
      expect(failed).toMatchObject({ status: 'error', reason, data: '0x', logs: [] });
      expect(failed).toMatchObject({ frame: { depth: 0, address, entry: 'call' }, pc: expect.any(Number) });
      sandbox.setNonce(ALICE, sandbox.nonceOf(ALICE) - 1n);
      expect(JSON.stringify(sandbox)).toBe(before);
      expect(run([['call_data_size']]).results).toEqual([0n]);
    });
  });
});
