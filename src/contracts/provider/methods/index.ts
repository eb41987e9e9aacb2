import { BLOCK_METHODS } from './blocks.js';
import { DEBUG_METHODS } from './debug.js';
import { DEVELOPMENT_METHODS } from './development.js';
import { LOG_METHODS } from './logs.js';
import type { Method } from './method.js';
import { NETWORK_METHODS } from './network.js';
import { STATE_METHODS } from './state.js';
import { TRANSACTION_METHODS } from './transactions.js';

/** All methods by name. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...NETWORK_METHODS,
    ...STATE_METHODS,
    ...TRANSACTION_METHODS,
    ...BLOCK_METHODS,
    ...LOG_METHODS,
    ...DEVELOPMENT_METHODS,
    ...DEBUG_METHODS,
  }),
);
