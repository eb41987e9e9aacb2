/** Why a run stopped. */
export type Interrupt =
  /** The program returned from the function that was called. */
  | { readonly kind: 'finished' }
  /** The program did something that is not allowed, at this code offset. Gas is not given back. */
  | { readonly kind: 'trap'; readonly pc: number }
  /** The program asks its host for something; running again continues behind the `ecalli`. */
  | { readonly kind: 'ecalli'; readonly index: number }
  /** The next basic block costs more than what is left, or the gas counter is negative. */
  | { readonly kind: 'outOfGas' }
  /** With dynamic paging: the page at this address is missing, or read-only and to be written. */
  | { readonly kind: 'segfault'; readonly address: number; readonly write: boolean }
  /** With step tracing: the instruction at this code offset is next. */
  | { readonly kind: 'step'; readonly pc: number };

/** A run came to its limits; the program has not come to an interrupt, and running again goes on. */
export interface Yielded {
  readonly kind: 'yielded';
}

const CACHED_INDEXES = 256;

export const FINISHED: Interrupt = Object.freeze({ kind: 'finished' });
export const OUT_OF_GAS: Interrupt = Object.freeze({ kind: 'outOfGas' });
export const YIELDED: Yielded = Object.freeze({ kind: 'yielded' });

const ecallis: Interrupt[] = [];

/** One shared object per index, for all indexes that programs really use: a host call allocates nothing. */
export function ecalliInterrupt(index: number): Interrupt {
  if (index >= CACHED_INDEXES) return { kind: 'ecalli', index };
  while (ecallis.length <= index) ecallis.push(Object.freeze({ kind: 'ecalli', index: ecallis.length }));
  return ecallis[index]!;
}
