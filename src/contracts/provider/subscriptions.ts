import type { MinedBlock } from './block.js';
import { type FilterKind, matchingLogs } from './filters.js';
import { formatBlock } from './format.js';
import { Registry } from './registry.js';

/** Who wants to be told: with the subscription's id, and a block, a transaction's hash or a log. */
export type Notify = (subscription: string, result: unknown) => void;

/** What clients want to be told as it happens. */
export class Subscriptions {
  readonly #notify: Notify;
  readonly #wanted = new Registry<FilterKind>();

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Returns the id that notifications will carry. */
  add(wanted: FilterKind): string {
    return this.#wanted.add(wanted);
  }

  /** Whether there was such a subscription. */
  remove(id: string): boolean {
    return this.#wanted.remove(id);
  }

  /** Tells everyone of a block. */
  announce(block: MinedBlock): void {
    for (const [id, wanted] of this.#wanted) {
      for (const result of news(block, wanted)) this.#notify(id, result);
    }
  }
}

function news(block: MinedBlock, wanted: FilterKind): readonly unknown[] {
  switch (wanted.kind) {
    case 'blocks':
      return [formatBlock(block, false)];
    case 'transactions':
      return block.transaction === undefined ? [] : [block.transaction.hash];
    case 'logs':
      return matchingLogs(block, wanted.filter);
  }
}
