export {
  type CompiledEntry,
  type CompiledRegion,
  instantiateRegion,
  ProgramCompiler,
  type RegionFunction,
} from './programCompiler.js';
export { type CompilerContext, EXIT_BITS, RegionExit } from './regionContext.js';
export { printWasm } from './wasmText.js';
