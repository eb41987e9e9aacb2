export { type CompilerLimits, LIMITS } from './limits.js';
export { printWasmModule } from './moduleText.js';
export {
  BoundProgram,
  type CompiledBatch,
  type CompiledEntry,
  type EmittedCode,
  ProgramCompiler,
} from './programCompiler.js';
export { type CompilerContext, EXIT_BITS, RegionExit } from './regionContext.js';
export { printWasm } from './wasmText.js';
