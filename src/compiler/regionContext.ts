import type { LinearLayout, MemoryMap } from '../memory/index.js';
import type { Program } from '../program/index.js';
import type { RegionHint } from './addressing.js';

/** What the code of all regions of a module depends on. */
export interface CompilerContext {
  readonly program: Program;
  readonly map: MemoryMap;
  readonly layout: LinearLayout;
  /** What the basic block that starts at a code offset takes from the gas counter. */
  readonly costOfBlock: (start: number) => number;
}

/** The region of memory that an access was seen to hit, or that it hits now this one, now that. */
export type LearnedHint = RegionHint | 'unpredictable';

/**
 * Why the program left compiled code: the low bits of a region's result. The rest is a code offset, or an entry's number.
 * A result below zero is a jump through the jump table, mostly a return, of which compiled code takes care: all bits of the
 * entry's number are inverted.
 */
export const enum RegionExit {
  /** The basic block at that code offset is next: it is not in this region, or gas may not suffice for what follows. */
  block = 0,
  /** The entry of that number is next: see {@link RegionLinks}. */
  entry = 1,
  /** The host call at that code offset. */
  ecalli = 2,
  /** The interpreter has to execute the instruction at that code offset; its basic block is paid for. */
  interpret = 3,
  /** As `block`, but compiled code cannot be entered there at present: what it relies on does not hold. */
  refused = 4,
  /** As `entry`, but the host's stack has no room for the region there. */
  stackOverflow = 5,
}

/**
 * How regions refer to each other. The entries that they can jump to are numbered through the program: first the entries
 * of the jump table, then all basic blocks. Table indexes are numbered likewise: first the entries of the jump table,
 * each with the function of the region that it leads to, then all regions.
 */
export interface RegionLinks {
  /** How many jump table entries have numbers; 0 when jumps through the table have to go through the interpreter. */
  readonly jumpCount: number;
  /** Region of each block. */
  readonly regionOf: Int32Array;
  /** Whether a block can be reached from another region, or from the host. */
  isEntry(block: number): boolean;
  /** What has been learned of the memory access at a code offset from wrong guesses. */
  learnedHint(pc: number): LearnedHint | undefined;
  /** Whether regions jump into each other by tail calls; otherwise they call, and return what they get. */
  readonly hasTailCalls: boolean;
}

/** How many bits of a region's result the {@link RegionExit} takes. */
export const EXIT_BITS = 3;
