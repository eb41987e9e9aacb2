import type { MinedBlock } from '../block.js';
import { formatBlock, formatReceipt, formatTransaction, toQuantity } from '../format.js';
import { blockTag, boolean, hash, quantity } from '../params.js';
import type { Method, MethodContext, Methods } from './method.js';

/** A method about the block with a hash, or null. */
function byHash(answer: (block: MinedBlock, params: readonly unknown[]) => unknown): Method {
  return ({ chain }, params) => {
    const block = chain.block({ blockHash: hash(params[0], 'hash') });
    return block === undefined ? null : answer(block, params);
  };
}

/** A method about the block with a number or tag, or null. */
function byNumber(answer: (block: MinedBlock, params: readonly unknown[]) => unknown): Method {
  return ({ chain }: MethodContext, params) => {
    const block = chain.block(blockTag(params[0], 'block'));
    return block === undefined ? null : answer(block, params);
  };
}

function whole(block: MinedBlock, [, withTransactions]: readonly unknown[]): unknown {
  return formatBlock(block, boolean(withTransactions, 'withTransactions'));
}

function transactionCount({ transaction }: MinedBlock): unknown {
  return toQuantity(transaction === undefined ? 0 : 1);
}

function transactionAt(block: MinedBlock, [, index]: readonly unknown[]): unknown {
  const isThere = quantity(index, 'index') === 0n && block.transaction !== undefined;
  return isThere ? formatTransaction(block.transaction, block) : null;
}

/** Blocks, and what is in them. */
export const BLOCK_METHODS: Methods = {
  eth_blockNumber: ({ chain }) => toQuantity(chain.latest.number),
  eth_getBlockByHash: byHash(whole),
  eth_getBlockByNumber: byNumber(whole),
  eth_getBlockTransactionCountByHash: byHash(transactionCount),
  eth_getBlockTransactionCountByNumber: byNumber(transactionCount),
  eth_getTransactionByBlockHashAndIndex: byHash(transactionAt),
  eth_getTransactionByBlockNumberAndIndex: byNumber(transactionAt),
  eth_getBlockReceipts: byNumber((block) =>
    block.transaction === undefined ? [] : [formatReceipt(block.transaction, block)],
  ),
};
