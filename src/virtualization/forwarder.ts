/**
 * Typed handles over the host functions, for code that drives programs: {@link Module}, {@link Instance} and
 * {@link Execution}. A call that moves an instance to another state gives a new handle and consumes the old one, so
 * that only calls that make sense can be written down.
 */
import { ConsumedHandleError, HostPanicError } from './errors.js';
import { backendOf, type HostFunctions } from './hostFunctions.js';
import {
  type CompileStatus,
  type DestroyError,
  decodeExecBuffer,
  EXEC_BUFFER_SIZE,
  type ExecError,
  ExecStatus,
  type InstanceId,
  type InstantiateError,
  type MemoryError,
  type ModuleError,
  type ModuleId,
  type Result,
} from './wire/index.js';

/** A module, and whether it had to be compiled. */
export interface LoadedModule {
  readonly module: Module;
  readonly status: CompileStatus;
}

/** An instance that could not be prepared: still idle, and why. */
export interface PrepareFailure {
  readonly instance: Instance;
  readonly error: ExecError;
}

/** The program returned: the instance is idle again. */
export interface FinishedExecution {
  readonly kind: 'finished';
  readonly instance: Instance;
  /** Gas that remains, never negative. */
  readonly gasLeft: bigint;
}

/** The program called an import. Run the execution with the call's result as a0. */
export interface SyscallExecution {
  readonly kind: 'syscall';
  readonly execution: Execution;
  /** Gas that remains, never negative. */
  readonly gasLeft: bigint;
  /** The import's symbol: 0 to 32 bytes (see {@link syscallSymbolName}). */
  readonly symbol: Uint8Array;
  /** Its arguments (u64). */
  readonly a0: bigint;
  readonly a1: bigint;
  readonly a2: bigint;
  readonly a3: bigint;
  readonly a4: bigint;
  readonly a5: bigint;
}

/** The program trapped, ran out of gas or called something it did not import. The gas is not reported. */
export interface FailedExecution {
  readonly kind: 'error';
  readonly instance: Instance;
  readonly error: ExecError;
}

/** How a run ended. */
export type ExecResult = FinishedExecution | SyscallExecution | FailedExecution;

/** A compiled module. Letting go of it calls nothing: modules live as long as their manager. */
export class Module {
  /** The module's id in its manager. */
  readonly id: ModuleId;
  readonly #host: HostFunctions;

  private constructor(host: HostFunctions, id: ModuleId) {
    this.#host = host;
    this.id = id;
  }

  /** Compile a program; with an identifier, through the cache. */
  static fromBytes(
    host: HostFunctions,
    program: Uint8Array,
    identifier?: Uint8Array,
  ): Result<LoadedModule, ModuleError> {
    const result = host.compileFromBytes(program, identifier);
    return result.ok ? Module.#loaded(host, result.value.id, result.value.status) : result;
  }

  /** Find a module in the cache. */
  static lookup(host: HostFunctions, identifier: Uint8Array): Result<Module, ModuleError> {
    const result = host.lookup(identifier);
    return result.ok ? { ok: true, value: new Module(host, result.value) } : result;
  }

  /** Find a module in the cache, or compile the code at a storage key. An empty `childTrie` is the main trie. */
  static fromStorageKey(
    host: HostFunctions,
    storageKey: Uint8Array,
    childTrie: Uint8Array,
  ): Result<LoadedModule, ModuleError> {
    const result = host.compileFromStorageKey(storageKey, childTrie);
    return result.ok ? Module.#loaded(host, result.value.id, result.value.status) : result;
  }

