/** Reads the parameters of JSON-RPC requests: whatever a client sends is a value of the right kind, or a clear error. */
import type { Hex } from '../hex.js';
import { invalidParams } from './rpcError.js';

/** Longest byte string that a parameter may be: a program of the largest size, and constructor data behind it. */
const MAX_DATA = 2 * 1_048_576;
/** As many alternatives as a log filter may have in one place. */
const MAX_ALTERNATIVES = 1000;

/** The block that a request is about. Pending is the next one; safe and finalized are the latest, final at once. */
export type BlockTag = 'latest' | 'pending' | 'earliest' | bigint | { readonly blockHash: Hex };

/** A transaction as a client describes it. */
export interface CallParams {
  readonly from: Hex | undefined;
  readonly to: Hex | undefined;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint | undefined;
  readonly gasPrice: bigint | undefined;
  readonly maxFeePerGas: bigint | undefined;
  readonly maxPriorityFeePerGas: bigint | undefined;
  readonly nonce: bigint | undefined;
  readonly chainId: bigint | undefined;
}

/** Which logs a client wants: those of these blocks, contracts (if any are named), and topics, by place. */
export interface LogFilter {
  readonly from: BlockTag;
  readonly to: BlockTag;
  readonly addresses: readonly Hex[];
  /** For each place the alternatives; undefined takes any. */
  readonly topics: readonly (readonly Hex[] | undefined)[];
}

/** A number in hex: `0x` and digits. @throws ProviderRpcError */
export function quantity(value: unknown, name: string, bits = 256): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,80}$/.test(value)) {
    throw invalidParams(`${name}: expected a quantity as 0x and hex digits, got ${shown(value)}`);
  }
  const number = BigInt(value);
  if (number >> BigInt(bits) !== 0n) throw invalidParams(`${name}: expected at most ${bits} bits, got ${value}`);
  return number;
}

/** As {@link quantity}, of at most 64 bits. @throws ProviderRpcError */
export function u64(value: unknown, name: string): bigint {
  return quantity(value, name, 64);
}

/** A number in hex, or as people write them in the requests that only development nodes know. @throws ProviderRpcError */
export function amount(value: unknown, name: string, bits = 64): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^[0-9]{1,20}$/.test(value)) return amount(`0x${BigInt(value).toString(16)}`, name);
  return quantity(value, name, bits);
}

/** @throws ProviderRpcError */
export function address(value: unknown, name: string): Hex {
  return fixedBytes(value, 20, name);
}

/** @throws ProviderRpcError */
export function hash(value: unknown, name: string): Hex {
  return fixedBytes(value, 32, name);
}

/** Bytes in hex. @throws ProviderRpcError */
export function data(value: unknown, name: string): Hex {
  if (typeof value !== 'string' || !value.startsWith('0x')) {
    throw invalidParams(`${name}: expected bytes as 0x and hex digits, got ${shown(value)}`);
  }
  if (value.length > 2 + 2 * MAX_DATA) {
    throw invalidParams(`${name}: expected at most ${MAX_DATA} bytes, got ${value.length / 2 - 1}`);
  }
  if (value.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(value)) {
    throw invalidParams(`${name}: expected 0x and an even number of hex digits, got ${shown(value)}`);
  }
  return lowerCase(value);
}

/** A storage slot: 32 bytes, or a quantity that stands for them. @throws ProviderRpcError */
export function slot(value: unknown, name: string): Hex {
  return `0x${quantity(value, name).toString(16).padStart(64, '0')}`;
}

/** The block of a request, in the forms of EIP-1474 and EIP-1898; undefined is the latest. @throws ProviderRpcError */
export function blockTag(value: unknown, name: string): BlockTag {
  switch (value) {
    case undefined:
    case null:
    case 'latest':
    case 'safe':
    case 'finalized':
      return 'latest';
    case 'pending':
    case 'earliest':
      return value;
  }
  if (typeof value === 'object') {
    const { blockHash, blockNumber } = object(value, name);
    if (blockHash !== undefined) return { blockHash: hash(blockHash, `${name}.blockHash`) };
    return u64(blockNumber, `${name}.blockNumber`);
  }
  return u64(value, name);
}

/** @throws ProviderRpcError */
export function boolean(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalidParams(`${name}: expected true or false, got ${shown(value)}`);
  return value;
}

/** @throws ProviderRpcError */
export function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParams(`${name}: expected an object, got ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

/** A transaction, as `eth_call` and `eth_sendTransaction` take it. @throws ProviderRpcError */
export function callParams(value: unknown): CallParams {
  const fields = object(value, 'transaction');
  const optional = <T>(name: string, read: (value: unknown, name: string) => T): T | undefined => {
    const field = fields[name];
    return field === undefined || field === null ? undefined : read(field, `transaction.${name}`);
  };
  const input = optional('input', data);
  const given = optional('data', data);
  if (input !== undefined && given !== undefined && input !== given) {
    throw invalidParams('transaction: expected data or input, got both, with different content');
  }
  for (const field of ['authorizationList', 'blobs', 'blobVersionedHashes']) {
    if (fields[field] !== undefined) throw invalidParams(`transaction: ${field} is not supported`);
  }
  return {
    from: optional('from', address),
    to: optional('to', address),
    data: input ?? given ?? '0x',
    value: optional('value', quantity) ?? 0n,
    gas: optional('gas', quantity) ?? optional('gasLimit', quantity),
    gasPrice: optional('gasPrice', u64),
    maxFeePerGas: optional('maxFeePerGas', u64),
    maxPriorityFeePerGas: optional('maxPriorityFeePerGas', u64),
    nonce: optional('nonce', u64),
    chainId: optional('chainId', quantity),
  };
}

/** What `eth_getLogs` and `eth_newFilter` take. @throws ProviderRpcError */
export function logFilter(value: unknown): LogFilter {
  const { fromBlock, toBlock, blockHash, address: addresses, topics } = object(value, 'filter');
  const range =
    blockHash === undefined
      ? { from: blockTag(fromBlock, 'filter.fromBlock'), to: blockTag(toBlock, 'filter.toBlock') }
      : { from: { blockHash: hash(blockHash, 'filter.blockHash') }, to: { blockHash: hash(blockHash, 'blockHash') } };
  return {
    ...range,
    addresses: alternatives(addresses, 'filter.address', address) ?? [],
    topics: list(topics ?? [], 'filter.topics', 4).map((topic, i) => alternatives(topic, `filter.topics[${i}]`, hash)),
  };
}

/** A value in an error's text. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}... (${text.length} characters)` : text;
}

function alternatives(
  value: unknown,
  name: string,
  read: (value: unknown, name: string) => Hex,
): readonly Hex[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return [read(value, name)];
  const wanted = list(value, name, MAX_ALTERNATIVES);
  return wanted.length === 0 ? undefined : wanted.map((one, i) => read(one, `${name}[${i}]`));
}

function list(value: unknown, name: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidParams(`${name}: expected a list, got ${shown(value)}`);
  if (value.length > max) throw invalidParams(`${name}: expected at most ${max} entries, got ${value.length}`);
  return value;
}

function fixedBytes(value: unknown, size: number, name: string): Hex {
  if (typeof value !== 'string' || value.length !== 2 + 2 * size || !/^0x[0-9a-fA-F]*$/.test(value)) {
    throw invalidParams(`${name}: expected 0x and ${2 * size} hex digits, got ${shown(value)}`);
  }
  return lowerCase(value);
}

function lowerCase(text: string): Hex {
  return `0x${text.slice(2).toLowerCase()}`;
}
