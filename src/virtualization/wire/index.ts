export {
  CAPPED_INSTANTIATE_ERRORS,
  DESTROY_ERRORS,
  DestroyError,
  EXEC_ERRORS,
  ExecError,
  INSTANTIATE_ERRORS,
  InstantiateError,
  MEMORY_ERRORS,
  MemoryError,
  MODULE_ERRORS,
  ModuleError,
} from './errors.js';
export {
  decodeExecBuffer,
  EXEC_BUFFER_ARGUMENTS_OFFSET,
  EXEC_BUFFER_GAS_OFFSET,
  EXEC_BUFFER_SIZE,
  EXEC_BUFFER_SYMBOL_OFFSET,
  type ExecBuffer,
  encodeExecBuffer,
} from './execBuffer.js';
export { FatPointer, packFatPointer } from './fatPointer.js';
export { checkI64, checkRange, checkU32, checkU64, U32_MAX } from './integers.js';
export {
  CAPPED_INSTANTIATE_RESULT,
  COMPILE_RESULT,
  DESTROY_RESULT,
  decodeResult,
  encodeResult,
  INSTANTIATE_RESULT,
  LOOKUP_RESULT,
  MEMORY_RESULT,
  PREPARE_RESULT,
  type Result,
  type ResultType,
  RUN_RESULT,
  type ValueType,
} from './result.js';
export { type CompiledModule, CompileStatus, ExecStatus, type InstanceId, type ModuleId } from './status.js';
export {
  decodeSyscallSymbol,
  encodeSyscallSymbol,
  MAX_SYSCALL_SYMBOL_LEN,
  SYSCALL_SYMBOL_SIZE,
  syscallSymbolName,
} from './syscallSymbol.js';
export { WireFormatError } from './wireFormatError.js';
