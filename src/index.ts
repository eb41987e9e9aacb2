/**
 * The engine: compiles PolkaVM programs and runs them, exactly as the reference does, gas included.
 *
 * @module polkavm-js
 */
export * from './engine/index.js';
export { COST_MODEL_NAMES, type CostModel, type CostModelName, CostTable } from './gas/index.js';
export { type IsaName, REGISTER_NAMES, type RegisterName } from './isa/index.js';
export { MemoryAccessError, type MemoryAccessKind, type MemoryMap } from './memory/index.js';
export { type InvalidProgramDetails, InvalidProgramError } from './program/index.js';
