/** Options and steps that all commands share which run a program. */
import { setImmediate } from 'node:timers/promises';
import {
  type Backend,
  Engine,
  type Instance,
  type Interrupt,
  type Module,
  type ModuleOptions,
} from '../engine/index.js';
import { COST_MODEL_NAMES } from '../gas/index.js';
import type { Output } from './command.js';
import { CliError, EXIT, usageError } from './exit.js';
import { withProgramErrors } from './files.js';
import { Progress } from './progress.js';
import { grouped } from './table.js';
import { I64_MAX, i64, u64 } from './values.js';

/** As many arguments as the calling convention has registers for. */
const MAX_ARGUMENTS = 9;
/** What is called without `--call` when the program exports more than one function. */
const DEFAULT_EXPORT = 'main';
/** How long a program runs before the terminal is looked after. */
const TIME_SLICE_MS = 50;

/** The option that says whether a program pays for what it does. */
export const GAS_METERING_OPTION = {
  type: 'string',
  value: 'MODE',
  choices: ['none', 'sync'],
  default: 'sync',
  help: 'whether to charge',
} as const;

/** The option by which a cost model is chosen. */
export const COST_MODEL_OPTION = {
  type: 'string',
  value: 'MODEL',
  choices: COST_MODEL_NAMES,
  default: 'full-l2',
  help: 'what a basic block costs',
} as const;

/** The options by which a call is described. */
export const CALL_OPTIONS = {
  call: { type: 'string', value: 'EXPORT', help: `the export to call; default the only one, or "${DEFAULT_EXPORT}"` },
  arg: {
    type: 'string',
    multiple: true,
    value: 'N',
    help: `an argument, up to ${MAX_ARGUMENTS} times; u64, decimal or 0x hexadecimal`,
  },
  gas: { type: 'string', value: 'N', default: `${I64_MAX}`, help: 'the gas limit' },
  'gas-metering': GAS_METERING_OPTION,
  'cost-model': COST_MODEL_OPTION,
  'on-ecalli': {
    type: 'string',
    multiple: true,
    value: 'SYMBOL=VALUE',
    help:
      'answer calls of the import SYMBOL by putting VALUE into a0, as often as they come.\n' +
      'An import without a symbol goes by its number. Without an answer the run stops there',
  },
} as const;

/** The option by which a backend is chosen. */
export const BACKEND_OPTION = {
  type: 'string',
  choices: ['auto', 'interpreter', 'compiler'],
  default: 'auto',
  help: 'what runs the program',
} as const;

/** What was asked for with {@link CALL_OPTIONS}. */
export interface CallOptions {
  readonly call: string | undefined;
  readonly arg: readonly string[] | undefined;
  readonly gas: string;
  readonly 'gas-metering': NonNullable<ModuleOptions['gasMetering']>;
  readonly 'cost-model': (typeof COST_MODEL_NAMES)[number];
  readonly 'on-ecalli': readonly string[] | undefined;
}

/** A call that is ready to be made, as often as wanted. */
export interface PreparedCall {
  readonly module: Module;
  readonly entry: string;
  readonly gas: bigint;
  /** The values that answer ecallis, by symbol or by number. */
  readonly answers: ReadonlyMap<string, bigint>;
  /** Milliseconds that it took to make the module. */
  readonly compileMs: number;
  /** Sets gas, arguments and program counter of an instance. */
  readonly start: (instance: Instance) => void;
}

/** Compiles a file's program and checks what is to be done with it. */
export function prepareCall(
  file: string,
  blob: Uint8Array,
  options: CallOptions,
  backend: Backend,
  output: Output,
): PreparedCall {
  const callArguments = (options.arg ?? []).map((text) => u64('--arg', text));
  if (callArguments.length > MAX_ARGUMENTS) {
    throw usageError(`--arg: got ${callArguments.length} arguments, expected at most ${MAX_ARGUMENTS}`);
  }
  const gas = i64('--gas', options.gas);
  const answers = parseAnswers(options['on-ecalli'] ?? []);
  const engine = new Engine({ backend });
  const moduleOptions = { gasMetering: options['gas-metering'], costModel: options['cost-model'] };
  const [module, compileMs] = timed(() => withProgramErrors(file, blob, () => engine.compile(blob, moduleOptions)));
  warnOfUnusedAnswers(answers, module, output);
  const entry = chooseExport(options.call, module);
  const start = (instance: Instance): void => {
    instance.prepareCall(entry, callArguments);
    instance.gas = gas;
  };
  return { module, entry, gas, answers, compileMs, start };
}

