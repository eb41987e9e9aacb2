import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEvent,
  decodeRevert,
  decodeValues,
  encodeCall,
  encodeValues,
  eventTopic,
  formatRevert,
} from '../../examples/solidity/abi.js';
import {
  fromBigEndian,
  fromHex,
  fromLittleEndian,
  type Hex,
  toBigEndian,
  toHex,
  toLittleEndian,
} from '../../examples/solidity/bytes.js';

const ADDRESS: Hex = `0x${'ab'.repeat(20)}`;

function word(digits: string): string {
  return digits.padStart(64, '0');
}

describe('numbers as bytes', () => {
  it('puts the least significant byte of a 256-bit number first', () => {
    expect(toHex(toLittleEndian(0x0102n, 32))).toBe(`0x0201${'00'.repeat(30)}`);
  });

  it('reads back what it wrote, in both orders', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        expect(fromLittleEndian(toLittleEndian(value, 32))).toBe(value);
        expect(fromBigEndian(toBigEndian(value, 32))).toBe(value);
      }),
    );
  });

  it.each([-1n, 2n ** 256n])('refuses %i, which is no 256-bit number', (value) => {
    expect(() => toLittleEndian(value, 32)).toThrow(RangeError);
  });
});

describe('encodeCall', () => {
  it('starts with the selector and fills a word for each value', () => {
    expect(toHex(encodeCall('transfer(address,uint256)', ADDRESS, 255n))).toBe(
      `0xa9059cbb${word(ADDRESS.slice(2))}${word('ff')}`,
    );
  });

  it('puts byte strings behind the words, with offset, length and padding', () => {
    expect(toHex(encodeValues(['bytes', 'bool', 'bytes4', 'string'], ['0x112233', true, '0xaabbccdd', '0x']))).toBe(
      `0x${word('80')}${word('1')}${'aabbccdd'.padEnd(64, '0')}${word('c0')}` +
        `${word('3')}${'112233'.padEnd(64, '0')}${word('0')}`,
    );
  });

  it('refuses values that the signature does not ask for', () => {
    expect(() => encodeCall('flip()', 1n)).toThrow('expected 0 values (), got 1');
  });
});

describe('decodeValues', () => {
  it('reads back what was encoded', () => {
    const types = ['uint256', 'bytes', 'address', 'bool', 'bytes32', 'bytes'];
    const values = [7n, '0x0102', ADDRESS, true, `0x${'cd'.repeat(32)}`, `0x${'ef'.repeat(40)}`] as const;
    expect(decodeValues(types, encodeValues(types, values))).toEqual(values);
  });

  it('says how much data it missed', () => {
    expect(() => decodeValues(['uint256'], new Uint8Array(31))).toThrow(
      'expected 32 bytes at offset 0, got data of 31 bytes',
    );
  });
});

describe('a revert', () => {
  it('is read as the text that require was given', () => {
    const data = encodeCall('Error(string)', '0x756e6c75636b79');
    expect(toHex(data.subarray(0, 4))).toBe('0x08c379a0');
    expect(decodeRevert(data)).toEqual({ signature: 'Error(string)', values: ['0x756e6c75636b79'] });
    expect(formatRevert(data)).toBe('Error("unlucky")');
  });

  it('is read as a custom error if its signature is given', () => {
    const data = encodeCall('Refused(uint256,address)', 5n, ADDRESS);
    expect(formatRevert(data, ['Refused(uint256,address)'])).toBe(`Refused(5, ${ADDRESS})`);
    expect(formatRevert(data)).toBe(toHex(data));
  });

  it('may say nothing', () => {
    expect(formatRevert(new Uint8Array(0))).toBe('without a reason');
  });
});

describe('decodeEvent', () => {
  const signature = 'Transfer(address indexed,address indexed,uint256)';
  const topic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
  const event = {
    address: ADDRESS,
    topics: [topic, `0x${word('01')}`, `0x${word(ADDRESS.slice(2))}`] as const,
    data: fromHex(`0x${word('63')}`),
  };

  it('reads indexed values from the topics and the others from the data', () => {
    expect(eventTopic(signature)).toBe(topic);
    expect(decodeEvent(event, signature)).toEqual([`0x${'00'.repeat(19)}01`, ADDRESS, 99n]);
  });

  it('leaves another event alone', () => {
    expect(decodeEvent(event, 'Approval(address indexed,address indexed,uint256)')).toBeUndefined();
  });
});
