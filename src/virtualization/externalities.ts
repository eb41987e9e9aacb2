import type { Extensions } from './extensions.js';

/**
 * What the host functions need from the host: its state and its extensions. Implement it over a database, a fork of
 * a live chain, or take {@link InMemoryExternalities}.
 */
export interface Externalities {
  /** The value at a key of the main trie, or undefined if there is none. An empty value is a value. */
  storage(key: Uint8Array): Uint8Array | undefined;
  /** The value at a key of the default child trie of that name, or undefined if there is none. */
  childStorage(childTrie: Uint8Array, key: Uint8Array): Uint8Array | undefined;
  /** Where the host functions look for their {@link VirtManagerExt}. */
  readonly extensions: Extensions;
}

const utf8 = new TextEncoder();
const DEFAULT_CHILD_STORAGE_PREFIX = utf8.encode(':child_storage:default:');

/** The key of the main trie that holds the root of the default child trie of that name. */
export function childRootKey(childTrie: Uint8Array): Uint8Array {
  const key = new Uint8Array(DEFAULT_CHILD_STORAGE_PREFIX.length + childTrie.length);
  key.set(DEFAULT_CHILD_STORAGE_PREFIX);
  key.set(childTrie, DEFAULT_CHILD_STORAGE_PREFIX.length);
  return key;
}
