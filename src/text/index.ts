/**
 * Programs as text: assembler and disassembler.
 *
 * @module polkavm-js/text
 */
export { type AssembleOptions, assemble } from './assemble.js';
export { AssemblyError, type AssemblyErrorDetails } from './assemblyError.js';
export { type DisassembleOptions, disassemble } from './disassemble.js';
export { type FormatOptions, formatInstruction } from './format.js';
export { escapeControls } from './symbols.js';
