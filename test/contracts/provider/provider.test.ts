import { concatBytes } from '@noble/hashes/utils.js';
import { createProvider, DEV_ACCOUNTS, DEV_KEYS, fromHex, type Hex, Sandbox, toHex } from 'polkavm-js/contracts';
import { mnemonicToAccount, privateKeyToAddress } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { DATA, type Step, scriptContract } from '../script.js';
import { Client, PROBE } from './client.js';

const [ALICE, BOB] = DEV_ACCOUNTS as [Hex, Hex];
const NOBODY: Hex = `0x${'0d'.repeat(20)}`;
const ONE_TOPIC: Hex = `0x${'00'.repeat(32)}`;

describe('accounts', () => {
  it('are those that development nodes have', async () => {
    const client = new Client();
    expect(await client.request('eth_accounts')).toEqual(DEV_ACCOUNTS);
    expect(await client.request('eth_requestAccounts')).toEqual(DEV_ACCOUNTS);
    for (const [i, key] of DEV_KEYS.entries()) {
      expect(privateKeyToAddress(key).toLowerCase()).toBe(DEV_ACCOUNTS[i]);
    }
    const mnemonic = 'test test test test test test test test test test test junk';
    expect(mnemonicToAccount(mnemonic, { addressIndex: 9 }).address.toLowerCase()).toBe(DEV_ACCOUNTS[9]);
  });

  it('send transactions only if they are known, or impersonated', async () => {
    const client = new Client();
    const payment = { from: NOBODY, to: BOB, value: '0x5' };
    expect((await client.refusal('eth_sendTransaction', payment)).code).toBe(4100);
    await client.request('anvil_setBalance', NOBODY, '0x10');
    await client.request('anvil_impersonateAccount', NOBODY);
    await client.request('eth_sendTransaction', payment);
    expect(await client.request('eth_getBalance', NOBODY, 'latest')).toBe('0xb');
    await client.request('anvil_stopImpersonatingAccount', NOBODY);
    expect((await client.refusal('eth_sendTransaction', payment)).code).toBe(4100);
    expect((await client.refusal('personal_sign', '0x', NOBODY)).code).toBe(4100);
  });
});

describe('transactions', () => {
  it('are mined at once, one a block', async () => {
    const client = new Client();
    const before = BigInt(await client.request('eth_getBalance', BOB, 'latest'));
    const hash = await client.request('eth_sendTransaction', { from: ALICE, to: BOB, value: '0x7' });
    const block = await client.request('eth_getBlockByNumber', 'latest', false);
    expect(block).toMatchObject({ number: '0x2', transactions: [hash], timestamp: '0x6553f101' });
    expect(block.parentHash).toBe((await client.request('eth_getBlockByNumber', '0x1')).hash);
    expect(await client.request('eth_getTransactionReceipt', hash)).toMatchObject({
      transactionHash: hash,
      blockHash: block.hash,
      blockNumber: '0x2',
      status: '0x1',
      from: ALICE,
      to: BOB,
      contractAddress: null,
      logs: [],
    });
    expect(await client.request('eth_getTransactionByHash', hash)).toMatchObject({ hash, nonce: '0x0', value: '0x7' });
    expect(await client.request('eth_getBlockByHash', block.hash, true)).toMatchObject({ transactions: [{ hash }] });
    expect(await client.request('eth_getBlockReceipts', 'latest')).toHaveLength(1);
    expect(await client.request('eth_getTransactionByBlockNumberAndIndex', '0x2', '0x0')).toMatchObject({ hash });
    expect(await client.request('eth_getBlockTransactionCountByHash', block.hash)).toBe('0x1');
    expect(await client.request('eth_getTransactionCount', ALICE, 'pending')).toBe('0x1');
    expect(BigInt(await client.request('eth_getBalance', BOB, 'latest')) - before).toBe(7n);
  });

  it('deploy a program with constructor data behind it', async () => {
    const client = new Client();
    const address = await client.deploy(PROBE);
    expect(await client.request('eth_getCode', address, 'latest')).toBe(PROBE);
    expect(await client.request('eth_call', { to: address, data: '0x001122' }, 'latest')).toBe('0x1122');
    expect(await client.refusal('eth_sendTransaction', { from: ALICE, data: '0x600a600c' })).toMatchObject({
      code: -32000,
      message: expect.stringContaining('CodeRejected'),
    });
  });

  it('that fail are mined if their gas was said, and else refused with the reason', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const reverting = { from: ALICE, to, data: '0x01deadbeef' };
    const state = await client.state();
    expect(await client.refusal('eth_sendTransaction', reverting)).toEqual({
      code: 3,
      message: 'execution reverted',
      data: '0xdeadbeef',
    });
    expect(await client.state()).toEqual(state);
    const hash = await client.request('eth_sendTransaction', { ...reverting, gas: '0x1000000' });
    expect(await client.request('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x0', logs: [] });
  });

  it('are refused for a wrong nonce, chain, price, gas or balance, without effect', async () => {
    const client = new Client();
    const state = await client.state();
    const base = { from: ALICE, to: BOB };
    for (const [field, message] of [
      [{ nonce: '0x1' }, /^nonce too high: next nonce 0, tx nonce 1/],
      [{ chainId: '0x1' }, /^invalid chain id for signer: have 1, want 31337/],
      [{ gas: '0xffffffffffffffff' }, /^exceeds block gas limit/],
      [{ gas: '0x5208', value: `0x${'f'.repeat(60)}` }, /^insufficient funds for gas \* price \+ value/],
      [{ value: `0x${'f'.repeat(60)}` }, /^insufficient funds/],
      [{ gas: '0x5208', maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }, /^max priority fee per gas higher/],
    ] as const) {
      expect(await client.refusal('eth_sendTransaction', { ...base, ...field })).toMatchObject({
        code: -32000,
        message: expect.stringMatching(message),
      });
    }
    expect(await client.state()).toEqual(state);
    await client.request('eth_sendTransaction', base);
    expect((await client.refusal('eth_sendTransaction', { ...base, nonce: '0x0' })).message).toMatch(/^nonce too low/);
  });

  it('estimate their gas, and succeed with it', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const call = { from: ALICE, to, data: `0x05${'11'.repeat(32)}${'22'.repeat(32)}` };
    const gas = await client.request('eth_estimateGas', call);
    const hash = await client.request('eth_sendTransaction', { ...call, gas });
    expect(await client.request('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x1' });
    expect(await client.request('eth_getStorageAt', to, `0x${'11'.repeat(32)}`, 'latest')).toBe(`0x${'22'.repeat(32)}`);
    expect(await client.request('eth_getStorageAt', to, '0x1', 'latest')).toBe(`0x${'00'.repeat(32)}`);
    expect(await client.request('eth_estimateGas', { from: ALICE, to: BOB, value: '0x1' })).toBe('0x5208');
    expect((await client.refusal('eth_estimateGas', { from: ALICE, to, data: '0x01' })).code).toBe(3);
  });
});

