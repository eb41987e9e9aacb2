import { keccakHex } from '../../addresses.js';
import type { Hex } from '../../hex.js';
import type { TransactionRequest } from '../../sandbox.js';
import type { Chain } from '../chain.js';
import { formatReceipt, formatTransaction } from '../format.js';
import { address, type CallParams, callParams, data, hash } from '../params.js';
import { decodeTransaction } from '../rawTransaction.js';
import { invalidParams } from '../rpcError.js';
import { effectiveGasPrice, NO_SIGNATURE, type Transaction } from '../transaction.js';
import type { Methods } from './method.js';

/** What a client has described, as a sandbox takes it. */
export function requestOf(chain: Chain, params: CallParams): TransactionRequest {
  const { from, to, data: input, value, gas } = params;
  const { baseFee, gasLimit } = chain.sandbox.block;
  const gasPrice = effectiveGasPrice(params, baseFee);
  // A call may ask for more gas than a block has; nobody waits for that.
  const limit = gas !== undefined && gas > gasLimit ? gasLimit : gas;
  return { to, data: input, value, gasPrice, ...(from && { from }), ...(limit !== undefined && { gas: limit }) };
}

/** Transactions: sending, signing and finding them. */
export const TRANSACTION_METHODS: Methods = {
  eth_accounts: ({ wallet }) => wallet.accounts,
  eth_requestAccounts: ({ wallet }) => wallet.accounts,

  eth_sendTransaction({ chain, wallet }, [params]) {
    const call = callParams(params);
    if (call.from === undefined) throw invalidParams('transaction.from: expected an address, got nothing');
    return chain.submit(complete(chain, call, wallet.requireAccount(call.from))).hash;
  },

  async eth_sendRawTransaction({ chain }, [raw]) {
    return chain.submit(await decodeTransaction(data(raw, 'transaction'))).hash;
  },

  personal_sign: ({ wallet }, [message, who]) => wallet.signMessage(address(who, 'address'), data(message, 'message')),
  eth_sign: ({ wallet }, [who, message]) => wallet.signMessage(address(who, 'address'), data(message, 'message')),
  eth_signTypedData_v4: ({ wallet }, [who, typedData]) => wallet.signTypedData(address(who, 'address'), typedData),

  eth_getTransactionByHash({ chain }, [wanted]) {
    const transaction = chain.transaction(hash(wanted, 'hash'));
    return transaction === undefined ? null : formatTransaction(transaction, chain.block(transaction.blockNumber)!);
  },

  eth_getTransactionReceipt({ chain }, [wanted]) {
    const transaction = chain.transaction(hash(wanted, 'hash'));
    return transaction === undefined ? null : formatReceipt(transaction, chain.block(transaction.blockNumber)!);
  },
};

/** Fills in what a client leaves to its node. */
function complete(chain: Chain, params: CallParams, from: Hex): Transaction {
  const { to, data: input, value, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = params;
  if (gasPrice !== undefined && (maxFeePerGas ?? maxPriorityFeePerGas) !== undefined) {
    throw invalidParams('transaction: expected gasPrice or maxFeePerGas, got both');
  }
  const { baseFee, chainId } = chain.sandbox.block;
  const nonce = params.nonce ?? chain.sandbox.nonceOf(from);
  const isLegacy = gasPrice !== undefined;
  const unsigned = {
    type: isLegacy ? 0 : 2,
    from,
    to,
    nonce,
    data: input,
    value,
    gas: params.gas ?? chain.estimateGas(requestOf(chain, params), 'pending'),
    gasPrice,
    maxFeePerGas: isLegacy ? undefined : (maxFeePerGas ?? baseFee + (maxPriorityFeePerGas ?? 0n)),
    maxPriorityFeePerGas: isLegacy ? undefined : (maxPriorityFeePerGas ?? 0n),
    chainId: params.chainId ?? chainId,
    accessList: [],
  } as const;
  return { ...unsigned, hash: hashOfUnsigned(unsigned), signature: NO_SIGNATURE };
}

/** Nobody has signed it, so that there are no bytes whose hash it could have. */
function hashOfUnsigned(transaction: Omit<Transaction, 'hash' | 'signature'>): Hex {
  const text = JSON.stringify(transaction, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return keccakHex(new TextEncoder().encode(text));
}
