import type {
  CompileStatus,
  ExecError,
  InstantiateError,
  ModuleError,
  Result,
} from '../../src/virtualization/index.js';

/**
 * What the conformance suite is run against: an interface to the host functions, with a driver over it. Names and keys
 * are text here; on the wire they are its UTF-8.
 */
export interface Subject {
  fromBytes(program: Uint8Array, identifier?: string): Result<SubjectModule, ModuleError>;
  fromStorageKey(key: string, childTrie: string): Result<SubjectModule, ModuleError>;
  lookup(identifier: string): Result<unknown, ModuleError>;
}

export interface SubjectModule {
  readonly status: CompileStatus;
  instantiate(): Result<SubjectInstance, InstantiateError>;
}

export interface SubjectInstance {
  /**
   * Runs an export of the fixture program from its start: a0 is 0 at first and then what {@link CounterHost} answers,
   * and each run gets the gas that the last one left.
   */
  drive(exportName: string, counter: bigint, gas: bigint): Drive;
  destroy(): void;
}

/** How a drive ended. */
export interface Drive {
  /** `stopped`: the program called `exit`. */
  readonly outcome: 'finished' | 'stopped' | ExecError;
  /** The counter as the program left it. */
  readonly counter: bigint;
  /** The gas that is left: 0 when it ran out; after a trap, which reports no gas, what the last run was given. */
  readonly gas: bigint;
}
