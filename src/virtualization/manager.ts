/** The backend on the engine: modules, the cache, instances and what state each is in. */
import { Engine, type Instance, type Module } from '../engine/index.js';
import type { CostModel } from '../gas/index.js';
import { MemoryAccessError } from '../memory/index.js';
import { InvalidProgramError } from '../program/index.js';
import type { VirtManagerBackend } from './backend.js';
import { bytesKey } from './bytesKey.js';
import { HostPanicError } from './errors.js';
import { IdCounter } from './idCounter.js';
import { consoleLogger, LOG_TARGET, type Logger } from './logger.js';
import { Scratch } from './scratch.js';
import {
  DestroyError,
  EXEC_BUFFER_ARGUMENTS_OFFSET,
  EXEC_BUFFER_GAS_OFFSET,
  EXEC_BUFFER_SIZE,
  EXEC_BUFFER_SYMBOL_OFFSET,
  ExecError,
  ExecStatus,
  encodeSyscallSymbol,
  type InstanceId,
  InstantiateError,
  MAX_SYSCALL_SYMBOL_LEN,
  MemoryError,
  ModuleError,
  type ModuleId,
  type Result,
} from './wire/index.js';

/**
 * The cap on live instances of later upstream versions: Substrate's call depth of 25, the root, and some room. A manager
 * has no cap unless it is given one, because runtimes built before there was a cap do not know its error code.
 */
export const UPSTREAM_MAX_LIVE_INSTANCES = 30;

/** Options of {@link VirtManager}. */
export interface VirtManagerOptions {
  /** The engine to compile with, to share one among managers. Default: a new one. */
  readonly engine?: Engine;
  /** What programs pay. Default: 'full-l2', whatever the engine's own default is; chains agree on it. */
  readonly costModel?: CostModel;
  /** How many instances may be live at once, at least 1. Default: any number. */
  readonly maxLiveInstances?: number;
  /** Told at level `debug` why code or an export was refused. Default: {@link consoleLogger}, which drops that. */
  readonly logger?: Logger;
}

const GAS_INDEX = EXEC_BUFFER_GAS_OFFSET / 8;
const SYMBOL_INDEX = EXEC_BUFFER_SYMBOL_OFFSET / 8;
const ARGUMENTS_INDEX = EXEC_BUFFER_ARGUMENTS_OFFSET / 8;

/** A module with what `prepare` and `run` look up in it. */
interface LoadedProgram {
  readonly module: Module;
  /** Program counters of the exports, by symbol. */
  readonly exports: ReadonlyMap<string, number>;
  /** Symbols of the imports as the exec buffer wants them, by index, as 64-bit integers. */
  readonly imports: readonly BigInt64Array[];
}

interface ManagedInstance {
  readonly instance: Instance;
  readonly program: LoadedProgram;
  /** False: idle. True: prepared, or stopped at a syscall. */
  ready: boolean;
  /** Where the last syscall was reported. */
  execBuffer: Uint8Array | undefined;
  /** What to write the next one to if it is to be reported there too: a view of that, or the manager's own integers. */
  quads: BigInt64Array;
}

// Results that say the same each time are the same object: the calls around a syscall must not allocate.
const OK = Object.freeze({ ok: true, value: undefined } as const);
const FINISHED = Object.freeze({ ok: true, value: ExecStatus.Finished } as const);
const SYSCALL = Object.freeze({ ok: true, value: ExecStatus.Syscall } as const);
const NO_INSTANCE_TO_RUN = Object.freeze({ ok: false, error: ExecError.InvalidInstance } as const);
const NO_SUCH_SYMBOL = Object.freeze({ ok: false, error: ExecError.InvalidImage } as const);
const OUT_OF_GAS = Object.freeze({ ok: false, error: ExecError.OutOfGas } as const);
const TRAP = Object.freeze({ ok: false, error: ExecError.Trap } as const);
const NO_INSTANCE_TO_ACCESS = Object.freeze({ ok: false, error: MemoryError.InvalidInstance } as const);
const OUT_OF_BOUNDS = Object.freeze({ ok: false, error: MemoryError.OutOfBounds } as const);
const NO_INSTANCE_TO_DESTROY = Object.freeze({ ok: false, error: DestroyError.InvalidInstance } as const);
const NOT_CACHED = Object.freeze({ ok: false, error: ModuleError.NotCached } as const);
const INVALID_PROGRAM = Object.freeze({ ok: false, error: ModuleError.InvalidImage } as const);
const NO_SUCH_MODULE = Object.freeze({ ok: false, error: InstantiateError.InvalidModule } as const);
const NOT_INSTANTIABLE = Object.freeze({ ok: false, error: InstantiateError.InvalidImage } as const);
const TOO_MANY_INSTANCES = Object.freeze({ ok: false, error: InstantiateError.TooManyInstances } as const);

/**
 * Runs programs on an {@link Engine}. One manager serves one block or one runtime call: it starts empty, ids count
 * from 0, and nothing that two managers do is visible to each other.
 */
