import type { Hex } from './hex.js';
import type { Log } from './results.js';
import type { StorageKey } from './storageKey.js';

/** What is known of an address. */
export interface Account {
  balance: bigint;
  nonce: bigint;
  /** What its code is known by; undefined unless it is a contract. */
  codeHash: Hex | undefined;
  immutables: Uint8Array | undefined;
  readonly storage: Map<StorageKey, Uint8Array>;
}

/**
 * Everything that transactions can change: balances, nonces, code, storage, and for the time of a transaction events and
 * transient storage. Each change notes how to undo it, so that a failed frame takes back what it and the frames under it
 * did, and nothing else.
 *
 * Addresses and hashes are lower case. Byte arrays that were stored are never changed.
 */
export class State {
  readonly #accounts = new Map<Hex, Account>();
  readonly #codes = new Map<Hex, Uint8Array>();
  readonly #undo: (() => void)[] = [];
  readonly #transient = new Map<string, Uint8Array>();
  #transientSize = 0;
  readonly #created = new Set<Hex>();
  readonly #terminated = new Set<Hex>();
  #logs: Log[] = [];

  /** A point to {@link rollback} to. */
  checkpoint(): number {
    return this.#undo.length;
  }

  /** Undoes every change made since a checkpoint, the latest first. */
  rollback(checkpoint: number): void {
    while (this.#undo.length > checkpoint) this.#undo.pop()!();
  }

  /** Forgets how to undo what was done so far. */
  commit(): void {
    this.#undo.length = 0;
  }

  /** Starts a transaction: what lives no longer than one is emptied. */
  beginTransaction(): void {
    this.#transient.clear();
    this.#transientSize = 0;
    this.#created.clear();
    this.#terminated.clear();
    this.#logs = [];
  }

  /** Ends a transaction: contracts that were both created and terminated in it go. Returns its events. */
  endTransaction(): readonly Log[] {
    for (const address of this.#terminated) {
      if (this.#created.has(address)) this.#deleteAccount(address);
    }
    // A copy: what is undone later, such as a simulation, takes its events back out of the list.
    return this.#logs.slice();
  }

  /** Whether anything is known of the address: a balance, a nonce or code. */
  exists(address: Hex): boolean {
    const account = this.#accounts.get(address);
    return account !== undefined && (account.balance > 0n || account.nonce > 0n || account.codeHash !== undefined);
  }

  balance(address: Hex): bigint {
    return this.#accounts.get(address)?.balance ?? 0n;
  }

  setBalance(address: Hex, balance: bigint): void {
    const account = this.#account(address);
    const previous = account.balance;
    account.balance = balance;
    this.#undo.push(() => {
      account.balance = previous;
    });
  }

  /** Moves an amount if the payer has it; otherwise moves nothing and says false. */
  transfer(from: Hex, to: Hex, value: bigint): boolean {
    if (this.balance(from) < value) return false;
    if (value === 0n || from === to) return true;
    this.setBalance(from, this.balance(from) - value);
    this.setBalance(to, this.balance(to) + value);
    return true;
  }

  nonce(address: Hex): bigint {
    return this.#accounts.get(address)?.nonce ?? 0n;
  }

