import type { MinedBlock } from './block.js';
import type { Chain } from './chain.js';
import { type FormattedLog, formatLogs } from './format.js';
import type { LogFilter } from './params.js';
import { Registry } from './registry.js';
import { notFound, ProviderRpcError, RpcErrorCode } from './rpcError.js';

/** As many logs as one answer has. */
const MAX_LOGS = 50_000;

/** What a filter waits for. */
export type FilterKind =
  | { readonly kind: 'blocks' }
  | { readonly kind: 'transactions' }
  | { readonly kind: 'logs'; readonly filter: LogFilter };

interface Filter {
  readonly wanted: FilterKind;
  /** The number of the block that is to be looked at next. */
  next: bigint;
}

/** The logs of the chain that a filter lets through. @throws ProviderRpcError for too many, or for unknown blocks */
export function logsOf(chain: Chain, filter: LogFilter): readonly FormattedLog[] {
  const from = numberOf(chain, filter.from);
  const to = numberOf(chain, filter.to);
  return logsBetween(chain, filter, from, to);
}

/** Those logs of one block that a filter lets through, wherever the block is. */
export function matchingLogs(block: MinedBlock, { addresses, topics }: LogFilter): readonly FormattedLog[] {
  return formatLogs(block).filter(
    (log) =>
      (addresses.length === 0 || addresses.includes(log.address)) &&
      topics.every((wanted, i) => wanted === undefined || wanted.includes(log.topics[i] ?? '0x')) &&
      topics.length <= log.topics.length,
  );
}

/** Filters that clients have installed, to ask again and again what is new. */
export class Filters {
  readonly #chain: Chain;
  readonly #filters = new Registry<Filter>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Returns the id to ask with. */
  install(wanted: FilterKind): string {
    const next = this.#chain.latest.number + 1n;
    const from = wanted.kind === 'logs' && typeof wanted.filter.from === 'bigint' ? wanted.filter.from : next;
    return this.#filters.add({ wanted, next: from });
  }

  /** Whether there was such a filter. */
  uninstall(id: string): boolean {
    return this.#filters.remove(id);
  }

  /** What has come since this was last asked: hashes of blocks or transactions, or logs. @throws ProviderRpcError */
  changes(id: string): readonly unknown[] {
    const filter = this.#filter(id);
    const { wanted } = filter;
    const latest = this.#chain.latest.number;
    // After a revert to a snapshot there are fewer blocks than were seen.
    const from = filter.next > latest + 1n ? latest + 1n : filter.next;
    filter.next = latest + 1n;
    if (wanted.kind === 'logs') {
      const end = numberOf(this.#chain, wanted.filter.to);
      return logsBetween(this.#chain, wanted.filter, from, end < latest ? end : latest);
    }
    const blocks = this.#chain.blocks(from, latest);
    if (wanted.kind === 'blocks') return blocks.map(({ hash }) => hash);
    return blocks.flatMap(({ transaction }) => (transaction === undefined ? [] : [transaction.hash]));
  }

  /** All logs that a filter lets through, old ones included. @throws ProviderRpcError */
  logs(id: string): readonly FormattedLog[] {
    const { wanted } = this.#filter(id);
    if (wanted.kind !== 'logs') throw notFound(`filter ${id} is not one for logs`);
    return logsOf(this.#chain, wanted.filter);
  }

  #filter(id: string): Filter {
    const filter = this.#filters.get(id);
    if (filter === undefined) throw notFound(`filter not found: ${id}`);
    return filter;
  }
}

function logsBetween(chain: Chain, filter: LogFilter, from: bigint, to: bigint): readonly FormattedLog[] {
  const logs: FormattedLog[] = [];
  for (const block of chain.blocks(from, to)) {
    logs.push(...matchingLogs(block, filter));
    if (logs.length > MAX_LOGS) {
      const message = `query returned more than ${MAX_LOGS} logs: ask for fewer blocks`;
      throw new ProviderRpcError(RpcErrorCode.limitExceeded, message);
    }
  }
  return logs;
}

/** A block that does not exist yet is past the end, which is no mistake; a hash that no block has is one. */
function numberOf(chain: Chain, tag: LogFilter['from']): bigint {
  if (typeof tag === 'bigint') return tag;
  const block = chain.block(tag);
  if (block === undefined) throw notFound('there is no block with that hash');
  return block.number;
}
