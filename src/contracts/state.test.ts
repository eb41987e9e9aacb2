import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hex, toHex } from './hex.js';
import { State } from './state.js';

const ADDRESSES = [`0x${'01'.repeat(20)}`, `0x${'02'.repeat(20)}`, `0x${'03'.repeat(20)}`] as const satisfies Hex[];
const [A, B, C] = ADDRESSES;
const KEYS = ['k', 'l'];

/** All that a contract can find out about the state. */
function snapshot(state: State): unknown {
  return {
    transientSize: state.transientSize,
    accounts: ADDRESSES.map((address) => ({
      exists: state.exists(address),
      balance: state.balance(address),
      nonce: state.nonce(address),
      codeHash: state.codeHash(address),
      immutables: state.immutables(address),
      storage: KEYS.map((key) => state.storage(address, key)),
      transient: KEYS.map((key) => state.transient(address, key)),
    })),
  };
}

const address = fc.constantFrom(...ADDRESSES);
const key = fc.constantFrom(...KEYS);
const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined });

/** One change of the state. */
const change: fc.Arbitrary<(state: State) => void> = fc.oneof(
  fc.tuple(address, fc.bigInt(0n, 9n)).map(
    ([a, n]) =>
      (state: State) =>
        state.setBalance(a, n),
  ),
  fc.tuple(address, address, fc.bigInt(0n, 9n)).map(
    ([a, b, n]) =>
      (state: State) =>
        void state.transfer(a, b, n),
  ),
  address.map((a) => (state: State) => state.incrementNonce(a)),
  address.map((a) => (state: State) => {
    if (state.codeHash(a) === undefined) state.createContract(a, `0x${'cc'.repeat(32)}`);
  }),
  fc.tuple(address, fc.uint8Array()).map(
    ([a, bytes]) =>
      (state: State) =>
        state.setImmutables(a, bytes),
  ),
  fc.tuple(address, key, value).map(
    ([a, k, v]) =>
      (state: State) =>
        void state.setStorage(a, k, v),
  ),
  fc.tuple(address, key, value).map(
    ([a, k, v]) =>
      (state: State) =>
        void state.setTransient(a, k, v),
  ),
  fc.tuple(address, address).map(
    ([a, b]) =>
      (state: State) =>
        state.terminate(a, b),
  ),
  address.map((a) => (state: State) => state.emit({ address: a, topics: [], data: '0x' })),
);
const changes = fc.array(change, { maxLength: 12 });

describe('State', () => {
  it('goes back to a checkpoint, whatever happened since, and keeps what happened before', () => {
    fc.assert(
      fc.property(changes, changes, changes, (before, between, after) => {
        const state = new State();
        for (const apply of before) apply(state);
        const outer = { point: state.checkpoint(), snapshot: snapshot(state) };
        for (const apply of between) apply(state);
        const inner = { point: state.checkpoint(), snapshot: snapshot(state) };
        for (const apply of after) apply(state);

        state.rollback(inner.point);
        expect(snapshot(state)).toEqual(inner.snapshot);
        state.rollback(outer.point);
        expect(snapshot(state)).toEqual(outer.snapshot);
      }),
    );
  });

  it('takes back events with the rest', () => {
    const state = new State();
    const event = (n: number) => ({ address: A, topics: [], data: toHex(Uint8Array.of(n)) });
    state.emit(event(1));
    const checkpoint = state.checkpoint();
    state.emit(event(2));
    state.rollback(checkpoint);
    state.emit(event(3));
    expect(state.endTransaction().map(({ data }) => data)).toEqual(['0x01', '0x03']);
  });

  it('does not move what is not there', () => {
    const state = new State();
    state.setBalance(A, 5n);
    expect(state.transfer(A, B, 6n)).toBe(false);
    expect(state.transfer(A, B, 5n)).toBe(true);
    expect([state.balance(A), state.balance(B)]).toEqual([0n, 5n]);
  });

  it('leaves a balance as it is that is moved to its owner', () => {
    const state = new State();
    state.setBalance(A, 5n);
    expect(state.transfer(A, A, 3n)).toBe(true);
    expect(state.balance(A)).toBe(5n);
  });

  it('keeps storage from one transaction to the next, and transient storage not', () => {
    const state = new State();
    state.setStorage(A, 'k', Uint8Array.of(1));
    state.setTransient(A, 'k', Uint8Array.of(2));
    state.beginTransaction();
    expect(state.storage(A, 'k')).toEqual(Uint8Array.of(1));
    expect(state.transient(A, 'k')).toBeUndefined();
    expect(state.transientSize).toBe(0);
  });

  it('removes a terminated contract if the same transaction made it, and else only empties it', () => {
    const state = new State();
    state.createContract(A, `0x${'aa'.repeat(32)}`);
    state.setBalance(A, 4n);
    state.endTransaction();

    state.beginTransaction();
    state.createContract(B, `0x${'bb'.repeat(32)}`);
    state.setBalance(B, 3n);
    state.terminate(A, C);
    state.terminate(B, C);
    expect(state.codeHash(B)).toBeDefined();
    state.endTransaction();

    expect(state.balance(C)).toBe(7n);
    expect(state.exists(A)).toBe(true);
    expect(state.exists(B)).toBe(false);
  });
});
