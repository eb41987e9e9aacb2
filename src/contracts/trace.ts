import { type FrameLocation, ReturnCode } from './errors.js';
import { type Hex, toHex } from './hex.js';
import type { Log } from './results.js';
import { isVariableKey, keyBytes } from './storageKey.js';
import { describeArguments, describeOutput, type SyscallValue } from './syscalls/describe.js';
import type { SyscallSymbol } from './syscalls/index.js';
import type { FrameKind, FrameStart, FrameStop, StorageEvent, SyscallStart, SyscallStop, Tracer } from './tracer.js';

/** A syscall as it was asked and answered. */
export interface SyscallTrace {
  readonly symbol: SyscallSymbol;
  /** Arguments by name; where one is a pointer, what it leads to. */
  readonly arguments: Readonly<Record<string, SyscallValue>>;
  /** What the syscall wrote, by name of the pointer to it. */
  readonly output: Readonly<Record<string, SyscallValue>>;
  /** What was left in a0; undefined if a0 stayed as it was, or the frame has ended. */
  readonly result: bigint | undefined;
  /** Gas of the frame before the syscall was charged for, and behind it. */
  readonly gasBefore: bigint;
  readonly gasAfter: bigint;
  /** Index among {@link FrameTrace.calls} of the frame that it started. */
  readonly call: number | undefined;
}

/** A read or write of a contract's storage. */
export interface StorageAccess {
  readonly access: 'read' | 'write';
  /** Whether it is forgotten at the end of the transaction. */
  readonly transient: boolean;
  readonly address: Hex;
  readonly key: Hex;
  /** Whether the key is of fixed size: 32 bytes, as Solidity has them. The others live apart. */
  readonly isSlot: boolean;
  /** What was read, or was written; undefined if nothing is there. */
  readonly value: Hex | undefined;
  /** What was there before a write. */
  readonly previous: Hex | undefined;
}

/** One frame of a transaction, with those that it started. */
export interface FrameTrace extends FrameLocation {
  readonly kind: FrameKind;
  /** What answered: a contract's code, a precompile, or nothing, as where an account is only paid. */
  readonly callee: 'contract' | 'precompile' | 'account';
  readonly caller: Hex;
  readonly value: bigint;
  readonly input: Hex;
  readonly readOnly: boolean;
  /** What the frame might have used, and what it did use, frames under it included. */
  readonly gas: bigint;
  readonly gasUsed: bigint;
  readonly status: 'success' | 'revert' | 'error';
  /** What it returned or reverted with. */
  readonly output: Hex;
  /** What was wrong, and where in the code, if the status is `error`. */
  readonly error: string | undefined;
  readonly pc: number | undefined;
  readonly syscalls: readonly SyscallTrace[];
  /** Frames that it started, in their order. */
  readonly calls: readonly FrameTrace[];
  readonly storage: readonly StorageAccess[];
  /** Events that it emitted; if it or one around it failed they were taken back. */
  readonly logs: readonly Log[];
  /** Whether the trace would have become too long: what happened later is not in it. */
  readonly isTruncated: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface OpenFrame extends Mutable<Omit<FrameTrace, 'syscalls' | 'calls' | 'storage' | 'logs'>> {
  readonly syscalls: Mutable<SyscallTrace>[];
  readonly calls: FrameTrace[];
  readonly storage: StorageAccess[];
  readonly logs: Log[];
}

/** How much a trace keeps: a contract can do more than there is memory to tell of. */
export interface TraceLimits {
  /** Frames, syscalls, events and accesses to storage. Default: 100,000. */
  readonly maxEntries?: number;
  /** Bytes of all values together. Default: 32 MiB. */
  readonly maxBytes?: number;
}

/** Builds the tree of a transaction's frames. */
export class TraceBuilder implements Tracer {
  #root: OpenFrame | undefined;
  readonly #open: (OpenFrame | undefined)[] = [];
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #entries = 0;
  #bytes = 0;

