/**
 * Runs an instance on whichever backend has code for where it is: compiled code where that exists and the gas suffices
 * for it to run unchecked from one check to the next, the interpreter everywhere else. Both leave the same state behind
 * at every stop, so that the one can take over from the other at any.
 */
import {
  type CompiledEntry,
  type CompiledRegion,
  EXIT_BITS,
  instantiateRegion,
  type ProgramCompiler,
  RegionExit,
  type RegionFunction,
} from '../compiler/index.js';
import type { Interpreter } from '../interpreter/index.js';
import { Exit, type LinearMemory, type MachineState } from '../memory/index.js';
import type { Executor } from './instance.js';

const EXIT_MASK = (1 << EXIT_BITS) - 1;

/** Regions that have been bound to a memory, so that a pooled memory brings them along. */
const boundRegions = new WeakMap<LinearMemory, Map<CompiledRegion, RegionFunction>>();

/** Runs one instance on the interpreter and on compiled code. */
export class MixedExecutor implements Executor {
  readonly #interpreter: Interpreter;
  readonly #compiler: ProgramCompiler;
  readonly #state: MachineState;
  readonly #isMetered: boolean;
  #linear: LinearMemory | undefined;
  #functions: (RegionFunction | undefined)[] = [];

  constructor(interpreter: Interpreter, compiler: ProgramCompiler, state: MachineState, isMetered: boolean) {
    this.#interpreter = interpreter;
    this.#compiler = compiler;
    this.#state = state;
    this.#isMetered = isMetered;
  }

  /** Runs from the state's next program counter, which must be set, until something stops it. */
  run(): Exit {
    const state = this.#state;
    if (state.isGasNegative) return Exit.outOfGas;
    for (;;) {
      const entry = this.#compiler.entryAt(state.nextPc);
      if (entry !== undefined && entry.isPaid === state.isPaid) {
        if (this.#isMetered && !state.hasGas(entry.region.minimumGas)) return this.#interpreter.run(state, false);
        if (this.#enter(entry)) return Exit.ecalli;
        if (!state.isPaid) continue;
      }
      const exit = this.#interpreter.run(state, true);
      if (exit !== Exit.handOver) return exit;
      this.#compileHere();
    }
  }

  /** Runs compiled code. Returns true for a host call; otherwise the state tells where to go on. */
  #enter(entry: CompiledEntry): boolean {
    const state = this.#state;
    const { region } = entry;
    const result = this.#functionOf(region)(entry.number);
    const detail = result >>> EXIT_BITS;
    state.isStepped = false;
    switch (result & EXIT_MASK) {
      case RegionExit.ecalli: {
        const { pc, number, next } = region.hostCalls[detail]!;
        state.pc = pc;
        state.nextPc = next;
        state.isPaid = true;
        state.hostcall = number;
        return true;
      }
      case RegionExit.entry: {
        const { pc, isPaid } = region.entries[detail]!;
        state.nextPc = pc;
        state.isPaid = isPaid;
        return false;
      }
      default:
        state.nextPc = detail;
        state.isPaid = (result & EXIT_MASK) === RegionExit.interpret;
        return false;
    }
  }

  #compileHere(): void {
    const { nextPc } = this.#state;
    const region = this.#compiler.compileAt(nextPc);
    for (const { pc, isPaid, isInside } of region?.entries ?? []) {
      if (isInside && !isPaid) this.#interpreter.setEntry(pc, true);
    }
    // A block in the middle of a region is never entered, nor one that cannot be compiled.
    if (this.#compiler.entryAt(nextPc) === undefined) this.#interpreter.setEntry(nextPc, false);
  }

  #functionOf(region: CompiledRegion): RegionFunction {
    const { linear } = this.#state.memory;
    if (linear !== this.#linear) {
      this.#linear = linear;
      this.#functions = [];
    }
    const known = this.#functions[region.index];
    if (known !== undefined) return known;
    let bound = boundRegions.get(linear);
    if (bound === undefined) {
      bound = new Map();
      boundRegions.set(linear, bound);
    }
    let fn = bound.get(region);
    if (fn === undefined) {
      fn = instantiateRegion(region, linear.wasm!);
      bound.set(region, fn);
    }
    this.#functions[region.index] = fn;
    return fn;
  }
}
