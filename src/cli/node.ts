import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProvider, DEV_ACCOUNTS, DEV_KEYS, type Hex, loadCurves, Sandbox } from '../contracts/index.js';
import { defineCommand, type Output } from './command.js';
import { CliError, EXIT, usageError } from './exit.js';
import { createRpcServer } from './rpcServer.js';
import { type Painter, painterOf } from './terminal.js';
import { positiveInteger, u64 } from './values.js';

const MNEMONIC = 'test test test test test test test test test test test junk';
const MAX_ACCOUNTS = 1000;
const MAX_PORT = 65_535;
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
/** Gas of a block: about ten seconds, for which a contract that does not end can keep everybody waiting. */
const BLOCK_GAS = 10_000_000_000n;
/** As long as clients have to take their answers when the node stops. */
const PATIENCE_MS = 2000;
const UNIT = 10n ** 18n;

interface Account {
  readonly address: Hex;
  readonly privateKey: Hex;
}

/** `pvm node` */
export const nodeCommand = defineCommand({
  name: 'node',
  summary: 'serve a sandbox for contracts as a development node',
  description: `
Serves a sandbox for contracts over JSON-RPC on HTTP, as a development node for viem, ethers, wagmi and wallets. Every
transaction is mined at once, in a block of its own. A deployment is a program by resolc, with constructor data behind
it. Nothing is kept when it stops, which Ctrl-C does.`,
  options: {
    port: { type: 'string', value: 'N', default: '8545', help: 'the port; 0 takes one that is free' },
    host: {
      type: 'string',
      value: 'ADDRESS',
      default: '127.0.0.1',
      help: 'the address to listen on; others than loopback let the network in',
    },
    accounts: { type: 'string', value: 'N', default: '10', help: 'how many accounts there are' },
    balance: { type: 'string', value: 'N', default: '10000', help: 'what each of them has, in units of 10^18' },
    'chain-id': { type: 'string', value: 'N', default: '31337', help: 'the id of the chain' },
    json: {
      type: 'boolean',
      help: 'print one JSON object: { "url", "chainId", "accounts": [{ "address", "privateKey" }] }',
    },
  },
  notes: `
The keys are those that every development node has: never send anything real to these addresses. With the packages viem
and @noble/curves installed beside this one there are signed transactions, and precompiles on elliptic curves.`,
  examples: [
    { line: 'pvm node', says: 'on http://127.0.0.1:8545, where tools look for one' },
    { line: 'pvm node --port 0 --json', says: 'for scripts' },
  ],
  exitCodes: [EXIT.finished],
  async run(_, options, output) {
    const port = u64('--port', options.port);
    if (port > MAX_PORT) throw usageError(`--port: got ${port}, expected at most ${MAX_PORT}`);
    const chainId = u64('--chain-id', options['chain-id']);
    const balance = u64('--balance', options.balance) * UNIT;
    const accounts = await accountsOf(positiveInteger('--accounts', options.accounts));

    const curves = await loadCurves().catch(() => undefined);
    if (curves === undefined)
      output.err('warning: without @noble/curves there are no precompiles on elliptic curves\n');
    if (!LOOPBACK.includes(options.host)) {
      output.err(`warning: whoever reaches ${options.host} can use this node and its accounts\n`);
    }
    using sandbox = new Sandbox({
      accounts: Object.fromEntries(accounts.map(({ address }) => [address, balance])),
      block: { chainId, gasLimit: BLOCK_GAS, timestamp: now() },
      ...(curves && { curves }),
    });
    const keys = Object.fromEntries(accounts.map(({ address, privateKey }) => [address, privateKey]));
    const server = createRpcServer(createProvider(sandbox, { keys, now }));
    const url = await listen(server, Number(port), options.host);
    output.out(
      options.json
        ? `${JSON.stringify({ url, chainId: Number(chainId), accounts })}\n`
        : greeting(url, chainId, options.balance, accounts, painterOf(output)),
    );
    await interrupted(output);
    await close(server);
    return EXIT.finished;
  },
});

/** Seconds since 1970. */
function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}

/** The first ten are known, the others are derived. */
async function accountsOf(count: number): Promise<Account[]> {
  if (count > MAX_ACCOUNTS) throw usageError(`--accounts: got ${count}, expected at most ${MAX_ACCOUNTS}`);
  const known = DEV_ACCOUNTS.map((address, i) => ({ address, privateKey: DEV_KEYS[i]! })).slice(0, count);
  if (count <= known.length) return known;
  const viem = await import('viem/accounts').catch(() => {
    throw usageError(`--accounts: more than ${DEV_ACCOUNTS.length} need the package viem: npm install viem`);
  });
  for (let addressIndex = known.length; addressIndex < count; addressIndex++) {
    const account = viem.mnemonicToAccount(MNEMONIC, { addressIndex });
    const privateKey: Hex = `0x${Buffer.from(account.getHdKey().privateKey!).toString('hex')}`;
    known.push({ address: `0x${account.address.slice(2).toLowerCase()}`, privateKey });
  }
  return known;
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(new CliError(EXIT.usage, `cannot listen on ${host}:${port}: ${reason}`));
    });
    server.listen(port, host, () => {
      const { address, family, port: actual } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`);
    });
  });
}

function interrupted({ onInterrupt }: Output): Promise<void> {
  return new Promise((resolve) => {
    onInterrupt?.(resolve);
  });
}

/** Requests that are under way are answered, unless they take too long. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function greeting(url: string, chainId: bigint, balance: string, accounts: readonly Account[], paint: Painter): string {
  const list = (title: string, lines: readonly string[]): string[] => [
    paint('strong', title),
    ...lines.map((line, i) => `(${i}) ${line}`),
    '',
  ];
  return [
    ...list(
      `Accounts, ${balance} each`,
      accounts.map(({ address }) => address),
    ),
    ...list(
      'Private keys, which everybody knows',
      accounts.map(({ privateKey }) => privateKey),
    ),
    `Mnemonic   ${MNEMONIC}`,
    `Chain id   ${chainId}`,
    `Listening  ${paint('name', url)}`,
    '',
  ].join('\n');
}
