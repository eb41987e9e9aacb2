import type { Chain } from '../chain.js';
import type { Filters } from '../filters.js';
import type { Subscriptions } from '../subscriptions.js';
import type { Wallet } from '../wallet.js';

/** What methods work on. */
export interface MethodContext {
  readonly chain: Chain;
  readonly wallet: Wallet;
  readonly filters: Filters;
  readonly subscriptions: Subscriptions;
}

/**
 * Answers a request.
 *
 * @param params as they came: nothing is known of them
 * @throws ProviderRpcError, and then nothing has changed
 */
export type Method = (context: MethodContext, params: readonly unknown[]) => unknown;

/** Methods by name. */
export type Methods = Readonly<Record<string, Method>>;
