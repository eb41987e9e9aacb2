import { keccakHex } from './addresses.js';
import { checkUint } from './block.js';
import { fromHex, type Hex, normalizeAddress, normalizeHash, toHex } from './hex.js';
import type { State } from './state.js';
import { fixedKey, isVariableKey, keyBytes, variableKey } from './storageKey.js';

/** An account as JSON: numbers in decimal, bytes in hex; what is zero or empty is left out. */
export interface AccountJson {
  readonly balance?: string;
  readonly nonce?: string;
  readonly codeHash?: Hex;
  readonly immutables?: Hex;
  /** Values by 32-byte keys, as Solidity has them. */
  readonly storage?: Readonly<Record<Hex, Hex>>;
  /** Values by keys of variable size. */
  readonly variableStorage?: Readonly<Record<Hex, Hex>>;
}

/** Everything that transactions have changed, as JSON. */
export interface StateJson {
  readonly accounts: Readonly<Record<Hex, AccountJson>>;
  /** Programs by their hashes. */
  readonly codes: Readonly<Record<Hex, Hex>>;
}

/** The state as JSON; accounts, programs and keys are sorted, so that equal states have equal texts. */
export function stateToJson(state: State): StateJson {
  const accounts: [Hex, AccountJson][] = [];
  for (const [address, { balance, nonce, codeHash, immutables, storage }] of state.accounts()) {
    const slots: [Hex, Hex][] = [];
    const others: [Hex, Hex][] = [];
    for (const [key, value] of storage) (isVariableKey(key) ? others : slots).push([keyBytes(key), toHex(value)]);
    const account: AccountJson = {
      ...(balance > 0n && { balance: String(balance) }),
      ...(nonce > 0n && { nonce: String(nonce) }),
      ...(codeHash !== undefined && { codeHash }),
      ...(immutables !== undefined && { immutables: toHex(immutables) }),
      ...(slots.length > 0 && { storage: sorted(slots) }),
      ...(others.length > 0 && { variableStorage: sorted(others) }),
    };
    if (Object.keys(account).length > 0) accounts.push([address, account]);
  }
  return { accounts: sorted(accounts), codes: sorted([...state.codes()].map(([hash, code]) => [hash, toHex(code)])) };
}

/**
 * Adds what {@link stateToJson} told to a state that is empty.
 *
 * @throws TypeError, RangeError for text that is no number, address or bytes, and for code that is not what its hash says
 */
export function loadState(state: State, json: StateJson): void {
  for (const [hash, code] of entries(json.codes)) {
    const bytes = fromHex(code);
    if (keccakHex(bytes) !== normalizeHash(hash)) {
      throw new RangeError(`codes: expected code with the hash ${hash}, got some with ${keccakHex(bytes)}`);
    }
    state.setCode(normalizeHash(hash), bytes);
  }
  for (const [given, account] of entries(json.accounts)) {
    const address = normalizeAddress(given);
    const { balance = '0', nonce = '0', codeHash, immutables, storage = {}, variableStorage = {} } = account;
    state.setBalance(address, checkUint(BigInt(balance), 256, `balance of ${address}`));
    state.setNonce(address, checkUint(BigInt(nonce), 64, `nonce of ${address}`));
    if (codeHash !== undefined) {
      const hash = normalizeHash(codeHash);
      if (state.code(hash) === undefined) {
        throw new RangeError(`${address}: got the code hash ${hash}, expected one of the codes`);
      }
      state.createContract(address, hash);
    }
    if (immutables !== undefined) state.setImmutables(address, fromHex(immutables));
    for (const [key, value] of entries(storage)) state.setStorage(address, fixedKey(fromHex(key)), fromHex(value));
    for (const [key, value] of entries(variableStorage)) {
      state.setStorage(address, variableKey(fromHex(key)), fromHex(value));
    }
  }
}

function sorted<T>(list: readonly (readonly [Hex, T])[]): Readonly<Record<Hex, T>> {
  return Object.fromEntries([...list].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Object.entries forgets what the keys are. */
function entries<T>(record: Readonly<Record<Hex, T>>): [Hex, T][] {
  return Object.entries(record) as [Hex, T][];
}
