/**
 * An account of the host calls that a Wasm runtime makes, for people.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { RuntimeMemory } from './runtimeMemory.js';
import {
  CAPPED_INSTANTIATE_RESULT,
  COMPILE_RESULT,
  type CompiledModule,
  CompileStatus,
  DESTROY_RESULT,
  DestroyError,
  decodeExecBuffer,
  decodeResult,
  ExecError,
  ExecStatus,
  FatPointer,
  InstantiateError,
  LOOKUP_RESULT,
  MEMORY_RESULT,
  MemoryError,
  ModuleError,
  PREPARE_RESULT,
  type ResultType,
  RUN_RESULT,
  syscallSymbolName,
} from './wire/index.js';

/** Bytes of a value that are shown before it is cut off. */
const SHOWN_BYTES = 20;

/** An argument as Wasm hands it over: an i32 or an i64. */
type Argument = number | bigint;

/** How a host call is told; Wasm sees to it that all arguments are there. */
interface Account {
  call(...args: Argument[]): string;
  result(result: bigint, ...args: Argument[]): string;
}

/** A host call that a runtime made, in words. */
export interface TracedHostCall {
  /** The function's name in the interface, such as `run`. */
  readonly name: string;
  /** Its arguments, such as `instance 0, gas 100000, a0 0x0`. Long byte strings are cut off. */
  readonly arguments: string;
  /** What it returned, such as `syscall read_counter(0xfffdffe8), gas 99948`, or the message of the trap. */
  readonly result: string;
  /** Whether it aborted the runtime's call instead of returning. */
  readonly trapped: boolean;
}

/**
 * Wraps the imports of {@link createWasmImports} so that every call is told to `observe` once it has ended.
 *
 * @param memory gives the runtime's memory, as for {@link createWasmImports}
 */
export function traceHostCalls(
  imports: WebAssembly.ModuleImports,
  memory: () => WebAssembly.Memory,
  observe: (call: TracedHostCall) => void,
): WebAssembly.ModuleImports {
  const accounts = createAccounts(new RuntimeMemory(memory));
  const traced: WebAssembly.ModuleImports = { ...imports };
  for (const [name, account] of Object.entries(accounts)) {
    const key = `ext_virtualization_${name}_version_1`;
    const original = imports[key];
    if (typeof original !== 'function') continue;
    traced[key] = (...args: Argument[]): bigint => {
      // Read before the call, which may overwrite what its arguments point to.
      const texts = { name, arguments: account.call(...args) };
      let result: bigint;
      try {
        result = original(...args);
      } catch (error) {
        observe({ ...texts, result: error instanceof Error ? error.message : String(error), trapped: true });
        throw error;
      }
      observe({ ...texts, result: account.result(result, ...args), trapped: false });
      return result;
    };
  }
  return traced;
}

function createAccounts(memory: RuntimeMemory): Readonly<Record<string, Account>> {
  const fat = new FatPointer();
  const lengthOf = (value: Argument): number => fat.set(BigInt(value)).length;
  const shown = (value: Argument): string => {
    const { pointer, length } = fat.set(BigInt(value));
    return memory.contains(pointer, length)
      ? text(memory.bytes().subarray(pointer, pointer + length))
      : 'out of bounds';
  };
  const compiled = outcomeOf(
    COMPILE_RESULT,
    ModuleError,
    ({ id, status }: CompiledModule) => `module ${id}, ${status === CompileStatus.Cached ? 'cached' : 'compiled'}`,
  );
  const moved = outcomeOf(MEMORY_RESULT, MemoryError, () => 'ok');
  const runOutcome = outcomeOf(RUN_RESULT, ExecError, (status) =>
    status === ExecStatus.Finished ? 'finished' : 'syscall',
  );
  return {
    compile_from_bytes: {
      call: (program: Argument, identifier: Argument) =>
        `${lengthOf(program)} bytes, identifier ${identifier === 0n ? 'none' : shown(identifier)}`,
      result: compiled,
    },
    lookup: {
      call: (identifier: Argument) => shown(identifier),
      result: outcomeOf(LOOKUP_RESULT, ModuleError, (id) => `module ${id}`),
    },
    compile_from_storage_key: {
      call: (key: Argument, childTrie: Argument) =>
        `key ${shown(key)}, ${lengthOf(childTrie) === 0 ? 'main trie' : `child trie ${shown(childTrie)}`}`,
      result: compiled,
    },
    instantiate: {
      call: (id: Argument) => `module ${u32(id)}`,
      result: outcomeOf(CAPPED_INSTANTIATE_RESULT, InstantiateError, (id) => `instance ${id}`),
    },
    prepare: {
      call: (id: Argument, symbol: Argument) => `instance ${u32(id)}, ${shown(symbol)}`,
      result: outcomeOf(PREPARE_RESULT, ExecError, () => 'ok'),
    },
    run: {
      call: (id: Argument, gas: Argument, a0: Argument) => `instance ${u32(id)}, gas ${gas}, a0 ${hex64(a0)}`,
      result(result, _id, _gas, _a0, execBuffer: Argument) {
        const outcome = runOutcome(result);
        if (result < 0n) return outcome;
        const { gasLeft, symbol, ...registers } = decodeExecBuffer(memory.bytes(), u32(execBuffer));
        if (result === BigInt(ExecStatus.Finished)) return `${outcome}, gas ${gasLeft}`;
        return `${outcome} ${syscallSymbolName(symbol)}(${argumentList(Object.values(registers))}), gas ${gasLeft}`;
      },
    },
    destroy: {
      call: (id: Argument) => `instance ${u32(id)}`,
      result: outcomeOf(DESTROY_RESULT, DestroyError, () => 'ok'),
    },
    read_memory: {
      call: (id: Argument, offset: Argument, dest: Argument) =>
        `instance ${u32(id)}, 0x${u32(offset).toString(16)}, ${lengthOf(dest)} bytes`,
      result: (result, _id, _offset, dest: Argument) => (result === 0n ? shown(dest) : moved(result)),
    },
    write_memory: {
      call: (id: Argument, offset: Argument, src: Argument) =>
        `instance ${u32(id)}, 0x${u32(offset).toString(16)}, ${shown(src)}`,
      result: moved,
    },
  };
}

/** Tells a result: the value in words of its own, or the name of the error. */
function outcomeOf<T, E extends number>(
  type: ResultType<T, E>,
  errors: Readonly<Record<number, string>>,
  valueText: (value: T) => string,
): (result: bigint) => string {
  return (wire) => {
    const result = decodeResult(wire, type);
    return result.ok ? valueText(result.value) : (errors[result.error] ?? String(result.error));
  };
}

/** A syscall's arguments. How many it takes is between program and runtime: zeros at the end are left out. */
function argumentList(registers: readonly bigint[]): string {
  const count = registers.findLastIndex((value) => value !== 0n) + 1;
  return registers.slice(0, count).map(hex64).join(', ');
}

/** Bytes as quoted text if they are printable ASCII, else in hexadecimal. */
function text(bytes: Uint8Array): string {
  const cut = bytes.subarray(0, SHOWN_BYTES);
  const rest = bytes.length > cut.length ? `... (${bytes.length} bytes)` : '';
  const isText = bytes.length > 0 && cut.every((byte) => byte >= 0x20 && byte < 0x7f);
  return (isText ? `"${new TextDecoder().decode(cut)}"` : `0x${bytesToHex(cut)}`) + rest;
}

function u32(value: Argument): number {
  return Number(value) >>> 0;
}

function hex64(value: Argument): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}