/** Makes an instance, or says that the machine lacks the memory. */
export function instantiated(file: string, make: () => Instance): Instance {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(
      EXIT.invalidProgram,
      `${file}: this machine lacks the memory that it declares: ${error.message}`,
    );
  }
}

/** How a run ended: as the program says, or because the user did not want to wait. */
export type RunOutcome = Exclude<Interrupt, { kind: 'step' | 'segfault' }> | { readonly kind: 'interrupted' };

/** Runs on over the ecallis that there is an answer for, and stops when the user presses Ctrl-C. */
export async function runAnswering(
  instance: Instance,
  { module, answers, gas }: PreparedCall,
  output: Output,
): Promise<RunOutcome> {
  const progress = new Progress(output, 'running');
  let isInterrupted = false;
  const stopListening = output.onInterrupt?.(() => {
    isInterrupted = true;
  });
  let lookedAt = performance.now();
  try {
    for (;;) {
      const interrupt = instance.run({ timeSliceMs: TIME_SLICE_MS });
      switch (interrupt.kind) {
        case 'finished':
        case 'trap':
        case 'outOfGas':
          return interrupt;
        case 'ecalli': {
          const answer = answers.get(answerKey(module, interrupt.index));
          if (answer === undefined) return interrupt;
          instance.setRegister('a0', answer);
          break;
        }
        case 'yielded':
          break;
        default:
          throw new Error(`unexpected interrupt "${interrupt.kind}" without paging or step tracing`);
      }
      if (performance.now() - lookedAt < TIME_SLICE_MS) continue;
      progress.update(undefined, `${grouped(gas - instance.gas)} gas used, Ctrl-C stops`);
      await setImmediate();
      if (isInterrupted) return { kind: 'interrupted' };
      lookedAt = performance.now();
    }
  } finally {
    stopListening?.();
    progress.done();
  }
}

/** What an action gives, and the milliseconds that it took. */
export function timed<T>(action: () => T): [result: T, milliseconds: number] {
  const start = performance.now();
  const result = action();
  return [result, millisecondsSince(start)];
}

/** Milliseconds since a moment, to the microsecond. */
export function millisecondsSince(start: number): number {
  return Number((performance.now() - start).toFixed(3));
}

function parseAnswers(definitions: readonly string[]): Map<string, bigint> {
  const answers = new Map<string, bigint>();
  for (const definition of definitions) {
    const at = definition.lastIndexOf('=');
    if (at <= 0) throw usageError(`--on-ecalli: got "${definition}", expected SYMBOL=VALUE`);
    const symbol = definition.slice(0, at);
    answers.set(symbol, u64(`--on-ecalli ${symbol}`, definition.slice(at + 1)));
  }
  return answers;
}

/** The name by which `--on-ecalli` knows an import: its symbol, or its number where it has none. */
function answerKey(module: Module, index: number): string {
  return module.imports[index]?.name ?? String(index);
}

function warnOfUnusedAnswers(answers: ReadonlyMap<string, bigint>, module: Module, output: Output): void {
  const names = new Set(module.imports.map((_, index) => answerKey(module, index)));
  for (const symbol of answers.keys()) {
    if (!names.has(symbol) && !/^\d+$/.test(symbol)) {
      output.err(`warning: --on-ecalli ${symbol}: the program has no such import (${listed(names)})\n`);
    }
  }
}

function chooseExport(wanted: string | undefined, module: Module): string {
  const names = [...new Set(module.exports.map(({ name }) => name))];
  if (wanted !== undefined) {
    if (!names.includes(wanted)) throw usageError(`--call: no export "${wanted}" (${listed(names)})`);
    return wanted;
  }
  if (names.length === 1) return names[0] as string;
  if (names.includes(DEFAULT_EXPORT)) return DEFAULT_EXPORT;
  throw usageError(`--call is missing: the program has ${names.length} exports (${listed(names)})`);
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  return all.length === 0 ? 'it has none' : `it has ${all.join(', ')}`;
}
