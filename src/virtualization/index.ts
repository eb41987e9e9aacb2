/**
 * Substrate's nine virtualization host functions, as imports of a Wasm runtime and typed, with the backend, the
 * externalities and the handles over them.
 *
 * @module polkavm-js/virtualization
 */
export { type VirtManagerBackend, VirtManagerExt } from './backend.js';
export { ConsumedHandleError, ExtensionAlreadyRegisteredError, HostPanicError, HostTrapError } from './errors.js';
export { Extensions, type ExtensionType } from './extensions.js';
export { childRootKey, type Externalities } from './externalities.js';
export {
  type ExecResult,
  Execution,
  type FailedExecution,
  type FinishedExecution,
  Instance,
  type LoadedModule,
  Module,
  type PrepareFailure,
  type SyscallExecution,
} from './forwarder.js';
export { createHostFunctions, type HostFunctions, type HostFunctionsOptions } from './hostFunctions.js';
export { InMemoryExternalities, type InMemoryState } from './inMemoryExternalities.js';
export { consoleLogger, LOG_TARGET, type Logger, type LogRecord, silentLogger } from './logger.js';
export { UPSTREAM_MAX_LIVE_INSTANCES, VirtManager, type VirtManagerOptions } from './manager.js';
export { type TracedHostCall, traceHostCalls } from './traceHostCalls.js';
export { createWasmImports } from './wasmImports.js';
export {
  CAPPED_INSTANTIATE_ERRORS,
  CAPPED_INSTANTIATE_RESULT,
  COMPILE_RESULT,
  type CompiledModule,
  CompileStatus,
  DESTROY_ERRORS,
  DESTROY_RESULT,
  DestroyError,
  decodeExecBuffer,
  decodeResult,
  decodeSyscallSymbol,
  EXEC_BUFFER_SIZE,
  EXEC_ERRORS,
  type ExecBuffer,
  ExecError,
  ExecStatus,
  encodeExecBuffer,
  encodeResult,
  encodeSyscallSymbol,
  FatPointer,
  INSTANTIATE_ERRORS,
  INSTANTIATE_RESULT,
  type InstanceId,
  InstantiateError,
  LOOKUP_RESULT,
  MAX_SYSCALL_SYMBOL_LEN,
  MEMORY_ERRORS,
  MEMORY_RESULT,
  MemoryError,
  MODULE_ERRORS,
  ModuleError,
  type ModuleId,
  PREPARE_RESULT,
  packFatPointer,
  type Result,
  type ResultType,
  RUN_RESULT,
  SYSCALL_SYMBOL_SIZE,
  syscallSymbolName,
  type ValueType,
  WireFormatError,
} from './wire/index.js';
