import {
  createWasmImports,
  type Externalities,
  HostTrapError,
  InMemoryExternalities,
  type TracedHostCall,
  traceHostCalls,
  VirtManager,
  VirtManagerExt,
} from '../virtualization/index.js';
import { defineCommand } from './command.js';
import { CliError, EXIT, usageError } from './exit.js';
import { nameOf, readBytes, writeBytes } from './files.js';
import { parseRecord, type RecordedCall, recordHostCalls, replayHostCalls } from './hostRecording.js';
import { Progress } from './progress.js';
import { readStorageFile } from './storageFile.js';
import { grouped } from './table.js';
import { type Painter, painterOf } from './terminal.js';
import { importedMemoryLimits } from './wasmImports.js';

/** Largest memory that a runtime may ask for by importing it, in 64 KiB pages: all that 32 bits can address. */
const MAX_PAGES = 65536;

/** `pvm host` */
export const hostCommand = defineCommand({
  name: 'host',
  summary: 'run a Wasm runtime with the virtualization host functions',
  operand: { name: 'RUNTIME.wasm' },
  description: `
Runs a WebAssembly runtime with the nine virtualization host functions, on one fresh manager. The runtime imports
env.memory or exports memory. Without --call it shows what the runtime exports.`,
  options: {
    call: {
      type: 'string',
      value: 'EXPORT',
      help:
        'the exported function to call. One with two parameters is called with 0 and 0, a runtime\n' +
        "API's empty input; one with no parameter as it is",
    },
    storage: {
      type: 'string',
      value: 'FILE.json',
      help:
        "what the runtime's storage holds:\n" +
        '  { "main": { KEY: VALUE, ... }, "children": { NAME: { KEY: VALUE, ... }, ... } }\n' +
        'Keys, values and the names of child tries are 0x hexadecimal, or else text (UTF-8)',
    },
    trace: { type: 'boolean', help: 'show each host call and its result' },
    record: { type: 'string', value: 'FILE', help: 'write each host call with all its bytes, a JSON object a line' },
    replay: { type: 'string', value: 'FILE', help: 'answer the host calls from such a record' },
    json: { type: 'boolean', help: 'print one JSON object: { "call", "status", "result", "report", "hostCalls" }' },
  },
  notes: `
A runtime may export report() -> i64, a pointer (low half) and length (high half) of UTF-8 text: it is printed after the
call, also when the call trapped.`,
  examples: [
    { line: 'pvm host runtime.wasm', says: 'what can be called' },
    { line: 'pvm host runtime.wasm --call run_all --storage storage.json --trace', says: 'what it asks its host for' },
    { line: 'pvm host runtime.wasm --call run_all --record calls.jsonl', says: 'keep that for later' },
    { line: 'pvm host runtime.wasm --call run_all --replay calls.jsonl', says: 'the same again, without the programs' },
  ],
  exitCodes: [EXIT.finished, EXIT.trap, EXIT.unwritable],
  async run(file, options, output) {
    const wasm = readBytes(file);
    const module = await compile(file, wasm);
    if (options.storage !== undefined && options.replay !== undefined) {
      throw usageError('--storage: got it with --replay, which needs none');
    }
    const record: string[] = [];
    const told: TracedHostCall[] = [];
    const progress = new Progress(output, 'running');
    let count = 0;
    const paint = painterOf(output);
    const runtime = instantiate(file, wasm, module, hostFunctionsFor(options), {
      traced:
        options.json || options.trace || output.terminal?.err
          ? (call) => {
              progress.update(undefined, `${grouped(++count)} host calls`);
              if (options.json) told.push(call);
              else if (options.trace) output.out(describe(call, paint));
            }
          : undefined,
      recorded: options.record === undefined ? undefined : (call) => record.push(`${JSON.stringify(call)}\n`),
    });
    const functions = WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? name : []));
    if (options.call === undefined) {
      output.out(
        options.json
          ? `${JSON.stringify({ exports: functions })}\n`
          : `${nameOf(file)} exports\n${functions.map((name) => `  ${name}\n`).join('')}`,
      );
      return EXIT.finished;
    }
    if (!functions.includes(options.call)) {
      throw usageError(`--call: no exported function "${options.call}" (it has ${functions.join(', ')})`);
    }
    const outcome = call(runtime, options.call);
    progress.done();
    if (options.record !== undefined) writeBytes(options.record, record.join(''), output);
    if (options.json) {
      output.out(`${JSON.stringify({ call: options.call, ...outcome, hostCalls: told })}\n`);
    } else {
      output.out(outcome.report);
      if (outcome.status === 'trap') output.err(`pvm host: ${options.call} trapped: ${outcome.message}\n`);
      else output.out(`${options.call} returned${outcome.result === null ? '' : ` ${outcome.result}`}\n`);
    }
    return EXIT[outcome.status];
  },
});

/** Makes host functions for a runtime's memory. */
type MakeHostFunctions = (memory: () => WebAssembly.Memory) => WebAssembly.ModuleImports;