export class VirtManager implements VirtManagerBackend, Disposable {
  readonly #engine: Engine;
  readonly #costModel: CostModel;
  readonly #maxLiveInstances: number;
  readonly #logger: Logger;
  readonly #cache = new Map<string, LoadedProgram>();
  readonly #modules = new Map<ModuleId, LoadedProgram>();
  readonly #instances = new Map<InstanceId, ManagedInstance>();
  readonly #moduleIds = new IdCounter();
  readonly #instanceIds = new IdCounter();
  readonly #scratch = new Scratch();
  /** What an exec buffer is to be filled with: single integers and one copy take half the time of copies of its parts. */
  readonly #quads = new BigInt64Array(EXEC_BUFFER_SIZE / 8);
  readonly #bytes = new Uint8Array(this.#quads.buffer);

  /** @throws RangeError if `maxLiveInstances` is not at least 1 */
  constructor(options: VirtManagerOptions = {}) {
    const { maxLiveInstances = Number.POSITIVE_INFINITY } = options;
    if (!(maxLiveInstances >= 1)) {
      throw new RangeError(`maxLiveInstances: got ${maxLiveInstances}, expected a number from 1 on`);
    }
    this.#engine = options.engine ?? new Engine();
    this.#costModel = options.costModel ?? 'full-l2';
    this.#maxLiveInstances = maxLiveInstances;
    this.#logger = options.logger ?? consoleLogger;
  }

  /**
   * The engine's instance behind an id, for hosts that want to know of a program what the interface does not tell, such as
   * where it trapped. It must not be run or changed.
   */
  instance(instanceId: InstanceId): Pick<Instance, 'programCounter' | 'gas'> | undefined {
    return this.#instances.get(instanceId)?.instance;
  }

  /** How many instances are live. */
  get liveInstances(): number {
    return this.#instances.size;
  }

  compileFromBytes(program: Uint8Array, identifier: Uint8Array | undefined): Result<ModuleId, ModuleError> {
    const loaded = this.#load(program);
    if (loaded === undefined) return INVALID_PROGRAM;
    if (identifier !== undefined) this.#cache.set(bytesKey(identifier), loaded);
    return this.#addModule(loaded);
  }

  lookup(identifier: Uint8Array): Result<ModuleId, ModuleError> {
    const loaded = this.#cache.get(bytesKey(identifier));
    return loaded === undefined ? NOT_CACHED : this.#addModule(loaded);
  }

