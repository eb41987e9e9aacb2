import { createProvider, loadCurves, Sandbox } from 'polkavm-js/contracts';
import {
  type Address,
  BaseError,
  createTestClient,
  createWalletClient,
  custom,
  type Hex,
  publicActions,
  RawContractError,
  walletActions,
} from 'viem';
import { anvil } from 'viem/chains';
import type { Machine, RawOutcome } from './stage.js';

/** More than any step needs. */
const GAS = 1_000_000_000n;

/** A sandbox behind its provider, driven by viem. */
export async function createPolkaVm(): Promise<Machine & { readonly sandbox: Sandbox }> {
  const sandbox = new Sandbox({ curves: await loadCurves() });
  // Without retries: viem would ask again whenever a contract reverts.
  const transport = custom(createProvider(sandbox), { retryCount: 0 });
  const client = createTestClient({ chain: anvil, mode: 'anvil', transport, cacheTime: 0, pollingInterval: 1 }).extend(
    publicActions,
  );
  const wallet = createWalletClient({ chain: anvil, transport }).extend(walletActions);
  const accounts = (await wallet.getAddresses()).map((address) => address.toLowerCase() as Address);

  const call = async (
    { from, to, data, value }: { from: Address; to: Address | undefined; data: Hex; value: bigint },
    blockTag: 'latest' | 'pending',
  ): Promise<RawOutcome> => {
    try {
      const { data: output = '0x' } = await client.call({
        account: from,
        ...(to && { to }),
        data,
        value,
        gas: GAS,
        blockTag,
      });
      return { status: 'success', output, logs: [] };
    } catch (error) {
      return { ...failure(error), logs: [] };
    }
  };

  return {
    kind: 'polkavm',
    sandbox,
    accounts,
    code: ({ blob }) => blob,
    upload: (contract) => {
      sandbox.upload(contract.blob);
    },
    call: (transaction) => call(transaction, 'latest'),
    balance: (address) => client.getBalance({ address }),
    storage: async (address, slot) => (await client.getStorageAt({ address, slot: `0x${slot.toString(16)}` })) ?? '0x',
    mine: (blocks) => client.mine({ blocks }),
    async send({ from, to, data, value }) {
      const { status, output } = await call({ from, to, data, value }, 'pending');
      const hash = await wallet.sendTransaction({ account: from, to: to ?? null, data, value, gas: GAS });
      const receipt = await client.waitForTransactionReceipt({ hash });
      if ((receipt.status === 'success') !== (status === 'success')) {
        throw new Error(`the call was a ${status}, and the transaction a ${receipt.status}`);
      }
      return {
        status,
        output,
        created: receipt.contractAddress ?? undefined,
        logs: receipt.logs.map(({ address, topics, data }) => ({ address, topics, data })),
      };
    },
  };
}

/** What viem makes of a call that failed: a revert with data, or something else. */
function failure(error: unknown): Pick<RawOutcome, 'status' | 'output'> {
  if (!(error instanceof BaseError)) throw error;
  const cause = error.walk((candidate) => candidate instanceof RawContractError || isRevert(candidate));
  if (cause === null) {
    if (!error.message.includes('execution failed') && !error.message.includes('insufficient funds')) throw error;
    return { status: 'error', output: '0x' };
  }
  const { data } = cause as { data?: Hex | { data?: Hex } };
  return { status: 'revert', output: (typeof data === 'object' ? data.data : data) ?? '0x' };
}

function isRevert(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 3;
}
