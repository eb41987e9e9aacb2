import type { Hex, Log } from 'polkavm-js/contracts';
import {
  type AbiEvent,
  type AbiFunction,
  decodeAbiParameters,
  decodeErrorResult,
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  parseAbi,
  parseAbiItem,
  parseAbiParameters,
} from 'viem';

// viem with signatures as text, and with addresses as the sandbox gives them: in lower case.

/** A value of the Solidity ABI: numbers as bigints, `address` and bytes in hex. */
export type AbiValue = bigint | boolean | string;

/** Call data: the selector of a signature, such as `transfer(address,uint256)`, and its arguments. */
export function encodeCall(signature: string, ...values: AbiValue[]): Hex {
  const item = parseAbiItem(`function ${signature}`) as AbiFunction;
  return encodeFunctionData({ abi: [item], args: values });
}

/** Arguments without a selector: what a constructor gets. */
export function encodeValues(types: readonly string[], values: readonly AbiValue[]): Hex {
  return types.length === 0 ? '0x' : encodeAbiParameters(parseAbiParameters(types.join(',')), values);
}

/** Reads the values of types from what a function returned. */
export function decodeValues(types: readonly string[], data: Hex): AbiValue[] {
  return (decodeAbiParameters(parseAbiParameters(types.join(',')), data) as AbiValue[]).map(withoutChecksum);
}

/**
 * An error as a person reads it: `Error("allowance too low")`, or the data in hex when its signature is unknown.
 *
 * @param errors signatures of the custom errors that may have been raised, such as `Refused(uint256,address)`
 */
export function formatRevert(data: Hex, errors: readonly string[] = []): string {
  if (data === '0x') return 'without a reason';
  try {
    const abi = parseAbi(errors.map((signature) => `error ${signature}`));
    const { errorName, args = [] } = decodeErrorResult({ abi: [...abi], data });
    const values = args as readonly AbiValue[];
    const texts = values.map((value) => (errorName === 'Error' ? JSON.stringify(value) : withoutChecksum(value)));
    return `${errorName}(${texts.join(', ')})`;
  } catch {
    return data;
  }
}

/**
 * Reads an event's values, in the order of its parameters.
 *
 * @param signature with `indexed` where a parameter is: `Transfer(address indexed,address indexed,uint256)`
 * @returns undefined if the event is another one
 */
export function decodeEvent({ topics, data }: Log, signature: string): AbiValue[] | undefined {
  const item = parseAbiItem(`event ${signature}`) as AbiEvent;
  try {
    const { args } = decodeEventLog({ abi: [item], topics: topics as [Hex, ...Hex[]], data });
    return Object.values(args ?? {}).map((value) => withoutChecksum(value as AbiValue));
  } catch {
    return undefined;
  }
}

function withoutChecksum(value: AbiValue): AbiValue {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value) ? value.toLowerCase() : value;
}
