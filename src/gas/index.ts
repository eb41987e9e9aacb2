export { BlockCostCalculator, type BlockCosts } from './blockCosts.js';
export { assertCostModel, COST_MODEL_NAMES, type CostModel, type CostModelName } from './costModel.js';
export { CostTable } from './costTable.js';
