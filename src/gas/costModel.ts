import { CostTable } from './costTable.js';

/** The built-in cost models by name. */
export const COST_MODEL_NAMES = ['naive', 'full-l1', 'full-l2', 'full-l3'] as const;

/** Name of a built-in cost model. */
export type CostModelName = (typeof COST_MODEL_NAMES)[number];

/**
 * How gas is counted: `naive` is 1 an instruction; a {@link CostTable} is a price per instruction; the `full` models
 * simulate a pipeline in which every load is assumed to hit the L1, L2 or L3 cache.
 */
export type CostModel = CostModelName | CostTable;

/** Cycles that a load takes under each of the `full` models (spec: gas model, constants). */
export const LOAD_LATENCY = { 'full-l1': 4, 'full-l2': 25, 'full-l3': 37 } as const;

/**
 * Asserts that a value from outside is a cost model.
 *
 * @throws TypeError naming what was got and what is possible
 */
export function assertCostModel(value: unknown): asserts value is CostModel {
  if (value instanceof CostTable || (COST_MODEL_NAMES as readonly unknown[]).includes(value)) return;
  const got = typeof value === 'string' ? `"${value}"` : typeof value;
  throw new TypeError(`cost model: got ${got}, expected one of ${COST_MODEL_NAMES.join(', ')} or a CostTable`);
}
