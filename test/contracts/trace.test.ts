import { concatBytes } from '@noble/hashes/utils.js';
import {
  createAddress,
  type FrameTrace,
  formatTrace,
  fromHex,
  type Hex,
  loadTraceNames,
  Sandbox,
  TraceBuilder,
  type TraceLimits,
  type Tracer,
  toHex,
} from 'polkavm-js/contracts';
import { encodeFunctionData, parseAbi, toEventSelector } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { DATA, type Step, scriptContract } from './script.js';

const SENTINEL = 0xffff_ffff;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
const ALICE: Hex = `0x${'a1'.repeat(20)}`;
const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
const word = (value: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? value : 0));

const TRANSFER = 'Transfer(address indexed from, uint256 amount)';
const ABI = parseAbi([
  `event ${TRANSFER}`,
  'function poke(address who, uint256 amount) returns (bool)',
  'error Refused(uint256 code)',
]);

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = new Sandbox({ accounts: { [ALICE]: 1_000_000n } });
});

function deploy(steps: readonly Step[], data?: Uint8Array): Hex {
  const result = sandbox.deploy(scriptContract(steps, data));
  if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
  return result.address;
}

function traceOf(to: Hex, data: Hex = '0x', value = 0n): FrameTrace {
  const { trace } = sandbox.call(to, data, { trace: true, value });
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

/** A contract that reads and writes a slot and emits an event, and one that calls it and then does something that is not allowed. */
function nested(): { outer: Hex; inner: Hex } {
  const inner = deploy(
    [
      ['get_storage_or_zero', 0, DATA, DATA + 32],
      ['set_storage', 0, DATA, SENTINEL, DATA + 64, 2],
      ['deposit_event', DATA + 96, 2, DATA, 32],
      ['seal_return', 1, DATA, 1],
    ],
    concatBytes(word(7), word(0), word(8), fromHex(toEventSelector(TRANSFER)), new Uint8Array(12), fromHex(ALICE)),
  );
  const outer = deploy(
    [
      ['call', pair(8, DATA), UNLIMITED, UNLIMITED, pair(DATA + 32, DATA + 64), 0n, pair(DATA + 96, SENTINEL)],
      ['seal_return', 0, 0x10, 4],
    ],
    concatBytes(fromHex(inner), new Uint8Array(12), word(0), word(0)),
  );
  return { outer, inner };
}

describe('a trace', () => {
  it('is a tree of frames with what went in and came out, and the gas of each', () => {
    const { outer, inner } = nested();
    const trace = traceOf(outer, '0x0102', 0n);
    expect(trace).toMatchObject({
      kind: 'call',
      callee: 'contract',
      depth: 0,
      caller: ALICE,
      address: outer,
      input: '0x0102',
      status: 'error',
      output: '0x',
      gas: 1_000_000_000n,
      isTruncated: false,
    });
    expect(trace.error).toMatch(/^OutOfBounds: 4 bytes at 0x10/);
    expect(trace.pc).toBeTypeOf('number');
    expect(trace.calls).toHaveLength(1);
    expect(trace.calls[0]).toMatchObject({ depth: 1, caller: outer, address: inner, status: 'revert', output: '0x00' });
    expect(trace.calls[0]!.gas).toBeLessThan(trace.gas);
    expect(trace.gasUsed).toBeGreaterThan(trace.calls[0]!.gasUsed);
    expect(trace.syscalls.map(({ symbol, call }) => [symbol, call])).toEqual([
      ['call', 0],
      ['seal_return', undefined],
    ]);
  });

  it('decodes syscalls by the table: packed arguments, what pointers lead to, and what was written', () => {
    const { outer, inner } = nested();
    const [call] = traceOf(outer).syscalls;
    expect(call!.arguments).toEqual({
      flags: 8n,
      callee: inner,
      ref_time: 2n ** 64n,
      proof_size: 2n ** 64n,
      deposit: 0n,
      value: 0n,
      in_len: 0n,
      in: '0x',
      out_len: 0n,
    });
    expect(call!.result).toBe(2n);

    const [read, write, event] = traceOf(inner).syscalls;
    expect(read).toMatchObject({ arguments: { key: toHex(word(7)) }, output: { out: toHex(word(0)) } });
    expect(write).toMatchObject({
      arguments: { key: toHex(word(7)), value: '0x0000', value_len: 2n },
      result: BigInt(SENTINEL),
    });
    expect(event!.arguments.topics).toEqual([toEventSelector(TRANSFER), `0x${'00'.repeat(12)}${ALICE.slice(2)}`]);
    expect(write!.gasBefore - write!.gasAfter).toBeGreaterThan(0n);
  });

  it('has reads and writes of storage with what was there before', () => {
    const address = deploy(
      [
        ['set_storage', 0, DATA, 3, DATA, 2],
        ['set_storage', 1, DATA, SENTINEL, DATA, 1],
        ['get_storage_or_zero', 0, DATA, DATA],
      ],
      Uint8Array.of(1, 2, 3),
    );
    const expected = (previous: Hex | undefined) => [
      { access: 'write', transient: false, address, key: '0x010203', isSlot: false, value: '0x0102', previous },
      { access: 'write', transient: true, isSlot: true, value: '0x01', previous: undefined },
      { access: 'read', transient: false, isSlot: true, value: undefined },
    ];
    expect(traceOf(address).storage).toMatchObject(expected(undefined));
    expect(traceOf(address).storage).toMatchObject(expected('0x0102'));
  });

  it('tells of payments, precompiles and what did not even start', () => {
    const recover: Hex = `0x${'00'.repeat(19)}02`;
    expect(traceOf(`0x${'0b'.repeat(20)}`, '0x', 5n)).toMatchObject({
      callee: 'account',
      value: 5n,
      status: 'success',
    });
    expect(traceOf(recover, '0x01')).toMatchObject({ callee: 'precompile', status: 'success', input: '0x01' });
    expect(traceOf(ALICE, '0x', 10n ** 30n)).toMatchObject({ status: 'error', error: expect.stringContaining('pay') });
  });

  it('changes neither result nor gas', () => {
    const { outer } = nested();
    const { trace, ...traced } = sandbox.simulate(outer, '0x', { trace: true });
    expect(trace).toBeDefined();
    expect({ ...traced, trace: undefined }).toEqual(sandbox.simulate(outer));
  });

  it('does not grow beyond bounds, and says so', () => {
    const steps: Step[] = Array.from({ length: 30 }, () => ['set_storage', 0, DATA, 4, DATA, 400]);
    const address = deploy(steps);
    const traced = (limits: TraceLimits): FrameTrace => {
      const tracer = new TraceBuilder(limits);
      expect(sandbox.call(address, '0x', { tracer }).status).toBe('success');
      return tracer.trace!;
    };
    const all = traced({});
    expect(all).toMatchObject({ isTruncated: false, status: 'success' });
    expect(all.syscalls).toHaveLength(31);
    const few = traced({ maxEntries: 11 });
    expect(few).toMatchObject({ isTruncated: true, status: 'success', gasUsed: all.gasUsed });
    expect(few.syscalls).toHaveLength(5);
    expect(formatTrace(few)).toMatch(/too much to be kept\)$/);
    const short = traced({ maxBytes: 4000 });
    expect(short).toMatchObject({ isTruncated: true, output: '0x' });
    expect(short.syscalls.length).toBeLessThan(12);
  });
});

