import { concatBytes } from '@noble/hashes/utils.js';
import {
  createAddress,
  DEV_ACCOUNTS,
  fromHex,
  type Hex,
  loadCurves,
  Sandbox,
  SYSCALLS,
  type Syscall,
} from 'polkavm-js/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { DATA, readScriptOutput, type Step, scriptContract } from './script.js';

const SENTINEL = 0xffff_ffff;
const UNLIMITED = 2n ** 64n - 1n;
const ALLOW_REENTRY = 8;
const READ_ONLY = 16;
const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);

/** Data of a script: an address, then zeros. */
const calling = (callee: Hex, value = 0): Uint8Array =>
  concatBytes(fromHex(callee), new Uint8Array(12), Uint8Array.of(value), new Uint8Array(95));
const call = (flags: number): Step => [
  ...(['call', pair(flags, DATA), UNLIMITED, UNLIMITED, pair(DATA + 64, DATA + 32)] as const),
  ...[0n, pair(DATA + 96, SENTINEL)],
];
const delegateCall: Step = [
  ...(['delegate_call', pair(0, DATA), UNLIMITED, UNLIMITED, DATA + 64, 0n] as const),
  pair(DATA + 96, SENTINEL),
];

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = new Sandbox();
});

function deploy(steps: readonly Step[], data?: Uint8Array, value = 0n): Hex {
  const result = sandbox.deploy(scriptContract(steps, data));
  if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
  sandbox.setBalance(result.address, value);
  return result.address;
}

/** Why frames failed, in their order, and how deep they were. */
function failuresOf(to: Hex): [string, number][] {
  return sandbox.call(to).failures.map(({ reason, frame }) => [reason, frame.depth]);
}

describe('a read-only call', () => {
  it.each(SYSCALLS.filter(({ changesState }) => changesState).map(({ symbol }) => symbol))('denies %s', (symbol) => {
    const inner = deploy([[symbol, 0, 0, 0, 0, 0, 0]]);
    expect(failuresOf(deploy([call(READ_ONLY)], calling(inner)))).toEqual([['StateChangeDenied', 1]]);
  });

  it('cannot be left again, neither by a call nor by a delegate call', () => {
    const inner = deploy([['set_storage', 0, DATA, SENTINEL, DATA, 1]]);
    const through = (step: Step): Hex => deploy([step], calling(inner));
    for (const step of [call(ALLOW_REENTRY), delegateCall]) {
      expect(failuresOf(deploy([call(READ_ONLY)], calling(through(step))))).toEqual([['StateChangeDenied', 2]]);
      expect(failuresOf(deploy([call(ALLOW_REENTRY)], calling(through(step))))).toEqual([]);
    }
  });

  it('is over with the call', () => {
    const inner = deploy([['now', DATA]]);
    const outer = deploy([call(READ_ONLY), ['set_storage', 0, DATA, SENTINEL, DATA, 1]], calling(inner));
    expect(sandbox.call(outer).status).toBe('success');
  });

  it('that pays ends the caller, whether it asks for that or is read-only itself', () => {
    const payer = deploy([call(READ_ONLY)], calling(DEV_ACCOUNTS[1]!, 1), 5n);
    expect(failuresOf(payer)).toEqual([['StateChangeDenied', 0]]);
    const inner = deploy([call(0)], calling(DEV_ACCOUNTS[1]!, 1), 5n);
    expect(failuresOf(deploy([call(READ_ONLY)], calling(inner)))).toEqual([['StateChangeDenied', 1]]);
    expect(sandbox.balanceOf(inner)).toBe(5n);
  });
});

describe('a call back', () => {
  it('is denied as long as the call runs, however it comes about', () => {
    // A calls B, which delegate-calls C, whose code calls A.
    const a = createAddress(DEV_ACCOUNTS[0]!, sandbox.nonceOf(DEV_ACCOUNTS[0]!) + 2n);
    const c = deploy([call(ALLOW_REENTRY)], calling(a));
    const b = deploy([delegateCall], calling(c));
    expect(deploy([call(0)], calling(b))).toBe(a);
    expect(failuresOf(a)).toEqual([['ReentranceDenied', 2]]);
  });

  it('is allowed once the call is over', () => {
    const a = createAddress(DEV_ACCOUNTS[0]!, sandbox.nonceOf(DEV_ACCOUNTS[0]!) + 1n);
    const innocent = deploy([['now', DATA]]);
    expect(deploy([call(0), call(0)], calling(innocent))).toBe(a);
    expect(failuresOf(a)).toEqual([]);
  });
});

describe('every syscall', () => {
  /** Those whose arguments cannot be anything that is there, and those that need something to be there before. */
  const SPECIAL = new Set(['instantiate', 'set_immutable_data', 'get_immutable_data']);
  const simple = SYSCALLS.filter(({ symbol, result }) => result !== 'never' && !SPECIAL.has(symbol));

  /** Pointers to zeros, lengths of 32 bytes, flags 0. */
  const argumentsOf = ({ registers }: Syscall): bigint[] => {
    const value = (type: string, name: string): number =>
      type === 'pointer' ? DATA + 64 : name.endsWith('len') ? 32 : name === 'num_topics' ? 1 : 0;
    return registers.map((content) => {
      if ('name' in content) return content.type === 'u64' ? UNLIMITED : BigInt(value(content.type, content.name));
      return pair(value(content[0].type, content[0].name), value(content[1].type, content[1].name));
    });
  };

  it.each(simple.map((syscall) => [syscall.symbol, syscall] as const))('answers: %s', async (symbol, syscall) => {
    if (symbol === 'ecdsa_to_eth_address') sandbox = new Sandbox({ curves: await loadCurves() });
    const before = 0x1234_5678_9abc_def0n;
    const args = argumentsOf(syscall);
    const address = deploy([[symbol, ...args, ...[before].slice(args.length)]]);
    const result = sandbox.call(address);
    expect(result.failures).toEqual([]);
    const [a0] = readScriptOutput(fromHex(result.data), 1).results;
    if (syscall.result === 'none') expect(a0).toBe(args[0] ?? before);
    else if (syscall.result === 'length') expect(a0).toBe(BigInt(SENTINEL));
    else if (symbol === 'get_storage') expect(a0).toBe(3n);
    else if (symbol === 'ecdsa_to_eth_address') expect(a0).toBe(7n);
    else if (syscall.result === 'code') expect(a0).toBe(0n);
    else expect(a0).not.toBe(before);
  });

  it('that sets immutables does so in the constructor, for the contract to read', () => {
    const code = scriptContract([['set_immutable_data', DATA, 5]], Uint8Array.of(1, 2, 3, 4, 5), 'deploy');
    const deployed = sandbox.deploy(code);
    expect(deployed.status).toBe('success');
    expect(failuresOf(deploy([['get_immutable_data', DATA, DATA + 32]]))).toEqual([['ImmutablesUnavailable', 0]]);
    expect(sandbox.toJSON().accounts[createAddress(DEV_ACCOUNTS[0]!, 0n)]).toMatchObject({
      immutables: '0x0102030405',
    });
  });
});
