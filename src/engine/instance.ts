import { A0, ARGUMENT_REGISTERS, REGISTER_COUNT, type RegisterName } from '../isa/index.js';
import {
  Exit,
  type MachineState,
  type MemoryAccessKind,
  PagedMemory,
  RegionMemory,
  requireRegister,
} from '../memory/index.js';
import { yieldToEventLoop } from './eventLoop.js';
import { ecalliInterrupt, FINISHED, type Interrupt, OUT_OF_GAS, YIELDED, type Yielded } from './interrupt.js';
import type { Module } from './module.js';
import type { InstanceObserver } from './observer.js';
import { type Executor, type RunLimits, Runner } from './runner.js';

const MAX_U32 = 0xffffffff;

/** Milliseconds for which {@link Instance.runAsync} blocks at a time: short enough for a page to stay responsive. */
const DEFAULT_TIME_SLICE = 8;

/** How {@link Instance.runAsync} runs. */
export interface RunAsyncOptions extends RunLimits {
  /** Stops the run between two slices. */
  readonly signal?: AbortSignal | undefined;
}

/** A running program: registers, gas, memory and a program counter. Made by {@link Module.instantiate}. */
export class Instance implements Disposable {
  readonly module: Module;
  readonly #state: MachineState;
  readonly #runner: Runner;
  readonly #observer: InstanceObserver | undefined;
  #isDisposed = false;
  #isRunningAsync = false;

  /** @internal */
  constructor(module: Module, state: MachineState, executor: Executor, observer?: InstanceObserver) {
    this.module = module;
    this.#state = state;
    this.#runner = new Runner(executor, state, module.isMetered);
    this.#observer = observer;
  }

  /**
   * Prepares a call: clears all registers, sets the stack pointer, the return address and up to nine arguments (a0 to
   * a5, then t0 to t2). Gas and memory stay as they are.
   *
   * @param target name of an export (the first one of that name), or a code offset
   * @param args unsigned or signed 64-bit values; on latest32 their low 32 bits count
   * @throws RangeError when there is no such export, or too many or too large arguments
   */
  prepareCall(target: string | number, args: readonly bigint[] = []): void {
    this.#check();
    const pc = typeof target === 'string' ? this.module.exportPc(target) : target;
    if (pc === undefined) {
      const names = this.module.exports.map(({ name }) => JSON.stringify(name)).join(', ');
      throw new RangeError(
        `export not found: got ${JSON.stringify(target)}, expected one of those of the program: ${names || 'none'}`,
      );
    }
    requireU32(pc, 'code offset');
    if (args.length > ARGUMENT_REGISTERS.length) {
      throw new RangeError(`arguments: got ${args.length}, expected at most ${ARGUMENT_REGISTERS.length}`);
    }
    for (const value of args) requireU64(value, 'argument');
    this.#state.prepareCall(pc, args);
  }

  /**
   * Runs until the program finishes, traps, asks for a host call or stops for another reason, and tells why. Where it
   * can go on (after a host call, out of gas, a segfault or a step), running again continues.
   *
   * Given limits, it also stops when it reaches one of them, with an interrupt `yielded`. Running again continues, and
   * whatever the slices, the program comes to the same interrupts with the same registers, memory and gas.
   *
   * @throws Error when no next program counter is set: nothing was prepared, or the last run finished or trapped
   * @throws RangeError when a limit is out of its range
   *
   * @example
   * let interrupt = instance.run({ timeSliceMs: 8 });
   * while (interrupt.kind === 'yielded') {
   *   drawFrame();
   *   interrupt = instance.run({ timeSliceMs: 8 });
   * }
   */
  run(): Interrupt;
  run(limits: RunLimits): Interrupt | Yielded;
  run(limits?: RunLimits): Interrupt | Yielded {
    this.#checkNotRunning();
    return this.#run(limits);
  }

  /**
   * Runs to the next interrupt without blocking the event loop for longer than a time slice, 8 ms unless told otherwise.
   * Between two slices other tasks have their turn. They may look at the instance and change its memory, registers and
   * gas, but not run it.
   *
   * When the signal is aborted, the promise is rejected with the signal's reason. The program then stands between two
   * basic blocks, and running again continues.
   *
   * @throws Error as {@link run} does, and while another asynchronous run is under way
   *
   * @example
   * const interrupt = await instance.runAsync({ signal: AbortSignal.timeout(5000) });
   */
  async runAsync(options: RunAsyncOptions = {}): Promise<Interrupt> {
    const { signal, gasSlice, timeSliceMs = DEFAULT_TIME_SLICE } = options;
    this.#checkNotRunning();
    this.#isRunningAsync = true;
    try {
      for (;;) {
        signal?.throwIfAborted();
        const interrupt = this.#run({ gasSlice, timeSliceMs });
        if (interrupt.kind !== 'yielded') return interrupt;
        await yieldToEventLoop();
      }
    } finally {
      this.#isRunningAsync = false;
    }
  }

