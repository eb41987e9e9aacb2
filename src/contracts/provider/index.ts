export type { ChainOptions } from './chain.js';
export { DEV_KEYS } from './devKeys.js';
export {
  createProvider,
  type Provider,
  type ProviderEvents,
  type ProviderMessage,
  type ProviderOptions,
  type RequestArguments,
} from './provider.js';
export { ProviderRpcError, RpcErrorCode } from './rpcError.js';
