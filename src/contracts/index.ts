/**
 * Contracts compiled by resolc, run in this process on the virtualization host functions.
 *
 * @module polkavm-js/contracts
 */
export { create2Address, createAddress, EMPTY_CODE_HASH, keccakHex, ZERO_ADDRESS } from './addresses.js';
export { type Block, DEFAULT_BLOCK } from './block.js';
export { splitDeployment } from './code.js';
export { DEV_ACCOUNTS, DEV_BALANCE } from './devAccounts.js';
export {
  CodeRejectedError,
  type ErrorReason,
  type FrameFailure,
  type FrameLocation,
  ReturnCode,
} from './errors.js';
export { DEFAULT_SYSCALL_GAS, FREE_SYSCALLS, type SyscallCost, type SyscallGas } from './gas.js';
export { type BytesLike, fromHex, type Hex, toHex } from './hex.js';
export { type Curves, loadCurves } from './precompiles/index.js';
export {
  type ChainOptions,
  createProvider,
  DEV_KEYS,
  type Provider,
  type ProviderEvents,
  type ProviderMessage,
  type ProviderOptions,
  ProviderRpcError,
  type RequestArguments,
  RpcErrorCode,
} from './provider/index.js';
export {
  type CallResult,
  type Deployed,
  type DeployResult,
  type Failure,
  type Log,
  MAX_FAILURES,
  type Outcome,
  type Revert,
  type Success,
} from './results.js';
export {
  type DeployOptions,
  Sandbox,
  type SandboxJson,
  type SandboxOptions,
  type TransactionOptions,
  type TransactionRequest,
} from './sandbox.js';
export type { AccountJson, StateJson } from './stateJson.js';
export type { SyscallValue } from './syscalls/describe.js';
export { SYSCALLS, type Syscall, type SyscallSymbol } from './syscalls/index.js';
export type { Parameter, PointeeType, RegisterContent, SyscallDefinition } from './syscalls/syscall.js';
export { type FrameTrace, type StorageAccess, type SyscallTrace, TraceBuilder, type TraceLimits } from './trace.js';
export { type AbiJson, loadTraceNames } from './traceNames.js';
export { type FormatTraceOptions, formatTrace, type TraceNames } from './tracePrinter.js';
export type { FrameKind, FrameStart, FrameStop, StorageEvent, SyscallStart, SyscallStop, Tracer } from './tracer.js';
