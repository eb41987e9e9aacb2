import { debugRangeAt, debugRegions, InvalidProgramError, type Program } from '../program/index.js';
import { escapeControls } from './symbols.js';

/** Regions of line programs that may be looked at for each debug range, on average. More than one is rarely needed. */
const REGIONS_PER_RANGE = 8;
const BYTES_PER_RANGE = 12;

/** Finds out at which instructions of a listing another function begins, as far as debug information tells. */
export class FunctionNames {
  readonly #program: Program;
  #range: number | undefined;
  #name = '';
  /** Keeps the time linear for debug information in which many ranges share one long line program. */
  #regionsLeft: number;

  constructor(program: Program) {
    this.#program = program;
    this.#regionsLeft = 1024 + (REGIONS_PER_RANGE * program.debugLineProgramRanges.length) / BYTES_PER_RANGE;
  }

  /** The lines to print in front of the instruction at a code offset: a blank one between functions, and the function's name. */
  linesBefore(offset: number): string[] {
    const range = this.#attempt(() => debugRangeAt(this.#program, offset));
    const lines: string[] = [];
    if (range === undefined) {
      if (this.#name !== '') lines.push('');
      this.#name = '';
    } else if (range !== this.#range) {
      if (offset !== 0) lines.push('');
      const name = this.#attempt(() => this.#nameAt(offset, range)) ?? '';
      if (name !== '' && name !== this.#name) lines.push(`<${escapeControls(name)}>:`);
      this.#name = name;
    }
    this.#range = range;
    return lines;
  }

  #nameAt(offset: number, range: number): string | undefined {
    for (const { start, end, frames } of debugRegions(this.#program, range)) {
      if (offset >= start && offset < end) return frames()[0]?.functionName;
      if (this.#regionsLeft-- <= 0) break;
    }
    return undefined;
  }

  /** A listing is of use without names, so malformed debug information counts as none. */
  #attempt<T>(find: () => T): T | undefined {
    try {
      return find();
    } catch (error) {
      if (error instanceof InvalidProgramError) return undefined;
      throw error;
    }
  }
}