  /**
   * Sets a0 and the gas counter, to the low 64 bits of values whose ranges were checked before, and runs.
   *
   * @internal
   */
  resume(a0: bigint, gas: bigint): Interrupt {
    this.#check();
    const state = this.#state;
    state.setRegister(A0, a0);
    state.gas = gas;
    return this.run();
  }

  #checkNotRunning(): void {
    if (!this.#isRunningAsync) return;
    throw new Error('failed to run: an asynchronous run is under way: expected it to end before the next one');
  }

  #run(limits: RunLimits | undefined): Interrupt | Yielded {
    this.#check();
    const state = this.#state;
    if (state.nextPc < 0) {
      throw new Error(
        'failed to run: next program counter is not set: expected prepareCall, or nextProgramCounter to be set, before it',
      );
    }
    this.#observer?.begin(this, !state.isPaid && !state.isStepped);
    const exit = limits === undefined ? this.#runner.run() : this.#runner.runWithin(limits);
    const interrupt = this.#interruptOf(exit);
    this.#observer?.end(this, interrupt);
    return interrupt;
  }

  #interruptOf(exit: Exit | undefined): Interrupt | Yielded {
    const state = this.#state;
    switch (exit) {
      case undefined:
        return YIELDED;
      case Exit.ecalli:
        return ecalliInterrupt(state.hostcall);
      case Exit.finished:
        return FINISHED;
      case Exit.outOfGas:
        return OUT_OF_GAS;
      case Exit.trap:
        return { kind: 'trap', pc: state.pc };
      case Exit.step:
        return { kind: 'step', pc: state.pc };
      case Exit.handOver:
        throw new Error('a backend handed over to nobody');
      case Exit.segfault:
        return { kind: 'segfault', address: state.memory.faultAddress, write: state.memory.faultIsWrite };
    }
  }

  /** The gas counter, an i64. It may be set at any time between runs. @throws RangeError when set to no i64 */
  get gas(): bigint {
    this.#check();
    return this.#state.gas;
  }

  set gas(value: bigint) {
    this.#check();
    if (!isI64(value)) {
      throw new RangeError(`gas: got ${String(value)}, expected a bigint from -2^63 to 2^63 - 1`);
    }
    this.#state.gas = value;
  }

  /** A register as an unsigned value of the ISA's width. @throws RangeError for an unknown name */
  getRegister(register: RegisterName): bigint {
    this.#check();
    return this.#state.getRegister(requireRegister(register));
  }

  /** Sets a register. @throws RangeError for an unknown name, or a value that is no 64-bit integer */
  setRegister(register: RegisterName, value: bigint): void {
    this.#check();
    requireU64(value, register);
    this.#state.setRegister(requireRegister(register), value);
  }

  /**
   * Copies registers as 8 little-endian bytes each, without making bigints.
   *
   * @param first index of the first register: ra is 0, a0 is 7
   * @throws RangeError when there are not so many registers or `target` is too short
   */
  readRegisters(target: Uint8Array, targetOffset: number, first: number, count: number): void {
    this.#check();
    if (!(first >= 0 && count >= 0 && first + count <= REGISTER_COUNT)) {
      throw new RangeError(`registers: got ${count} from index ${first} on, expected a range inside ${REGISTER_COUNT}`);
    }
    requireRoom(target, targetOffset, 8 * count);
    this.#state.copyRegisters(target, targetOffset, first, count);
  }

  /** Copies the gas counter as 8 little-endian bytes. @throws RangeError when `target` is too short */
  readGas(target: Uint8Array, targetOffset: number): void {
    this.#check();
    requireRoom(target, targetOffset, 8);
    this.#state.copyGas(target, targetOffset);
  }

  /**
   * As {@link readGas} and {@link readRegisters} for a0 to a5, as 64-bit integers and unchecked: for hosts that are called
   * so often that single bytes take too long.
   *
   * @internal
   */
  readCall(target: BigInt64Array, gasIndex: number, argumentsIndex: number): void {
    this.#check();
    this.#state.copyCall(target, gasIndex, argumentsIndex);
  }

  /** Code offset of the instruction that the last interrupt is about; undefined after `finished` and before a run. */
  get programCounter(): number | undefined {
    this.#check();
    return this.#state.pc < 0 ? undefined : this.#state.pc;
  }

  /**
   * Code offset at which the next run starts. Setting it, even to the value that it has, makes the next run a fresh
   * entry that pays for the whole basic block.
   */
  get nextProgramCounter(): number | undefined {
    this.#check();
    return this.#state.nextPc < 0 ? undefined : this.#state.nextPc;
  }

  set nextProgramCounter(value: number | undefined) {
    this.#check();
    if (value !== undefined) requireU32(value, 'next program counter');
    this.#state.setNextPc(value ?? -1);
  }

  /** Copies guest memory out. @throws MemoryAccessError unless the whole range lies in one region */
  readMemory(address: number, length: number): Uint8Array {
    this.#check();
    requireRange(address, length);
    // Before the allocation, so that a wild length costs nothing.
    this.#state.memory.requireReadable(address, length);
    const target = new Uint8Array(length);
    this.#state.memory.read(address, target);
    return target;
  }

  /** Fills `target` from guest memory. @throws MemoryAccessError unless the whole range lies in one region */
  readMemoryInto(address: number, target: Uint8Array): void {
    this.#check();
    requireU32(address, 'address');
    this.#state.memory.read(address, target);
  }

  /** Overwrites guest memory. @throws MemoryAccessError unless the whole range lies in one writable region */
  writeMemory(address: number, bytes: Uint8Array): void {
    this.#check();
    requireU32(address, 'address');
    this.#state.memory.write(address, bytes);
  }

  /** Whether the host may read or write a range; an empty one always. */
  isMemoryAccessible(address: number, length: number, access: MemoryAccessKind): boolean {
    this.#check();
    requireRange(address, length);
    return this.#state.memory.isAccessible(address, length, access);
  }

  /** Bytes by which the program has grown its heap. */
  get heapSize(): number {
    this.#check();
    return this.#state.memory.heapSize;
  }

  /**
   * Grows the heap as the program's own `sbrk` would.
   *
   * @returns the heap's new top, or undefined when it cannot grow by that much
   */
  growHeap(size: number): number | undefined {
    this.#check();
    requireU32(size, 'size');
    return this.#state.memory.sbrk(size) || undefined;
  }

  /** Accessible bytes of the aux region, whole pages. Setting it to less drops what lies beyond. @throws RangeError */
  get accessibleAuxSize(): number {
    return this.#regions('accessibleAuxSize').auxLength;
  }

  set accessibleAuxSize(size: number) {
    this.#regions('accessibleAuxSize').setAuxLength(size);
  }

  /**
   * With dynamic paging: creates pages of zeros, or clears existing ones, and sets whether the program may write them.
   *
   * @throws MemoryAccessError when the address is no multiple of the page size or the range leaves the address space
   */
  mapPages(address: number, length: number, writable: boolean): void {
    requireRange(address, length);
    this.#pages('mapPages').mapPages(address, length, writable);
  }

  /**
   * With dynamic paging: removes pages; missing ones are ignored.
   *
   * @throws MemoryAccessError when the address is no multiple of the page size
   */
  unmapPages(address: number, length: number): void {
    requireRange(address, length);
    this.#pages('unmapPages').unmap(address, length);
  }

  /**
   * With dynamic paging: changes whether the program may write the pages that a range touches.
   *
   * @throws MemoryAccessError when one of them is missing
   */
  protectPages(address: number, length: number, writable: boolean): void {
    requireRange(address, length);
    this.#pages('protectPages').protect(address, length, writable);
  }

  /** Brings back the memory's initial contents. Registers, gas and program counters stay as they are. */
  resetMemory(): void {
    this.#check();
    this.#state.memory.reset();
  }

  /** Makes the instance as good as a fresh one. */
  reset(): void {
    this.resetMemory();
    this.#state.clear();
  }

  /** Gives the instance's memory back. Every other use of the instance throws afterwards. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#state.memory.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #check(): void {
    if (this.#isDisposed)
      throw new Error('the instance has been disposed of: expected one that is live; instantiate another');
  }

  #pages(what: string): PagedMemory {
    this.#check();
    const { memory } = this.#state;
    if (memory instanceof PagedMemory) return memory;
    throw new Error(
      `${what}: got an instance without dynamic paging, expected one of a module compiled with dynamicPaging`,
    );
  }

  #regions(what: string): RegionMemory {
    this.#check();
    const { memory } = this.#state;
    if (memory instanceof RegionMemory) return memory;
    throw new Error(`${what}: got an instance with dynamic paging, expected one of a module compiled without`);
  }
}

function requireU32(value: number, name: string): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= MAX_U32)) {
    throw new RangeError(`${name}: got ${value}, expected an integer from 0 to ${MAX_U32}`);
  }
}

function requireRange(address: number, length: number): void {
  requireU32(address, 'address');
  requireU32(length, 'length');
}

function requireU64(value: bigint, name: string): void {
  if (isI64(value) || (typeof value === 'bigint' && BigInt.asUintN(64, value) === value)) return;
  throw new RangeError(`${name}: got ${String(value)}, expected a bigint from -2^63 to 2^64 - 1`);
}

/** To wrap a value and compare takes a third of the time of two comparisons. */
function isI64(value: bigint): boolean {
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
}

function requireRoom(target: Uint8Array, offset: number, length: number): void {
  if (!(offset >= 0 && offset + length <= target.length)) {
    throw new RangeError(
      `target: got ${length} bytes at ${offset}, expected a range inside its ${target.length} bytes`,
    );
  }
}
