/** How much code is compiled, how much of it together, and how long it runs. */
export interface CompilerLimits {
  /** Under `auto`, how often a basic block is entered before its region is compiled. */
  entriesBeforeCompiling: number;
  /** Functions that lie next to each other share a region up to so many basic blocks. */
  targetBlocks: number;
  /** A larger function is divided. */
  maxBlocks: number;
  /** So is one of more instructions. */
  maxInstructions: number;
  /** Regions are compiled together until they have so many instructions, in large programs more. */
  batchInstructions: number;
  /** After so many wrong guesses about a memory access nothing is guessed about it any more. */
  maxMisses: number;
  /** Gas that compiled code is given at a time. Between two portions it returns, so that optimised code can replace it. */
  portion: number;
  /** Whether regions jump into each other by tail calls, where the engine has them. */
  usesTailCalls: boolean;
}

/**
 * The limits in force, for programs that are not compiled yet. The values were measured to serve large programs well; tests
 * lower them, so that small programs do all that large ones do.
 */
export const LIMITS: CompilerLimits = {
  entriesBeforeCompiling: 4000,
  targetBlocks: 8,
  maxBlocks: 600,
  maxInstructions: 12_000,
  batchInstructions: 3000,
  maxMisses: 100,
  portion: 2_000_000,
  usesTailCalls: true,
};
