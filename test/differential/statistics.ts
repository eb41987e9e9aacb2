/** What a run of the fuzzer has done, in sums. */
import { type Coverage, compiledShare } from './coverage.js';
import type { Verdict } from './fuzzer.js';

/** Adds up verdicts. */
export class Statistics {
  programs = 0;
  /** Programs on which backends differ. */
  failed = 0;
  /** Instructions executed by each of the backends. */
  instructions = 0;
  /** How often a run has stopped, by the interrupt's kind. */
  readonly stops = new Map<string, number>();
  readonly #start = performance.now();
  /** Programs that have executed less than 10, 100, 1,000 instructions and so on. */
  readonly #programsBySize: number[] = [];
  readonly #instructionsBySize: number[] = [];

  /** Counts a verdict. */
  add({ outcomes, difference, instructions }: Verdict): void {
    this.programs++;
    if (difference !== undefined) this.failed++;
    this.instructions += instructions;
    const size = `${instructions}`.length;
    this.#programsBySize[size] = (this.#programsBySize[size] ?? 0) + 1;
    this.#instructionsBySize[size] = (this.#instructionsBySize[size] ?? 0) + instructions;
    for (const outcome of outcomes) {
      const kind = /^\{"kind":"(\w+)/.exec(outcome)?.[1] ?? 'other';
      this.stops.set(kind, (this.stops.get(kind) ?? 0) + 1);
    }
  }

  /**
   * A report for people.
   *
   * @param engines how many backends with compiled code each program has run on
   */
  report(coverage: Coverage, engines: number): string {
    const seconds = (performance.now() - this.#start) / 1000;
    const rate = (count: number): string => `${show(count / seconds)} a second`;
    const sizes = this.#programsBySize.map((programs, digits) => {
      const instructions = this.#instructionsBySize[digits];
      return `below ${show(10 ** digits)}: ${show(programs)} programs with ${percent(instructions / this.instructions)}`;
    });
    return [
      `${show(this.programs)} programs (${rate(this.programs)}), ${this.failed} with differences`,
      `${show(this.instructions)} instructions (${rate(this.instructions)}) on each backend`,
      `by instructions executed: ${sizes.filter((size) => size !== undefined).join(', ')}`,
      `stops: ${list(this.stops)}`,
      `compiled code: ${show(coverage.modules)} modules, entered ${show(coverage.entries)} times, ` +
        `${show(coverage.continuations)} of them behind host calls; used ${percent(compiledShare(coverage, engines))} of the gas`,
      `left for: ${list(Object.entries(coverage.exits))}`,
    ].join('\n');
  }
}

function list(counts: Iterable<readonly [string, number]>): string {
  return [...counts].map(([name, count]) => `${name} ${show(count)}`).join(', ');
}

function show(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