  constructor({ maxEntries = 100_000, maxBytes = 1 << 25 }: TraceLimits = {}) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** The outermost frame; undefined before it was entered. */
  get trace(): FrameTrace | undefined {
    return this.#root;
  }

  enter(frame: FrameStart): void {
    const parent = this.#open.at(-1);
    if (!this.#hasRoom(frame.input.length) || (parent === undefined && this.#root !== undefined)) {
      this.#open.push(undefined);
      return;
    }
    const { input, gas, ...start } = frame;
    const opened = openFrame(start, toHex(input), BigInt(gas));
    this.#root ??= opened;
    if (parent !== undefined) {
      const syscall = parent.syscalls.at(-1);
      if (syscall !== undefined) syscall.call = parent.calls.length;
      parent.calls.push(opened);
    }
    this.#open.push(opened);
  }

  exit({ code, output, gasUsed, error, pc }: FrameStop): void {
    const frame = this.#open.pop();
    if (frame === undefined) return;
    frame.gasUsed = BigInt(gasUsed);
    frame.status = code === ReturnCode.Success ? 'success' : code === ReturnCode.CalleeReverted ? 'revert' : 'error';
    frame.error = error;
    frame.pc = pc;
    frame.output = this.#hasRoom(output.length) ? toHex(output) : '0x';
  }

  syscallStart({ syscall, args, memory, gas }: SyscallStart): void {
    const frame = this.#open.at(-1);
    if (frame === undefined || !this.#hasRoom(0)) return;
    const described = this.#describe(() => describeArguments(syscall, args, memory));
    frame.syscalls.push({
      symbol: syscall.symbol,
      arguments: described,
      output: {},
      result: undefined,
      gasBefore: BigInt(gas),
      gasAfter: BigInt(gas),
      call: undefined,
    });
  }

  syscallEnd({ syscall, args, memory, gas, result }: SyscallStop): void {
    const traced = this.#open.at(-1)?.syscalls.at(-1);
    if (traced === undefined || this.#isFull) return;
    traced.gasAfter = BigInt(gas);
    traced.result = result === undefined ? undefined : BigInt(result);
    traced.output = this.#describe(() => describeOutput(syscall, args, memory, result));
  }

  storage({ access, transient, address, key, value, previous }: StorageEvent): void {
    const frame = this.#open.at(-1);
    if (frame === undefined || !this.#hasRoom(0)) return;
    frame.storage.push({
      access,
      transient,
      address,
      key: keyBytes(key),
      isSlot: !isVariableKey(key),
      value: value && toHex(value),
      previous: previous && toHex(previous),
    });
  }

  log(log: Log): void {
    const frame = this.#open.at(-1);
    if (frame === undefined || !this.#hasRoom(log.data.length / 2)) return;
    frame.logs.push(log);
  }

  get #isFull(): boolean {
    return this.#entries > this.#maxEntries || this.#bytes > this.#maxBytes;
  }

  #describe(values: () => Record<string, SyscallValue>): Record<string, SyscallValue> {
    const described = values();
    for (const value of Object.values(described)) {
      if (typeof value === 'string') this.#bytes += value.length / 2;
    }
    return described;
  }

  /** Takes room for one more entry; without any left the frames that are still open are marked. */
  #hasRoom(bytes: number): boolean {
    this.#entries++;
    this.#bytes += bytes;
    if (!this.#isFull) return true;
    for (const frame of this.#open) if (frame !== undefined) frame.isTruncated = true;
    return false;
  }
}

function openFrame(start: Omit<FrameStart, 'input' | 'gas'>, input: Hex, gas: bigint): OpenFrame {
  const { kind, callee, depth, address, codeAddress, entry, caller, value, readOnly } = start;
  return {
    ...{ kind, callee, depth, address, codeAddress, entry, caller, value, readOnly, input, gas },
    gasUsed: 0n,
    status: 'success',
    output: '0x',
    error: undefined,
    pc: undefined,
    syscalls: [],
    calls: [],
    storage: [],
    logs: [],
    isTruncated: false,
  };
}
