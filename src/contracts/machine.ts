import type { Engine } from '../engine/index.js';
import {
  createHostFunctions,
  EXEC_BUFFER_SIZE,
  ExecError,
  type HostFunctions,
  InMemoryExternalities,
  type InstanceId,
  InstantiateError,
  ModuleError,
  silentLogger,
  UPSTREAM_MAX_LIVE_INSTANCES,
  VirtManager,
  VirtManagerExt,
} from '../virtualization/index.js';
import { FrameError } from './errors.js';
import { fromHex, type Hex } from './hex.js';

/** What a contract exports: its constructor, and everything else. */
export type EntryPoint = 'deploy' | 'call';

const ENTRY_SYMBOLS: Readonly<Record<EntryPoint, Uint8Array>> = {
  deploy: new TextEncoder().encode('deploy'),
  call: new TextEncoder().encode('call'),
};

/**
 * Frames after which the manager is emptied. It gives every frame a new module and instance id and remembers the modules,
 * because it is made to serve one block; compiled code outlives it in the engine.
 */
const FRAMES_PER_MANAGER = 4096;

/** The results of one run: the 96 bytes of the host function, and views of them. */
export class ExecBuffer {
  readonly bytes = new Uint8Array(EXEC_BUFFER_SIZE);
  readonly words = new Uint32Array(this.bytes.buffer);
  readonly signedWords = new Int32Array(this.bytes.buffer);
  readonly quads = new BigUint64Array(this.bytes.buffer);
}

/** The host functions that contracts run on, and how a frame gets an instance from them. */
export class Machine {
  readonly host: HostFunctions;
  /** Undefined for host functions that somebody else made. */
  readonly #manager: VirtManager | undefined;
  readonly #hashes = new Map<Hex, Uint8Array>();
  readonly #buffers: ExecBuffer[] = [];
  #frames = 0;

  constructor(host: HostFunctions, manager: VirtManager | undefined) {
    this.host = host;
    this.#manager = manager;
  }

  /** A machine with a manager of its own on an engine. */
  static on(engine: Engine): Machine {
    const manager = new VirtManager({ engine, maxLiveInstances: UPSTREAM_MAX_LIVE_INSTANCES, logger: silentLogger });
    const externalities = new InMemoryExternalities();
    externalities.extensions.register(new VirtManagerExt(manager));
    return new Machine(createHostFunctions(externalities, { logger: silentLogger }), manager);
  }

  /** The exec buffer for frames of a depth: a frame that waits in a syscall keeps its own. */
  bufferAt(depth: number): ExecBuffer {
    while (this.#buffers.length <= depth) this.#buffers.push(new ExecBuffer());
    return this.#buffers[depth]!;
  }

  /**
   * An instance that is ready to run an export. The host's cache comes first, as in pallet-revive: the code is handed over
   * only if it is not there.
   *
   * @throws FrameError CodeRejected if the program is none, or lacks the export
   */
  start(codeHash: Hex, code: Uint8Array, entry: EntryPoint): InstanceId {
    const instance = this.host.instantiate(this.#moduleOf(codeHash, code));
    if (!instance.ok) throw new FrameError('CodeRejected', `not instantiated: ${InstantiateError[instance.error]}`);
    this.#frames++;
    const prepared = this.host.prepare(instance.value, ENTRY_SYMBOLS[entry]);
    if (prepared.ok) return instance.value;
    this.host.destroy(instance.value);
    throw new FrameError('CodeRejected', `no export ${entry}: ${ExecError[prepared.error]}`);
  }

  /** Where an instance stopped, as a code offset; undefined if the host functions do not tell. */
  programCounter(instance: InstanceId): number | undefined {
    return this.#manager?.instance(instance)?.programCounter;
  }

  /** The gas of an instance whose run failed; undefined if the host functions do not tell. */
  gasLeft(instance: InstanceId): bigint | undefined {
    return this.#manager?.instance(instance)?.gas;
  }

  /** To be called when no frame is live. */
  tidy(): void {
    if (this.#frames < FRAMES_PER_MANAGER) return;
    this.#frames = 0;
    this.dispose();
  }

  /** Gives all memory back. */
  dispose(): void {
    this.#hashes.clear();
    this.#manager?.dispose();
  }

  #moduleOf(codeHash: Hex, code: Uint8Array): number {
    let identifier = this.#hashes.get(codeHash);
    if (identifier === undefined) {
      identifier = fromHex(codeHash);
      this.#hashes.set(codeHash, identifier);
    }
    const cached = this.host.lookup(identifier);
    if (cached.ok) return cached.value;
    const compiled = this.host.compileFromBytes(code, identifier);
    if (!compiled.ok) throw new FrameError('CodeRejected', `not compiled: ${ModuleError[compiled.error]}`);
    return compiled.value.id;
  }
}
