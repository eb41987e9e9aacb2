/**
 * The root hash of a trie as Substrate computes it: base 16, BLAKE2b-256, state version 1 (values of more than 32 bytes
 * are hashed into their node).
 *
 * A node is its header (kind and number of nibbles), its partial key, a branch's bitmap of children, its value, and
 * a branch's children. A child of fewer than 32 bytes is embedded, any other is referred to by its hash.
 */
import { blake2b } from '@noble/hashes/blake2.js';

/** A key and its value. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

// Headers: the prefix of each kind of node, and how many bits it takes of the first byte.
const EMPTY = 0x00;
const LEAF = { prefix: 0x40, bits: 2 };
const BRANCH = { prefix: 0x80, bits: 2 };
const BRANCH_WITH_VALUE = { prefix: 0xc0, bits: 2 };
const LEAF_WITH_HASH = { prefix: 0x20, bits: 3 };
const BRANCH_WITH_HASH = { prefix: 0x10, bits: 4 };

/** Values of this length on are replaced by their hash. */
const HASHED_VALUE_LENGTH = 33;
/** A child encoded to this length or more is replaced by its hash. */
const HASH_LENGTH = 32;
const MAX_NIBBLES = 0xffff;

/** The root of a trie with these entries, in any order; keys must be distinct. */
export function trieRoot(entries: Iterable<Entry>): Uint8Array {
  const sorted = [...entries].sort(([a], [b]) => compare(a, b));
  return hash(sorted.length === 0 ? [EMPTY] : node(sorted, 0));
}

/** The node for sorted entries that have their first `depth` nibbles in common. */
function node(entries: readonly Entry[], depth: number): number[] {
  const [firstKey, firstValue] = entries[0]!;
  if (entries.length === 1) {
    const hashed = firstValue.length >= HASHED_VALUE_LENGTH;
    const partial = nibbles(firstKey, depth, 2 * firstKey.length);
    return [...header(hashed ? LEAF_WITH_HASH : LEAF, partial), ...pack(partial), ...encodeValue(firstValue)];
  }

  // Sorted, so what the first and the last key share, all do.
  const end = sharedNibbles(firstKey, entries.at(-1)![0], depth);
  const hasValue = 2 * firstKey.length === end;
  const hashed = hasValue && firstValue.length >= HASHED_VALUE_LENGTH;
  const partial = nibbles(firstKey, depth, end);
  const children: number[] = [];
  let bitmap = 0;
  for (let start = hasValue ? 1 : 0; start < entries.length; ) {
    const branch = nibble(entries[start]![0], end);
    let stop = start + 1;
    while (stop < entries.length && nibble(entries[stop]![0], end) === branch) stop++;
    const child = node(entries.slice(start, stop), end + 1);
    children.push(...prefixed(child.length < HASH_LENGTH ? child : hash(child)));
    bitmap |= 1 << branch;
    start = stop;
  }
  const kind = hashed ? BRANCH_WITH_HASH : hasValue ? BRANCH_WITH_VALUE : BRANCH;
  const value = hasValue ? encodeValue(firstValue) : [];
  return [...header(kind, partial), ...pack(partial), bitmap & 0xff, bitmap >> 8, ...value, ...children];
}

function header(kind: { readonly prefix: number; readonly bits: number }, partial: readonly number[]): number[] {
  const count = Math.min(partial.length, MAX_NIBBLES);
  const max = 0xff >> kind.bits;
  if (count < max) return [kind.prefix | count];
  const bytes = [kind.prefix | max];
  let rest = count - max;
  for (; rest >= 0xff; rest -= 0xff) bytes.push(0xff);
  bytes.push(rest);
  return bytes;
}

function encodeValue(value: Uint8Array): ArrayLike<number> & Iterable<number> {
  return value.length >= HASHED_VALUE_LENGTH ? hash(value) : prefixed(value);
}

/** Bytes behind their length as a SCALE compact integer. Nothing here reaches the 64 bytes of its longer forms. */
function prefixed(bytes: ArrayLike<number> & Iterable<number>): number[] {
  return [bytes.length << 2, ...bytes];
}

function hash(bytes: Iterable<number>): Uint8Array {
  return blake2b(Uint8Array.from(bytes), { dkLen: HASH_LENGTH });
}

function nibble(key: Uint8Array, index: number): number {
  const byte = key[index >> 1]!;
  return index & 1 ? byte & 0xf : byte >> 4;
}

function nibbles(key: Uint8Array, start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => nibble(key, start + i));
}

/** Two nibbles a byte; of an odd number the first one has a byte of its own. */
function pack(partial: readonly number[]): number[] {
  const bytes: number[] = [];
  let i = partial.length % 2;
  if (i === 1) bytes.push(partial[0]!);
  for (; i < partial.length; i += 2) bytes.push((partial[i]! << 4) | partial[i + 1]!);
  return bytes;
}

/** The number of leading nibbles that two keys share, of which `from` are known. */
function sharedNibbles(a: Uint8Array, b: Uint8Array, from: number): number {
  const limit = 2 * Math.min(a.length, b.length);
  let i = from;
  while (i < limit && nibble(a, i) === nibble(b, i)) i++;
  return i;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
