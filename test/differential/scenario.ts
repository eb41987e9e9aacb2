/**
 * A program and what its host does to it. Every backend has to answer each action alike.
 */
import type { CompilerLimits } from '../../src/compiler/index.js';
import type { ModuleOptions } from '../../src/engine/index.js';
import type { RegisterName } from '../../src/isa/index.js';

/** One thing that a host does. */
export type Action =
  /** Prepares a call of what is at a code offset. */
  | { readonly do: 'call'; readonly pc: number; readonly args: readonly bigint[] }
  /** Sets the next program counter. */
  | { readonly do: 'jump'; readonly pc: number }
  /** Runs, for some gas if there is a `slice`; where no next program counter is set, after preparing a call to `otherwise`. */
  | { readonly do: 'run'; readonly otherwise: number; readonly slice?: number | undefined }
  | { readonly do: 'gas'; readonly value: bigint }
  | { readonly do: 'register'; readonly name: RegisterName; readonly value: bigint }
  | { readonly do: 'write'; readonly address: number; readonly bytes: readonly number[] }
  /** Grows the heap from outside. */
  | { readonly do: 'heap'; readonly size: number }
  /** Sets the accessible size of the aux region. */
  | { readonly do: 'aux'; readonly size: number }
  | { readonly do: 'reset' }
  | { readonly do: 'resetMemory' }
  /** Gives the instance back and takes a new one, which may get the same memory. */
  | { readonly do: 'renew' }
  /** The same with a new module, which is given what has been compiled so far. */
  | { readonly do: 'handOn' };

/** A program and a script. */
export interface Scenario {
  readonly blob: Uint8Array;
  readonly options: ModuleOptions;
  /** What differs from the compiler's usual limits. */
  readonly limits: Partial<CompilerLimits>;
  readonly actions: readonly Action[];
}
