import { logsOf } from '../filters.js';
import { logFilter, shown } from '../params.js';
import { invalidParams } from '../rpcError.js';
import type { Methods } from './method.js';

/** Events: those that were, those that come, and being told. */
export const LOG_METHODS: Methods = {
  eth_getLogs: ({ chain }, [filter]) => logsOf(chain, logFilter(filter)),
  eth_newFilter: ({ filters }, [filter]) => filters.install({ kind: 'logs', filter: logFilter(filter) }),
  eth_newBlockFilter: ({ filters }) => filters.install({ kind: 'blocks' }),
  eth_newPendingTransactionFilter: ({ filters }) => filters.install({ kind: 'transactions' }),
  eth_getFilterChanges: ({ filters }, [id]) => filters.changes(filterId(id)),
  eth_getFilterLogs: ({ filters }, [id]) => filters.logs(filterId(id)),
  eth_uninstallFilter: ({ filters }, [id]) => filters.uninstall(filterId(id)),

  eth_subscribe({ subscriptions }, [kind, filter]) {
    switch (kind) {
      case 'newHeads':
        return subscriptions.add({ kind: 'blocks' });
      case 'newPendingTransactions':
        return subscriptions.add({ kind: 'transactions' });
      case 'logs':
        return subscriptions.add({ kind: 'logs', filter: logFilter(filter ?? {}) });
      default:
        throw invalidParams(`subscription: expected newHeads, newPendingTransactions or logs, got ${shown(kind)}`);
    }
  },
  eth_unsubscribe: ({ subscriptions }, [id]) => subscriptions.remove(filterId(id)),
};

function filterId(value: unknown): string {
  if (typeof value !== 'string') throw invalidParams(`filter id: expected a string, got ${shown(value)}`);
  return value;
}
