/**
 * Records the host calls of a runtime, one JSON object a line, and answers a runtime from such a record: the same calls
 * with the same arguments and the same bytes get the same results, without any manager or storage.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { EXEC_BUFFER_SIZE, FatPointer, HostTrapError } from '../virtualization/index.js';
import { textExcerpt } from './excerpt.js';
import { CliError, EXIT } from './exit.js';
import { nameOf } from './files.js';

/** A host call, as a line of a record has it. Numbers are decimal text, bytes 0x hexadecimal. */
export interface RecordedCall {
  /** The function's name in the interface, such as `run`. */
  readonly call: string;
  /** Its arguments as WebAssembly passes them. */
  readonly arguments: readonly string[];
  /** The bytes that its arguments point at, in their order. */
  readonly in: readonly string[];
  /** What it returned; null when it trapped. */
  readonly result: string | null;
  /** The message of the trap. */
  readonly trap?: string;
  /** What it wrote into the runtime's memory. */
  readonly out?: string;
}

type Argument = number | bigint;
type HostFunction = (...args: Argument[]) => bigint;

/** Which arguments point at bytes that a function reads, and which at those that it writes. */
interface Pointers {
  readonly reads: readonly number[];
  readonly writes?: { readonly argument: number; readonly size?: number };
}

const POINTERS: Readonly<Record<string, Pointers>> = {
  compile_from_bytes: { reads: [0, 1] },
  lookup: { reads: [0] },
  compile_from_storage_key: { reads: [0, 1] },
  instantiate: { reads: [] },
  prepare: { reads: [1] },
  run: { reads: [], writes: { argument: 3, size: EXEC_BUFFER_SIZE } },
  destroy: { reads: [] },
  read_memory: { reads: [], writes: { argument: 2 } },
  write_memory: { reads: [2] },
};

/** Wraps host functions so that each call is told to `observe` when it has ended. */
export function recordHostCalls(
  imports: WebAssembly.ModuleImports,
  memory: () => WebAssembly.Memory,
  observe: (call: RecordedCall) => void,
): WebAssembly.ModuleImports {
  const recorded: WebAssembly.ModuleImports = { ...imports };
  for (const [call, pointers] of Object.entries(POINTERS)) {
    const original = imports[importName(call)] as HostFunction;
    recorded[importName(call)] = (...args: Argument[]): bigint => {
      const known = { call, arguments: args.map(String), in: inputs(args, pointers, memory) };
      try {
        const result = original(...args);
        observe({ ...known, result: String(result), ...written(args, pointers, memory) });
        return result;
      } catch (error) {
        observe({ ...known, result: null, trap: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    };
  }
  return recorded;
}

/** Host functions that answer as a record says, in its order. A call that is not the next of the record traps. */
export function replayHostCalls(
  calls: readonly RecordedCall[],
  memory: () => WebAssembly.Memory,
): WebAssembly.ModuleImports {
  let next = 0;
  const imports: WebAssembly.ModuleImports = {};
  for (const [call, pointers] of Object.entries(POINTERS)) {
    imports[importName(call)] = (...args: Argument[]): bigint => {
      const recorded = calls[next];
      const got = { call, arguments: args.map(String), in: inputs(args, pointers, memory) };
      const difference = differenceOf(got, recorded);
      if (difference !== undefined) throw new HostTrapError(`host call ${next + 1} of the record: ${difference}`);
      next++;
      const { result, trap, out } = recorded!;
      if (result === null) throw new HostTrapError(trap ?? 'the recorded call trapped');
      if (out !== undefined)
        new Uint8Array(memory().buffer).set(hexToBytes(out.slice(2)), target(args, pointers).pointer);
      return BigInt(result);
    };
  }
  return imports;
}

/** Reads a record. @throws CliError for a line that is no recorded call */
export function parseRecord(path: string, text: string): RecordedCall[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const call = parseLine(line);
    if (call === undefined) {
      throw new CliError(
        EXIT.invalidProgram,
        `--replay ${nameOf(path)}: line ${index + 1} is no recorded host call, expected what --record writes`,
        textExcerpt(text, index + 1, 1),
      );
    }
    return call;
  });
}

function parseLine(line: string): RecordedCall | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecordedCall(value) ? value : undefined;
}

const BYTES = /^0x(?:[0-9a-f]{2})*$/;

function isRecordedCall(value: unknown): value is RecordedCall {
  if (typeof value !== 'object' || value === null) return false;
  const { call, arguments: args, in: read, result, trap, out } = value as Record<string, unknown>;
  return (
    typeof call === 'string' &&
    Object.hasOwn(POINTERS, call) &&
    isTexts(args, /^-?\d+$/) &&
    isTexts(read, /^/) &&
    (result === null || (typeof result === 'string' && /^-?\d{1,20}$/.test(result))) &&
    (trap === undefined || typeof trap === 'string') &&
    (out === undefined || (typeof out === 'string' && BYTES.test(out)))
  );
}

function isTexts(value: unknown, pattern: RegExp): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item));
}

function differenceOf(
  got: Pick<RecordedCall, 'call' | 'arguments' | 'in'>,
  recorded: RecordedCall | undefined,
): string | undefined {
  const text = (call: Pick<RecordedCall, 'call' | 'arguments'>): string => `${call.call}(${call.arguments.join(', ')})`;
  if (recorded === undefined) return `got ${text(got)}, expected no more calls`;
  if (text(got) !== text(recorded)) return `got ${text(got)}, expected ${text(recorded)}`;
  if (got.in.join() !== recorded.in.join()) return `got ${text(got)} with other bytes than the recorded ones`;
  return undefined;
}

function importName(call: string): string {
  return `ext_virtualization_${call}_version_1`;
}

function inputs(args: readonly Argument[], { reads }: Pointers, memory: () => WebAssembly.Memory): string[] {
  return reads.map((index) => bytesAt(fatPointer(args[index]!), memory));
}

function written(args: readonly Argument[], pointers: Pointers, memory: () => WebAssembly.Memory): { out?: string } {
  return pointers.writes === undefined ? {} : { out: bytesAt(target(args, pointers), memory) };
}

function target(args: readonly Argument[], { writes }: Pointers): { pointer: number; length: number } {
  const value = args[writes!.argument]!;
  return writes!.size === undefined ? fatPointer(value) : { pointer: Number(value) >>> 0, length: writes!.size };
}

function fatPointer(value: Argument): { pointer: number; length: number } {
  const { pointer, length } = new FatPointer().set(BigInt(value));
  return { pointer, length };
}

function bytesAt({ pointer, length }: { pointer: number; length: number }, memory: () => WebAssembly.Memory): string {
  const bytes = new Uint8Array(memory().buffer);
  return pointer + length <= bytes.length
    ? `0x${bytesToHex(bytes.subarray(pointer, pointer + length))}`
    : 'out of bounds';
}
