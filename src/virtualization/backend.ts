import type {
  DestroyError,
  ExecError,
  ExecStatus,
  InstanceId,
  InstantiateError,
  MemoryError,
  ModuleError,
  ModuleId,
  Result,
} from './wire/index.js';

/**
 * The virtual machine behind the host functions: modules, a cache of them, and instances. The host functions decide
 * when to ask; a backend never reads storage.
 *
 * Byte arrays that a backend is given belong to the caller: they are valid during the call only.
 */
export interface VirtManagerBackend {
  /** Compile a program. With an identifier, keep the module in the cache under it. */
  compileFromBytes(program: Uint8Array, identifier: Uint8Array | undefined): Result<ModuleId, ModuleError>;
  /** A new id for the module in the cache under that identifier, or NotCached. */
  lookup(identifier: Uint8Array): Result<ModuleId, ModuleError>;
  /** A fresh, idle instance of a module. */
  instantiate(moduleId: ModuleId): Result<InstanceId, InstantiateError>;
  /** Make an idle instance ready to run the export with that symbol. */
  prepare(instanceId: InstanceId, symbol: Uint8Array): Result<void, ExecError>;
  /**
   * Set a0 (u64) and the gas (i64) of a ready instance and run it until it finishes or calls an import. On success
   * the 96 bytes of `execBuffer` are written; on an error they are not touched.
   */
  run(instanceId: InstanceId, gasLeft: bigint, a0: bigint, execBuffer: Uint8Array): Result<ExecStatus, ExecError>;
  /** Drop an instance, whatever it is doing. */
  destroy(instanceId: InstanceId): Result<void, DestroyError>;
  /** Copy `length` bytes of a ready instance's memory from `address` to `target` at `targetOffset`. */
  readMemory(
    instanceId: InstanceId,
    address: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
  ): Result<void, MemoryError>;
  /** Copy `length` bytes of `source` from `sourceOffset` to a ready instance's memory at `address`. */
  writeMemory(
    instanceId: InstanceId,
    address: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
  ): Result<void, MemoryError>;
}

/** The extension through which the host functions find their backend in the externalities. */
export class VirtManagerExt {
  readonly backend: VirtManagerBackend;

  constructor(backend: VirtManagerBackend) {
    this.backend = backend;
  }
}