describe('formatTrace', () => {
  it('prints frames, storage and events in their order', () => {
    const { outer, inner } = nested();
    const text = formatTrace(traceOf(outer, '0x0102')).replaceAll(outer, 'OUTER').replaceAll(inner, 'INNER');
    expect(text.replaceAll(/gas \d+ of \d+/g, 'gas').split('\n')).toEqual([
      'call OUTER: 0x0102 [gas]',
      '  call INNER: 0x [gas]',
      `    read slot ${toHex(word(7))}: nothing`,
      `    write slot ${toHex(word(7))}: 0x0000, before nothing`,
      `    event [${toEventSelector(TRANSFER)}, 0x${'00'.repeat(12)}${ALICE.slice(2)}] ${toHex(word(7))}`,
      '    revert 0x00',
      expect.stringMatching(/^ {2}error OutOfBounds: .* \(at code offset \d+\)$/),
    ]);
  });

  it('prints every syscall if asked to', () => {
    const { inner } = nested();
    const lines = formatTrace(traceOf(inner), { syscalls: true }).split('\n');
    expect(lines[1]).toBe(
      `  get_storage_or_zero(flags: 0, key: ${toHex(word(7))}) = out: ${toHex(word(0))} [gas 2500]`,
    );
    expect(lines.at(-2)).toMatch(/^ {2}seal_return\(flags: 1, data: 0x00, data_len: 1\) \[gas \d+\]$/);
  });

  it('gives names and decoded arguments with an ABI', async () => {
    const names = await loadTraceNames({ Poker: ABI });
    const { inner } = nested();
    const data = encodeFunctionData({ abi: ABI, functionName: 'poke', args: [ALICE, 5n] });
    const lines = formatTrace(traceOf(inner, data), { names }).split('\n');
    expect(lines[0]!.toLowerCase()).toContain(`poker.poke(who: ${ALICE}, amount: 5) [gas`);
    expect(lines[3]!.toLowerCase()).toBe(`  event transfer(from: ${ALICE}, amount: 7)`);

    const refusing = deploy([['seal_return', 1, DATA, 36]], fromHex(`0x${'7138356f'}${toHex(word(9)).slice(2)}`));
    const refused = formatTrace(traceOf(refusing), {
      names: await loadTraceNames({ E: parseAbi(['error Empty(uint256 n)']) }),
    });
    expect(refused).toContain('revert 0x7138356f');
    const other = deploy([['seal_return', 0, DATA, 32]], word(1));
    expect(formatTrace(traceOf(other, data), { names })).toMatch(/return true$/);
  });
});

describe('a tracer', () => {
  it('is told of every frame and syscall while they happen', () => {
    const { outer } = nested();
    const told: string[] = [];
    const tracer: Tracer = {
      enter: ({ depth }) => told.push(`enter ${depth}`),
      exit: ({ code }) => told.push(`exit ${code}`),
      syscallStart: ({ syscall }) => told.push(syscall.symbol),
      syscallEnd: ({ syscall, result }) => told.push(`${syscall.symbol} = ${result}`),
      log: () => told.push('log'),
    };
    sandbox.call(outer, '0x', { tracer });
    expect(told.slice(0, 4)).toEqual(['enter 0', 'call', 'enter 1', 'get_storage_or_zero']);
    expect(told.slice(-6)).toEqual([
      'seal_return = undefined',
      'exit 2',
      'call = 2',
      'seal_return',
      'seal_return = undefined',
      'exit 1',
    ]);
    expect(told).toContain('log');
  });

  it('must not change the sandbox, and if it throws nothing has happened', () => {
    const { outer } = nested();
    const before = JSON.stringify(sandbox);
    expect(() => sandbox.call(outer, '0x', { tracer: { enter: () => sandbox.call(outer) } })).toThrow('under way');
    expect(JSON.stringify(sandbox)).toBe(before);
    expect(sandbox.call(outer).status).toBe('error');
  });
});

it('knows where a contract will be before it is there', () => {
  const expected = createAddress(ALICE, sandbox.nonceOf(ALICE));
  expect(deploy([])).toBe(expected);
});
