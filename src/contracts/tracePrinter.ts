import type { Hex } from './hex.js';
import type { Log } from './results.js';
import type { SyscallValue } from './syscalls/describe.js';
import type { FrameTrace, StorageAccess, SyscallTrace } from './trace.js';

/** Knows the names that a contract's ABI gives, see {@link loadTraceNames}. Undefined stands for what it does not know. */
export interface TraceNames {
  /** What a frame was asked, such as `Token.transfer(to: 0x..., amount: 5)`. */
  call(frame: FrameTrace): string | undefined;
  /** What a frame returned, or reverted with. */
  output(frame: FrameTrace): string | undefined;
  event(log: Log): string | undefined;
}

/** How a trace is printed. */
export interface FormatTraceOptions {
  /** Names for what is otherwise shown in hex. */
  readonly names?: TraceNames | undefined;
  /** Whether every syscall has a line, instead of only storage, events and calls. Default: false. */
  readonly syscalls?: boolean;
}

/** Hex digits of a value that are shown before it is cut off: an address and a word are shown whole. */
const SHOWN_DIGITS = 64;

const KINDS: Readonly<Record<FrameTrace['kind'], string>> = {
  call: 'call',
  static: 'static call',
  delegate: 'delegate call',
  create: 'create',
  create2: 'create2',
};

const STORAGE_SYSCALLS: ReadonlySet<string> = new Set([
  'get_storage',
  'set_storage',
  'get_storage_or_zero',
  'set_storage_or_clear',
]);

/**
 * A trace as text: frames with what they were asked and what came of it, and in between storage, events and calls in
 * their order.
 */
export function formatTrace(trace: FrameTrace, options: FormatTraceOptions = {}): string {
  const lines: string[] = [];
  addFrame(trace, '', options, lines);
  if (trace.isTruncated) lines.push('(what came later was too much to be kept)');
  return lines.join('\n');
}

function addFrame(frame: FrameTrace, indent: string, options: FormatTraceOptions, lines: string[]): void {
  const asked =
    options.names?.call(frame) ?? (frame.callee === 'account' && frame.input === '0x' ? '' : cut(frame.input));
  const value = frame.value > 0n && frame.kind !== 'delegate' ? ` with ${frame.value}` : '';
  const callee = frame.callee === 'precompile' ? ' (precompile)' : '';
  lines.push(
    `${indent}${KINDS[frame.kind]} ${frame.codeAddress}${callee}${value}${asked && `: ${asked}`} [gas ${frame.gasUsed} of ${frame.gas}]`,
  );
  const inner = `${indent}  `;
  const logs = frame.logs.values();
  const accesses = frame.storage.values();
  for (const syscall of frame.syscalls) {
    if (options.syscalls === true) lines.push(`${inner}${syscallText(syscall)}`);
    const access = STORAGE_SYSCALLS.has(syscall.symbol) ? accesses.next().value : undefined;
    if (access !== undefined) lines.push(`${inner}${accessText(access)}`);
    const log = syscall.symbol === 'deposit_event' ? logs.next().value : undefined;
    if (log !== undefined) lines.push(`${inner}event ${options.names?.event(log) ?? eventText(log)}`);
    const call = syscall.call === undefined ? undefined : frame.calls[syscall.call];
    if (call !== undefined) addFrame(call, inner, options, lines);
  }
  lines.push(`${inner}${endText(frame, options)}`);
}

function endText(frame: FrameTrace, { names }: FormatTraceOptions): string {
  switch (frame.status) {
    case 'success':
      return `return ${names?.output(frame) ?? cut(frame.output)}`;
    case 'revert':
      return `revert ${names?.output(frame) ?? cut(frame.output)}`;
    case 'error':
      return `error ${frame.error}${frame.pc === undefined ? '' : ` (at code offset ${frame.pc})`}`;
  }
}

function syscallText({ symbol, arguments: given, output, result, gasBefore, gasAfter }: SyscallTrace): string {
  const answer = [...(result === undefined ? [] : [String(result)]), ...pairs(output)].join(', ');
  return `${symbol}(${pairs(given).join(', ')})${answer && ` = ${answer}`} [gas ${gasBefore - gasAfter}]`;
}

function pairs(values: Readonly<Record<string, SyscallValue>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}: ${valueText(value)}`);
}

function valueText(value: SyscallValue): string {
  if (value === null) return 'none';
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? cut(value) : `[${value.map(cut).join(', ')}]`;
}

function accessText({ access, transient, key, isSlot, value, previous }: StorageAccess): string {
  const place = `${transient ? 'transient ' : ''}${isSlot ? 'slot' : 'key'} ${cut(key)}`;
  const now = value === undefined ? 'nothing' : cut(value);
  if (access === 'read') return `read ${place}: ${now}`;
  return `write ${place}: ${now}, before ${previous === undefined ? 'nothing' : cut(previous)}`;
}

function eventText({ topics, data }: Log): string {
  return `[${topics.join(', ')}] ${cut(data)}`;
}

function cut(hex: Hex): string {
  const digits = hex.length - 2;
  return digits <= SHOWN_DIGITS ? hex : `${hex.slice(0, SHOWN_DIGITS + 2)}... (${digits / 2} bytes)`;
}