  static #loaded(host: HostFunctions, id: ModuleId, status: CompileStatus): Result<LoadedModule, ModuleError> {
    return { ok: true, value: { module: new Module(host, id), status } };
  }

  /** Create an instance: fresh memory, nothing prepared. */
  instantiate(): Result<Instance, InstantiateError> {
    const result = this.#host.instantiate(this.id);
    return result.ok ? { ok: true, value: new Instance(new Lease(this.#host, result.value)) } : result;
  }
}

/**
 * The right to one instance, passed from handle to handle. It is what the garbage collector is asked about: once no
 * handle has it any more, nobody can destroy the instance.
 */
class Lease {
  readonly host: HostFunctions;
  readonly id: InstanceId;
  /** Where runs of this instance put their results; read before anything else runs. */
  readonly execBuffer = new Uint8Array(EXEC_BUFFER_SIZE);

  constructor(host: HostFunctions, id: InstanceId) {
    this.host = host;
    this.id = id;
    // Collection may come late, when the extension was replaced by another manager with the same ids. So remember the
    // manager that has this instance, and not just the way to whichever manager is there then.
    leftBehind.register(this, { destroyer: backendOf(host) ?? host, id }, this);
  }

  destroy(): Result<void, DestroyError> {
    leftBehind.unregister(this);
    return this.host.destroy(this.id);
  }
}

interface Abandoned {
  readonly destroyer: Pick<HostFunctions, 'destroy'>;
  readonly id: InstanceId;
}

// The last resort for handles that were neither disposed of nor run to an end: it may come late, or never.
const leftBehind = new FinalizationRegistry<Abandoned>(({ destroyer, id }) => {
  try {
    destroyer.destroy(id);
  } catch {
    // Nobody is there to hear it, and an error thrown from here would end the process.
  }
});

/** What the two kinds of handles share: a lease that can be taken out once. */
abstract class Handle implements Disposable {
  #lease: Lease | undefined;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /** Whether this handle was given away or disposed of. */
  get consumed(): boolean {
    return this.#lease === undefined;
  }

  /** The lease, for a call that leaves this handle as it is. */
  protected lease(call: string): Lease {
    if (this.#lease === undefined) {
      throw new ConsumedHandleError(
        `${call}: got a consumed handle, expected the one that the consuming call returned`,
      );
    }
    return this.#lease;
  }

  /** The lease, for a call that consumes this handle. */
  protected take(call: string): Lease {
    const lease = this.lease(call);
    this.#lease = undefined;
    return lease;
  }

  /** Destroy the instance, unless the handle was consumed: then it is another handle's, and this does nothing. */
  destroy(): void {
    if (this.#lease === undefined) return;
    // An instance that is gone already is what the caller wants.
    this.take('destroy').destroy();
  }

  /** The same as {@link destroy}, for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** An idle instance. */
export class Instance extends Handle {
  /**
   * Make the instance ready to run an export, given by its symbol as bytes or as text. Consumes this handle; a failure
   * gives one back.
   * @throws ConsumedHandleError if this handle was consumed.
   */
  prepare(symbol: Uint8Array | string): Result<Execution, PrepareFailure> {
    const lease = this.take('Instance.prepare');
    const bytes = typeof symbol === 'string' ? new TextEncoder().encode(symbol) : symbol;
    const result = lease.host.prepare(lease.id, bytes);
    if (result.ok) return { ok: true, value: new Execution(lease) };
    return { ok: false, error: { instance: new Instance(lease), error: result.error } };
  }
}

/** An instance that is ready to run an export, or that stopped at a call of an import. */
export class Execution extends Handle {
  /**
   * Run with that much gas (i64) and with a0 (u64) set: an argument at first, then the result of the import that was
   * called. Consumes this handle.
   * @throws ConsumedHandleError if this handle was consumed.
   */
  run(gasLeft: bigint, a0: bigint): ExecResult {
    const lease = this.take('Execution.run');
    const result = lease.host.run(lease.id, gasLeft, a0, lease.execBuffer);
    if (!result.ok) return { kind: 'error', instance: new Instance(lease), error: result.error };
    const fields = decodeExecBuffer(lease.execBuffer);
    switch (result.value) {
      case ExecStatus.Finished:
        return { kind: 'finished', instance: new Instance(lease), gasLeft: fields.gasLeft };
      case ExecStatus.Syscall:
        return { kind: 'syscall', execution: new Execution(lease), ...fields };
      default:
        throw new HostPanicError(
          `invalid status from host: got ${String(result.value)}, expected 0 (finished) or 1 (syscall)`,
        );
    }
  }

  /**
   * Fill `target` with the program's memory from `address` (u32) on.
   * @throws ConsumedHandleError if this handle was consumed.
   */
  readMemory(address: number, target: Uint8Array): Result<void, MemoryError> {
    const lease = this.lease('Execution.readMemory');
    return lease.host.readMemory(lease.id, address, target);
  }

  /**
   * Copy `source` to the program's memory at `address` (u32).
   * @throws ConsumedHandleError if this handle was consumed.
   */
  writeMemory(address: number, source: Uint8Array): Result<void, MemoryError> {
    const lease = this.lease('Execution.writeMemory');
    return lease.host.writeMemory(lease.id, address, source);
  }
}
