import { keccakHex } from '../../addresses.js';
import { fromHex } from '../../hex.js';
import { toQuantity } from '../format.js';
import { amount, blockTag, data, object, quantity } from '../params.js';
import { invalidParams, ProviderRpcError, RpcErrorCode } from '../rpcError.js';
import type { Methods } from './method.js';

/** As many blocks as `eth_feeHistory` tells of at once, as geth has it. */
const MAX_FEE_HISTORY = 1024n;

/** What the chain is, and what its gas costs. */
export const NETWORK_METHODS: Methods = {
  web3_clientVersion: () => 'polkavm-js',
  web3_sha3: (_, [input]) => keccakHex(fromHex(data(input, 'data'))),
  net_version: ({ chain }) => String(chain.sandbox.block.chainId),
  net_listening: () => true,
  net_peerCount: () => '0x0',
  eth_chainId: ({ chain }) => toQuantity(chain.sandbox.block.chainId),
  eth_syncing: () => false,
  eth_mining: () => false,
  eth_protocolVersion: () => '0x41',
  eth_coinbase: ({ chain }) => chain.sandbox.block.author,
  eth_gasPrice: ({ chain }) => toQuantity(chain.sandbox.block.baseFee),
  eth_maxPriorityFeePerGas: () => '0x0',

  eth_feeHistory({ chain }, [count, newest, percentiles]) {
    const wanted = amount(count, 'blockCount');
    const block = chain.requireBlock(blockTag(newest, 'newestBlock'));
    if (percentiles !== undefined && percentiles !== null && !Array.isArray(percentiles)) {
      throw invalidParams('rewardPercentiles: expected a list');
    }
    const most = wanted < MAX_FEE_HISTORY ? wanted : MAX_FEE_HISTORY;
    const blocks = most === 0n ? [] : chain.blocks(block.number > most ? block.number - most + 1n : 0n, block.number);
    const fees = blocks.map(({ baseFee }) => toQuantity(baseFee));
    return {
      oldestBlock: toQuantity(blocks[0]?.number ?? block.number),
      // The next block's is known as well.
      baseFeePerGas: [...fees, toQuantity(chain.sandbox.block.baseFee)],
      gasUsedRatio: blocks.map(({ transaction, gasLimit }) => Number(transaction?.gasUsed ?? 0n) / Number(gasLimit)),
      ...(Array.isArray(percentiles) && { reward: blocks.map(() => percentiles.map(() => '0x0')) }),
    };
  },

  wallet_switchEthereumChain({ chain }, [target]) {
    const chainId = quantity(object(target, 'chain').chainId, 'chain.chainId');
    if (chainId !== chain.sandbox.block.chainId) {
      throw new ProviderRpcError(
        RpcErrorCode.unrecognizedChain,
        `there is only one chain here, ${chain.sandbox.block.chainId}, got ${chainId}`,
      );
    }
    return null;
  },
};