  setNonce(address: Hex, nonce: bigint): void {
    const account = this.#account(address);
    const previous = account.nonce;
    account.nonce = nonce;
    this.#undo.push(() => {
      account.nonce = previous;
    });
  }

  incrementNonce(address: Hex): void {
    this.setNonce(address, this.nonce(address) + 1n);
  }

  /** A program by its hash. */
  code(codeHash: Hex): Uint8Array | undefined {
    return this.#codes.get(codeHash);
  }

  setCode(codeHash: Hex, code: Uint8Array): void {
    if (this.#codes.has(codeHash)) return;
    this.#codes.set(codeHash, code);
    this.#undo.push(() => {
      this.#codes.delete(codeHash);
    });
  }

  /** The hash of a contract's code; undefined for an account that is not a contract, or not yet. */
  codeHash(address: Hex): Hex | undefined {
    return this.#accounts.get(address)?.codeHash;
  }

  /** Makes the account a contract. */
  createContract(address: Hex, codeHash: Hex): void {
    const account = this.#account(address);
    const previous = account.codeHash;
    account.codeHash = codeHash;
    this.#created.add(address);
    this.#undo.push(() => {
      account.codeHash = previous;
      this.#created.delete(address);
    });
  }

  immutables(address: Hex): Uint8Array | undefined {
    return this.#accounts.get(address)?.immutables;
  }

  setImmutables(address: Hex, immutables: Uint8Array): void {
    const account = this.#account(address);
    const previous = account.immutables;
    account.immutables = immutables;
    this.#undo.push(() => {
      account.immutables = previous;
    });
  }

  storage(address: Hex, key: StorageKey): Uint8Array | undefined {
    return this.#accounts.get(address)?.storage.get(key);
  }

  /** All that an account stores, in the order in which it was first written. */
  storageOf(address: Hex): Iterable<readonly [StorageKey, Uint8Array]> {
    return this.#accounts.get(address)?.storage ?? [];
  }

  /** Stores a value, or with undefined removes it. Returns what was there. */
  setStorage(address: Hex, key: StorageKey, value: Uint8Array | undefined): Uint8Array | undefined {
    const { storage } = this.#account(address);
    const previous = storage.get(key);
    setOrDelete(storage, key, value);
    this.#undo.push(() => setOrDelete(storage, key, previous));
    return previous;
  }

  transient(address: Hex, key: StorageKey): Uint8Array | undefined {
    return this.#transient.get(address + key);
  }

  /** As {@link setStorage}, for what is forgotten at the end of the transaction. */
  setTransient(address: Hex, key: StorageKey, value: Uint8Array | undefined): Uint8Array | undefined {
    const fullKey = address + key;
    const previous = this.#transient.get(fullKey);
    this.#writeTransient(fullKey, value);
    this.#undo.push(() => this.#writeTransient(fullKey, previous));
    return previous;
  }

  /** Bytes that transient storage takes up: values, and 43 to 171 for each key with its contract's address. */
  get transientSize(): number {
    return this.#transientSize;
  }

  emit(log: Log): void {
    const logs = this.#logs;
    logs.push(log);
    this.#undo.push(() => {
      logs.pop();
    });
  }

  /** Pays a contract's whole balance to a beneficiary, and removes it at the end of the transaction that created it. */
  terminate(address: Hex, beneficiary: Hex): void {
    this.transfer(address, beneficiary, this.balance(address));
    if (this.#terminated.has(address)) return;
    this.#terminated.add(address);
    this.#undo.push(() => {
      this.#terminated.delete(address);
    });
  }

  /** All accounts, in the order in which they were first heard of. */
  accounts(): IterableIterator<[Hex, Readonly<Account>]> {
    return this.#accounts.entries();
  }

  /** All programs by their hashes. */
  codes(): IterableIterator<[Hex, Uint8Array]> {
    return this.#codes.entries();
  }

  #account(address: Hex): Account {
    const known = this.#accounts.get(address);
    if (known !== undefined) return known;
    const account: Account = {
      balance: 0n,
      nonce: 0n,
      codeHash: undefined,
      immutables: undefined,
      storage: new Map(),
    };
    this.#accounts.set(address, account);
    this.#undo.push(() => {
      this.#accounts.delete(address);
    });
    return account;
  }

  #deleteAccount(address: Hex): void {
    const account = this.#accounts.get(address);
    if (account === undefined) return;
    this.#accounts.delete(address);
    this.#undo.push(() => {
      this.#accounts.set(address, account);
    });
  }

  #writeTransient(key: string, value: Uint8Array | undefined): void {
    const previous = this.#transient.get(key);
    if (previous !== undefined) this.#transientSize -= key.length + previous.length;
    if (value !== undefined) this.#transientSize += key.length + value.length;
    setOrDelete(this.#transient, key, value);
  }
}

function setOrDelete(map: Map<string, Uint8Array>, key: string, value: Uint8Array | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
