import { fixtureProgram } from '../../fixtures/index.js';
import type { MemoryError, Result } from '../../src/virtualization/index.js';
import type { Subject } from './subject.js';

/** The memory of the program that made a syscall. */
export interface GuestMemory {
  read(address: number, target: Uint8Array): Result<void, MemoryError>;
  write(address: number, source: Uint8Array): Result<void, MemoryError>;
}

/** What `increment_counter` returns: a value that only fits a whole 64-bit register. */
const INCREMENTED = 2n << 56n;

/** Serves the fixture program's syscalls. */
export class CounterHost {
  readonly #subject: Subject;
  readonly #cell = new DataView(new ArrayBuffer(8));

  constructor(
    /** The interface through which `subcall` makes its second instance. */
    subject: Subject,
    public counter: bigint,
  ) {
    this.#subject = subject;
  }

  /** The a0 to go on with, or `stop`. */
  answer(symbol: string, a0: bigint, gas: bigint, memory: GuestMemory): bigint | 'stop' {
    const address = Number(BigInt.asUintN(32, a0));
    const bytes = new Uint8Array(this.#cell.buffer);
    switch (symbol) {
      case 'read_counter':
        this.#cell.setBigUint64(0, this.counter, true);
        succeed('writing the counter', memory.write(address, bytes));
        return 1n;
      case 'increment_counter':
        succeed('reading the operand', memory.read(address, bytes));
        this.counter += this.#cell.getBigUint64(0, true);
        return INCREMENTED;
      case 'exit':
        return 'stop';
      case 'subcall':
        this.#countInSecondInstance(gas);
        return 0n;
      default:
        throw new Error(`the fixture program does not import ${symbol}`);
    }
  }

  #countInSecondInstance(gas: bigint): void {
    const module = succeed('compiling', this.#subject.fromBytes(fixtureProgram()));
    const instance = succeed('instantiating', module.instantiate());
    const { outcome, counter } = instance.drive('counter', 0n, gas);
    if (outcome !== 'finished' || counter !== 8n) {
      throw new Error(`the second instance ended with ${outcome} at ${counter}, expected finished at 8`);
    }
    instance.destroy();
  }
}

function succeed<T>(what: string, result: Result<T, number>): T {
  if (!result.ok) throw new Error(`${what} failed with error ${result.error}`);
  return result.value;
}
