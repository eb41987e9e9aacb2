import { bytesKey } from './bytesKey.js';
import { Extensions } from './extensions.js';
import { childRootKey, type Externalities } from './externalities.js';
import { type Entry, trieRoot } from './trieRoot.js';

/** What an {@link InMemoryExternalities} starts with. */
export interface InMemoryState {
  /** The main trie. */
  readonly storage?: Iterable<Entry>;
  /** The default child tries, by name. */
  readonly childStorage?: Iterable<readonly [childTrie: Uint8Array, entries: Iterable<Entry>]>;
  /** The extensions. Default: none. */
  readonly extensions?: Extensions;
}

/** Externalities that keep everything in memory: for tests, examples and tools. */
export class InMemoryExternalities implements Externalities {
  readonly extensions: Extensions;
  readonly #main = new Trie();
  /** The child tries, by the key of the main trie that has their root. */
  readonly #children = new Map<string, Trie>();

  constructor(init: InMemoryState = {}) {
    this.extensions = init.extensions ?? new Extensions();
    for (const [key, value] of init.storage ?? []) this.setStorage(key, value);
    for (const [childTrie, entries] of init.childStorage ?? []) {
      for (const [key, value] of entries) this.setChildStorage(childTrie, key, value);
    }
  }

  /** The value at a key of the main trie, among them the roots of the child tries ({@link childRootKey}). */
  storage(key: Uint8Array): Uint8Array | undefined {
    return this.#children.get(bytesKey(key))?.root() ?? this.#main.get(key);
  }

  childStorage(childTrie: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    return this.#children.get(bytesKey(childRootKey(childTrie)))?.get(key);
  }

  /**
   * Set the value at a key of the main trie; undefined removes it.
   * @throws RangeError if the key is one that has the root of a child trie: roots follow from what the trie holds.
   */
  setStorage(key: Uint8Array, value: Uint8Array | undefined): void {
    if (bytesKey(key).startsWith(CHILD_ROOT_PREFIX)) {
      throw new RangeError(
        `key: got one that starts with '${CHILD_ROOT_PREFIX}', which holds the root of a child trie; expected setChildStorage`,
      );
    }
    this.#main.set(key, value);
  }

  /** Set the value at a key of a default child trie; undefined removes it. A trie without entries does not exist. */
  setChildStorage(childTrie: Uint8Array, key: Uint8Array, value: Uint8Array | undefined): void {
    const name = bytesKey(childRootKey(childTrie));
    const trie = this.#children.get(name) ?? new Trie();
    trie.set(key, value);
    if (trie.isEmpty) this.#children.delete(name);
    else this.#children.set(name, trie);
  }
}

const CHILD_ROOT_PREFIX = bytesKey(childRootKey(new Uint8Array(0)));

/** Entries by key, and their root once somebody asks for it. */
class Trie {
  readonly #entries = new Map<string, Entry>();
  #root: Uint8Array | undefined;

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(bytesKey(key))?.[1];
  }

  set(key: Uint8Array, value: Uint8Array | undefined): void {
    this.#root = undefined;
    // Copies: the caller may go on using its arrays.
    if (value === undefined) this.#entries.delete(bytesKey(key));
    else this.#entries.set(bytesKey(key), [key.slice(), value.slice()]);
  }

  root(): Uint8Array {
    this.#root ??= trieRoot(this.#entries.values());
    return this.#root;
  }
}
