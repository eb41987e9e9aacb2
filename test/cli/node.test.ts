import { once } from 'node:events';
import { connect } from 'node:net';
import { createPublicClient, createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { anvil } from 'viem/chains';
import { afterEach, describe, expect, it } from 'vitest';
import { abi, bytecode } from '../../examples/counter.js';
import { runCli } from '../../src/cli/cli.js';
import { pvm } from './pvm.js';

interface RunningNode {
  readonly url: string;
  readonly chainId: number;
  readonly accounts: readonly { address: string; privateKey: `0x${string}` }[];
  readonly err: () => string;
  readonly stop: () => Promise<number>;
}

const running: RunningNode[] = [];

afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
});

/** Starts `pvm node` on a free port. */
async function start(...args: string[]): Promise<RunningNode> {
  let err = '';
  let interrupt = (): void => {};
  const node = await new Promise<RunningNode>((resolve, reject) => {
    const exitCode = runCli(['node', '--port', '0', '--json', ...args], {
      out: (text) => {
        const stop = (): Promise<number> => {
          interrupt();
          return exitCode;
        };
        resolve({ ...JSON.parse(String(text)), err: () => err, stop });
      },
      err: (text) => {
        err += text;
      },
      onInterrupt: (listener) => {
        interrupt = listener;
        return () => {};
      },
    });
    exitCode.then(() => reject(new Error(`the node did not start: ${err}`)));
  });
  running.push(node);
  return node;
}

async function post(url: string, body: string | object, init: RequestInit = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', body: text, ...init });
  const answer = await response.text();
  return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) };
}

const request = (method: string, params: unknown[] = [], id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });

describe('pvm node', () => {
  it('serves viem, with accounts that sign', async () => {
    const node = await start('--chain-id', '1234', '--accounts', '12', '--balance', '7');
    expect(node.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(node.accounts).toHaveLength(12);
    const options = { chain: { ...anvil, id: 1234 }, transport: http(node.url), pollingInterval: 10 };
    const account = privateKeyToAccount(node.accounts[11]!.privateKey);
    const reader = createPublicClient(options);
    const writer = createWalletClient({ ...options, account });
    expect(await reader.getBalance({ address: account.address })).toBe(7n * 10n ** 18n);
    const hash = await writer.deployContract({ abi, bytecode, args: [1n] });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    await writer.writeContract({ abi, address: contractAddress!, functionName: 'increment' });
    expect(await reader.readContract({ abi, address: contractAddress!, functionName: 'number' })).toBe(2n);
    const { timestamp } = await reader.getBlock();
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60);
    expect(await node.stop()).toBe(0);
    await expect(fetch(node.url)).rejects.toThrow();
  }, 60_000);

  it('answers batches in order, and notifications not at all', async () => {
    const { url } = await start();
    const batch = [
      request('eth_chainId', [], 'a'),
      { jsonrpc: '2.0', method: 'evm_mine' },
      request('eth_blockNumber', [], 2),
    ];
    expect((await post(url, batch)).body).toEqual([
      { jsonrpc: '2.0', id: 'a', result: '0x7a69' },
      { jsonrpc: '2.0', id: 2, result: '0x2' },
    ]);
    expect(await post(url, { jsonrpc: '2.0', method: 'evm_mine' })).toMatchObject({ status: 204, body: undefined });
    expect((await post(url, request('eth_getTransactionReceipt', [`0x${'00'.repeat(32)}`]))).body).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: null,
    });
  });

  it('tells what is wrong with a request, and goes on', async () => {
    const { url } = await start();
    for (const [body, status, code] of [
      ['', 400, -32700],
      ['{', 400, -32700],
      ['null', 200, -32600],
      ['5', 200, -32600],
      ['[]', 200, -32600],
      [JSON.stringify(Array.from({ length: 1001 }, () => 1)), 200, -32600],
      [JSON.stringify({ id: 1, method: 'eth_chainId' }), 200, -32600],
      [JSON.stringify({ jsonrpc: '2.0', id: {}, method: 'eth_chainId' }), 200, -32600],
      [JSON.stringify({ jsonrpc: '2.0', id: 1, method: ['eth_chainId'] }), 200, -32600],
      [JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: {} }), 200, -32602],
      [JSON.stringify(request('eth_call', [5])), 200, -32602],
      [JSON.stringify(request('eth_nothing')), 200, -32601],
      [JSON.stringify(request('eth_subscribe', ['newHeads'])), 200, -32601],
      [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 200, -32600],
      [
        `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        200,
        -32603,
      ],
      ['x'.repeat(5_000_001), 413, -32600],
    ] as const) {
      const answer = await post(url, body);
      const error = (answer.body[0] ?? answer.body).error;
      expect([body.slice(0, 80), answer.status, error.code]).toEqual([body.slice(0, 80), status, code]);
      expect(error.message).not.toBe('');
    }
    expect((await post(url, request('eth_blockNumber'))).body.result).toBe('0x1');
  });

  it('carries what a contract reverted with', async () => {
    const { url, accounts } = await start();
    const from = accounts[0]!.address;
    const sent = await post(url, request('eth_sendTransaction', [{ from, data: `${bytecode}00` }]));
    expect(sent.body.error).toMatchObject({ code: 3, data: '0x' });
  });

  it('lets pages use it', async () => {
    const { url } = await start();
    const preflight = await fetch(url, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    expect((await post(url, request('eth_chainId'))).headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(url)).status).toBe(405);
  });

  it('stops though a client has not finished its request', async () => {
    const node = await start();
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    expect(await node.stop()).toBe(0);
    socket.destroy();
  });

  it('prints accounts and keys', async () => {
    let out = '';
    const exitCode = await runCli(['node', '--port', '0', '--accounts', '2'], {
      out: (text) => {
        out += text;
      },
      err: () => {},
      onInterrupt: (listener) => {
        listener();
        return () => {};
      },
    });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Accounts, 10000 each\n\(0\) 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\n/);
    expect(out).toContain('(1) 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d\n');
    expect(out).toMatch(/Chain id {3}31337\nListening {2}http:\/\/127\.0\.0\.1:\d+\n$/);
  });

  it('refuses options that make no sense, and a port that is taken', async () => {
    for (const [args, message] of [
      [['--port', '99999'], '--port: got 99999, expected at most 65535'],
      [['--accounts', '0'], '--accounts: got "0", expected an integer from 1'],
      [['--accounts', '5000'], '--accounts: got 5000, expected at most 1000'],
      [['--chain-id', 'one'], '--chain-id: got "one"'],
      [['here'], 'expected options only, got here'],
    ] as const) {
      const { exitCode, err } = await pvm('node', ...args);
      expect({ exitCode, err }).toEqual({ exitCode: 64, err: expect.stringContaining(message) });
    }
    const { url } = await start();
    const taken = await pvm('node', '--port', new URL(url).port);
    expect(taken).toMatchObject({ exitCode: 64, err: expect.stringContaining('something else listens there') });
  });
});
