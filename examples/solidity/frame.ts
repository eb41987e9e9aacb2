import {
  ExecError,
  type Execution,
  InstantiateError,
  Module,
  ModuleError,
  syscallSymbolName,
} from 'polkavm-js/virtualization';
import { fromHex, type Hex } from './bytes.js';
import { FrameError } from './errors.js';
import { GuestMemory } from './memory.js';
import type { State } from './state.js';
import type { Syscall } from './syscalls/syscall.js';
import type { Block, Transaction } from './transaction.js';

/** How a frame ended that did not fail: with output, and with or without the wish to undo what it did. */
export interface FrameEnd {
  readonly reverted: boolean;
  readonly output: Uint8Array;
}

/** A contract's two exports: its constructor, and everything else. */
export type EntryPoint = 'deploy' | 'call';

/** What a frame is told when it starts. */
export interface FrameContext {
  readonly entry: EntryPoint;
  /** Whose storage, balance and identity the code acts with. */
  readonly address: Hex;
  /** Whose code runs, and whose immutables it reads. Another contract than `address` in a delegate call. */
  readonly codeAddress: Hex;
  /** What that code is stored under. */
  readonly codeHash: Hex;
  readonly caller: Hex;
  /** What came with the call; the contract has it already. */
  readonly value: bigint;
  readonly input: Uint8Array;
  /** Whether the frame, and whatever it calls, must leave everything as it is. */
  readonly readOnly: boolean;
  /** What the frame may use, with the calls that it makes. */
  readonly gas: bigint;
}

/** One call of one contract: a live instance, and what the contract's syscalls ask about and act on. */
export class Frame {
  readonly transaction: Transaction;
  readonly context: FrameContext;
  /** The call data; undefined once it was given away to another frame. */
  input: Uint8Array | undefined;
  /** The output of the last call that this frame made. */
  returnData: Uint8Array = new Uint8Array(0);
  /** Whether a call that this frame waits for may lead back to its contract. */
  allowsReentry = true;
  /** Gas left as of the latest stop, less what the calls made since then have used. */
  gasLeft: bigint;
  #memory: GuestMemory | undefined;

  constructor(transaction: Transaction, context: FrameContext) {
    this.transaction = transaction;
    this.context = context;
    this.input = context.input;
    this.gasLeft = context.gas;
  }

  get state(): State {
    return this.transaction.state;
  }

  get block(): Block {
    return this.transaction.block;
  }

  /** The program's memory, while the frame runs. */
  get memory(): GuestMemory {
    if (this.#memory === undefined) throw new Error('expected a frame that runs, got one that has not started');
    return this.#memory;
  }

  /**
   * Runs the contract to its end, answering its syscalls on the way. Afterwards the instance is gone.
   * @throws FrameError if the contract failed or asked for what it must not have
   */
  run(syscalls: ReadonlyMap<string, Syscall>): FrameEnd {
    let execution = this.#start();
    this.#memory = new GuestMemory(execution);
    try {
      for (let a0 = 0n; ; ) {
        const stop = execution.run(this.gasLeft, a0);
        if (stop.kind === 'error') {
          // The gas is not reported then, so that it counts as used up.
          this.gasLeft = 0n;
          stop.instance.destroy();
          throw failureOf(stop.error);
        }
        this.gasLeft = stop.gasLeft;
        if (stop.kind === 'finished') {
          stop.instance.destroy();
          return { reverted: false, output: new Uint8Array(0) };
        }
        execution = stop.execution;
        this.#memory.execution = execution;
        const name = syscallSymbolName(stop.symbol);
        const syscall = syscalls.get(name);
        if (syscall === undefined) throw new FrameError('InvalidSyscall', `nothing answers to "${name}"`);
        const answer = syscall(this, [stop.a0, stop.a1, stop.a2, stop.a3, stop.a4, stop.a5]);
        if (typeof answer === 'object') return answer;
        a0 = answer === undefined ? stop.a0 : BigInt(answer);
      }
    } finally {
      // Does nothing where a result above has taken the instance over.
      execution.destroy();
    }
  }

  /**
   * The gas a call from this frame may use. A 64th stays here, as on Ethereum: a callee that fails uses up all that it
   * was lent, and the caller must still be able to deal with that.
   */
  lend(requested: bigint): bigint {
    const available = this.gasLeft - this.gasLeft / 64n;
    return requested < available ? requested : available;
  }

  #start(): Execution {
    const instance = this.#load().instantiate();
    if (!instance.ok) throw new FrameError('InvalidCode', `not instantiated: ${InstantiateError[instance.error]}`);
    const execution = instance.value.prepare(this.context.entry);
    if (execution.ok) return execution.value;
    execution.error.instance.destroy();
    throw new FrameError('InvalidCode', `no export "${this.context.entry}": ${ExecError[execution.error.error]}`);
  }

  /** The host's cache comes first, as in pallet-revive: the code is handed over only if it is not there. */
  #load(): Module {
    const { hostFunctions } = this.transaction;
    const identifier = fromHex(this.context.codeHash);
    const cached = Module.lookup(hostFunctions, identifier);
    if (cached.ok) return cached.value;
    const code = this.transaction.code(this.context.codeHash);
    const compiled = Module.fromBytes(hostFunctions, code, identifier);
    if (!compiled.ok) throw new FrameError('InvalidCode', `not compiled: ${ModuleError[compiled.error]}`);
    return compiled.value.module;
  }
}

function failureOf(error: ExecError): FrameError {
  switch (error) {
    case ExecError.OutOfGas:
      return new FrameError('OutOfGas', 'the gas given did not suffice');
    case ExecError.Trap:
      return new FrameError('ContractTrapped', 'the program trapped');
    case ExecError.InvalidImage:
      return new FrameError('InvalidSyscall', 'an import that the program does not declare');
    case ExecError.InvalidInstance:
      throw new Error('expected an instance that is ready to run, got one that is not');
  }
}