function hostFunctionsFor({
  storage,
  replay,
}: {
  storage?: string | undefined;
  replay?: string | undefined;
}): MakeHostFunctions {
  if (replay !== undefined) {
    const calls = parseRecord(replay, new TextDecoder().decode(readBytes(replay)));
    return (memory) => replayHostCalls(calls, memory);
  }
  const ext = externalities(storage);
  return (memory) => createWasmImports(ext, memory);
}

async function compile(file: string, wasm: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(wasm as BufferSource);
  } catch (error) {
    throw new CliError(EXIT.invalidProgram, `${file} is no valid WebAssembly module: ${(error as Error).message}`);
  }
}

function externalities(storageFile: string | undefined): Externalities {
  const ext = new InMemoryExternalities(storageFile === undefined ? {} : readStorageFile(storageFile));
  ext.extensions.register(new VirtManagerExt(new VirtManager()));
  return ext;
}

/** A runtime that can be called. */
interface Runtime {
  readonly exports: WebAssembly.Exports;
  readonly memory: () => WebAssembly.Memory;
}

/** Who is told of host calls. */
interface HostCallObservers {
  readonly traced: ((call: TracedHostCall) => void) | undefined;
  readonly recorded: ((call: RecordedCall) => void) | undefined;
}

function instantiate(
  file: string,
  wasm: Uint8Array,
  module: WebAssembly.Module,
  makeFunctions: MakeHostFunctions,
  observers: HostCallObservers,
): Runtime {
  const limits = importedMemoryLimits(wasm);
  const imported = limits && newMemory(file, limits.initial, limits.maximum);
  let exports: WebAssembly.Exports = {};
  const memory = (): WebAssembly.Memory => imported ?? (exports.memory as WebAssembly.Memory);
  const { traced, recorded } = observers;
  const made = makeFunctions(memory);
  const functions = traced === undefined ? made : traceHostCalls(made, memory, traced);
  const env = recorded === undefined ? functions : recordHostCalls(functions, memory, recorded);
  if (imported !== undefined) env.memory = imported;
  assertResolved(file, module, env);
  try {
    exports = new WebAssembly.Instance(module, { env }).exports;
  } catch (error) {
    throw new CliError(EXIT.invalidProgram, `${file} cannot be instantiated: ${(error as Error).message}`);
  }
  return { exports, memory };
}

function newMemory(file: string, initial: number, maximum = MAX_PAGES): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum });
  } catch (error) {
    throw new CliError(EXIT.invalidProgram, `${file}: its memory of ${initial} pages: ${(error as Error).message}`);
  }
}

function assertResolved(file: string, module: WebAssembly.Module, env: WebAssembly.ModuleImports): void {
  const unresolved = WebAssembly.Module.imports(module).filter(
    ({ module: from, name }) => from !== 'env' || !Object.hasOwn(env, name),
  );
  if (unresolved.length === 0) return;
  const names = unresolved.map(({ module: from, name, kind }) => `${from}.${name} (${kind})`);
  throw new CliError(
    EXIT.invalidProgram,
    `${file} imports what is not provided here: ${names.join(', ')}. Provided are env.memory and the functions ` +
      'env.ext_virtualization_*_version_1.',
  );
}

/** What came of a call. */
interface CallOutcome {
  readonly status: 'finished' | 'trap';
  /** What it returned, in decimal; null for nothing. */
  readonly result: string | null;
  readonly report: string;
  /** What the trap says. */
  readonly message?: string;
}

function call({ exports, memory }: Runtime, name: string): CallOutcome {
  const entry = exports[name] as (...args: number[]) => unknown;
  if (entry.length !== 0 && entry.length !== 2) {
    throw usageError(`--call: "${name}" takes ${entry.length} parameters, expected none or two`);
  }
  let result: unknown;
  try {
    result = entry(...new Array<number>(entry.length).fill(0));
  } catch (error) {
    if (error instanceof TypeError) throw usageError(`--call: "${name}" cannot be called with 0 and 0`);
    if (!isTrap(error)) throw error;
    return { status: 'trap', result: null, report: reportOf(exports, memory), message: error.message };
  }
  return {
    status: 'finished',
    result: result === undefined ? null : String(result),
    report: reportOf(exports, memory),
  };
}

function describe({ name, arguments: texts, result, trapped }: TracedHostCall, paint: Painter): string {
  const outcome = trapped ? `${paint('bad', 'trapped:')} ${result}` : `= ${result}`;
  return `${paint('name', name)}(${texts}) ${outcome}\n`;
}

/** Whether an error is the end of a WebAssembly call: a trap, a host function's trap, or the stack's end. */
function isTrap(error: unknown): error is Error {
  return error instanceof WebAssembly.RuntimeError || error instanceof HostTrapError || error instanceof RangeError;
}

/** What the runtime has to say about a call besides its result; nothing when it exports no `report`. */
function reportOf({ report }: WebAssembly.Exports, memory: () => WebAssembly.Memory): string {
  if (typeof report !== 'function' || report.length !== 0) return '';
  const text: unknown = report();
  if (typeof text !== 'bigint') return '';
  const pointer = Number(BigInt.asUintN(32, text));
  const length = Number(BigInt.asUintN(32, text >> 32n));
  return new TextDecoder().decode(new Uint8Array(memory().buffer).subarray(pointer, pointer + length));
}
