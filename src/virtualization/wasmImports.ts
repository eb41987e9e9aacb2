/**
 * The nine host functions as imports of a Wasm runtime (module `env`): marshals arguments and results, nothing more.
 *
 * The order of things is part of the interface: arguments are read from left to right and the first bad one traps
 * before the function runs; what the function writes goes back to the runtime's memory after it, on success and
 * failure alike; the result is encoded last.
 */
import { HostTrapError } from './errors.js';
import type { Externalities } from './externalities.js';
import { createHostFunctions, type HostFunctionsOptions } from './hostFunctions.js';
import { RuntimeMemory } from './runtimeMemory.js';
import {
  CAPPED_INSTANTIATE_RESULT,
  COMPILE_RESULT,
  DESTROY_RESULT,
  EXEC_BUFFER_SIZE,
  encodeResult,
  FatPointer,
  LOOKUP_RESULT,
  MEMORY_RESULT,
  PREPARE_RESULT,
  RUN_RESULT,
} from './wire/index.js';

const NO_BYTES = new Uint8Array(0);

/**
 * The imports to pass as (part of) `env` when instantiating a runtime.
 *
 * @param memory gives the runtime's memory: the one passed as `env.memory`, or the instance's export `memory`. It is
 *   called during host calls, never before.
 *
 * Ranges outside the memory and errors thrown by the host abort the runtime's call with a {@link HostTrapError}.
 */
export function createWasmImports(
  ext: Externalities,
  memory: () => WebAssembly.Memory,
  options?: HostFunctionsOptions,
): WebAssembly.ModuleImports {
  const host = createHostFunctions(ext, options);
  const runtime = new RuntimeMemory(memory);
  // `run`, `read_memory` and `write_memory` are called for every syscall and allocate nothing, so they share these. A
  // backend does not call the runtime back, and fills the exec buffer as the last thing it does.
  const execBuffer = new Uint8Array(EXEC_BUFFER_SIZE);
  const destination = new FatPointer();

  return {
    ext_virtualization_compile_from_bytes_version_1(program: bigint, identifier: bigint): bigint {
      try {
        const programBytes = runtime.read(program, 'program', 'compile_from_bytes');
        const identifierBytes = runtime.readOption(identifier, 'identifier', 'compile_from_bytes');
        return encodeResult(host.compileFromBytes(programBytes, identifierBytes), COMPILE_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_lookup_version_1(identifier: bigint): bigint {
      try {
        return encodeResult(host.lookup(runtime.read(identifier, 'identifier', 'lookup')), LOOKUP_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_compile_from_storage_key_version_1(storageKey: bigint, childTrie: bigint): bigint {
      try {
        const keyBytes = runtime.read(storageKey, 'storage_key', 'compile_from_storage_key');
        const childTrieBytes = runtime.read(childTrie, 'child_trie', 'compile_from_storage_key');
        return encodeResult(host.compileFromStorageKey(keyBytes, childTrieBytes), COMPILE_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_instantiate_version_1(moduleId: number): bigint {
      try {
        // Only a manager that was asked for a cap reports the third error, to a runtime that must know it.
        return encodeResult(host.instantiate(moduleId >>> 0), CAPPED_INSTANTIATE_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_prepare_version_1(instanceId: number, symbol: bigint): bigint {
      try {
        return encodeResult(
          host.prepare(instanceId >>> 0, runtime.read(symbol, 'function', 'prepare')),
          PREPARE_RESULT,
        );
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_run_version_1(
      instanceId: number,
      gasLeft: bigint,
      a0: bigint,
      execBufferPointer: number,
    ): bigint {
      try {
        const result = host.run(instanceId >>> 0, gasLeft, a0 < 0n ? BigInt.asUintN(64, a0) : a0, execBuffer);
        if (!result.ok) execBuffer.fill(0);
        const pointer = execBufferPointer >>> 0;
        if (!runtime.contains(pointer, EXEC_BUFFER_SIZE)) throw runtime.writeTrap(pointer, EXEC_BUFFER_SIZE);
        runtime.bytes().set(execBuffer, pointer);
        return encodeResult(result, RUN_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_destroy_version_1(instanceId: number): bigint {
      try {
        return encodeResult(host.destroy(instanceId >>> 0), DESTROY_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_read_memory_version_1(instanceId: number, offset: number, dest: bigint): bigint {
      try {
        const { pointer, length } = destination.set(dest);
        if (!runtime.contains(pointer, length)) {
          // The function runs before its destination is written, and may panic; it must not get gigabytes for that.
          host.readMemory(instanceId >>> 0, offset >>> 0, NO_BYTES);
          throw runtime.writeTrap(pointer, length);
        }
        const result = host.readMemory(instanceId >>> 0, offset >>> 0, runtime.bytes(), pointer, length);
        if (!result.ok) runtime.bytes().fill(0, pointer, pointer + length);
        return encodeResult(result, MEMORY_RESULT);
      } catch (error) {
        throw trap(error);
      }
    },

    ext_virtualization_write_memory_version_1(instanceId: number, offset: number, src: bigint): bigint {
      try {
        const { pointer, length } = runtime.readable(src, 'src', 'write_memory');
        return encodeResult(
          host.writeMemory(instanceId >>> 0, offset >>> 0, runtime.bytes(), pointer, length),
          MEMORY_RESULT,
        );
      } catch (error) {
        throw trap(error);
      }
    },
  };
}

/** What an error becomes when it leaves a host function: everything but a trap is a panic of the host. */
function trap(error: unknown): HostTrapError {
  if (error instanceof HostTrapError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HostTrapError(`host code panicked while being called by the runtime: ${message}`, { cause: error });
}
