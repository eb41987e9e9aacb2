/**
 * Runs an instance on whichever backend has code for where it is: compiled code where that exists and the gas suffices
 * for it to run unchecked from one check to the next, the interpreter everywhere else. Both leave the same state behind
 * at every stop, so that the one can take over from the other at any.
 */
import {
  type BoundProgram,
  type CompiledEntry,
  EXIT_BITS,
  type ProgramCompiler,
  RegionExit,
} from '../compiler/index.js';
import type { Interpreter } from '../interpreter/index.js';
import { Exit, type LinearMemory, type MachineState } from '../memory/index.js';
import type { Executor } from './runner.js';

const EXIT_MASK = (1 << EXIT_BITS) - 1;
/** Gas that compiled code is given at a time. Between two portions it returns, so that optimised code can replace it. */
const PORTION = 2_000_000;
/** A portion suffices for at least so many of the longest ways between two checks. */
const WAYS_PER_PORTION = 16;

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
      if (entry !== undefined && entry.isPaid === state.isPaid) {
        if (!state.hasGas(entry.minimumGas)) return this.#interpreter.run(state, false);
        if (this.#enter(entry, state)) return Exit.ecalli;
        if (!state.isPaid) continue;
      }
      const exit = this.#interpreter.run(state, true);
      if (exit !== Exit.handOver) return exit;
      this.#compileAt(state.nextPc);
    }
  }

  /** Runs compiled code. Returns true for a host call; otherwise the state tells where to go on. */
  #enter(entry: CompiledEntry, state: MachineState): boolean {
    const portion = Math.max(PORTION, WAYS_PER_PORTION * entry.minimumGas);
    const result = this.#boundTo(state.memory.linear).enter(entry, portion);
    const detail = result >>> EXIT_BITS;
    state.isStepped = false;
    state.isPaid = false;
    switch (result & EXIT_MASK) {
      case RegionExit.ecalli: {
        const { pc, number, next } = this.#compiler.hostCallAt(detail);
        state.pc = pc;
        state.nextPc = next;
        state.isPaid = true;
        state.hostcall = number;
        return true;
      }
      case RegionExit.entry:
        state.nextPc = this.#compiler.entryPc(detail);
        return false;
      case RegionExit.interpret:
        this.#compiler.noteInterpreted(detail);
        state.nextPc = detail;
        state.isPaid = true;
        return false;
      default:
        state.nextPc = detail;
        return false;
    }
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
