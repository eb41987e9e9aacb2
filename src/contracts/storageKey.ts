import { fromHex, type Hex, toHex } from './hex.js';

/**
 * Storage keys as the state keeps them: a character a byte, because such strings are made and compared several times
 * faster than hex. Keys of fixed and of variable size live apart even where their bytes are the same (spec: contract
 * syscalls, section 5): those of variable size begin with a character that is no byte.
 */
export type StorageKey = string;

const VARIABLE = '\u0100';

/** The key of the bytes of a fixed-size key. */
export function fixedKey(bytes: Uint8Array): StorageKey {
  // Several times faster than spreading the bytes, which goes through an iterator.
  return Reflect.apply(String.fromCharCode, undefined, bytes);
}

/** The key of the bytes of a key of variable size. */
export function variableKey(bytes: Uint8Array): StorageKey {
  return VARIABLE + fixedKey(bytes);
}

/** Whether a key is one of variable size. */
export function isVariableKey(key: StorageKey): boolean {
  return key.startsWith(VARIABLE);
}

/** A key's bytes. */
export function keyBytes(key: StorageKey): Hex {
  const text = isVariableKey(key) ? key.slice(1) : key;
  return toHex(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

/** The key of a 32-byte slot, such as a Solidity variable has. @throws TypeError for anything but 32 bytes */
export function slotKey(slot: Hex): StorageKey {
  const bytes = fromHex(slot);
  if (bytes.length !== 32) throw new TypeError(`storage slot: expected 32 bytes, got ${bytes.length}`);
  return fixedKey(bytes);
}
