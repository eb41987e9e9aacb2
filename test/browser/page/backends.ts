/** Stands in for `test/support/backends.ts` in a page. */
import type { Backend } from '../../../src/engine/index.js';

export let BACKENDS: readonly Backend[] = [];

/** Chooses the backends; to be called before tests are loaded. */
export function setBackends(backends: readonly Backend[]): void {
  BACKENDS = backends;
}
