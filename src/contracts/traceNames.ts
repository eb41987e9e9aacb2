/**
 * Names for traces, from ABIs. This is what needs the optional peer dependency viem, which is imported when it is asked
 * for.
 */
import type { Abi, AbiParameter } from 'viem';
import type { Hex } from './hex.js';
import type { Log } from './results.js';
import type { FrameTrace } from './trace.js';
import type { TraceNames } from './tracePrinter.js';

/** A contract's ABI, as compilers give it. */
export type AbiJson = readonly { readonly type: string }[];

/**
 * Names and decoded arguments for {@link formatTrace}.
 *
 * @param abis ABIs by the names of contracts; where several have the same selector the first counts
 * @throws Error if viem is not installed
 */
export async function loadTraceNames(abis: Readonly<Record<string, AbiJson>>): Promise<TraceNames> {
  const viem = await import('viem').catch((cause: unknown) => {
    throw new Error('loadTraceNames needs the package viem: npm install viem', { cause });
  });
  const contracts = Object.entries(abis).map(([name, abi]) => ({ name, abi: abi as Abi }));

  /** What the first contract that knows an answer says: viem throws for what is not in an ABI. */
  const first = (ask: (abi: Abi, name: string) => string | undefined): string | undefined => {
    for (const { name, abi } of contracts) {
      try {
        const answer = ask(abi, name);
        if (answer !== undefined) return answer;
      } catch {
        // It is not this contract's.
      }
    }
    return undefined;
  };

  const called = (frame: FrameTrace): string | undefined =>
    first((abi, contract) => {
      const { functionName, args = [] } = viem.decodeFunctionData({ abi, data: frame.input });
      const item = viem.getAbiItem({ abi, name: frame.input.slice(0, 10) as Hex });
      return `${contract}.${functionName}(${listed(item !== undefined && 'inputs' in item ? item.inputs : [], args)})`;
    });

  const returned = (frame: FrameTrace): string | undefined =>
    first((abi) => {
      const item = viem.getAbiItem({ abi, name: frame.input.slice(0, 10) as Hex });
      if (item?.type !== 'function') return undefined;
      const values = viem.decodeAbiParameters(item.outputs, frame.output);
      return listed(item.outputs, values) || '(nothing)';
    });

  const reverted = ({ output }: FrameTrace): string | undefined => {
    const decode = (abi: Abi): string => {
      const { errorName, args = [], abiItem } = viem.decodeErrorResult({ abi, data: output });
      return `${errorName}(${listed('inputs' in abiItem ? abiItem.inputs : [], args)})`;
    };
    return output === '0x' ? undefined : first(decode);
  };

  return {
    call: (frame) => (frame.entry === 'call' && frame.callee === 'contract' ? called(frame) : undefined),
    output(frame) {
      if (frame.status === 'revert') return reverted(frame);
      return frame.entry === 'call' && frame.callee === 'contract' ? returned(frame) : undefined;
    },
    event: ({ topics, data }: Log) =>
      first((abi) => {
        if (topics.length === 0) return undefined;
        const { eventName, args = {} } = viem.decodeEventLog({ abi, topics: topics as [Hex, ...Hex[]], data });
        return `${eventName}(${named(Object.entries(args))})`;
      }),
  };
}

function listed(parameters: readonly AbiParameter[], values: readonly unknown[]): string {
  return named(values.map((value, i) => [parameters[i]?.name ?? '', value]));
}

function named(values: readonly (readonly [name: string, value: unknown])[]): string {
  // Arguments without a name come with their index.
  return values.map(([name, value]) => (/^\d*$/.test(name) ? text(value) : `${name}: ${text(value)}`)).join(', ');
}

function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${named(Object.entries(value))}}`;
  return typeof value === 'string' && !value.startsWith('0x') ? JSON.stringify(value) : String(value);
}