  instantiate(moduleId: ModuleId): Result<InstanceId, InstantiateError> {
    if (this.#instances.size >= this.#maxLiveInstances) return TOO_MANY_INSTANCES;
    const program = this.#modules.get(moduleId);
    if (program === undefined) return NO_SUCH_MODULE;
    let instance: Instance;
    try {
      instance = program.module.instantiate();
    } catch (error) {
      // A program may ask for more memory than there is. That is its fault, not the manager's.
      this.#debug(`cannot instantiate module ${moduleId}: ${messageOf(error)}`);
      return NOT_INSTANTIABLE;
    }
    const id = this.#instanceIds.take();
    this.#instances.set(id, { instance, program, ready: false, execBuffer: undefined, quads: this.#quads });
    return { ok: true, value: id };
  }

  prepare(instanceId: InstanceId, symbol: Uint8Array): Result<void, ExecError> {
    const managed = this.#instances.get(instanceId);
    if (managed === undefined || managed.ready) return NO_INSTANCE_TO_RUN;
    const pc = managed.program.exports.get(bytesKey(symbol));
    if (pc === undefined) {
      this.#debug(`export not found: ${new TextDecoder().decode(symbol)}`);
      return NO_SUCH_SYMBOL;
    }
    managed.instance.prepareCall(pc);
    managed.ready = true;
    return OK;
  }

  run(instanceId: InstanceId, gasLeft: bigint, a0: bigint, execBuffer: Uint8Array): Result<ExecStatus, ExecError> {
    const managed = this.#instances.get(instanceId);
    if (managed === undefined || !managed.ready) return NO_INSTANCE_TO_RUN;
    const { instance, program } = managed;
    // Before the run, so that an instance whose run throws is idle.
    managed.ready = false;
    const interrupt = instance.resume(a0, gasLeft);
    switch (interrupt.kind) {
      case 'ecalli': {
        const symbol = program.imports[interrupt.index];
        if (symbol === undefined) return NO_SUCH_SYMBOL;
        const quads = execBuffer === managed.execBuffer ? managed.quads : this.#quads;
        instance.readCall(quads, GAS_INDEX, ARGUMENTS_INDEX);
        quads[SYMBOL_INDEX] = symbol[0]!;
        quads[SYMBOL_INDEX + 1] = symbol[1]!;
        quads[SYMBOL_INDEX + 2] = symbol[2]!;
        quads[SYMBOL_INDEX + 3] = symbol[3]!;
        quads[SYMBOL_INDEX + 4] = symbol[4]!;
        if (quads === this.#quads) this.#fill(managed, execBuffer);
        managed.ready = true;
        return SYSCALL;
      }
      case 'finished':
        instance.readGas(execBuffer, EXEC_BUFFER_GAS_OFFSET);
        execBuffer.fill(0, EXEC_BUFFER_SYMBOL_OFFSET, EXEC_BUFFER_SIZE);
        return FINISHED;
      case 'outOfGas':
        return OUT_OF_GAS;
      case 'trap':
        return TRAP;
      default:
        throw new HostPanicError(
          `interrupt: got '${interrupt.kind}', expected one without step tracing and dynamic paging`,
        );
    }
  }

  destroy(instanceId: InstanceId): Result<void, DestroyError> {
    const managed = this.#instances.get(instanceId);
    if (managed === undefined) return NO_INSTANCE_TO_DESTROY;
    this.#instances.delete(instanceId);
    managed.instance.dispose();
    return OK;
  }

  readMemory(
    instanceId: InstanceId,
    address: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
  ): Result<void, MemoryError> {
    const managed = this.#instances.get(instanceId);
    if (managed === undefined || !managed.ready) return NO_INSTANCE_TO_ACCESS;
    const scratch = this.#scratch.ofLength(length);
    try {
      if (scratch === undefined) {
        managed.instance.readMemoryInto(address, target.subarray(targetOffset, targetOffset + length));
      } else {
        managed.instance.readMemoryInto(address, scratch);
        for (let i = 0; i < length; i++) target[targetOffset + i] = scratch[i]!;
      }
    } catch (error) {
      return outOfBounds(error);
    }
    return OK;
  }

  writeMemory(
    instanceId: InstanceId,
    address: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
  ): Result<void, MemoryError> {
    const managed = this.#instances.get(instanceId);
    if (managed === undefined || !managed.ready) return NO_INSTANCE_TO_ACCESS;
    const scratch = this.#scratch.ofLength(length);
    try {
      if (scratch === undefined) {
        managed.instance.writeMemory(address, source.subarray(sourceOffset, sourceOffset + length));
      } else {
        for (let i = 0; i < length; i++) scratch[i] = source[sourceOffset + i]!;
        managed.instance.writeMemory(address, scratch);
      }
    } catch (error) {
      return outOfBounds(error);
    }
    return OK;
  }

  /** Destroy all instances and forget all modules, so that the engine can use their memory for others. */
  dispose(): void {
    for (const { instance } of this.#instances.values()) instance.dispose();
    this.#instances.clear();
    this.#modules.clear();
    this.#cache.clear();
  }

  /** The same as {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Fills an exec buffer by way of a copy. To make a view takes longer, so that is for buffers which come again. */
  #fill(managed: ManagedInstance, execBuffer: Uint8Array): void {
    execBuffer.set(this.#bytes);
    const { buffer, byteOffset } = execBuffer;
    if (execBuffer !== managed.execBuffer) {
      managed.execBuffer = execBuffer;
      managed.quads = this.#quads;
    } else if (byteOffset % BigInt64Array.BYTES_PER_ELEMENT === 0) {
      managed.quads = new BigInt64Array(buffer, byteOffset, this.#quads.length);
    }
  }

  #addModule(loaded: LoadedProgram): Result<ModuleId, ModuleError> {
    const id = this.#moduleIds.take();
    this.#modules.set(id, loaded);
    return { ok: true, value: id };
  }

  /** Compile a program and check its symbols; undefined if either fails. */
  #load(program: Uint8Array): LoadedProgram | undefined {
    let module: Module;
    try {
      module = this.#engine.compile(program, { gasMetering: 'sync', costModel: this.#costModel });
    } catch (error) {
      if (!(error instanceof InvalidProgramError)) throw error;
      this.#debug(`cannot compile the program: ${error.message}`);
      return undefined;
    }
    const imports: BigInt64Array[] = [];
    for (const [index, entry] of module.imports.entries()) {
      const symbol = entry && encodeSyscallSymbol(entry.symbol);
      if (symbol === undefined) {
        this.#debug(
          entry === undefined
            ? `cannot compile the program: the offset of import ${index} is malformed`
            : `cannot compile the program: import ${index} has ${entry.symbol.length} bytes, ` +
                `expected at most ${MAX_SYSCALL_SYMBOL_LEN}`,
        );
        return undefined;
      }
      imports.push(new BigInt64Array(symbol.buffer));
    }
    // Of exports with the same symbol the last one is left.
    const exports = new Map(module.exports.map(({ symbol, pc }) => [bytesKey(symbol), pc]));
    return { module, exports, imports };
  }

  #debug(message: string): void {
    this.#logger({ level: 'debug', target: LOG_TARGET, message });
  }
}

function outOfBounds(error: unknown): Result<void, MemoryError> {
  if (error instanceof MemoryAccessError) return OUT_OF_BOUNDS;
  throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
