import type { LinearLayout, MemoryMap } from '../memory/index.js';
import type { Program } from '../program/index.js';

/** What the code of all regions of a module depends on. */
export interface CompilerContext {
  readonly program: Program;
  readonly map: MemoryMap;
  readonly layout: LinearLayout;
  /** Cost of the basic block that starts at a code offset; undefined without gas metering. */
  readonly costOfBlock: ((start: number) => number) | undefined;
}

/** Why the code of a region returned: the low bits of its result. The rest is a code offset, or an entry's number. */
export const enum RegionExit {
  /** The basic block at that code offset is next: it is not in this region, or gas may not suffice for what follows. */
  block = 0,
  /** As `block`, for the entry of that number. */
  entry = 1,
  /** The host call of that number. */
  ecalli = 2,
  /** The interpreter has to execute the instruction at that code offset; its basic block is paid for. */
  interpret = 3,
}

/** How many bits of a region's result the {@link RegionExit} takes. */
export const EXIT_BITS = 2;