describe('contracts that fail', () => {
  it('tell why and where', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const trap = await client.refusal('eth_call', { to, data: '0x03' });
    expect(trap).toMatchObject({ code: -32000, data: { reason: 'ContractTrapped', frame: { depth: 0, address: to } } });
    expect(trap.message).toMatch(/^execution failed: ContractTrapped: .* at code offset \d+\)$/);
    expect(await client.refusal('eth_call', { to, data: '0x04', gas: '0x100000' })).toMatchObject({
      code: -32000,
      message: expect.stringContaining('OutOfGas'),
    });
    const text = `08c379a0${'20'.padStart(64, '0')}${'3'.padStart(64, '0')}${'6e6f21'.padEnd(64, '0')}`;
    expect((await client.refusal('eth_call', { to, data: `0x01${text}` })).message).toBe('execution reverted: no!');
    // An offset and length that lie.
    expect((await client.refusal('eth_call', { to, data: `0x0108c379a0${'ff'.repeat(64)}` })).message).toBe(
      'execution reverted',
    );
    const panic = `4e487b71${'11'.padStart(64, '0')}`;
    expect((await client.refusal('eth_call', { to, data: `0x01${panic}` })).message).toBe(
      'execution reverted: panic code 0x11',
    );
  });
});

describe('logs', () => {
  const emit = async (client: Client, to: Hex, data: string): Promise<void> => {
    await client.request('eth_sendTransaction', { from: ALICE, to, data: `0x02${data}` });
  };

  it('are found by block, contract and topic', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const other = await client.deploy(PROBE);
    await emit(client, to, 'aa');
    await emit(client, other, 'bb');
    const data = async (filter: object) =>
      (await client.request('eth_getLogs', { fromBlock: 'earliest', ...filter })).map((log: { data: Hex }) => log.data);
    expect(await data({})).toEqual(['0xaa', '0xbb']);
    expect(await data({ address: to })).toEqual(['0xaa']);
    expect(await data({ address: [to.toUpperCase().replace('X', 'x'), other] })).toEqual(['0xaa', '0xbb']);
    expect(await data({ fromBlock: '0x5' })).toEqual(['0xbb']);
    expect(await data({ toBlock: '0x4' })).toEqual(['0xaa']);
    expect(await data({ topics: [[ONE_TOPIC]] })).toEqual(['0xaa', '0xbb']);
    expect(await data({ topics: [null] })).toEqual(['0xaa', '0xbb']);
    expect(await data({ topics: [`0x${'11'.repeat(32)}`] })).toEqual([]);
    expect(await data({ topics: [null, ONE_TOPIC] })).toEqual([]);
    expect(await data({ fromBlock: '0x9', toBlock: '0x2' })).toEqual([]);
    const { hash } = await client.request('eth_getBlockByNumber', 'latest');
    expect((await client.request('eth_getLogs', { blockHash: hash }))[0]).toMatchObject({
      blockHash: hash,
      address: other,
      logIndex: '0x0',
      removed: false,
    });
    expect((await client.refusal('eth_getLogs', { blockHash: ONE_TOPIC })).code).toBe(-32001);
  });

  it('come through filters once', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const logs = await client.request('eth_newFilter', { address: to });
    const blocks = await client.request('eth_newBlockFilter');
    const transactions = await client.request('eth_newPendingTransactionFilter');
    await emit(client, to, 'aa');
    await client.request('evm_mine');
    expect(await client.request('eth_getFilterChanges', logs)).toMatchObject([{ data: '0xaa' }]);
    expect(await client.request('eth_getFilterChanges', logs)).toEqual([]);
    expect(await client.request('eth_getFilterChanges', blocks)).toHaveLength(2);
    expect(await client.request('eth_getFilterChanges', transactions)).toHaveLength(1);
    expect(await client.request('eth_getFilterLogs', logs)).toEqual([]);
    expect(await client.request('eth_uninstallFilter', logs)).toBe(true);
    expect(await client.request('eth_uninstallFilter', logs)).toBe(false);
    expect((await client.refusal('eth_getFilterChanges', logs)).code).toBe(-32001);
  });

  it('are told to subscribers', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const told: unknown[] = [];
    const listener = (message: unknown): void => void told.push(message);
    client.provider.on('message', listener);
    const heads = await client.request('eth_subscribe', 'newHeads');
    const logs = await client.request('eth_subscribe', 'logs', { address: to });
    await emit(client, to, 'aa');
    expect(told).toMatchObject([
      { type: 'eth_subscription', data: { subscription: heads, result: { number: '0x3' } } },
      { type: 'eth_subscription', data: { subscription: logs, result: { data: '0xaa' } } },
    ]);
    await client.request('eth_unsubscribe', heads);
    client.provider.removeListener('message', listener);
    await emit(client, to, 'bb');
    expect(told).toHaveLength(2);
  });
});

