import type { Random } from './random.js';

const LENGTH_FIELD = { offset: 5, size: 8 };
/** Bytes that mean something to a parser: limits of numbers, prefixes of varints, ids of sections. */
const TELLING_BYTES = [0, 1, 2, 3, 6, 0x7f, 0x80, 0xbf, 0xc0, 0xe0, 0xf0, 0xf7, 0xf8, 0xff];

/**
 * A damaged copy of a blob: bits flipped, bytes replaced, stretches cut out, doubled or taken from another blob, the end
 * cut off. Most copies get the length field that fits them, since a parser looks no further when it does not.
 */
export function mutate(blob: Uint8Array, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = Uint8Array.from(blob);
  for (let count = 1 + random.below(4); count > 0; count--)
    bytes = MUTATIONS[random.below(MUTATIONS.length)]!(bytes, corpus, random);
  if (random.below(8) !== 0 && bytes.length >= LENGTH_FIELD.offset + LENGTH_FIELD.size) {
    new DataView(bytes.buffer).setBigUint64(LENGTH_FIELD.offset, BigInt(bytes.length), true);
  }
  return bytes;
}

type Mutation = (
  bytes: Uint8Array<ArrayBuffer>,
  corpus: readonly Uint8Array[],
  random: Random,
) => Uint8Array<ArrayBuffer>;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, _, random) {
    if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return bytes;
  },
  function flipBitOfHead(bytes, _, random) {
    if (bytes.length > 0) bytes[random.below(Math.min(bytes.length, 64))]! ^= 1 << random.below(8);
    return bytes;
  },
  function replaceByte(bytes, _, random) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  function replaceByTellingByte(bytes, _, random) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(TELLING_BYTES);
    return bytes;
  },
  function truncate(bytes, _, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function cutOut(bytes, _, random) {
    const from = random.below(bytes.length);
    return join(bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(16)));
  },
  function double(bytes, _, random) {
    const from = random.below(bytes.length);
    const to = from + 1 + random.below(32);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  function splice(bytes, corpus, random) {
    const other = random.pick(corpus);
    return join(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
  },
  function overwrite(bytes, corpus, random) {
    const other = random.pick(corpus);
    const from = random.below(other.length);
    const at = random.below(bytes.length);
    bytes.set(other.subarray(from, from + Math.min(1 + random.below(32), bytes.length - at)), at);
    return bytes;
  },
];

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}
