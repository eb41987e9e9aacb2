import {
  connect,
  createConfig,
  custom,
  deployContract,
  injected,
  readContract,
  waitForTransactionReceipt,
  writeContract,
} from '@wagmi/core';
import { createProvider, Sandbox } from 'polkavm-js/contracts';
import { anvil } from 'viem/chains';
import { afterEach, expect, it, vi } from 'vitest';
import { abi, bytecode } from '../../../examples/counter.js';

afterEach(() => vi.unstubAllGlobals());

it('wagmi connects to a provider as to a wallet, writes and reads', async () => {
  // Its connectors are for pages.
  vi.stubGlobal('window', {});
  const provider = createProvider(new Sandbox());
  const connector = injected({ target: { id: 'sandbox', name: 'Sandbox', provider: provider as never } });
  const config = createConfig({
    chains: [anvil],
    connectors: [connector],
    transports: { [anvil.id]: custom(provider) },
    pollingInterval: 10,
    storage: null,
    multiInjectedProviderDiscovery: false,
  });
  const { accounts, chainId } = await connect(config, { connector: config.connectors[0]! });
  expect(accounts).toHaveLength(10);
  expect(chainId).toBe(31337);
  const hash = await deployContract(config, { abi, bytecode, args: [41n] });
  const { contractAddress } = await waitForTransactionReceipt(config, { hash });
  const counter = { abi, address: contractAddress! } as const;
  await writeContract(config, { ...counter, functionName: 'increment' });
  expect(await readContract(config, { ...counter, functionName: 'number' })).toBe(42n);
});
