import { Exit, type MachineState } from '../memory/index.js';

/** What runs a state until something stops it, an empty gas counter included. */
export interface Executor {
  run(state: MachineState): Exit;
}

/** How much of a program one `run` may execute before it yields. Without any limit it runs to the next interrupt. */
export interface RunLimits {
  /**
   * Gas, an integer from 1 on. Modules without gas metering count one for each basic block and each byte that `memset`
   * fills. A basic block that costs more than a slice is executed nevertheless, and blocks that cost nothing do not
   * count.
   */
  readonly gasSlice?: bigint | number | undefined;
  /** Milliseconds, more than 0. The clock is looked at about four times in a slice, so that it may end a little late. */
  readonly timeSliceMs?: number | undefined;
}

const LOOKS_PER_SLICE = 4;
/** Gas that a program is taken to use in a millisecond before anything is known: less than any backend manages. */
const FIRST_GAS_PER_MS = 20_000;
/** How much more or less that may become from one look at the clock to the next. */
const MAX_CHANGE = 8;
const MAX_I64 = 2n ** 63n - 1n;

/**
 * Runs one instance, to the next interrupt or for a slice.
 *
 * Executors always count gas, because running out of it is the one way to stop them, compiled code among them, where
 * going on later repeats nothing and leaves nothing out. So a slice is a run with less gas, and a program that pays
 * nothing runs on a counter that takes the place of its own.
 */
export class Runner {
  readonly #executor: Executor;
  readonly #state: MachineState;
  readonly #isMetered: boolean;
  /** The gas counter of a program that pays nothing, while another takes its place: low and high half. */
  readonly #ownGas = new Int32Array(2);
  #gasPerMs = FIRST_GAS_PER_MS;

  constructor(executor: Executor, state: MachineState, isMetered: boolean) {
    this.#executor = executor;
    this.#state = state;
    this.#isMetered = isMetered;
  }

  /** Runs to the next interrupt. */
  run(): Exit {
    if (this.#isMetered) return this.#executor.run(this.#state);
    const state = this.#state;
    if (state.isGasNegative) return Exit.outOfGas;
    const gas = this.#ownGas;
    gas[0] = -1;
    gas[1] = 0x7fffffff;
    state.exchangeGas(gas);
    try {
      return this.#executor.run(state);
    } finally {
      state.exchangeGas(gas);
    }
  }

  /**
   * Runs to the next interrupt, or to a limit, which is what undefined stands for.
   *
   * @throws RangeError when a limit is out of its range
   */
  runWithin({ gasSlice, timeSliceMs }: RunLimits): Exit | undefined {
    const gas = gasSlice === undefined ? MAX_I64 : checkedGasSlice(gasSlice);
    if (timeSliceMs === undefined) return gasSlice === undefined ? this.run() : this.#runSlice(gas);
    if (!(timeSliceMs > 0)) throw new RangeError(`timeSliceMs: got ${timeSliceMs}, expected more than 0`);
    return this.#runTimed(timeSliceMs, gas);
  }

  #runTimed(timeSliceMs: number, gasSlice: bigint): Exit | undefined {
    const start = performance.now();
    let before = start;
    let left = gasSlice;
    while (left > 0n) {
      const aim = Math.ceil((this.#gasPerMs * timeSliceMs) / LOOKS_PER_SLICE);
      const size = Math.min(aim, Number.MAX_SAFE_INTEGER);
      const slice = BigInt(size) < left ? BigInt(size) : left;
      const exit = this.#runSlice(slice);
      if (exit !== undefined) return exit;
      const now = performance.now();
      this.#learn(Number(slice), now - before);
      if (now - start >= timeSliceMs) break;
      before = now;
      left -= slice;
    }
    return undefined;
  }

  #learn(gas: number, ms: number): void {
    const known = this.#gasPerMs;
    this.#gasPerMs = Math.min(known * MAX_CHANGE, Math.max(known / MAX_CHANGE, gas / ms, 1));
  }

  /** A slice that does not suffice for the next basic block is doubled until it does. */
  #runSlice(slice: bigint): Exit | undefined {
    const state = this.#state;
    if (state.isGasNegative) return Exit.outOfGas;
    const gas = state.gas;
    for (let size = slice; ; size *= 2n) {
      if (this.#isMetered && gas <= size) return this.#executor.run(state);
      state.gas = size;
      let left = size;
      try {
        const exit = this.#executor.run(state);
        left = state.gas;
        if (exit !== Exit.outOfGas) return exit;
        if (left < size) return undefined;
      } finally {
        state.gas = this.#isMetered ? gas - size + left : gas;
      }
    }
  }
}

function checkedGasSlice(slice: bigint | number): bigint {
  const isInteger = typeof slice === 'bigint' || Number.isSafeInteger(slice);
  if (!(isInteger && slice > 0)) {
    throw new RangeError(`gasSlice: got ${String(slice)}, expected an integer from 1 on`);
  }
  const gas = BigInt(slice);
  return gas < MAX_I64 ? gas : MAX_I64;
}
