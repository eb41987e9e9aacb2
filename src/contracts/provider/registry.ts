import { toQuantity } from './format.js';

/** As many entries as a registry may have; the ones that were made first are forgotten. */
const MAX_ENTRIES = 1000;

/** What clients have asked for, by ids that are given out in order. */
export class Registry<T> {
  readonly #entries = new Map<string, T>();
  #nextId = 1;

  /** Returns the id of a new entry. */
  add(entry: T): string {
    const id = toQuantity(this.#nextId++);
    this.#entries.set(id, entry);
    keepLatest(this.#entries, MAX_ENTRIES);
    return id;
  }

  /** Undefined if there is no such entry, or no longer. */
  get(id: string): T | undefined {
    return this.#entries.get(id);
  }

  /** Whether there was such an entry. */
  remove(id: string): boolean {
    return this.#entries.delete(id);
  }

  /** Ids and entries, in their order. */
  [Symbol.iterator](): IterableIterator<[id: string, entry: T]> {
    return this.#entries.entries();
  }
}

/** Forgets the entries of a map that were made first, until no more than `count` are left. */
export function keepLatest(map: Map<string, unknown>, count: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= count) return;
    map.delete(oldest);
  }
}
