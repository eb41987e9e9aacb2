import { assemble } from 'polkavm-js/text';

/** Where a script's data is. Before it are the results: 8 bytes for each syscall, up to 32. */
export const DATA = 0x20100;
/** Bytes of data a script has; beyond them there is no memory. */
export const DATA_SIZE = 0xf00;

const RESULTS = 0x20000;
const MEMORY_SIZE = DATA - RESULTS + DATA_SIZE;

/** A syscall by symbol and the values for A0, A1 and so on (u64). */
export type Step = readonly [symbol: string, ...args: (number | bigint)[]];

/** What a script's run leaves behind. */
export interface ScriptOutput {
  /** A0 after each syscall. */
  readonly results: readonly bigint[];
  /** The data, from {@link DATA} on. */
  readonly data: Uint8Array;
}

/**
 * A contract that makes syscalls, one after the other, whatever they are, and returns what came of them: for what
 * Solidity cannot be made to ask.
 *
 * @param steps what its entry point does
 * @param data what its data starts with
 * @param entry which entry point that is; the other one does nothing
 */
export function scriptContract(
  steps: readonly Step[],
  data: Uint8Array = new Uint8Array(0),
  entry: 'call' | 'deploy' = 'call',
): Uint8Array {
  const returnAll: Step = ['seal_return', 0, RESULTS, MEMORY_SIZE];
  const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return assemble(
    [
      '%isa = revive_v1',
      '%stack_size = 4096',
      `%rw_data_size = ${MEMORY_SIZE}`,
      `%rw_data = ${hex(new Uint8Array(DATA - RESULTS))} ${hex(data)}`,
      `pub @${entry === 'call' ? 'deploy' : 'call'}:`,
      'ret',
      `pub @${entry}:`,
      ...[...steps, returnAll].flatMap(([symbol, ...args], i) => [
        ...args.map((value, register) => `a${register} = i64 0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`),
        `ecalli '${symbol}'`,
        `u64 [0x${(RESULTS + 8 * i).toString(16)}] = a0`,
      ]),
      'ret',
    ].join('\n'),
  );
}

/** Reads what a {@link scriptContract} of `count` steps returned. */
export function readScriptOutput(output: Uint8Array, count: number): ScriptOutput {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  return {
    results: Array.from({ length: count }, (_, i) => view.getBigUint64(8 * i, true)),
    data: output.slice(DATA - RESULTS),
  };
}
