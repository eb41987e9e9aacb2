/**
 * Runs an instance on whichever backend has code for where it is: compiled code where that exists and the gas suffices
 * for it to run unchecked from one check to the next, the interpreter everywhere else. Both leave the same state behind
 * at every stop, so that the one can take over from the other at any.
 */
import {
  type BoundProgram,
  type CompiledEntry,
  EXIT_BITS,
  LIMITS,
  type ProgramCompiler,
  RegionExit,
} from '../compiler/index.js';
import type { Interpreter } from '../interpreter/index.js';
import { Exit, type LinearMemory, type MachineState } from '../memory/index.js';
import type { Executor } from './runner.js';

const EXIT_MASK = (1 << EXIT_BITS) - 1;
/** A portion of gas suffices for at least so many of the longest ways between two checks. */
const WAYS_PER_PORTION = 16;
/** How often a basic block that compiled code refuses to be entered at is interpreted before it is asked again. */
const ENTRIES_AFTER_REFUSAL = 100;

/** Programs that have been bound to a memory, so that a pooled memory brings them along. */
const boundPrograms = new WeakMap<LinearMemory, WeakMap<ProgramCompiler, BoundProgram>>();

/** Runs one instance on the interpreter and on compiled code. */
export class MixedExecutor implements Executor {
  readonly #interpreter: Interpreter;
  readonly #compiler: ProgramCompiler;
  #linear: LinearMemory | undefined;
  #bound: BoundProgram | undefined;

  constructor(interpreter: Interpreter, compiler: ProgramCompiler) {
    this.#interpreter = interpreter;
    this.#compiler = compiler;
  }

  run(state: MachineState): Exit {
    if (state.isGasNegative) return Exit.outOfGas;
    for (;;) {
      const entry = this.#compiler.entryAt(state.nextPc);
      if (entry !== undefined && entry.isPaid === state.isPaid && (state.isStepped || state.isPaid || entry.isStart)) {
        if (!state.hasGas(entry.minimumGas)) return this.#interpret(state, false);
        const reason = this.#enter(entry, state);
        if (reason === RegionExit.ecalli) return Exit.ecalli;
        if (reason === RegionExit.block || reason === RegionExit.entry) continue;
      }
      const exit = this.#interpret(state, true);
      if (exit !== Exit.handOver) return exit;
      this.#compileAt(state.nextPc);
    }
  }

  /** Runs compiled code until it leaves, and says why. The state tells where to go on. */
  #enter(entry: CompiledEntry, state: MachineState): RegionExit {
    const portion = Math.max(LIMITS.portion, WAYS_PER_PORTION * entry.minimumGas);
    const result = this.#boundTo(state.memory.linear).enter(entry, portion);
    const reason: RegionExit = result & EXIT_MASK;
    const detail = result >>> EXIT_BITS;
    // Control has come there by itself, unlike where the host sets the program counter.
    state.isStepped = true;
    state.isPaid = false;
    switch (reason) {
      case RegionExit.ecalli: {
        const { pc, number, next } = this.#compiler.hostCallAt(detail);
        state.pc = pc;
        state.nextPc = next;
        state.isPaid = true;
        state.hostcall = number;
        break;
      }
      case RegionExit.entry:
        state.nextPc = this.#compiler.entryPc(detail);
        break;
      case RegionExit.stackOverflow:
        state.nextPc = this.#compiler.entryPc(detail);
        throw new RangeError('run: got a call stack that is nearly full, expected room to run compiled code');
      case RegionExit.interpret:
        this.#compiler.noteInterpreted(detail, state.words);
        state.pc = detail;
        state.nextPc = detail;
        state.isPaid = true;
        break;
      case RegionExit.refused:
        this.#compiler.noteRefused(detail);
        this.#interpreter.postpone(detail, ENTRIES_AFTER_REFUSAL);
        state.nextPc = detail;
        break;
      default:
        this.#compiler.portionsUsed++;
        state.nextPc = detail;
    }
    return reason;
  }

  /** Interprets from where compiled code has left, where the interpreter may never have been. */
  #interpret(state: MachineState, mayHandOver: boolean): Exit {
    const { pc, nextPc, isPaid, isStepped } = state;
    if (isStepped && !this.#interpreter.isDecoded(nextPc)) {
      this.#interpreter.decodeBlock(isPaid ? this.#compiler.blockStartOf(pc) : nextPc);
    }
    return this.#interpreter.run(state, mayHandOver);
  }

  #compileAt(start: number): void {
    for (const pc of this.#compiler.compileAt(start)) this.#interpreter.setEntry(pc, true);
    // A block inside of a region cannot be entered, nor one that cannot be compiled.
    if (this.#compiler.entryAt(start) === undefined) this.#interpreter.setEntry(start, false);
  }

  #boundTo(linear: LinearMemory): BoundProgram {
    if (linear === this.#linear) return this.#bound!;
    let programs = boundPrograms.get(linear);
    if (programs === undefined) {
      programs = new WeakMap();
      boundPrograms.set(linear, programs);
    }
    let bound = programs.get(this.#compiler);
    if (bound === undefined) {
      bound = this.#compiler.bind(linear.wasm!);
      programs.set(this.#compiler, bound);
    }
    this.#linear = linear;
    this.#bound = bound;
    return bound;
  }
}
