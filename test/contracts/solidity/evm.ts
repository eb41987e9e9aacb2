import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM, EVMError, type EVMResult } from '@ethereumjs/evm';
import { Account, bytesToHex, createAccount, Address as EvmAddress, hexToBytes } from '@ethereumjs/util';
import { DEFAULT_BLOCK, DEV_ACCOUNTS, DEV_BALANCE, type Hex } from 'polkavm-js/contracts';
import { type Address, pad, toHex } from 'viem';
import type { Machine, RawOutcome } from './stage.js';

const GAS = 1_000_000_000n;

/** `@ethereumjs/evm`, with blocks and nonces as a chain would have them. */
export async function createEvm(): Promise<Machine> {
  const chainId = Number(DEFAULT_BLOCK.chainId);
  const common: Common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Cancun });
  const evm = await createEVM({ common, allowUnlimitedContractSize: true });
  const state = evm.stateManager;
  for (const account of DEV_ACCOUNTS)
    await state.putAccount(addressOf(account), createAccount({ balance: DEV_BALANCE }));

  const { author, baseFee, gasLimit } = DEFAULT_BLOCK;
  let { number, timestamp } = DEFAULT_BLOCK;
  const block = () => ({
    header: {
      number,
      timestamp,
      gasLimit,
      coinbase: addressOf(author),
      difficulty: 0n,
      prevRandao: new Uint8Array(32),
      baseFeePerGas: baseFee,
      getBlobGasPrice: () => 1n,
    },
  });

  const run = async (from: Address, to: Address | undefined, data: Hex, value: bigint): Promise<EVMResult> => {
    const caller = addressOf(from);
    const result = await evm.runCall({
      caller,
      origin: caller,
      ...(to && { to: addressOf(to) }),
      data: hexToBytes(data),
      value,
      gasLimit: GAS,
      gasPrice: baseFee,
      block: block(),
    });
    evm.transientStorage.clear();
    await evm.journal.cleanup();
    return result;
  };

  const accountOf = async (address: Address): Promise<Account> =>
    (await state.getAccount(addressOf(address))) ?? new Account();

  return {
    kind: 'evm',
    accounts: DEV_ACCOUNTS,
    code: ({ evmCode }) => evmCode,
    // Creation code holds that of the contracts that it makes.
    upload: () => {},
    async call({ from, to, data, value }) {
      await state.checkpoint();
      const result = await run(from, to, data, value);
      await state.revert();
      return { ...outcomeOf(result), logs: [] };
    },
    async send({ from, to, data, value }) {
      number += 1n;
      timestamp += 1n;
      const { nonce } = await accountOf(from);
      const result = await run(from, to, data, value);
      // What the machine counts is undone with a transaction that fails.
      const account = await accountOf(from);
      account.nonce = nonce + 1n;
      await state.putAccount(addressOf(from), account);
      const outcome = outcomeOf(result);
      const created = to === undefined && outcome.status === 'success' ? result.createdAddress : undefined;
      return { ...outcome, created: created && bytesToHex(created.bytes) };
    },
    balance: async (address) => (await accountOf(address)).balance,
    storage: async (address, slot) =>
      pad(bytesToHex(await state.getStorage(addressOf(address), hexToBytes(toHex(slot, { size: 32 })))), { size: 32 }),
    async mine(blocks) {
      number += BigInt(blocks);
      timestamp += BigInt(blocks);
    },
  };
}

function addressOf(address: Hex): EvmAddress {
  return new EvmAddress(hexToBytes(address));
}

function outcomeOf({ execResult }: EVMResult): RawOutcome {
  const { exceptionError, returnValue, logs = [] } = execResult;
  const status =
    exceptionError === undefined
      ? 'success'
      : exceptionError.error === EVMError.errorMessages.REVERT
        ? 'revert'
        : 'error';
  return {
    status,
    output: status === 'error' ? '0x' : bytesToHex(returnValue),
    logs:
      status === 'success'
        ? logs.map(([address, topics, data]) => ({
            address: bytesToHex(address),
            topics: topics.map((topic) => bytesToHex(topic)),
            data: bytesToHex(data),
          }))
        : [],
  };
}
