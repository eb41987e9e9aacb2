import { type BaseContract, BrowserProvider, Contract, ContractFactory, type Log, parseEther, Wallet } from 'ethers';
import { createProvider, DEV_KEYS, Sandbox } from 'polkavm-js/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledContract, compileContracts } from '../../support/solidity/compile.js';

type Method = (...args: unknown[]) => Promise<{ wait(): Promise<{ status: number; logs: Log[] }> }>;

/** A method by name: contracts have those of their ABI, which the compiler does not know. */
function method(contract: BaseContract, name: string): Method {
  return contract.getFunction(name) as unknown as Method;
}

describe('ethers', () => {
  let contracts: ReadonlyMap<string, CompiledContract>;

  beforeAll(async () => {
    contracts = await compileContracts();
  }, 15 * 60_000);

  it('deploys, writes, reads, finds events and decodes errors', async () => {
    const provider = new BrowserProvider(createProvider(new Sandbox()), undefined, {
      cacheTimeout: -1,
      pollingInterval: 10,
    });
    const signer = await provider.getSigner(0);
    const other = await provider.getSigner(1);
    const { abi, blob } = contracts.get('Coin')!;
    const factory = new ContractFactory(abi as never, blob, signer);
    const coin = await factory.deploy('Gold', 'GLD', 1000n);
    await coin.waitForDeployment();

    const receipt = await (await method(coin, 'transfer')(other.address, 7n)).wait();
    expect(receipt.status).toBe(1);
    expect(coin.interface.parseLog(receipt.logs[0]!)?.args.toArray()).toEqual([signer.address, other.address, 7n]);
    expect(await coin.getFunction('balanceOf')(other.address)).toBe(7n);
    expect(await coin.queryFilter('Transfer', 0)).toHaveLength(2);
    const poor = new Contract(coin.target, abi as never, other);
    await expect(poor.getFunction('transfer').staticCall(signer.address, 8n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'ERC20InsufficientBalance', args: [other.address, 7n, 8n] },
    });
    const { data } = await method(poor, 'transfer')(signer.address, 8n).catch((error) => error);
    expect(coin.interface.parseError(data)?.name).toBe('ERC20InsufficientBalance');
    provider.destroy();
  });

  it('sends transactions that it signs itself, and reads them back', async () => {
    const provider = new BrowserProvider(createProvider(new Sandbox()), undefined, {
      cacheTimeout: -1,
      pollingInterval: 10,
    });
    const wallet = new Wallet(DEV_KEYS[2]!, provider);
    const sent = await wallet.sendTransaction({
      to: '0x000000000000000000000000000000000000dEaD',
      value: parseEther('1'),
    });
    expect((await sent.wait())?.gasPrice).toBe(0n);
    const found = await provider.getTransaction(sent.hash);
    expect(found).toMatchObject({ from: wallet.address, nonce: 0, value: parseEther('1') });
    expect(await provider.getTransactionCount(wallet)).toBe(1);

    // One that nobody has signed can be read as well.
    const signer = await provider.getSigner(0);
    const unsigned = await signer.sendTransaction({ to: wallet.address, value: 1n });
    expect(await provider.getTransaction(unsigned.hash)).toMatchObject({ from: signer.address, value: 1n });
    expect(await provider.getBlock('latest', true)).toMatchObject({
      number: 3,
      prefetchedTransactions: [{ value: 1n }],
    });
    expect(await signer.signMessage('hello')).toMatch(/^0x[0-9a-f]{130}$/);
    provider.destroy();
  });
});
