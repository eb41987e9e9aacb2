import type { MinedBlock } from './block.js';
import { type FilterKind, matchingLogs } from './filters.js';
import { formatBlock, toQuantity } from './format.js';

/** Who wants to be told: with the subscription's id, and a block, a transaction's hash or a log. */
export type Notify = (subscription: string, result: unknown) => void;

/** As many subscriptions as there may be; the ones that were made first are forgotten. */
const MAX_SUBSCRIPTIONS = 1000;

/** What clients want to be told as it happens. */
export class Subscriptions {
  readonly #notify: Notify;
  readonly #wanted = new Map<string, FilterKind>();
  #nextId = 1;

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Returns the id that notifications will carry. */
  add(wanted: FilterKind): string {
    const id = toQuantity(this.#nextId++);
    this.#wanted.set(id, wanted);
    for (const oldest of this.#wanted.keys()) {
      if (this.#wanted.size <= MAX_SUBSCRIPTIONS) break;
      this.#wanted.delete(oldest);
    }
    return id;
  }

  /** Whether there was such a subscription. */
  remove(id: string): boolean {
    return this.#wanted.delete(id);
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
