import { type DebugFrame, debugRegions, RANGE_SIZE } from './debugInfo.js';
import { InvalidProgramError } from './errors.js';
import type { Program } from './program.js';

/** A stretch of code that comes from one place of the sources. */
export interface SourceRegion {
  /** Code offsets `start` to `end`, the latter excluded. */
  readonly start: number;
  readonly end: number;
  /** The function whose code it is, then those inlined into it, innermost last. */
  readonly frames: readonly DebugFrame[];
}

const MAX_EXTRA_REGIONS = 1024;

/**
 * All regions that a program's debug information tells of, by their starts. What is malformed in it is left out: a
 * profile is of use without it.
 */
export function sourceRegions(program: Program): SourceRegion[] {
  const rangeCount = Math.floor(program.debugLineProgramRanges.length / RANGE_SIZE);
  // A line program takes a byte a region. Ranges that share one program for long would make this quadratic.
  let left = MAX_EXTRA_REGIONS + 2 * program.debugLinePrograms.length;
  const regions: SourceRegion[] = [];
  if (program.debugLinePrograms.length === 0) return regions;
  for (let range = 0; range < rangeCount && left > 0; range++) {
    try {
      for (const { start, end, frames } of debugRegions(program, range)) {
        if (left-- <= 0) break;
        if (end > start) regions.push({ start, end, frames: frames() });
      }
    } catch (error) {
      if (!(error instanceof InvalidProgramError)) throw error;
    }
  }
  return regions.sort((a, b) => a.start - b.start);
}

/** Finds the region that a code offset lies in, for offsets that ascend. */
export class RegionCursor {
  readonly #regions: readonly SourceRegion[];
  #at = 0;

  constructor(regions: readonly SourceRegion[]) {
    this.#regions = regions;
  }

  /** The region at a code offset that is not less than the last one; undefined where there is none. */
  regionAt(offset: number): SourceRegion | undefined {
    while (this.#at < this.#regions.length && this.#regions[this.#at]!.end <= offset) this.#at++;
    const region = this.#regions[this.#at];
    return region !== undefined && region.start <= offset ? region : undefined;
  }
}
