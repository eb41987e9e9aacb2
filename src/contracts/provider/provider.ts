import type { Hex } from '../hex.js';
import type { Sandbox } from '../sandbox.js';
import { Chain, type ChainOptions } from './chain.js';
import { DEV_KEYS_BY_ADDRESS } from './devKeys.js';
import { Filters } from './filters.js';
import { METHODS } from './methods/index.js';
import type { MethodContext } from './methods/method.js';
import { shown } from './params.js';
import { ProviderRpcError, RpcErrorCode } from './rpcError.js';
import { Subscriptions } from './subscriptions.js';
import { Wallet } from './wallet.js';

/** A request, as EIP-1193 has it. */
export interface RequestArguments {
  readonly method: string;
  readonly params?: unknown;
}

/** What a subscription of `eth_subscribe` tells, as EIP-1193 has it. */
export interface ProviderMessage {
  readonly type: 'eth_subscription';
  readonly data: { readonly subscription: string; readonly result: unknown };
}

/** The events of a provider. Only messages come: it is always connected, and its chain and accounts never change. */
export interface ProviderEvents {
  connect: (info: { readonly chainId: Hex }) => void;
  message: (message: ProviderMessage) => void;
  disconnect: (error: ProviderRpcError) => void;
  chainChanged: (chainId: Hex) => void;
  accountsChanged: (accounts: readonly Hex[]) => void;
}

type Listeners = { readonly [E in keyof ProviderEvents]: Set<ProviderEvents[E]> };

/** A provider of EIP-1193. */
export interface Provider {
  /**
   * Does what a method says.
   *
   * @throws ProviderRpcError (as a rejection) with a code of EIP-1193 or EIP-1474; then nothing has changed
   */
  request(args: RequestArguments): Promise<unknown>;
  on<E extends keyof ProviderEvents>(event: E, listener: ProviderEvents[E]): Provider;
  removeListener<E extends keyof ProviderEvents>(event: E, listener: ProviderEvents[E]): Provider;
}

/** What a provider takes beyond its sandbox. */
export interface ProviderOptions extends ChainOptions {
  /**
   * Private keys by address, for accounts that sign. Default: those of {@link DEV_ACCOUNTS}. All accounts of the sandbox can
   * send transactions, with a key or without.
   */
  readonly keys?: Readonly<Record<Hex, Hex>> | undefined;
}

/**
 * A provider of EIP-1193 over a sandbox, for viem, ethers, wagmi and whatever else talks to a node. Each transaction is mined
 * at once, in a block of its own, and is final. Nobody is charged for gas.
 *
 * From then on let the provider make the transactions: it does not know of those that the sandbox is told to make directly.
 *
 * @throws RangeError for an option that is out of range
 *
 * @example
 * const client = createWalletClient({ chain: anvil, transport: custom(createProvider(new Sandbox())) });
 */
export function createProvider(sandbox: Sandbox, options: ProviderOptions = {}): Provider {
  const { keys = DEV_KEYS_BY_ADDRESS, ...chainOptions } = options;
  const chain = new Chain(sandbox, chainOptions);
  const listeners: Listeners = {
    connect: new Set(),
    message: new Set(),
    disconnect: new Set(),
    chainChanged: new Set(),
    accountsChanged: new Set(),
  };
  const subscriptions = new Subscriptions((subscription, result) => {
    for (const listener of listeners.message) listener({ type: 'eth_subscription', data: { subscription, result } });
  });
  chain.onBlock = (block) => subscriptions.announce(block);
  const context: MethodContext = {
    chain,
    subscriptions,
    wallet: new Wallet(sandbox.accounts, keys),
    filters: new Filters(chain),
  };

  const provider: Provider = {
    async request(args) {
      const { method, params = [] } = args ?? {};
      if (typeof method !== 'string') {
        throw new ProviderRpcError(RpcErrorCode.invalidRequest, `method: expected a name, got ${shown(method)}`);
      }
      const answer = METHODS.get(method);
      if (answer === undefined) {
        throw new ProviderRpcError(RpcErrorCode.methodNotFound, `the method ${shown(method)} does not exist`);
      }
      if (!Array.isArray(params)) {
        throw new ProviderRpcError(RpcErrorCode.invalidParams, `params: expected a list, got ${shown(params)}`);
      }
      try {
        return await answer(context, params);
      } catch (error) {
        if (error instanceof ProviderRpcError) throw error;
        const message = error instanceof Error ? error.message : String(error);
        const internal = new ProviderRpcError(RpcErrorCode.internal, `internal error: ${message}`);
        internal.cause = error;
        throw internal;
      }
    },
    on(event, listener) {
      listeners[event].add(listener);
      return provider;
    },
    removeListener(event, listener) {
      listeners[event].delete(listener);
      return provider;
    },
  };
  return provider;
}