describe('development', () => {
  it('goes back to snapshots', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const before = await client.state();
    const id = await client.request('evm_snapshot');
    const hash = await client.request('eth_sendTransaction', { from: ALICE, to, data: '0x02aa' });
    const later = await client.request('evm_snapshot');
    await client.request('evm_mine');
    expect(await client.request('evm_revert', id)).toBe(true);
    expect(await client.state()).toEqual(before);
    expect(await client.request('eth_getTransactionReceipt', hash)).toBe(null);
    expect(await client.request('evm_revert', id)).toBe(false);
    expect(await client.request('evm_revert', later)).toBe(false);
    expect(await client.request('eth_getLogs', { fromBlock: 'earliest' })).toEqual([]);
  });

  it('moves time', async () => {
    const client = new Client();
    const time = async () => Number((await client.request('eth_getBlockByNumber', 'latest')).timestamp);
    const start = await time();
    await client.request('evm_increaseTime', 3600);
    expect(await time()).toBe(start);
    await client.request('evm_mine');
    expect(await time()).toBe(start + 3601);
    await client.request('evm_mine');
    expect(await time()).toBe(start + 3602);
    await client.request('evm_setNextBlockTimestamp', start + 10_000);
    await client.request('hardhat_mine', '0x3', '0xa');
    expect(await time()).toBe(start + 10_020);
    expect(await client.request('eth_blockNumber')).toBe('0x6');
    expect((await client.refusal('evm_setNextBlockTimestamp', start)).code).toBe(-32602);
    expect((await client.refusal('hardhat_mine', '0xffffffff')).code).toBe(-32000);
  });

  it('follows a clock', async () => {
    let now = 2_000_000_000n;
    const client = new Client({ now: () => now });
    const mined = async () => {
      await client.request('evm_mine');
      return Number((await client.request('eth_getBlockByNumber', 'latest')).timestamp);
    };
    expect(await mined()).toBe(2_000_000_000);
    expect(await mined()).toBe(2_000_000_001);
    now += 100n;
    expect(await mined()).toBe(2_000_000_100);
    await client.request('evm_increaseTime', '0x32');
    expect(await mined()).toBe(2_000_000_150);
    now += 10n;
    expect(await mined()).toBe(2_000_000_160);
  });

  it('lets contracts be uploaded for others to create', async () => {
    const client = new Client();
    const hash = await client.request('pvm_uploadCode', PROBE);
    expect(client.sandbox.deploy(hash).status).toBe('success');
    expect((await client.refusal('pvm_uploadCode', '0x1234')).message).toContain('CodeRejected');
  });

  it('knows the hashes of its blocks, and what they cost', async () => {
    const client = new Client();
    await client.request('anvil_mine', '0x5');
    const { hash } = await client.request('eth_getBlockByNumber', '0x3');
    expect(client.sandbox.block.hashOf(3n)).toBe(hash);
    expect(await client.request('eth_feeHistory', '0x2', 'latest', [25, 75])).toEqual({
      oldestBlock: '0x5',
      baseFeePerGas: ['0x0', '0x0', '0x0'],
      gasUsedRatio: [0, 0],
      reward: [
        ['0x0', '0x0'],
        ['0x0', '0x0'],
      ],
    });
    expect(await client.request('eth_feeHistory', '0x400', 'latest')).toMatchObject({ oldestBlock: '0x1' });
  });
});

