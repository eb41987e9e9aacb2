import { blake2b } from '@noble/hashes/blake2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trieRoot } from './trieRoot.js';

const utf8 = new TextEncoder();
const hash = (bytes: ArrayLike<number>): Uint8Array => blake2b(Uint8Array.from(bytes), { dkLen: 32 });

describe('trieRoot', () => {
  it('gives the root that Substrate gives for no entries', () => {
    expect(bytesToHex(trieRoot([]))).toBe('03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314');
  });

  it('gives the roots that Substrate gives for one entry', () => {
    expect(bytesToHex(trieRoot([[utf8.encode('abcd'), utf8.encode('hello world')]]))).toBe(
      '7ab18659d3b2789ef2400d107104c7d4fb93d06d9ab6a8b641a5de7c3fecc851',
    );
    // A partial key of more nibbles than the header's first byte can count.
    const key = `01090073636f7265732f7631${'01'.repeat(32)}`;
    expect(bytesToHex(trieRoot([[hexToBytes(key), hexToBytes('2a00000000000000')]]))).toBe(
      '802e9d7821c66ad0f0747bf287bf46410819ca9f2aa787411522f26577e766bd',
    );
  });

  it('embeds small children in their branch', () => {
    const entries = [
      [Uint8Array.of(0x48, 0x19), Uint8Array.of(0xfe)],
      [Uint8Array.of(0x13, 0x14), Uint8Array.of(0xff)],
    ] as const;
    const first = [5 << 2, 0x43, 0x03, 0x14, 1 << 2, 0xff];
    const second = [5 << 2, 0x43, 0x08, 0x19, 1 << 2, 0xfe];
    expect(trieRoot(entries)).toEqual(hash([0x80, 0x12, 0x00, ...first, ...second]));
  });

  it('refers to large children by their hash, and gives a branch the value at its own key', () => {
    const large = new Uint8Array(32).fill(7);
    const entries = [
      [Uint8Array.of(0x12), Uint8Array.of(9)],
      [Uint8Array.of(0x12, 0xf3), large],
    ] as const;
    const leaf = [0x41, 0x03, 32 << 2, ...large];
    expect(trieRoot(entries)).toEqual(hash([0xc2, 0x12, 0x00, 0x80, 1 << 2, 9, 32 << 2, ...hash(leaf)]));
  });

  it('hashes values of more than 32 bytes into their node', () => {
    const value = new Uint8Array(33).fill(7);
    expect(trieRoot([[Uint8Array.of(0x12), value]])).toEqual(hash([0x22, 0x12, ...hash(value)]));
    const entries = [
      [Uint8Array.of(0x12), value],
      [Uint8Array.of(0x12, 0x34), Uint8Array.of(1)],
    ] as const;
    expect(trieRoot(entries)).toEqual(hash([0x12, 0x12, 0x08, 0x00, ...hash(value), 4 << 2, 0x41, 0x04, 1 << 2, 1]));
  });

  it.each([
    [62, [0x7e]],
    [64, [0x7f, 1]],
    [316, [0x7f, 253]],
    [318, [0x7f, 255, 0]],
    [320, [0x7f, 255, 2]],
  ])('counts a leaf of %s nibbles in its header', (count, header) => {
    const key = new Uint8Array(count / 2).fill(0x11);
    expect(trieRoot([[key, Uint8Array.of(1)]])).toEqual(hash([...header, ...key, 1 << 2, 1]));
  });

  it('does not depend on the order of the entries, and depends on each', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const distinct = fc.uniqueArray(fc.tuple(bytes, bytes), { minLength: 1, selector: ([key]) => key.join() });
    fc.assert(
      fc.property(distinct, (entries) => {
        const root = trieRoot(entries);
        expect(trieRoot(entries.toReversed())).toEqual(root);
        expect(trieRoot(entries.slice(1))).not.toEqual(root);
      }),
    );
  });
});
