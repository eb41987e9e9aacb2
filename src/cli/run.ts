import type { Instance, Interrupt, Module } from '../engine/index.js';
import { Engine } from '../engine/index.js';
import { COST_MODEL_NAMES } from '../gas/index.js';
import { REGISTER_NAMES, type RegisterName } from '../isa/index.js';
import { type Command, type Output, parseCommandLine } from './command.js';
import { CliError, Exit, type ExitCode, usageError } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';
import { I64_MAX, i64, oneOf, u64 } from './values.js';

const BACKENDS = ['auto', 'interpreter', 'compiler'] as const;
const GAS_METERING = ['none', 'sync'] as const;
/** As many arguments as the calling convention has registers for. */
const MAX_ARGUMENTS = 9;
/** What is called without `--call` when the program exports more than one function. */
const DEFAULT_EXPORT = 'main';

const HELP = `pvm run FILE [options]

Calls an export of a program and shows how it ended. FILE is a program blob, or assembly text if its name ends in .pvmasm.

  --call EXPORT             the export to call; default: the only one, or "${DEFAULT_EXPORT}"
  --arg N                   an argument, up to ${MAX_ARGUMENTS} times; u64, decimal or 0x hexadecimal
  --gas N                   the gas limit; default ${I64_MAX}
  --gas-metering MODE       ${GAS_METERING.join(' or ')}; default sync
  --cost-model MODEL        ${COST_MODEL_NAMES.join(', ')}; default full-l2
  --backend BACKEND         ${BACKENDS.join(', ')}; default auto
  --on-ecalli SYMBOL=VALUE  answer calls of the import SYMBOL by putting VALUE into a0, as often as they come. An import
                            without a symbol goes by its number. Without an answer the run stops at the call.
  --json                    print one JSON object

Exit codes: 0 finished, 1 trap, 2 out of gas, 3 stopped at an ecalli, 64 wrong usage, 65 invalid program,
66 file not readable.
`;

const OPTIONS = {
  call: { type: 'string' },
  arg: { type: 'string', multiple: true },
  gas: { type: 'string' },
  'gas-metering': { type: 'string' },
  'cost-model': { type: 'string' },
  backend: { type: 'string' },
  'on-ecalli': { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

/** How a run ended, as `--json` prints it. */
interface RunResult {
  readonly status: 'finished' | 'trap' | 'outOfGas' | 'ecalli';
  /** Where it trapped. */
  readonly pc: number | null;
  readonly gas: string;
  readonly gasUsed: string;
  /** The call that it stopped at; the symbol is null for an index that the import table does not have. */
  readonly ecalli: { readonly index: number; readonly symbol: string | null } | null;
  readonly registers: Readonly<Record<RegisterName, string>>;
  readonly backend: Module['backend'];
  readonly timingsMs: { readonly compile: number; readonly instantiate: number; readonly run: number };
}

/** `pvm run` */
export const runCommand: Command = {
  name: 'run',
  summary: 'call an export and show how it ended',
  help: HELP,
  run(args, output) {
    const { file, options } = parseCommandLine(args, OPTIONS);
    const callArguments = (options.arg ?? []).map((text) => u64('--arg', text));
    if (callArguments.length > MAX_ARGUMENTS) {
      throw usageError(`--arg: got ${callArguments.length} arguments, expected at most ${MAX_ARGUMENTS}`);
    }
    const gas = i64('--gas', options.gas ?? `${I64_MAX}`);
    const answers = parseAnswers(options['on-ecalli'] ?? []);
    const engine = new Engine({ backend: oneOf('--backend', options.backend ?? 'auto', BACKENDS) });
    const moduleOptions = {
      gasMetering: oneOf('--gas-metering', options['gas-metering'] ?? 'sync', GAS_METERING),
      costModel: oneOf('--cost-model', options['cost-model'] ?? 'full-l2', COST_MODEL_NAMES),
    };

    const blob = readBlob(file);
    const [module, compile] = timed(() => withProgramErrors(file, () => engine.compile(blob, moduleOptions)));
    warnOfUnusedAnswers(answers, module, output);
    const entry = chooseExport(options.call, module);
    const [instance, instantiate] = timed(() => instantiated(file, module));
    instance.prepareCall(entry, callArguments);
    instance.gas = gas;
    const [interrupt, run] = timed(() => runAnswering(instance, module, answers));
    const result = describe(interrupt, instance, module, gas, { compile, instantiate, run });
    output.out(options.json ? `${JSON.stringify(result)}\n` : report(result));
    return exitCodeOf(result.status);
  },
};

function instantiated(file: string, module: Module): Instance {
  try {
    return module.instantiate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(
      Exit.invalidProgram,
      `${file}: this machine lacks the memory that it declares: ${error.message}`,
    );
  }
}

/** The values that answer ecallis, by symbol or by number. */
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

/** Runs on over the ecallis that there is an answer for. */
function runAnswering(instance: Instance, module: Module, answers: ReadonlyMap<string, bigint>): Interrupt {
  for (;;) {
    const interrupt = instance.run();
    if (interrupt.kind !== 'ecalli') return interrupt;
    const answer = answers.get(answerKey(module, interrupt.index));
    if (answer === undefined) return interrupt;
    instance.setRegister('a0', answer);
  }
}

function describe(
  interrupt: Interrupt,
  instance: Instance,
  module: Module,
  gas: bigint,
  timingsMs: RunResult['timingsMs'],
): RunResult {
  if (interrupt.kind === 'segfault' || interrupt.kind === 'step') {
    throw new Error(`unexpected interrupt "${interrupt.kind}" without paging or step tracing`);
  }
  const registers = Object.fromEntries(
    REGISTER_NAMES.map((name) => [name, `0x${instance.getRegister(name).toString(16)}`]),
  ) as Record<RegisterName, string>;
  return {
    status: interrupt.kind,
    pc: interrupt.kind === 'trap' ? interrupt.pc : null,
    gas: String(instance.gas),
    gasUsed: String(gas - instance.gas),
    ecalli:
      interrupt.kind === 'ecalli'
        ? { index: interrupt.index, symbol: module.imports[interrupt.index]?.name ?? null }
        : null,
    registers,
    backend: module.backend,
    timingsMs,
  };
}

function report(result: RunResult): string {
  const { status, registers, timingsMs } = result;
  const outcome = {
    finished: 'finished',
    trap: `trap at ${result.pc}`,
    outOfGas: 'out of gas',
    ecalli: `stopped at ecalli ${result.ecalli?.index} (${result.ecalli?.symbol ?? 'not in the import table'})`,
  }[status];
  const lines = [
    `status   ${outcome}`,
    `a0       ${registers.a0} (${BigInt(registers.a0)})`,
    `gas      ${result.gasUsed} used, ${result.gas} left`,
    `time     ${timingsMs.run.toFixed(3)} ms (compile ${timingsMs.compile.toFixed(3)}, instantiate ` +
      `${timingsMs.instantiate.toFixed(3)}), ${result.backend}`,
  ];
  const names = Object.keys(registers) as RegisterName[];
  for (let start = 0; start < names.length; start += 4) {
    lines.push(
      names
        .slice(start, start + 4)
        .map((name) => `${name} = ${registers[name]}`.padEnd(26))
        .join('')
        .trimEnd(),
    );
  }
  return `${lines.join('\n')}\n`;
}

function exitCodeOf(status: RunResult['status']): ExitCode {
  return Exit[status];
}

function timed<T>(action: () => T): [result: T, milliseconds: number] {
  const start = performance.now();
  const result = action();
  return [result, Number((performance.now() - start).toFixed(3))];
}