describe('traces', () => {
  it('have frames and syscalls', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const config = { tracer: 'callTracer', tracerConfig: { withLog: true, withSyscalls: true } };
    const called = await client.request('debug_traceCall', { from: BOB, to, data: '0x02aa' }, 'latest', config);
    expect(called).toMatchObject({
      type: 'CALL',
      from: BOB,
      to,
      input: '0x02aa',
      output: '0x',
      logs: [{ address: to, data: '0xaa' }],
    });
    expect(called.syscalls.map(({ symbol }: { symbol: string }) => symbol)).toEqual([
      'call_data_size',
      'call_data_copy',
      'deposit_event',
    ]);
    const hash = await client.request('eth_sendTransaction', { from: ALICE, to, data: '0x01aa', gas: '0x1000000' });
    expect(await client.request('debug_traceTransaction', hash)).toMatchObject({
      error: 'execution reverted',
      output: '0xaa',
    });
    expect((await client.refusal('debug_traceTransaction', ONE_TOPIC)).code).toBe(-32001);
    expect((await client.refusal('debug_traceCall', { to }, 'latest', { tracer: 'prestateTracer' })).code).toBe(-32602);
  });

  it('have frames in frames, or only the first one', async () => {
    const client = new Client();
    const inner = await client.deploy(PROBE);
    // Calls the address in its data with the two bytes behind the 128 that hold address, value and deposit limit.
    const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
    const call: Step = [
      ...(['call', pair(8, DATA), -1n, -1n, pair(DATA + 64, DATA + 32)] as const),
      ...[pair(2, DATA + 128), pair(DATA + 96, 0xffff_ffff)],
    ];
    const data = concatBytes(fromHex(inner), new Uint8Array(108), Uint8Array.of(1, 0xaa));
    const outer = await client.deploy(toHex(scriptContract([call], data)));
    const frame = {
      type: 'CALL',
      from: outer,
      to: inner,
      input: '0x01aa',
      output: '0xaa',
      error: 'execution reverted',
    };
    const traced = await client.request('debug_traceCall', { to: outer }, 'latest');
    expect(traced).toMatchObject({ type: 'CALL', to: outer, calls: [frame] });
    expect(BigInt(traced.calls[0].gasUsed)).toBeLessThan(BigInt(traced.gasUsed));
    const hash = await client.request('eth_sendTransaction', { from: ALICE, to: outer });
    expect(await client.request('debug_traceTransaction', hash)).toMatchObject({ from: ALICE, calls: [frame] });
    const top = await client.request('debug_traceTransaction', hash, { tracerConfig: { onlyTopCall: true } });
    expect(top).toMatchObject({ to: outer });
    expect(top.calls).toBeUndefined();
  });

  it('are kept of as many transactions as one wants', async () => {
    const client = new Client({ traces: 1 });
    const send = () => client.request('eth_sendTransaction', { from: ALICE, to: BOB });
    const [first, second] = [await send(), await send()];
    expect((await client.refusal('debug_traceTransaction', first)).message).toMatch(/its trace is not kept/);
    expect(await client.request('debug_traceTransaction', second)).toMatchObject({ type: 'CALL' });
    expect(() => createProvider(new Sandbox(), { traces: -1 })).toThrow(RangeError);
  });
});

