import {
  type DestroyError,
  type ExecError,
  ExecStatus,
  encodeExecBuffer,
  type InstantiateError,
  type MemoryError,
  ModuleError,
  type Result,
  type VirtManagerBackend,
} from '../../src/virtualization/index.js';

const text = new TextDecoder();

/** A backend without an engine: keeps a cache as the real one does, notes every call, answers what it is told to. */
export class FakeBackend implements VirtManagerBackend {
  /** The calls so far, one line each. */
  readonly calls: string[] = [];
  /** Programs by identifier. */
  readonly cached = new Map<string, string>();
  /** Guest memory: one page at address 0, for any instance. */
  readonly memory = new Uint8Array(4096);
  /** Set to make the calls of that kind fail. */
  failures: {
    compile?: ModuleError;
    lookup?: ModuleError;
    instantiate?: InstantiateError;
    exec?: ExecError;
    destroy?: DestroyError;
    memory?: MemoryError;
  } = {};
  /** Called by each call before it does anything else. */
  onCall: (call: string) => void = () => {};
  #moduleId = 0;
  #instanceId = 0;

  compileFromBytes(program: Uint8Array, identifier: Uint8Array | undefined): Result<number, ModuleError> {
    const name = identifier === undefined ? 'none' : text.decode(identifier);
    this.#note(`compileFromBytes ${text.decode(program)} ${name}`);
    if (this.failures.compile !== undefined) return { ok: false, error: this.failures.compile };
    if (identifier !== undefined) this.cached.set(name, text.decode(program));
    return { ok: true, value: this.#moduleId++ };
  }

  lookup(identifier: Uint8Array): Result<number, ModuleError> {
    this.#note(`lookup ${text.decode(identifier)}`);
    if (this.failures.lookup !== undefined) return { ok: false, error: this.failures.lookup };
    if (!this.cached.has(text.decode(identifier))) return { ok: false, error: ModuleError.NotCached };
    return { ok: true, value: this.#moduleId++ };
  }

  instantiate(moduleId: number): Result<number, InstantiateError> {
    this.#note(`instantiate ${moduleId}`);
    if (this.failures.instantiate !== undefined) return { ok: false, error: this.failures.instantiate };
    return { ok: true, value: this.#instanceId++ };
  }

  prepare(instanceId: number, symbol: Uint8Array): Result<void, ExecError> {
    this.#note(`prepare ${instanceId} ${text.decode(symbol)}`);
    return this.#exec(undefined);
  }

  /** Stops at a syscall `echo` whose a0 is the a0 given and whose gas is the gas given. */
  run(instanceId: number, gasLeft: bigint, a0: bigint, execBuffer: Uint8Array): Result<ExecStatus, ExecError> {
    this.#note(`run ${instanceId} ${gasLeft} ${a0}`);
    const result = this.#exec(ExecStatus.Syscall);
    if (result.ok) {
      const symbol = new TextEncoder().encode('echo');
      encodeExecBuffer({ gasLeft, symbol, a0, a1: 1n, a2: 2n, a3: 3n, a4: 4n, a5: 5n }, execBuffer);
    }
    return result;
  }

  destroy(instanceId: number): Result<void, DestroyError> {
    this.#note(`destroy ${instanceId}`);
    if (this.failures.destroy !== undefined) return { ok: false, error: this.failures.destroy };
    return { ok: true, value: undefined };
  }

  readMemory(
    instanceId: number,
    address: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
  ): Result<void, MemoryError> {
    this.#note(`readMemory ${instanceId} ${address} ${length}`);
    if (this.failures.memory !== undefined) return { ok: false, error: this.failures.memory };
    target.set(this.memory.subarray(address, address + length), targetOffset);
    return { ok: true, value: undefined };
  }

  writeMemory(
    instanceId: number,
    address: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
  ): Result<void, MemoryError> {
    this.#note(`writeMemory ${instanceId} ${address} ${length}`);
    if (this.failures.memory !== undefined) return { ok: false, error: this.failures.memory };
    for (let i = 0; i < length; i++) this.memory[address + i] = source[sourceOffset + i]!;
    return { ok: true, value: undefined };
  }

  #exec<T>(value: T): Result<T, ExecError> {
    if (this.failures.exec !== undefined) return { ok: false, error: this.failures.exec };
    return { ok: true, value };
  }

  #note(call: string): void {
    this.calls.push(call);
    this.onCall(call.split(' ', 1)[0]!);
  }
}
