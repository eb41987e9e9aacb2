/**
 * Timing. Every figure is a median: of several runs for long work, of several batches for short work.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How long one run takes, in milliseconds. */
export function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Medians of `rounds` runs of each contestant, in milliseconds. They take turns, so that they share what disturbs them. */
export function compare<K extends string>(
  contestants: Readonly<Record<K, () => void>>,
  rounds: number,
): Record<K, number> {
  const names = Object.keys(contestants) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (const name of names) contestants[name]();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) times.get(name)!.push(milliseconds(contestants[name]));
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)])) as Record<K, number>;
}

/** Frees what is no longer used, so that what comes next is not measured with it. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

/** Time for V8 to replace what it runs first by optimised code, also on a machine that has little time for that. */
const WARM_UP_MS = 2000;

/** What one call of `run` takes on the median of `batches` batches of at least `batchMs` each, in microseconds. */
export function microseconds(run: () => void, batches = 15, batchMs = 30): number {
  const start = performance.now();
  while (performance.now() - start < WARM_UP_MS) run();
  const calls = callsFor(run, batchMs);
  return median(Array.from({ length: batches }, () => (repeat(run, calls) / calls) * 1000));
}

/** How many calls take a time. The fastest of a few tries counts: in the others the machine may have been busy. */
function callsFor(run: () => void, batchMs: number): number {
  let calls = 1;
  while (Math.min(...Array.from({ length: 4 }, () => repeat(run, calls))) < batchMs) calls *= 2;
  return calls;
}

function repeat(run: () => void, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call++) run();
  return performance.now() - start;
}
