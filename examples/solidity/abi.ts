import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromBigEndian, fromHex, type Hex, toBigEndian, toHex } from './bytes.js';
import type { ContractEvent } from './state.js';

/** A value of the Solidity ABI: `uint256` as bigint, `bool` as boolean, the others (`address`, `bytes32`, `bytes`) in hex. */
export type AbiValue = bigint | boolean | Hex;

/** What a call that reverted says: the error's signature, or undefined if nobody knows it, and its arguments. */
export interface RevertReason {
  readonly signature: string | undefined;
  readonly values: readonly AbiValue[];
}

/** The errors that Solidity itself raises: a `require` or `revert` with text, and a failed check (0x12: division by 0). */
const BUILT_IN_ERRORS = ['Error(string)', 'Panic(uint256)'];

const INDEXED = ' indexed';

const WORD = 32;

/** Call data: the selector of `signature`, such as `transfer(address,uint256)`, and its arguments. */
export function encodeCall(signature: string, ...values: AbiValue[]): Uint8Array {
  return concatBytes(selectorOf(signature), encodeValues(parameterTypes(signature), values));
}

/** Arguments without a selector: what a constructor gets. */
export function encodeValues(types: readonly string[], values: readonly AbiValue[]): Uint8Array {
  if (types.length !== values.length) {
    throw new TypeError(`expected ${types.length} values (${types.join(', ')}), got ${values.length}`);
  }
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  let tailOffset = types.length * WORD;
  types.forEach((type, i) => {
    if (!isDynamic(type)) {
      heads.push(encodeWord(type, values[i]));
      return;
    }
    const tail = encodeBytes(values[i]);
    heads.push(toBigEndian(BigInt(tailOffset), WORD));
    tails.push(tail);
    tailOffset += tail.length;
  });
  return concatBytes(...heads, ...tails);
}

/** Reads the values of `types` from what a function returned, or an event or error carries. */
export function decodeValues(types: readonly string[], data: Uint8Array): AbiValue[] {
  return types.map((type, i) => {
    const word = wordAt(data, i * WORD);
    if (!isDynamic(type)) return decodeWord(type, word);
    const start = Number(fromBigEndian(word));
    const length = Number(fromBigEndian(wordAt(data, start)));
    return toHex(slice(data, start + WORD, length));
  });
}

/**
 * Reads the error that a reverted call returned.
 * @param errors signatures of the custom errors that may have been raised, such as `Refused(uint256,address)`
 */
export function decodeRevert(data: Uint8Array, errors: readonly string[] = []): RevertReason {
  const selector = toHex(data.subarray(0, 4));
  const signature = [...BUILT_IN_ERRORS, ...errors].find((candidate) => toHex(selectorOf(candidate)) === selector);
  const values = signature === undefined ? [] : decodeValues(parameterTypes(signature), data.subarray(4));
  return { signature, values };
}

/** An error as a person reads it: `Error("allowance too low")`, or the data in hex when its signature is unknown. */
export function formatRevert(data: Uint8Array, errors: readonly string[] = []): string {
  const { signature, values } = decodeRevert(data, errors);
  if (signature === undefined) return data.length === 0 ? 'without a reason' : toHex(data);
  const types = parameterTypes(signature);
  const texts = values.map((value, i) => (types[i] === 'string' ? JSON.stringify(textOf(value)) : String(value)));
  return `${signature.slice(0, signature.indexOf('('))}(${texts.join(', ')})`;
}

/**
 * Reads an event's values, in the order of its parameters.
 * @param signature with `indexed` where a parameter is: `Transfer(address indexed,address indexed,uint256)`
 * @returns undefined if the event is another one
 */
export function decodeEvent(event: ContractEvent, signature: string): AbiValue[] | undefined {
  if (event.topics[0] !== eventTopic(signature)) return undefined;
  const parameters = parameterTypes(signature);
  const values = decodeValues(
    parameters.filter((parameter) => !isIndexed(parameter)),
    event.data,
  );
  const topics = event.topics.slice(1);
  return parameters.map((parameter) => {
    const value = isIndexed(parameter) ? decodeTopic(parameter, topics.shift()) : values.shift();
    if (value === undefined) throw new TypeError(`expected an event ${signature}, got ${event.topics.length} topics`);
    return value;
  });
}

/** An event's first topic: keccak256 of its signature, in which `indexed` does not count. */
export function eventTopic(signature: string): Hex {
  return toHex(keccak_256(new TextEncoder().encode(signature.replaceAll(INDEXED, ''))));
}

function isIndexed(parameter: string): boolean {
  return parameter.endsWith(INDEXED);
}

function decodeTopic(parameter: string, topic: Hex | undefined): AbiValue | undefined {
  return topic && decodeWord(parameter.slice(0, -INDEXED.length), fromHex(topic));
}

function selectorOf(signature: string): Uint8Array {
  return keccak_256(new TextEncoder().encode(signature)).subarray(0, 4);
}

function parameterTypes(signature: string): string[] {
  const list = signature.slice(signature.indexOf('(') + 1, -1);
  return list === '' ? [] : list.split(',');
}

function isDynamic(type: string): boolean {
  return type === 'bytes' || type === 'string';
}

function encodeWord(type: string, value: AbiValue): Uint8Array {
  switch (typeof value) {
    case 'bigint':
      return toBigEndian(value, WORD);
    case 'boolean':
      return toBigEndian(value ? 1n : 0n, WORD);
    case 'string': {
      const bytes = fromHex(value);
      const word = new Uint8Array(WORD);
      // Numbers and addresses fill a word from the right, byte strings from the left.
      word.set(bytes, type === 'address' ? WORD - bytes.length : 0);
      return word;
    }
  }
}

function decodeWord(type: string, word: Uint8Array): AbiValue {
  if (type === 'bool') return word[WORD - 1] !== 0;
  if (type === 'address') return toHex(word.subarray(12));
  const fixedBytes = /^bytes(\d+)$/.exec(type);
  return fixedBytes ? toHex(word.subarray(0, Number(fixedBytes[1]))) : fromBigEndian(word);
}

function encodeBytes(value: AbiValue): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`expected bytes in hex, got ${value}`);
  const bytes = fromHex(value);
  const padding = new Uint8Array((WORD - (bytes.length % WORD)) % WORD);
  return concatBytes(toBigEndian(BigInt(bytes.length), WORD), bytes, padding);
}

function wordAt(data: Uint8Array, offset: number): Uint8Array {
  return slice(data, offset, WORD);
}

function slice(data: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length > data.length) {
    throw new RangeError(`expected ${length} bytes at offset ${offset}, got data of ${data.length} bytes`);
  }
  return data.subarray(offset, offset + length);
}

function textOf(value: AbiValue): string {
  return typeof value === 'string' ? new TextDecoder().decode(fromHex(value)) : String(value);
}
