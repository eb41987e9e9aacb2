import { toHex } from '../../hex.js';
import { toQuantity } from '../format.js';
import { errorOf } from '../outcome.js';
import { address, blockTag, callParams, slot } from '../params.js';
import { invalidParams } from '../rpcError.js';
import type { Method, Methods } from './method.js';
import { requestOf } from './transactions.js';

/** A method about an account, at the latest block or in the next. */
function ofAccount(read: (...args: Parameters<Method>) => unknown, tagIndex = 1): Method {
  return (context, params) => {
    context.chain.requireState(blockTag(params[tagIndex], 'block'));
    return read(context, params);
  };
}

/** What there is at the latest block, and what transactions would do then. */
export const STATE_METHODS: Methods = {
  eth_getBalance: ofAccount(({ chain }, [who]) => toQuantity(chain.sandbox.balanceOf(address(who, 'address')))),
  eth_getTransactionCount: ofAccount(({ chain }, [who]) => toQuantity(chain.sandbox.nonceOf(address(who, 'address')))),
  eth_getCode: ofAccount(({ chain }, [who]) => {
    const code = chain.sandbox.codeOf(address(who, 'address'));
    return code === undefined ? '0x' : toHex(code);
  }),
  eth_getStorageAt: ofAccount(({ chain }, [who, position]) => {
    const value = chain.sandbox.storageAt(address(who, 'address'), slot(position, 'slot')) ?? '0x';
    // Solidity's values fill a word; what other contracts store may be longer, and is not cut.
    return `0x${value.slice(2).padStart(64, '0')}`;
  }, 2),

  eth_call({ chain }, [transaction, block, overrides]) {
    if (overrides !== undefined && overrides !== null)
      throw invalidParams('eth_call: state overrides are not supported');
    const result = chain.simulate(requestOf(chain, callParams(transaction)), blockTag(block, 'block'));
    const error = errorOf(result);
    if (error !== undefined) throw error;
    return result.data;
  },

  eth_estimateGas({ chain }, [transaction, block]) {
    // What is being estimated will be in the next block.
    const tag = blockTag(block ?? 'pending', 'block');
    return toQuantity(chain.estimateGas(requestOf(chain, callParams(transaction)), tag === 'latest' ? 'pending' : tag));
  },
};
