/** Programs as text: assembler and disassembler. */
export { type AssembleOptions, assemble } from './assemble.js';
export { AssemblyError, type AssemblyErrorDetails } from './assemblyError.js';
