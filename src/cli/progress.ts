import type { Output } from './command.js';

const FIRST_SHOWN_AFTER_MS = 1000;
const SHOWN_EVERY_MS = 100;
const BAR_WIDTH = 24;
const ERASE_LINE = '\r\u001b[K';

/**
 * Tells how far something has come, on the error output if that is a terminal, in one line that is written over and over.
 * What takes less than a second shows nothing.
 */
export class Progress {
  readonly #output: Output;
  readonly #label: string;
  readonly #start = performance.now();
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output, label: string) {
    this.#output = output;
    this.#label = label;
  }

  /**
   * Tells where it is.
   *
   * @param part from 0 to 1; undefined where nobody knows how long it takes
   */
  update(part: number | undefined, details: string): void {
    if (this.#output.terminal?.err !== true) return;
    const now = performance.now();
    if (now - this.#start < FIRST_SHOWN_AFTER_MS || now - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = now;
    const seconds = `${((now - this.#start) / 1000).toFixed(1)} s`;
    const bar = part === undefined ? '' : `${barOf(part)} `;
    this.#output.err(`${ERASE_LINE}${this.#label} ${bar}${seconds}, ${details}`);
  }

  /** Takes the line away. */
  done(): void {
    if (this.#shownAt > 0) this.#output.err(ERASE_LINE);
    this.#shownAt = Number.NEGATIVE_INFINITY;
  }
}

function barOf(part: number): string {
  const filled = Math.round(BAR_WIDTH * Math.min(1, Math.max(0, part)));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(100 * part)
    .toString()
    .padStart(3)} %`;
}
