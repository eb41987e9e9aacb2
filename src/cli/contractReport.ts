import {
  type CallResult,
  type DeployResult,
  formatTrace,
  type Hex,
  type Log,
  type TraceNames,
} from '../contracts/index.js';
import { toJson, toText } from './abiValues.js';
import type { Output } from './command.js';
import { EXIT, type ExitCode } from './exit.js';
import { type Painter, painterOf } from './terminal.js';

/** How transactions are reported. */
interface ReportOptions {
  readonly names: TraceNames | undefined;
  readonly isTraced: boolean;
  readonly withSyscalls: boolean;
}

/** A transaction that is over. */
interface Entry {
  /** What it was, with its arguments. */
  readonly title: string;
  readonly result: CallResult;
  /** Where the contract is that it has created. */
  readonly address: Hex | undefined;
  /** What a function returned, decoded; undefined if nobody knows how. */
  readonly value: unknown;
}

/** Tells how a contract was deployed and called. */
export class ContractReport {
  readonly #options: ReportOptions;
  readonly #entries: Entry[] = [];

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  addDeployment(name: string, result: DeployResult): void {
    const address = result.status === 'success' ? result.address : undefined;
    this.#entries.push({ title: `deploy ${name}`, result, address, value: undefined });
  }

  /** @param value what the function returned, decoded */
  addCall(title: string, result: CallResult, value: unknown): void {
    this.#entries.push({ title: `call ${title}`, result, address: undefined, value });
  }

  /** By how the last transaction ended. */
  get exitCode(): ExitCode {
    const last = this.#entries.at(-1)?.result;
    if (last === undefined || last.status === 'success') return EXIT.finished;
    return last.status === 'error' && last.reason === 'OutOfGas' ? EXIT.outOfGas : EXIT.trap;
  }

  /** All of it as an object for JSON: numbers of more than 53 bits are decimal strings. */
  get json(): object {
    return { transactions: this.#entries.map((entry) => this.#entryJson(entry)) };
  }

  /** All of it for people. */
  text(output: Output): string {
    const paint = painterOf(output);
    return this.#entries.map((entry) => `${this.#entryLines(entry, paint).join('\n')}\n`).join('\n');
  }

  #entryJson({ title, result, address, value }: Entry): object {
    const { status, data, gasUsed, logs, trace } = result;
    const { isTraced, names } = this.#options;
    return {
      title,
      status,
      address: address ?? null,
      data,
      result: value === undefined ? null : toJson(value),
      error: this.#errorOf(result) ?? null,
      gasUsed: String(gasUsed),
      logs: logs.map((log) => ({ ...log, event: names?.event(log) ?? null })),
      ...(isTraced && { trace: trace === undefined ? null : toJson(trace) }),
    };
  }

  #entryLines({ title, result, address, value }: Entry, paint: Painter): string[] {
    const { status, data, gasUsed, logs, trace } = result;
    const error = this.#errorOf(result);
    const { isTraced, names, withSyscalls } = this.#options;
    const row = (name: string, text: string): string => `${name.padEnd(8)} ${text}`;
    return [
      paint('strong', title),
      row('status', paint(status === 'success' ? 'good' : 'bad', status)),
      ...(address === undefined ? [] : [row('address', address)]),
      ...(error === undefined ? [] : [row('error', error)]),
      ...(value !== undefined ? [row('result', toText(value))] : data !== '0x' ? [row('data', data)] : []),
      row('gas', String(gasUsed)),
      ...logs.map((log) => row('event', names?.event(log) ?? plainEvent(log))),
      ...(isTraced && trace !== undefined ? [formatTrace(trace, { names, syscalls: withSyscalls })] : []),
    ];
  }

  #errorOf(result: CallResult): string | undefined {
    if (result.status === 'success') return undefined;
    if (result.status === 'error') {
      const { message, frame, pc } = result;
      return pc === undefined ? message : `${message} (${frame.entry} of ${frame.codeAddress}, code offset ${pc})`;
    }
    const { names } = this.#options;
    return (result.trace && names?.output(result.trace)) ?? 'reverted';
  }
}

function plainEvent({ address, topics, data }: Log): string {
  return `${address} [${topics.join(', ')}] ${data}`;
}
