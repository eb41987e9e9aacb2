import type { Hex } from '../hex.js';

/** The codes that a provider answers with: those of JSON-RPC 2.0, EIP-1193 and EIP-1474, and 3, geth's for a revert. */
export const RpcErrorCode = {
  /** A contract reverted; the error's `data` is what it reverted with. */
  executionReverted: 3,
  unauthorized: 4100,
  unrecognizedChain: 4902,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Whatever else keeps a node from doing what it was asked for: no funds, a wrong nonce, a contract that trapped. */
  server: -32000,
  resourceNotFound: -32001,
  methodNotSupported: -32004,
  limitExceeded: -32005,
} as const;

/** One of the values of {@link RpcErrorCode}. */
export type RpcErrorCode = (typeof RpcErrorCode)[keyof typeof RpcErrorCode];

/** What {@link Provider.request} rejects with. */
export class ProviderRpcError extends Error {
  override readonly name = 'ProviderRpcError';
  readonly code: RpcErrorCode;
  /** What a contract reverted with, or where it failed; undefined for errors that are not a contract's. */
  readonly data: Hex | object | undefined;

  constructor(code: RpcErrorCode, message: string, data?: Hex | object) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A parameter that is missing, or is not what the method takes. */
export function invalidParams(message: string): ProviderRpcError {
  return new ProviderRpcError(RpcErrorCode.invalidParams, message);
}

/** A block, transaction, filter or state that is asked for, and that is not there. */
export function notFound(message: string): ProviderRpcError {
  return new ProviderRpcError(RpcErrorCode.resourceNotFound, message);
}

/** A request that is well-formed, and that cannot be done. */
export function serverError(message: string): ProviderRpcError {
  return new ProviderRpcError(RpcErrorCode.server, message);
}
