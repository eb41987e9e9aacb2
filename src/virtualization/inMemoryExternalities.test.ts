import { describe, expect, it } from 'vitest';
import { Extensions } from './extensions.js';
import { childRootKey } from './externalities.js';
import { InMemoryExternalities } from './inMemoryExternalities.js';
import { trieRoot } from './trieRoot.js';

const utf8 = new TextEncoder();
const key = utf8.encode('key');
const trie = utf8.encode('contracts');

describe('InMemoryExternalities', () => {
  it('starts with what it is given', () => {
    const extensions = new Extensions();
    const ext = new InMemoryExternalities({
      storage: [[key, Uint8Array.of(1)]],
      childStorage: [[trie, [[key, Uint8Array.of(2)]]]],
      extensions,
    });
    expect(ext.storage(key)).toEqual(Uint8Array.of(1));
    expect(ext.childStorage(trie, key)).toEqual(Uint8Array.of(2));
    expect(ext.extensions).toBe(extensions);
  });

  it('keeps the tries apart', () => {
    const ext = new InMemoryExternalities();
    ext.setChildStorage(trie, key, Uint8Array.of(1));
    expect(ext.storage(key)).toBeUndefined();
    expect(ext.childStorage(utf8.encode('contract'), key)).toBeUndefined();
    expect(ext.childStorage(utf8.encode('contractsk'), utf8.encode('ey'))).toBeUndefined();
  });

  it('tells an empty value from none, and removes', () => {
    const ext = new InMemoryExternalities();
    ext.setStorage(key, new Uint8Array(0));
    expect(ext.storage(key)).toEqual(new Uint8Array(0));
    ext.setStorage(key, undefined);
    expect(ext.storage(key)).toBeUndefined();
  });

  it('takes keys that are empty or large, and compares them by their bytes', () => {
    const ext = new InMemoryExternalities();
    const large = new Uint8Array(2 ** 20).fill(0xff);
    ext.setStorage(new Uint8Array(0), Uint8Array.of(1));
    ext.setStorage(large, Uint8Array.of(2));
    expect(ext.storage(new Uint8Array(0))).toEqual(Uint8Array.of(1));
    expect(ext.storage(large.slice())).toEqual(Uint8Array.of(2));
    large[large.length - 1] = 0xfe;
    expect(ext.storage(large)).toBeUndefined();
  });

  it('copies values in', () => {
    const ext = new InMemoryExternalities();
    const value = Uint8Array.of(1);
    ext.setStorage(key, value);
    value[0] = 2;
    expect(ext.storage(key)).toEqual(Uint8Array.of(1));
  });

  it("has a child trie's root in the main trie as long as the child has entries", () => {
    const ext = new InMemoryExternalities();
    const root = utf8.encode(':child_storage:default:contracts');
    expect(childRootKey(trie)).toEqual(root);
    expect(ext.storage(root)).toBeUndefined();
    ext.setChildStorage(trie, key, Uint8Array.of(1));
    expect(ext.storage(root)).toEqual(trieRoot([[key, Uint8Array.of(1)]]));
    ext.setChildStorage(trie, key, Uint8Array.of(2));
    expect(ext.storage(root)).toEqual(trieRoot([[key, Uint8Array.of(2)]]));
    ext.setChildStorage(trie, key, undefined);
    expect(ext.storage(root)).toBeUndefined();
    expect(() => ext.setStorage(root, new Uint8Array(32))).toThrow("':child_storage:default:'");
  });
});
