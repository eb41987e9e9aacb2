/** What a profile says. */

/** What a part of a program has taken. */
export interface Cost {
  readonly gas: number;
  /** Guest instructions executed. */
  readonly instructions: number;
}

/** A function, or a syscall, on one way of calls that led to it. */
export interface CallNode {
  readonly name: string;
  /** `elsewhere` is what was called in so many ways that not each of them has a node. */
  readonly kind: 'root' | 'function' | 'syscall' | 'elsewhere';
  /** The function; undefined for other kinds. */
  readonly function: FunctionProfile | undefined;
  /** How often it was called from the node above, tail calls among them. */
  readonly calls: number;
  /** Without what it called. */
  readonly self: Cost;
  /** With what it called. */
  readonly total: Cost;
  /** The most gas first. */
  readonly children: readonly CallNode[];
}

/** What a function has taken. */
export interface FunctionProfile {
  /** From debug information, else the name of the export, else `fn@` and its code offset. */
  readonly name: string;
  /** Code offset of its first instruction. */
  readonly pc: number;
  /** Source file and line of its first instruction, as far as debug information tells. */
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly calls: number;
  readonly self: Cost;
  /** With what it called. What it took while it called itself counts once. */
  readonly total: Cost;
}

/** What a line of the source has taken. The gas of a basic block is divided among its instructions. */
export interface LineProfile extends Cost {
  readonly path: string;
  readonly line: number;
  /** How often the most frequent of its instructions was executed; 0 for a line that never was. */
  readonly count: number;
}

/** How often a host function was asked for. */
export interface SyscallProfile {
  readonly index: number;
  /** Undefined when the program has no such import. */
  readonly name: string | undefined;
  readonly calls: number;
  /** What the host took for it from the gas counter; less than 0 when it gave some. */
  readonly gas: number;
}

/** A basic block that was entered. */
export interface BlockProfile extends Cost {
  readonly pc: number;
  /** How often it was entered. */
  readonly count: number;
}

/** Where the gas and the instructions of a program went, up to the moment that it was asked for. */
export interface Profile {
  readonly total: Cost;
  /** The most gas of their own first. Functions that were not called are there as far as they are known. */
  readonly functions: readonly FunctionProfile[];
  /** The most gas first; without debug information none. Lines that were never executed are there as well. */
  readonly lines: readonly LineProfile[];
  /** In the order of their numbers. */
  readonly syscalls: readonly SyscallProfile[];
  /** In the order of the code. `memset` has gas of its own, by the byte, which is not in here. */
  readonly blocks: readonly BlockProfile[];
  readonly root: CallNode;
}
