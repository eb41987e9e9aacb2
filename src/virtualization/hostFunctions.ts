/**
 * The nine host functions, typed: the policy of the interface (the cache first, storage after it), and nothing about
 * Wasm or the engine.
 */
import { type VirtManagerBackend, VirtManagerExt } from './backend.js';
import { HostPanicError } from './errors.js';
import type { Externalities } from './externalities.js';
import { consoleLogger, LOG_TARGET, type Logger } from './logger.js';
import {
  type CompiledModule,
  CompileStatus,
  checkI64,
  checkRange,
  checkU32,
  checkU64,
  type DestroyError,
  EXEC_BUFFER_SIZE,
  type ExecError,
  type ExecStatus,
  type InstanceId,
  type InstantiateError,
  type MemoryError,
  ModuleError,
  type ModuleId,
  type Result,
} from './wire/index.js';

/**
 * The nine host functions as typed calls. Expected failures are results. Every function throws
 * {@link HostPanicError} if the externalities have no {@link VirtManagerExt}, and a RangeError for an argument that
 * the wire could not carry.
 */
export interface HostFunctions {
  /**
   * Compile a program. With an identifier the cache is asked first: on a hit nothing is compiled and the program's
   * bytes are not looked at; on a miss the module is kept under the identifier.
   */
  compileFromBytes(program: Uint8Array, identifier?: Uint8Array): Result<CompiledModule, ModuleError>;
  /** Look a module up in the cache. Never reads storage. */
  lookup(identifier: Uint8Array): Result<ModuleId, ModuleError>;
  /**
   * Look a module up in the cache, or compile the code at a key of the main trie (`childTrie` empty) or of a default
   * child trie. The cache knows it by the key alone.
   */
  compileFromStorageKey(storageKey: Uint8Array, childTrie: Uint8Array): Result<CompiledModule, ModuleError>;
  /** Create an idle instance of a module. */
  instantiate(moduleId: ModuleId): Result<InstanceId, InstantiateError>;
  /** Make an idle instance ready to run an export, given by its symbol's bytes. */
  prepare(instanceId: InstanceId, symbol: Uint8Array): Result<void, ExecError>;
  /**
   * Run a ready instance with that much gas (i64), a0 (u64) set, until it finishes or calls an import. On success
   * the first 96 bytes of `execBuffer` are written (see {@link decodeExecBuffer}), on an error none.
   */
  run(instanceId: InstanceId, gasLeft: bigint, a0: bigint, execBuffer: Uint8Array): Result<ExecStatus, ExecError>;
  /** Drop an instance. */
  destroy(instanceId: InstanceId): Result<void, DestroyError>;
  /** Fill `target`, or `length` bytes of it from `targetOffset`, with guest memory from `address` (u32) on. */
  readMemory(
    instanceId: InstanceId,
    address: number,
    target: Uint8Array,
    targetOffset?: number,
    length?: number,
  ): Result<void, MemoryError>;
  /** Copy `source`, or `length` bytes of it from `sourceOffset`, to guest memory at `address` (u32). */
  writeMemory(
    instanceId: InstanceId,
    address: number,
    source: Uint8Array,
    sourceOffset?: number,
    length?: number,
  ): Result<void, MemoryError>;
}

/** Options of {@link createHostFunctions}. */
export interface HostFunctionsOptions {
  /** Where the warning goes. Default: {@link consoleLogger}. */
  readonly logger?: Logger;
}

let warned = false;

// Once per process, like the original: the interface changes without notice, and its users should have been told.
function warnOnce(logger: Logger): void {
  if (warned) return;
  warned = true;
  logger({
    level: 'warn',
    target: LOG_TARGET,
    message:
      'the virtualization host functions are unstable: their interface may change without notice, and production ' +
      'chains do not offer them',
  });
}

const backends = new WeakMap<HostFunctions, () => VirtManagerBackend | undefined>();

/**
 * The backend that host functions made by {@link createHostFunctions} reach at this moment; undefined for other
 * implementations and where the extension is missing.
 */
export function backendOf(host: HostFunctions): VirtManagerBackend | undefined {
  return backends.get(host)?.();
}

/** The nine host functions over a host's state and the {@link VirtManagerExt} among its extensions. */
export function createHostFunctions(ext: Externalities, options: HostFunctionsOptions = {}): HostFunctions {
  const logger = options.logger ?? consoleLogger;

  // Looked up on every call: a host may replace the extension between blocks.
  const registered = (): VirtManagerBackend | undefined => ext.extensions.get(VirtManagerExt)?.backend;
  const backend = (): VirtManagerBackend => {
    const found = registered();
    if (found === undefined) {
      throw new HostPanicError('VirtManagerExt not registered in externalities', {
        cause: new TypeError(
          'extension: got undefined, expected a VirtManagerExt in the extensions before a host call',
        ),
      });
    }
    return found;
  };

  /** A cached module, the error to pass on, or undefined for a miss. */
  const cached = (identifier: Uint8Array): Result<CompiledModule, ModuleError> | undefined => {
    const result = backend().lookup(identifier);
    if (result.ok) return { ok: true, value: { id: result.value, status: CompileStatus.Cached } };
    return result.error === ModuleError.NotCached ? undefined : result;
  };

  const compile = (program: Uint8Array, identifier: Uint8Array | undefined): Result<CompiledModule, ModuleError> => {
    const result = backend().compileFromBytes(program, identifier);
    return result.ok ? { ok: true, value: { id: result.value, status: CompileStatus.Compiled } } : result;
  };

  const host: HostFunctions = {
    compileFromBytes(program, identifier) {
      warnOnce(logger);
      return (identifier && cached(identifier)) ?? compile(program, identifier);
    },

    lookup(identifier) {
      return backend().lookup(identifier);
    },

    compileFromStorageKey(storageKey, childTrie) {
      const hit = cached(storageKey);
      if (hit !== undefined) return hit;
      const code = childTrie.length === 0 ? ext.storage(storageKey) : ext.childStorage(childTrie, storageKey);
      if (code === undefined) return { ok: false, error: ModuleError.NotFound };
      return compile(code, storageKey);
    },

    instantiate(moduleId) {
      return backend().instantiate(moduleId);
    },

    prepare(instanceId, symbol) {
      return backend().prepare(instanceId, symbol);
    },

    run(instanceId, gasLeft, a0, execBuffer) {
      checkI64(gasLeft, 'gasLeft');
      checkU64(a0, 'a0');
      checkRange(0, EXEC_BUFFER_SIZE, execBuffer.length, 'execBuffer');
      return backend().run(instanceId, gasLeft, a0, execBuffer);
    },

    destroy(instanceId) {
      return backend().destroy(instanceId);
    },

    readMemory(instanceId, address, target, targetOffset = 0, length = target.length - targetOffset) {
      checkU32(address, 'address');
      checkRange(targetOffset, length, target.length, 'target');
      return backend().readMemory(instanceId, address, target, targetOffset, length);
    },

    writeMemory(instanceId, address, source, sourceOffset = 0, length = source.length - sourceOffset) {
      checkU32(address, 'address');
      checkRange(sourceOffset, length, source.length, 'source');
      return backend().writeMemory(instanceId, address, source, sourceOffset, length);
    },
  };
  backends.set(host, registered);
  return host;
}
