import { ExecError, ExecStatus, type InstanceId } from '../virtualization/index.js';
import type { Block } from './block.js';
import { FrameError } from './errors.js';
import type { Execution } from './execution.js';
import type { SyscallCost } from './gas.js';
import { GuestMemory } from './guestMemory.js';
import type { Hex } from './hex.js';
import type { EntryPoint, ExecBuffer } from './machine.js';
import type { Log } from './results.js';
import type { State } from './state.js';
import { argumentRoom, decodeArguments, SYSCALL_TABLE, type Syscall, type SyscallArguments } from './syscalls/index.js';
import type { Tracer } from './tracer.js';

// Where the exec buffer has what, in words and in u64s.
const GAS_WORD = 0;
const SYMBOL_WORD = 2;
const ARGUMENTS_WORD = 12;
const A0_QUAD = 6;

/** How a frame ended that did not fail: with output, and with or without the wish to undo what it did. */
export interface FrameEnd {
  readonly reverted: boolean;
  readonly output: Uint8Array;
}

/** What a frame is told when it starts. */
export interface FrameContext {
  readonly entry: EntryPoint;
  /** Whose storage, balance and identity the code acts with. */
  readonly address: Hex;
  /** Whose code runs, and whose immutables it reads. Another contract than `address` in a delegate call. */
  readonly codeAddress: Hex;
  readonly caller: Hex;
  /** What came with the call; the contract has it already. */
  readonly value: bigint;
  readonly input: Uint8Array;
  /** Whether the frame, and whatever it calls, must leave everything as it is. */
  readonly readOnly: boolean;
  /** What the frame may use, with the frames that it starts. */
  readonly gas: number;
}

const NOTHING_RETURNED: FrameEnd = { reverted: false, output: new Uint8Array(0) };
const NO_COST: SyscallCost = { base: 0, perByte: 0 };

/** One call of one contract: a live instance, and what the contract's syscalls ask about and act on. */
export class Frame {
  readonly execution: Execution;
  readonly context: FrameContext;
  /** How many frames wait for this one. */
  readonly depth: number;
  /** The call data; undefined once it was given away to another frame. */
  input: Uint8Array | undefined;
  /** The output of the last frame that this one started. */
  returnData: Uint8Array = NOTHING_RETURNED.output;
  /** Whether a call that this frame waits for may lead back to its contract. */
  allowsReentry = true;
  /** Gas left as of the latest stop, less what frames that were started since then have used. */
  gasLeft: number;
  /** Where the program was when it failed, if that is known. */
  failedAt: number | undefined;
  /** The program's memory, while the frame runs. */
  readonly memory: GuestMemory;
  readonly #instance: InstanceId;
  #cost = NO_COST;

