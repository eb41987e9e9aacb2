import {
  type CompiledModule,
  CompileStatus,
  DestroyError,
  EXEC_BUFFER_SIZE,
  ExecError,
  ExecStatus,
  type HostFunctions,
  InstantiateError,
  type MemoryError,
  ModuleError,
  packFatPointer,
  type Result,
} from 'polkavm-js/virtualization';
import type { WasmRuntime } from '../fixtures/wasmRuntime.js';

/** How the runtime's `start` and `resume` end where they do not end with an error. */
const FINISHED = 0;
const SUSPENDED = 1;

/** A program and its identifier, as fat pointers to where they are in the runtime's memory. */
interface Program {
  readonly bytes: bigint;
  readonly identifier: bigint;
}

interface Drive {
  readonly program: Program;
  /** The export to start with; a fat pointer. */
  entry: bigint | undefined;
  isUnderWay: boolean;
}

/**
 * Has a Wasm runtime drive programs whose syscalls are served on this side: typed host functions that are made of the
 * runtime's `start`, `resume` and `finish`. What the runtime does to that end goes through the host functions that it
 * imports.
 *
 * The runtime drives one program at a time, and others while that one waits in a syscall: instances must be run and
 * destroyed in the order of nested calls, as contracts are. It compiles a program when it starts it, and takes one that
 * is invalid for a reason to panic.
 */
export class RuntimeDriver implements HostFunctions {
  readonly #runtime: WasmRuntime;
  readonly #programs: Program[] = [];
  readonly #moduleIds = new Map<string, number>();
  readonly #drives = new Map<number, Drive>();
  #nextInstance = 0;
  /** Room in the runtime's memory through which the program's memory goes. */
  #roomPointer = 0;
  #roomLength = 0;

  constructor(runtime: WasmRuntime) {
    this.#runtime = runtime;
  }

  compileFromBytes(program: Uint8Array, identifier = new Uint8Array(0)): Result<CompiledModule, ModuleError> {
    const id = this.#programs.length;
    this.#programs.push({
      bytes: this.#runtime.pass(program),
      identifier: identifier.length === 0 ? 0n : this.#runtime.pass(identifier),
    });
    if (identifier.length > 0) this.#moduleIds.set(identifier.join(), id);
    return { ok: true, value: { id, status: CompileStatus.Compiled } };
  }

  lookup(identifier: Uint8Array): Result<number, ModuleError> {
    const id = this.#moduleIds.get(identifier.join());
    return id === undefined ? { ok: false, error: ModuleError.NotCached } : { ok: true, value: id };
  }

  compileFromStorageKey(): Result<CompiledModule, ModuleError> {
    return { ok: false, error: ModuleError.NotFound };
  }

  instantiate(moduleId: number): Result<number, InstantiateError> {
    const program = this.#programs[moduleId];
    if (program === undefined) return { ok: false, error: InstantiateError.InvalidModule };
    this.#drives.set(this.#nextInstance, { program, entry: undefined, isUnderWay: false });
    return { ok: true, value: this.#nextInstance++ };
  }

  prepare(instanceId: number, symbol: Uint8Array): Result<void, ExecError> {
    const drive = this.#drives.get(instanceId);
    if (drive === undefined || drive.isUnderWay) return { ok: false, error: ExecError.InvalidInstance };
    drive.entry = this.#runtime.pass(symbol);
    return { ok: true, value: undefined };
  }

  run(instanceId: number, gasLeft: bigint, a0: bigint, execBuffer: Uint8Array): Result<ExecStatus, ExecError> {
    const drive = this.#drives.get(instanceId);
    if (drive?.entry === undefined) return { ok: false, error: ExecError.InvalidInstance };
    const { bytes, identifier } = drive.program;
    const outcome = drive.isUnderWay
      ? this.#runtime.callI32('resume', gasLeft, a0)
      : this.#runtime.callI32('start', bytes, identifier, drive.entry, gasLeft);
    // A start that fails with InvalidImage found no such export, and no drive began.
    drive.isUnderWay ||= outcome !== ExecError.InvalidImage;
    if (outcome !== FINISHED && outcome !== SUSPENDED) return { ok: false, error: outcome };
    const pointer = this.#runtime.callI32('exec_buffer');
    execBuffer.set(this.#runtime.bytesAt(packFatPointer(pointer, EXEC_BUFFER_SIZE)));
    return { ok: true, value: outcome === FINISHED ? ExecStatus.Finished : ExecStatus.Syscall };
  }

  destroy(instanceId: number): Result<void, DestroyError> {
    const drive = this.#drives.get(instanceId);
    if (drive === undefined) return { ok: false, error: DestroyError.InvalidInstance };
    if (drive.isUnderWay) this.#runtime.call('finish');
    this.#drives.delete(instanceId);
    return { ok: true, value: undefined };
  }

  readMemory(
    _instanceId: number,
    address: number,
    target: Uint8Array,
    targetOffset = 0,
    length = target.length - targetOffset,
  ): Result<void, MemoryError> {
    const room = this.#room(length);
    const error = this.#runtime.callI32('read_memory', address, room);
    if (error !== 0) return { ok: false, error };
    target.set(this.#runtime.bytesAt(room), targetOffset);
    return { ok: true, value: undefined };
  }

  writeMemory(
    _instanceId: number,
    address: number,
    source: Uint8Array,
    sourceOffset = 0,
    length = source.length - sourceOffset,
  ): Result<void, MemoryError> {
    const room = this.#room(length);
    const bytes = source.subarray(sourceOffset, sourceOffset + length);
    new Uint8Array(this.#runtime.memory.buffer).set(bytes, this.#roomPointer);
    const error = this.#runtime.callI32('write_memory', address, room);
    if (error !== 0) return { ok: false, error };
    return { ok: true, value: undefined };
  }

  /** Room for `length` bytes; its contents are good until the next call. */
  #room(length: number): bigint {
    if (length > this.#roomLength || this.#roomPointer === 0) {
      this.#roomLength = Math.max(length, 2 * this.#roomLength, 1024);
      this.#roomPointer = this.#runtime.callI32('alloc', this.#roomLength) >>> 0;
    }
    return packFatPointer(this.#roomPointer, length);
  }
}