describe('requests that are wrong', () => {
  it('get a clear error, and change nothing', async () => {
    const client = new Client();
    const to = await client.deploy(PROBE);
    const state = await client.state();
    for (const [method, params, code, message] of [
      ['eth_nothing', [], -32601, 'the method "eth_nothing" does not exist'],
      ['constructor', [], -32601, 'does not exist'],
      ['__proto__', [], -32601, 'does not exist'],
      ['eth_getBalance', [], -32602, 'address: expected 0x and 40 hex digits, got nothing'],
      ['eth_getBalance', ['0x12'], -32602, 'address: expected 0x and 40 hex digits, got "0x12"'],
      ['eth_getBalance', [{ toString: 1 }], -32602, 'address: expected'],
      ['eth_getBalance', [ALICE, 'soon'], -32602, 'block: expected a quantity'],
      ['eth_getBalance', [ALICE, '0x99'], -32001, 'there is no such block'],
      ['eth_getBalance', [ALICE, '0x1'], -32001, 'the state of block 1 is gone'],
      ['eth_call', [null], -32602, 'transaction: expected an object, got null'],
      ['eth_call', [[]], -32602, 'transaction: expected an object, got []'],
      ['eth_call', [{ to, data: '0x1' }], -32602, 'transaction.data: expected 0x and an even number'],
      ['eth_call', [{ to, data: 'zz' }], -32602, 'transaction.data: expected bytes'],
      ['eth_call', [{ to, data: '0x', input: '0x01' }], -32602, 'expected data or input, got both'],
      ['eth_call', [{ to, value: 5 }], -32602, 'transaction.value: expected a quantity'],
      [
        'eth_call',
        [{ to, gasPrice: `0x1${'0'.repeat(16)}` }],
        -32602,
        'transaction.gasPrice: expected at most 64 bits',
      ],
      ['eth_call', [{ to, authorizationList: [] }], -32602, 'authorizationList is not supported'],
      ['eth_call', [{ to }, 'latest', {}], -32602, 'state overrides'],
      ['eth_sendTransaction', [{ to }], -32602, 'transaction.from: expected an address'],
      ['eth_sendTransaction', [{ from: ALICE, to, gasPrice: '0x1', maxFeePerGas: '0x1' }], -32602, 'got both'],
      ['eth_sendRawTransaction', ['0x02c0'], -32602, 'expected a signed transaction'],
      ['eth_sendRawTransaction', ['0x'], -32602, 'expected a signed transaction'],
      ['eth_sendRawTransaction', [`0x03${'00'.repeat(40)}`], -32602, 'transaction'],
      ['eth_getLogs', [{ topics: [1] }], -32602, 'filter.topics[0]: expected 0x and 64 hex digits'],
      ['eth_getLogs', [{ topics: [[], [], [], [], []] }], -32602, 'filter.topics: expected at most 4 entries'],
      ['eth_getFilterChanges', [1], -32602, 'filter id'],
      ['eth_subscribe', ['nothing'], -32602, 'subscription: expected newHeads'],
      ['evm_revert', ['0x99999999999999'], -32602, 'snapshot: expected at most 53 bits'],
      ['evm_increaseTime', [-1], -32602, 'seconds'],
      ['evm_increaseTime', ['0xffffffffffffffff'], -32602, 'beyond 64 bits'],
      ['anvil_setStorageAt', [ALICE, '0x0', `0x${'00'.repeat(500)}`], -32602, 'value'],
      ['eth_signTypedData_v4', [ALICE, '{'], -32602, 'typedData'],
      [
        'eth_signTypedData_v4',
        [ALICE, { primaryType: 'A', types: { A: [{ name: 'a', type: 'B' }] }, message: {} }],
        -32602,
        'typedData',
      ],
      ['wallet_switchEthereumChain', [{ chainId: '0x1' }], 4902, 'only one chain'],
    ] as const) {
      const refusal = await client.refusal(method, ...params);
      expect([method, refusal.code, refusal.message]).toEqual([method, code, expect.stringContaining(message)]);
    }
    expect(await client.state()).toEqual(state);
  });

  it('need a method and a list of parameters', async () => {
    const { provider } = new Client();
    const request = (args: unknown) => provider.request(args as { method: string });
    await expect(request(undefined)).rejects.toMatchObject({ code: -32600 });
    await expect(request({ method: 1 })).rejects.toMatchObject({ code: -32600 });
    await expect(request({ method: 'eth_call', params: 1 })).rejects.toMatchObject({ code: -32602 });
    await expect(request({ method: 'eth_chainId' })).resolves.toBe('0x7a69');
  });
});
