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
import { type Command, type Output, parseCommandLine } from './command.js';
import { CliError, Exit, type ExitCode, usageError } from './exit.js';
import { readBytes } from './files.js';
import { readStorageFile } from './storageFile.js';
import { importedMemoryLimits } from './wasmImports.js';

/** Largest memory that a runtime may ask for by importing it, in 64 KiB pages: all that 32 bits can address. */
const MAX_PAGES = 65536;

const HELP = `pvm host RUNTIME.wasm [options]

Runs a WebAssembly runtime with the nine virtualization host functions, on one fresh manager. The runtime imports
env.memory or exports memory. Without --call it shows what the runtime exports.

  --call EXPORT        the exported function to call. One with two parameters is called with 0 and 0, a runtime API's
                       empty input; one with no parameter as it is.
  --storage FILE.json  what the runtime's storage holds:
                         { "main": { KEY: VALUE, ... }, "children": { NAME: { KEY: VALUE, ... }, ... } }
                       Keys, values and the names of child tries are 0x hexadecimal, or else text (UTF-8).
  --trace              show each host call and its result

A runtime may export report() -> i64, a pointer (low half) and length (high half) of UTF-8 text: it is printed after the
call, also when the call trapped.

Exit codes: 0 returned, 1 trap, 64 wrong usage, 65 invalid or not runnable here, 66 file not readable.
`;

const OPTIONS = {
  call: { type: 'string' },
  storage: { type: 'string' },
  trace: { type: 'boolean' },
} as const;

/** `pvm host` */
export const hostCommand: Command = {
  name: 'host',
  summary: 'run a Wasm runtime with the virtualization host functions',
  help: HELP,
  async run(args, output) {
    const { file, options } = parseCommandLine(args, OPTIONS);
    const wasm = readBytes(file);
    const module = await compile(file, wasm);
    const trace = options.trace ? (call: TracedHostCall) => output.out(describe(call)) : undefined;
    const runtime = instantiate(file, wasm, module, externalities(options.storage), trace);
    const functions = WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? name : []));
    if (options.call === undefined) {
      output.out(`${file} exports\n${functions.map((name) => `  ${name}\n`).join('')}`);
      return Exit.finished;
    }
    if (!functions.includes(options.call)) {
      throw usageError(`--call: no exported function "${options.call}" (it has ${functions.join(', ')})`);
    }
    return call(runtime, options.call, output);
  },
};

async function compile(file: string, wasm: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(wasm as BufferSource);
  } catch (error) {
    throw new CliError(Exit.invalidProgram, `${file} is no valid WebAssembly module: ${(error as Error).message}`);
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

function instantiate(
  file: string,
  wasm: Uint8Array,
  module: WebAssembly.Module,
  ext: Externalities,
  trace: ((call: TracedHostCall) => void) | undefined,
): Runtime {
  const limits = importedMemoryLimits(wasm);
  const imported = limits && newMemory(file, limits.initial, limits.maximum);
  let exports: WebAssembly.Exports = {};
  const memory = (): WebAssembly.Memory => imported ?? (exports.memory as WebAssembly.Memory);
  const functions = createWasmImports(ext, memory);
  const env = trace ? traceHostCalls(functions, memory, trace) : functions;
  if (imported !== undefined) env.memory = imported;
  assertResolved(file, module, env);
  try {
    exports = new WebAssembly.Instance(module, { env }).exports;
  } catch (error) {
    throw new CliError(Exit.invalidProgram, `${file} cannot be instantiated: ${(error as Error).message}`);
  }
  return { exports, memory };
}

function newMemory(file: string, initial: number, maximum = MAX_PAGES): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum });
  } catch (error) {
    throw new CliError(Exit.invalidProgram, `${file}: its memory of ${initial} pages: ${(error as Error).message}`);
  }
}

function assertResolved(file: string, module: WebAssembly.Module, env: WebAssembly.ModuleImports): void {
  const unresolved = WebAssembly.Module.imports(module).filter(
    ({ module: from, name }) => from !== 'env' || !Object.hasOwn(env, name),
  );
  if (unresolved.length === 0) return;
  const names = unresolved.map(({ module: from, name, kind }) => `${from}.${name} (${kind})`);
  throw new CliError(
    Exit.invalidProgram,
    `${file} imports what is not provided here: ${names.join(', ')}. Provided are env.memory and the functions ` +
      'env.ext_virtualization_*_version_1.',
  );
}

function call({ exports, memory }: Runtime, name: string, output: Output): ExitCode {
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
    output.out(reportOf(exports, memory));
    output.err(`pvm host: ${name} trapped: ${error.message}\n`);
    return Exit.trap;
  }
  output.out(reportOf(exports, memory));
  output.out(result === undefined ? `${name} returned\n` : `${name} returned ${result}\n`);
  return Exit.finished;
}

function describe({ name, arguments: texts, result, trapped }: TracedHostCall): string {
  return `${name}(${texts}) ${trapped ? 'trapped:' : '='} ${result}\n`;
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
