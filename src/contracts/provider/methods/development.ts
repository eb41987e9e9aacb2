import { CodeRejectedError } from '../../errors.js';
import { toQuantity } from '../format.js';
import { address, amount, data, hash, quantity, slot } from '../params.js';
import { serverError } from '../rpcError.js';
import type { Method, Methods } from './method.js';

const mineSeveral: Method = ({ chain }, [count, interval]) => {
  chain.mine(
    count === undefined ? 1n : amount(count, 'count'),
    interval === undefined ? 1n : amount(interval, 'interval'),
  );
  return null;
};

const setBalance: Method = ({ chain }, [who, balance]) => {
  chain.sandbox.setBalance(address(who, 'address'), amount(balance, 'balance', 256));
  return true;
};

const setNonce: Method = ({ chain }, [who, nonce]) => {
  chain.sandbox.setNonce(address(who, 'address'), amount(nonce, 'nonce'));
  return true;
};

const setStorageAt: Method = ({ chain }, [who, position, value]) => {
  // What Solidity has in a slot.
  chain.sandbox.setStorageAt(address(who, 'address'), slot(position, 'slot'), hash(value, 'value'));
  return true;
};

const impersonate: Method = ({ wallet }, [who]) => {
  wallet.impersonate(address(who, 'address'));
  return true;
};

const stopImpersonating: Method = ({ wallet }, [who]) => {
  wallet.stopImpersonating(address(who, 'address'));
  return true;
};

/** What only development nodes do, by the names that anvil and hardhat have for it. */
export const DEVELOPMENT_METHODS: Methods = {
  evm_snapshot: ({ chain }) => toQuantity(chain.snapshot()),
  evm_revert: ({ chain }, [id]) => chain.revert(Number(quantity(id, 'snapshot', 53))),

  evm_mine({ chain }, [timestamp]) {
    if (timestamp !== undefined && timestamp !== null) chain.setNextTimestamp(amount(timestamp, 'timestamp'));
    chain.mine(1n, 1n);
    return '0x0';
  },

  evm_increaseTime: ({ chain }, [seconds]) => toQuantity(chain.increaseTime(amount(seconds, 'seconds'))),

  evm_setNextBlockTimestamp({ chain }, [timestamp]) {
    chain.setNextTimestamp(amount(timestamp, 'timestamp'));
    return null;
  },

  /** Keeps a program so that contracts can create it by its hash, and returns that. */
  pvm_uploadCode({ chain }, [code]) {
    try {
      return chain.sandbox.upload(data(code, 'code'));
    } catch (error) {
      if (error instanceof CodeRejectedError) throw serverError(error.message);
      throw error;
    }
  },

  anvil_mine: mineSeveral,
  hardhat_mine: mineSeveral,
  anvil_setBalance: setBalance,
  hardhat_setBalance: setBalance,
  anvil_setNonce: setNonce,
  hardhat_setNonce: setNonce,
  anvil_setStorageAt: setStorageAt,
  hardhat_setStorageAt: setStorageAt,
  anvil_impersonateAccount: impersonate,
  hardhat_impersonateAccount: impersonate,
  anvil_stopImpersonatingAccount: stopImpersonating,
  hardhat_stopImpersonatingAccount: stopImpersonating,
};
