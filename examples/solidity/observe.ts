import {
  CompileStatus,
  DestroyError,
  decodeExecBuffer,
  ExecError,
  ExecStatus,
  type HostFunctions,
  InstantiateError,
  MemoryError,
  ModuleError,
  type Result,
  syscallSymbolName,
} from 'polkavm-js/virtualization';

/** One call of one of the nine host functions that has returned. */
export interface HostCall {
  readonly name: keyof HostFunctions;
  /** The instance it was about; undefined for the functions about modules. */
  readonly instance: number | undefined;
  /** What came of it, for people; for `run` the name of the syscall that the program stopped at. */
  readonly outcome: string;
}

/** The same host functions, each call of which is told to `tell` once it has returned. */
export function observeHostFunctions(host: HostFunctions, tell: (call: HostCall) => void): HostFunctions {
  function told<T, E extends number>(
    name: keyof HostFunctions,
    instance: number | undefined,
    result: Result<T, E>,
    errors: Readonly<Record<number, string>>,
    describe: (value: T) => string,
  ): Result<T, E> {
    const outcome = result.ok ? describe(result.value) : errors[result.error];
    tell({ name, instance, outcome });
    return result;
  }
  const done = (): string => 'ok';

  return {
    compileFromBytes: (program, identifier) =>
      told('compileFromBytes', undefined, host.compileFromBytes(program, identifier), ModuleError, ({ id, status }) => {
        return `module ${id}, ${CompileStatus[status].toLowerCase()} from ${program.length} bytes`;
      }),
    lookup: (identifier) => told('lookup', undefined, host.lookup(identifier), ModuleError, (id) => `module ${id}`),
    compileFromStorageKey: (key, childTrie) =>
      told('compileFromStorageKey', undefined, host.compileFromStorageKey(key, childTrie), ModuleError, (compiled) => {
        return `module ${compiled.id}, ${CompileStatus[compiled.status].toLowerCase()}`;
      }),
    instantiate: (module) => {
      const result = host.instantiate(module);
      const instance = result.ok ? result.value : undefined;
      return told('instantiate', instance, result, InstantiateError, (id) => `instance ${id}`);
    },
    prepare: (instance, symbol) =>
      told('prepare', instance, host.prepare(instance, symbol), ExecError, () => syscallSymbolName(symbol)),
    run: (instance, gasLeft, a0, execBuffer) =>
      told('run', instance, host.run(instance, gasLeft, a0, execBuffer), ExecError, (status) => {
        if (status === ExecStatus.Finished) return 'finished';
        return syscallSymbolName(decodeExecBuffer(execBuffer).symbol);
      }),
    destroy: (instance) => told('destroy', instance, host.destroy(instance), DestroyError, done),
    readMemory: (instance, ...range) =>
      told('readMemory', instance, host.readMemory(instance, ...range), MemoryError, done),
    writeMemory: (instance, ...range) =>
      told('writeMemory', instance, host.writeMemory(instance, ...range), MemoryError, done),
  };
}
