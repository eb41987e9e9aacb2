import { printWasmModule } from '../compiler/index.js';

/** What the compiler makes of a program. */
export interface EmittedWasm {
  /** A WebAssembly module, before anything has been learnt from running it. What is run comes in several modules. */
  readonly wasm: Uint8Array;
  /** Code offsets of the basic blocks that each function of the module is made of, in the order of the functions. */
  readonly functions: readonly (readonly number[])[];
  /** How many parts of the program are left to the interpreter because they are too large. */
  readonly interpretedRegions: number;
}

/** The text of what {@link Module.emitWasm} gives, with the code offsets of each function. */
export function printEmittedWasm({ wasm, functions }: EmittedWasm): string {
  return printWasmModule(
    wasm,
    functions.map(([first, ...others]) =>
      others.length === 0 ? `basic block ${first}` : `basic blocks ${first} and ${others.length} more`,
    ),
  );
}
