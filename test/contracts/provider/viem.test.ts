import { createProvider, DEV_KEYS, Sandbox } from 'polkavm-js/contracts';
import {
  type Abi,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  custom,
  type Hex,
  parseEther,
  parseEventLogs,
  verifyMessage,
  verifyTypedData,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { anvil } from 'viem/chains';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledContract, compileContracts } from '../../support/solidity/compile.js';

const ALICE = privateKeyToAccount(DEV_KEYS[0]!);
const BOB = privateKeyToAccount(DEV_KEYS[1]!);

describe('viem', () => {
  let contracts: ReadonlyMap<string, CompiledContract>;

  beforeAll(async () => {
    contracts = await compileContracts();
  }, 15 * 60_000);

  const stage = async () => {
    const { abi, blob } = contracts.get('Coin')!;
    const transport = custom(createProvider(new Sandbox()), { retryCount: 0 });
    const options = { chain: anvil, transport, pollingInterval: 5, cacheTime: 0 } as const;
    const reader = createPublicClient(options);
    const writer = createWalletClient({ ...options, account: ALICE });
    const tester = createTestClient({ ...options, mode: 'anvil' });
    const hash = await writer.deployContract({ abi, bytecode: blob, args: ['Gold', 'GLD', parseEther('100')] });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    return { abi, address: contractAddress!, reader, writer, tester, options };
  };

  it('deploys, simulates, writes, reads and finds events', async () => {
    const { abi, address, reader, writer } = await stage();
    const { request, result } = await reader.simulateContract({
      account: ALICE,
      abi,
      address,
      functionName: 'transfer',
      args: [BOB.address, 5n],
    });
    expect(result).toBe(true);
    const hash = await writer.writeContract(request);
    const receipt = await reader.waitForTransactionReceipt({ hash });
    expect(receipt).toMatchObject({ status: 'success', type: 'eip1559', from: ALICE.address.toLowerCase() });
    expect(parseEventLogs({ abi, logs: receipt.logs })).toMatchObject([
      { eventName: 'Transfer', args: { from: ALICE.address, to: BOB.address, value: 5n } },
    ]);
    const read = (functionName: string, args: readonly unknown[]) =>
      reader.readContract({ abi, address, functionName, args });
    expect(await read('balanceOf', [BOB.address])).toBe(5n);
    const events = await reader.getContractEvents({ abi, address, eventName: 'Transfer', fromBlock: 0n });
    expect(events).toHaveLength(2);
    expect(await reader.getCode({ address })).toBe(contracts.get('Coin')!.blob);
    expect((await reader.getTransaction({ hash })).nonce).toBe(1);
  });

  it('decodes custom errors', async () => {
    const { abi, address, writer } = await stage();
    const error = await writer
      .writeContract({ abi, address, account: BOB, functionName: 'transfer', args: [ALICE.address, 1n] })
      .catch((caught: unknown) => caught);
    const reverted = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError);
    expect(error).toBeInstanceOf(BaseError);
    expect((reverted as ContractFunctionRevertedError).data).toMatchObject({
      errorName: 'ERC20InsufficientBalance',
      args: [BOB.address, 0n, 1n],
    });
  });

  it.each(['legacy', 'eip2930', 'eip1559'] as const)('sends signed transactions of type %s', async (type) => {
    const { reader, writer } = await stage();
    const fees = type === 'eip1559' ? { maxFeePerGas: 3n, maxPriorityFeePerGas: 2n } : { gasPrice: 2n };
    const accessList = type === 'legacy' ? {} : { accessList: [{ address: BOB.address, storageKeys: [] }] };
    const hash = await writer.sendTransaction({ type, to: BOB.address, value: 7n, ...fees, ...accessList } as never);
    const transaction = await reader.getTransaction({ hash });
    expect(transaction).toMatchObject({ hash, type, from: ALICE.address.toLowerCase(), value: 7n });
    expect(await reader.getTransactionReceipt({ hash })).toMatchObject({ type, effectiveGasPrice: 2n });
    expect(await reader.getBalance({ address: BOB.address })).toBe(parseEther('10000') + 7n);
  });

  it('is told of signed transactions that are none', async () => {
    const { reader, writer } = await stage();
    const request = await writer.prepareTransactionRequest({ to: BOB.address, value: 1n });
    const signed = await ALICE.signTransaction({ ...request, type: 'eip1559' } as never);
    const send = (serializedTransaction: Hex) => reader.sendRawTransaction({ serializedTransaction });
    await send(signed);
    await expect(send(signed)).rejects.toThrow(/nonce too low/i);
    const foreign = await ALICE.signTransaction({ ...request, type: 'eip1559', chainId: 1 } as never);
    await expect(send(foreign)).rejects.toThrow(/chain id/);
    await expect(send(`${signed.slice(0, -64)}${'f'.repeat(64)}` as Hex)).rejects.toThrow(/invalid sender/);
    await expect(send(signed.slice(0, -2) as Hex)).rejects.toThrow(/signed transaction/);
  });

  it('signs messages and typed data with the accounts of the provider', async () => {
    const { options } = await stage();
    const writer = createWalletClient(options);
    const [account] = await writer.getAddresses();
    const signature = await writer.signMessage({ account: account!, message: 'hello' });
    expect(await verifyMessage({ address: ALICE.address, message: 'hello', signature })).toBe(true);
    const typedData = {
      domain: { name: 'Mail', chainId: 31337 },
      types: { Mail: [{ name: 'text', type: 'string' }] },
      primaryType: 'Mail',
      message: { text: 'hello' },
    } as const;
    const typed = await writer.signTypedData({ account: account!, ...typedData });
    expect(await verifyTypedData({ address: ALICE.address, signature: typed, ...typedData })).toBe(true);
  });

  it('watches events and blocks', async () => {
    const { abi, address, reader, writer } = await stage();
    const args: unknown[] = [];
    const watched = new Promise<void>((resolve) => {
      const onLogs = (logs: readonly { args: unknown }[]): void => {
        args.push(...logs.map((log) => log.args));
        resolve();
      };
      reader.watchContractEvent({ abi: abi as Abi, address, eventName: 'Transfer', onLogs: onLogs as never });
    });
    const block = new Promise<bigint>((resolve) => {
      reader.watchBlockNumber({ onBlockNumber: (number) => number > 2n && resolve(number) });
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writer.writeContract({ abi, address, functionName: 'transfer', args: [BOB.address, 3n] });
    await watched;
    expect(args).toMatchObject([{ to: BOB.address, value: 3n }]);
    expect(await block).toBe(3n);
  });

  it('controls the chain as that of a test', async () => {
    const { reader, tester } = await stage();
    const id = await tester.snapshot();
    const { timestamp } = await reader.getBlock();
    await tester.increaseTime({ seconds: 60 });
    await tester.mine({ blocks: 2 });
    expect((await reader.getBlock()).timestamp).toBe(timestamp + 62n);
    await tester.setNextBlockTimestamp({ timestamp: timestamp + 1000n });
    await tester.setBalance({ address: BOB.address, value: 1n });
    await tester.mine({ blocks: 1 });
    expect((await reader.getBlock()).timestamp).toBe(timestamp + 1000n);
    await tester.revert({ id });
    expect(await reader.getBalance({ address: BOB.address })).toBe(parseEther('10000'));
    expect((await reader.getBlock()).timestamp).toBe(timestamp);
    expect(await reader.getChainId()).toBe(31337);
    expect(await reader.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] })).toMatchObject({ oldestBlock: 1n });
    expect(await reader.estimateFeesPerGas()).toEqual({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
  });
});
