import { formatTrace, traceConfig } from '../callTrace.js';
import { errorOf } from '../outcome.js';
import { blockTag, callParams, hash } from '../params.js';
import { notFound, ProviderRpcError, RpcErrorCode } from '../rpcError.js';
import type { Methods } from './method.js';
import { requestOf } from './transactions.js';

/** What happens inside of transactions. */
export const DEBUG_METHODS: Methods = {
  debug_traceCall({ chain }, [transaction, block, options]) {
    const config = traceConfig(options);
    const request = { ...requestOf(chain, callParams(transaction)), trace: true };
    const result = chain.simulate(request, blockTag(block, 'block'));
    if (result.trace !== undefined) return formatTrace(result.trace, config);
    // Not even the first frame came to be.
    throw errorOf(result) ?? new ProviderRpcError(RpcErrorCode.internal, 'the transaction left no trace');
  },

  debug_traceTransaction({ chain }, [wanted, options]) {
    const config = traceConfig(options);
    const transactionHash = hash(wanted, 'hash');
    const trace = chain.trace(transactionHash);
    if (trace !== undefined) return formatTrace(trace, config);
    const message =
      chain.transaction(transactionHash) === undefined ? 'transaction not found' : 'its trace is not kept';
    throw notFound(`${transactionHash}: ${message}`);
  },
};
