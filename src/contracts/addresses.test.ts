import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { create2Address, createAddress, EMPTY_CODE_HASH } from './addresses.js';
import { fromHex, type Hex, toHex } from './hex.js';

const ONES: Hex = `0x${'01'.repeat(20)}`;

describe('createAddress', () => {
  it.each([
    [ONES, 1n, '0xc851da37e4e8d3a20d8d56be2963934b4ad71c3b'],
    // Addresses that Ethereum has given out.
    ['0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0', 0n, '0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d'],
    ['0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0', 1n, '0x343c43a37d37dff08ae8c4a11544c718abb4fcf8'],
    ['0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0', 2n, '0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91'],
  ] as const)('puts a contract of %s with nonce %i at %s', (deployer, nonce, address) => {
    expect(createAddress(deployer, nonce)).toBe(address);
  });

  it.each([
    [0x7fn, 'd6', '7f'],
    [0x80n, 'd7', '8180'],
    [0xffn, 'd7', '81ff'],
    [0x100n, 'd8', '820100'],
    [0x01020304n, 'da', '8401020304'],
  ])('encodes the nonce %i as RLP does', (nonce, list, item) => {
    const rlp = fromHex(`0x${list}94${ONES.slice(2)}${item}`);
    expect(createAddress(ONES, nonce)).toBe(toHex(keccak_256(rlp).subarray(12)));
  });
});

describe('create2Address', () => {
  it.each([
    [
      ONES,
      `0x${'1234567890'.repeat(6)}1234`,
      '0x600060005560016000',
      '0x55',
      '0x7f31e795e5836a19a8f919ab5a9de9a197ecd2b6',
    ],
    // The first and the sixth example of EIP-1014.
    [`0x${'00'.repeat(20)}`, `0x${'00'.repeat(32)}`, '0x00', '0x', '0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38'],
    [
      '0x00000000000000000000000000000000deadbeef',
      '0x00000000000000000000000000000000000000000000000000000000cafebabe',
      '0xdeadbeef',
      '0x',
      '0x60f3f640a8508fc6a86d45df051962668e1e8ac7',
    ],
  ] as const)('puts a contract of %s with salt %s and code %s, %s at %s', (deployer, salt, code, data, address) => {
    expect(create2Address(deployer, fromHex(salt), fromHex(code), fromHex(data))).toBe(address);
  });
});

it('knows the hash of no code', () => {
  expect(EMPTY_CODE_HASH).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
});
