import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromHex, type Hex, toHex } from '../hex.js';
import type { Log } from '../results.js';

const BLOOM_SIZE = 256;
/** Each address and topic sets three of the bloom's 2048 bits. */
const BITS = [0, 2, 4];

/** The bloom filter over the addresses and topics of logs, 256 bytes (Ethereum yellow paper, section 4.3.1). */
export function logsBloom(logs: readonly Log[]): Hex {
  const bloom = new Uint8Array(BLOOM_SIZE);
  for (const { address, topics } of logs) {
    for (const entry of [address, ...topics]) {
      const hash = keccak_256(fromHex(entry));
      for (const at of BITS) {
        const bit = ((hash[at]! << 8) | hash[at + 1]!) & 2047;
        bloom[BLOOM_SIZE - 1 - (bit >> 3)]! |= 1 << (bit & 7);
      }
    }
  }
  return toHex(bloom);
}