  /** @throws FrameError CodeRejected or CodeNotFound if the contract's program cannot be started */
  constructor(execution: Execution, context: FrameContext, codeHash: Hex, depth: number) {
    this.execution = execution;
    this.context = context;
    this.depth = depth;
    this.input = context.input;
    this.gasLeft = context.gas;
    const { machine } = execution;
    this.#instance = machine.start(codeHash, execution.code(codeHash), context.entry);
    this.memory = new GuestMemory(machine.host, this.#instance);
  }

  get state(): State {
    return this.execution.state;
  }

  get block(): Block {
    return this.execution.block;
  }

  get tracer(): Tracer | undefined {
    return this.execution.tracer;
  }

  /**
   * Runs the contract to its end, answering its syscalls on the way. Afterwards the instance is gone.
   *
   * @throws FrameError if the contract failed or asked for what it must not have
   */
  run(): FrameEnd {
    const { machine } = this.execution;
    try {
      return this.#serve(machine.bufferAt(this.depth));
    } catch (error) {
      this.failedAt = machine.programCounter(this.#instance);
      throw error;
    } finally {
      machine.host.destroy(this.#instance);
    }
  }

  /**
   * The gas that a frame started by this one may use. A 64th stays here, as on Ethereum (EIP-150): a callee that fails may
   * have used up all that it was lent, and the caller must still be able to deal with that.
   */
  lend(requested: number): number {
    const available = this.gasLeft - Math.floor(this.gasLeft / 64);
    return Math.min(requested, available);
  }

  /** Pays for bytes that the current syscall copies or hashes. @throws FrameError OutOfGas */
  chargeBytes(count: number): void {
    this.#charge(this.#cost.perByte * count);
  }

  emit(log: Log): void {
    this.state.emit(log);
    this.tracer?.log?.(log);
  }

  #charge(amount: number): void {
    if (amount > this.gasLeft) {
      const left = this.gasLeft;
      this.gasLeft = 0;
      throw new FrameError('OutOfGas', `a syscall costs ${amount}, ${left} left`);
    }
    this.gasLeft -= amount;
  }

  #serve(buffer: ExecBuffer): FrameEnd {
    const { host } = this.execution.machine;
    const room = argumentRoom();
    for (let a0 = 0n; ; ) {
      const stop = host.run(this.#instance, BigInt(this.gasLeft), a0, buffer.bytes);
      if (!stop.ok) throw this.#failureOf(stop.error);
      this.gasLeft = buffer.words[GAS_WORD]! + buffer.words[GAS_WORD + 1]! * 2 ** 32;
      if (stop.value === ExecStatus.Finished) return NOTHING_RETURNED;
      const syscall = SYSCALL_TABLE.find(buffer.signedWords, SYMBOL_WORD);
      if (syscall === undefined) throw new FrameError('InvalidSyscall', 'an import that is no syscall');
      decodeArguments(syscall, buffer.words, ARGUMENTS_WORD, room);
      const answer = this.tracer === undefined ? this.#answer(syscall, room) : this.#answerTraced(syscall, room);
      if (typeof answer === 'object') return answer;
      // A frame that this one started has a buffer of its own, so that a0 is still what it was.
      a0 = answer === undefined ? buffer.quads[A0_QUAD]! : BigInt(answer);
    }
  }

  #answer(syscall: Syscall, args: SyscallArguments): number | bigint | FrameEnd | undefined {
    if (syscall.changesState && this.context.readOnly) {
      throw new FrameError('StateChangeDenied', `${syscall.symbol} in a read-only call`);
    }
    this.#cost = this.execution.syscallGas[syscall.symbol];
    this.#charge(this.#cost.base);
    // Spelled out, because spreading an array takes several times as long.
    return syscall.run(this, args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7], args[8], args[9]);
  }

  #answerTraced(syscall: Syscall, args: SyscallArguments): number | bigint | FrameEnd | undefined {
    const { tracer } = this;
    tracer?.syscallStart?.({ syscall, args, memory: this.memory, gas: this.gasLeft });
    let answer: number | bigint | FrameEnd | undefined;
    try {
      answer = this.#answer(syscall, args);
      return answer;
    } finally {
      const result = typeof answer === 'object' ? undefined : answer;
      tracer?.syscallEnd?.({ syscall, args, memory: this.memory, gas: this.gasLeft, result });
    }
  }

  /**
   * What a run's error means for the frame. An error costs what was used up to it, like any other end. Where the host
   * functions do not tell how much that was it counts as everything.
   */
  #failureOf(error: ExecError): FrameError {
    switch (error) {
      case ExecError.OutOfGas:
        this.gasLeft = 0;
        return new FrameError('OutOfGas', 'the gas given did not suffice');
      case ExecError.Trap:
        this.gasLeft = this.#gasAtFailure();
        return new FrameError('ContractTrapped', 'the program trapped');
      case ExecError.InvalidImage:
        this.gasLeft = this.#gasAtFailure();
        return new FrameError('InvalidSyscall', 'an import that the program does not declare');
      case ExecError.InvalidInstance:
        throw new Error('expected an instance that is ready to run, got one that is not');
    }
  }

  #gasAtFailure(): number {
    return Number(this.execution.machine.gasLeft(this.#instance) ?? 0n);
  }
}
