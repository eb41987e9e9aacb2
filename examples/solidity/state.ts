import type { Hex } from './bytes.js';

/** What a contract announced with `emit`. */
export interface ContractEvent {
  /** The contract that emitted it. */
  readonly address: Hex;
  /** 32 bytes each; the first is the event's signature, unless it is anonymous. */
  readonly topics: readonly Hex[];
  readonly data: Uint8Array;
}

interface Account {
  balance: bigint;
  nonce: bigint;
  codeHash: Hex | undefined;
  immutables: Uint8Array | undefined;
  readonly storage: Map<string, Uint8Array>;
}

/**
 * Everything that contracts can change: balances, nonces, code, storage, events. Each change notes how to undo it, so
 * that a failed call takes back what it and the calls under it did, and nothing else.
 */
export class State {
  readonly #accounts = new Map<Hex, Account>();
  readonly #undo: (() => void)[] = [];
  readonly #transient = new Map<string, Uint8Array>();
  #transientSize = 0;
  readonly #created = new Set<Hex>();
  readonly #terminated = new Set<Hex>();
  #events: ContractEvent[] = [];

  /** Starts a transaction: what lives no longer than one is emptied, and the past can no longer be undone. */
  beginTransaction(): void {
    this.#undo.length = 0;
    this.#transient.clear();
    this.#transientSize = 0;
    this.#created.clear();
    this.#terminated.clear();
    this.#events = [];
  }

  /** Ends a transaction: contracts that were both created and terminated in it go. Returns its events. */
  endTransaction(): readonly ContractEvent[] {
    for (const address of this.#terminated) {
      if (this.#created.has(address)) this.#accounts.delete(address);
    }
    return this.#events;
  }

  /** A point in this transaction to {@link rollback} to. */
  checkpoint(): number {
    return this.#undo.length;
  }

  /** Undoes every change made since `checkpoint`, the latest first. */
  rollback(checkpoint: number): void {
    while (this.#undo.length > checkpoint) this.#undo.pop()?.();
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

  /** Moves `value`, if the payer has it; otherwise moves nothing and says false. */
  transfer(from: Hex, to: Hex, value: bigint): boolean {
    if (this.balance(from) < value) return false;
    this.setBalance(from, this.balance(from) - value);
    this.setBalance(to, this.balance(to) + value);
    return true;
  }

  nonce(address: Hex): bigint {
    return this.#accounts.get(address)?.nonce ?? 0n;
  }

  incrementNonce(address: Hex): void {
    const account = this.#account(address);
    account.nonce += 1n;
    this.#undo.push(() => {
      account.nonce -= 1n;
    });
  }

  /** The hash of a contract's code; undefined for an account that is not a contract (or not yet). */
  codeHash(address: Hex): Hex | undefined {
    return this.#accounts.get(address)?.codeHash;
  }

  /** Makes the account a contract. */
  setCodeHash(address: Hex, codeHash: Hex): void {
    const account = this.#account(address);
    account.codeHash = codeHash;
    this.#created.add(address);
    this.#undo.push(() => {
      account.codeHash = undefined;
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

  storage(address: Hex, key: string): Uint8Array | undefined {
    return this.#accounts.get(address)?.storage.get(key);
  }

  /** Stores a value, or with undefined removes it. Returns what was there. */
  setStorage(address: Hex, key: string, value: Uint8Array | undefined): Uint8Array | undefined {
    const { storage } = this.#account(address);
    const previous = storage.get(key);
    setOrDelete(storage, key, value);
    this.#undo.push(() => setOrDelete(storage, key, previous));
    return previous;
  }

  transient(address: Hex, key: string): Uint8Array | undefined {
    return this.#transient.get(`${address} ${key}`);
  }

  /** As {@link setStorage}, for what is forgotten at the end of the transaction. */
  setTransient(address: Hex, key: string, value: Uint8Array | undefined): Uint8Array | undefined {
    const fullKey = `${address} ${key}`;
    const previous = this.#transient.get(fullKey);
    this.#writeTransient(fullKey, value);
    this.#undo.push(() => this.#writeTransient(fullKey, previous));
    return previous;
  }

  /** Bytes that transient storage takes up, keys (as text) included. */
  get transientSize(): number {
    return this.#transientSize;
  }

  emit(event: ContractEvent): void {
    this.#events.push(event);
    this.#undo.push(() => {
      this.#events.pop();
    });
  }

  /** Pays a contract's whole balance to `beneficiary`, and removes it at the end of the transaction that created it. */
  terminate(address: Hex, beneficiary: Hex): void {
    this.transfer(address, beneficiary, this.balance(address));
    if (this.#terminated.has(address)) return;
    this.#terminated.add(address);
    this.#undo.push(() => {
      this.#terminated.delete(address);
    });
  }

  #account(address: Hex): Account {
    const known = this.#accounts.get(address);
    if (known !== undefined) return known;
    const account = { balance: 0n, nonce: 0n, codeHash: undefined, immutables: undefined, storage: new Map() };
    this.#accounts.set(address, account);
    return account;
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
