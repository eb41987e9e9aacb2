import { SP } from '../isa/index.js';
import { Exit, type MachineState } from '../memory/index.js';
import type { Program } from '../program/index.js';
import { runRecords } from './loop.js';
import { type RecordOptions, RecordStream } from './records.js';

/** Executes the instructions of one module, for any number of instances. */
export class Interpreter {
  readonly #stream: RecordStream;

  constructor(program: Program, options: RecordOptions) {
    this.#stream = new RecordStream(program, options);
  }

  /** Tells that compiled code can, or will never, be entered at a basic block. */
  setEntry(start: number, hasEntry: boolean): void {
    this.#stream.setEntry(start, hasEntry);
  }

  /** Makes the interpreter enter a basic block so many times before it hands over there. */
  postpone(start: number, entries: number): void {
    this.#stream.postpone(start, entries);
  }

  /** Whether the instruction at a code offset has been decoded, with its basic block. */
  isDecoded(pc: number): boolean {
    return this.#stream.isDecoded(pc);
  }

  /** Decodes the basic block at `start`, so that runs can go on anywhere in it. */
  decodeBlock(start: number): void {
    this.#stream.enterBlock(start);
  }

  /**
   * Runs from the state's next program counter, which must be set, until something stops it.
   *
   * The host may start at any instruction from which the start of its basic block can be found. In the middle of a block
   * it pays for the whole block first (spec: engine, section 5).
   *
   * @param mayHandOver whether to stop with `Exit.handOver` at blocks that the compiler has code for
   */
  run(state: MachineState, mayHandOver = false): Exit {
    const stream = this.#stream;
    const pc = state.nextPc;
    if (state.isGasNegative) return Exit.outOfGas;
    // Where the last run stopped there are records, also in a block whose start no walk backwards would find.
    const isKnown = (state.isPaid || state.isStepped) && stream.isDecoded(pc);
    let start = isKnown ? pc : stream.blockStartOf(pc);
    // Behind a host call at the end of the code nothing is marked; what follows there belongs to the host call's block.
    if (start < 0 && state.isPaid) start = stream.blockStartOf(state.pc);
    if (start < 0) return unusableStart(state, pc);
    if (!state.isPaid && start !== pc && !state.isStepped) {
      const cost = stream.costOfBlock(start);
      if (!state.hasGas(cost)) return Exit.outOfGas;
      state.gas -= BigInt(cost);
      stream.observer?.enterInside(start, pc, cost, state.words[2 * SP]! >>> 0);
    }
    const index = stream.resumeAt(pc, start, state.isPaid, state.isStepped);
    if (index < 0) return unusableStart(state, pc);
    return runRecords(stream, state, index, mayHandOver);
  }
}

/** Nothing is charged, and running again traps again. */
function unusableStart(state: MachineState, pc: number): Exit {
  state.pc = pc;
  return Exit.trap;
}
