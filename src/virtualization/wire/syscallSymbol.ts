/**
 * The symbol of an import as it crosses the interface: 32 bytes, zero-filled behind the symbol, then its length as
 * a u64. Symbols are bytes; nothing requires them to be UTF-8.
 */
import { WireFormatError } from './wireFormatError.js';

/** The longest symbol that fits. */
export const MAX_SYSCALL_SYMBOL_LEN = 32;

/** Bytes of an encoded symbol. */
export const SYSCALL_SYMBOL_SIZE = 40;

const utf8 = new TextDecoder();

/** Encode a symbol, or undefined if it has more than {@link MAX_SYSCALL_SYMBOL_LEN} bytes. */
export function encodeSyscallSymbol(symbol: Uint8Array): Uint8Array | undefined {
  if (symbol.length > MAX_SYSCALL_SYMBOL_LEN) return undefined;
  const encoded = new Uint8Array(SYSCALL_SYMBOL_SIZE);
  encoded.set(symbol);
  encoded[MAX_SYSCALL_SYMBOL_LEN] = symbol.length;
  return encoded;
}

/**
 * Read the symbol encoded at `offset`: a fresh array of 0 to 32 bytes.
 * @throws WireFormatError if the length says more than 32.
 */
export function decodeSyscallSymbol(bytes: Uint8Array, offset = 0): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, SYSCALL_SYMBOL_SIZE);
  const length = view.getBigUint64(MAX_SYSCALL_SYMBOL_LEN, true);
  if (length > BigInt(MAX_SYSCALL_SYMBOL_LEN)) {
    throw new WireFormatError('SyscallSymbol', `length ${length}`, `at most ${MAX_SYSCALL_SYMBOL_LEN} bytes`);
  }
  return bytes.slice(offset, offset + Number(length));
}

/** A symbol as text, for people and for tables of handlers: invalid UTF-8 becomes U+FFFD. */
export function syscallSymbolName(symbol: Uint8Array): string {
  return utf8.decode(symbol);
}
