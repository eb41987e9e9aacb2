/**
 * What the provider needs of viem, an optional peer dependency: reading signed transactions, and signing. It is imported when
 * that is first asked for, so that who does neither needs not install it.
 */
import { ProviderRpcError, RpcErrorCode } from './rpcError.js';

/** The parts of viem that are used. */
export type Viem = typeof import('viem/utils') & typeof import('viem/accounts');

/** @throws ProviderRpcError if viem is not installed */
export async function loadViem(): Promise<Viem> {
  try {
    // Awaited one by one: bundlers forgive a missing package only if its import is awaited inside of a `try`.
    const utils = await import('viem/utils');
    const accounts = await import('viem/accounts');
    return { ...utils, ...accounts };
  } catch (cause) {
    const error = new ProviderRpcError(
      RpcErrorCode.internal,
      'signing, and reading signed transactions, need the package viem: npm install viem',
    );
    error.cause = cause;
    throw error;
  }
}

/** What an error of viem says, without the details and advice that follow. */
export function firstLine(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}
