import type { Hex } from '../hex.js';
import type { FrameTrace, SyscallTrace } from '../trace.js';
import { type Json, toQuantity } from './format.js';
import { revertReason } from './outcome.js';
import { boolean, object, shown } from './params.js';
import { invalidParams } from './rpcError.js';

/** What a client wants of a trace. */
export interface TraceConfig {
  /** Whether to leave out the frames that the first one starts. */
  readonly onlyTopCall: boolean;
  readonly withLog: boolean;
  /** Whether each frame has the list of its syscalls. Only this provider knows that. */
  readonly withSyscalls: boolean;
}

const TYPES = {
  call: 'CALL',
  static: 'STATICCALL',
  delegate: 'DELEGATECALL',
  create: 'CREATE',
  create2: 'CREATE2',
} as const;

/** The options of `debug_traceCall` and `debug_traceTransaction`: those of geth's `callTracer`. @throws ProviderRpcError */
export function traceConfig(value: unknown): TraceConfig {
  const { tracer = 'callTracer', tracerConfig = {} } = object(value ?? {}, 'options');
  if (tracer !== 'callTracer') throw invalidParams(`tracer: expected "callTracer", got ${shown(tracer)}`);
  const config = object(tracerConfig, 'tracerConfig');
  return {
    onlyTopCall: boolean(config.onlyTopCall, 'tracerConfig.onlyTopCall'),
    withLog: boolean(config.withLog, 'tracerConfig.withLog'),
    withSyscalls: boolean(config.withSyscalls, 'tracerConfig.withSyscalls'),
  };
}

/** A frame, and those under it, in the form of geth's `callTracer`. */
export function formatTrace(frame: FrameTrace, config: TraceConfig): Json {
  const isDelegate = frame.kind === 'delegate';
  const reason = frame.status === 'revert' ? revertReason(frame.output) : undefined;
  const error = frame.status === 'revert' ? 'execution reverted' : frame.error;
  return {
    type: TYPES[frame.kind],
    from: isDelegate ? frame.address : frame.caller,
    to: frame.codeAddress,
    ...(!frame.readOnly && !isDelegate && { value: toQuantity(frame.value) }),
    gas: toQuantity(frame.gas),
    gasUsed: toQuantity(frame.gasUsed),
    input: frame.input,
    output: frame.output,
    ...(error !== undefined && { error }),
    ...(reason !== undefined && { revertReason: reason }),
    ...(!config.onlyTopCall &&
      frame.calls.length > 0 && { calls: frame.calls.map((call) => formatTrace(call, config)) }),
    ...(config.withLog && frame.logs.length > 0 && { logs: frame.logs }),
    ...(config.withSyscalls && frame.syscalls.length > 0 && { syscalls: frame.syscalls.map(formatSyscall) }),
    ...(frame.isTruncated && { truncated: true }),
  };
}

function formatSyscall({ symbol, arguments: args, output, result, gasBefore, gasAfter, call }: SyscallTrace): Json {
  return {
    symbol,
    arguments: formatValues(args),
    output: formatValues(output),
    result: result === undefined ? null : toQuantity(result),
    gasBefore: toQuantity(gasBefore),
    gasAfter: toQuantity(gasAfter),
    ...(call !== undefined && { call }),
  };
}

function formatValues(values: SyscallTrace['arguments']): Json {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, Hex | readonly Hex[] | null] => [
      name,
      typeof value === 'bigint' ? toQuantity(value) : value,
    ]),
  );
}
