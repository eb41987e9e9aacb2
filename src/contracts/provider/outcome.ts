import { fromBigEndian, fromHex, type Hex } from '../hex.js';
import type { CallResult } from '../results.js';
import { ProviderRpcError, RpcErrorCode } from './rpcError.js';

/** `Error(string)`: a `require` or `revert` with text. */
const ERROR_SELECTOR = '0x08c379a0';
/** `Panic(uint256)`: a check that the compiler has put in. */
const PANIC_SELECTOR = '0x4e487b71';

/** The error that a failed transaction is to who asked for it: with what it reverted with, so that clients decode it. */
export function errorOf(result: CallResult): ProviderRpcError | undefined {
  if (result.status === 'success') return undefined;
  if (result.status === 'revert') {
    const reason = revertReason(result.data);
    const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`;
    return new ProviderRpcError(RpcErrorCode.executionReverted, message, result.data);
  }
  const { reason, message, frame, pc } = result;
  if (reason === 'TransferFailed')
    return new ProviderRpcError(RpcErrorCode.server, `insufficient funds for transfer: ${message}`);
  const place = pc === undefined ? '' : ` (${frame.entry} of ${frame.codeAddress} at code offset ${pc})`;
  return new ProviderRpcError(RpcErrorCode.server, `execution failed: ${message}${place}`, { reason, frame, pc });
}

/** What a revert says in words, if it does: the text of `Error(string)`, or the code of a `Panic(uint256)`. */
export function revertReason(data: Hex): string | undefined {
  const bytes = fromHex(data);
  if (data.startsWith(PANIC_SELECTOR) && bytes.length === 36)
    return `panic code 0x${fromBigEndian(bytes.subarray(4)).toString(16)}`;
  if (!data.startsWith(ERROR_SELECTOR) || bytes.length < 68) return undefined;
  const text = bytes.subarray(68);
  const length = fromBigEndian(bytes.subarray(36, 68));
  return length > BigInt(text.length) ? undefined : new TextDecoder().decode(text.subarray(0, Number(length)));
}
