import {
  ExecError,
  type Execution,
  type HostFunctions,
  Instance,
  type LoadedModule,
  Module,
  type ModuleError,
  type Result,
} from '../../src/virtualization/index.js';
import { CounterHost, type GuestMemory } from './counterHost.js';
import type { Drive, Subject, SubjectInstance, SubjectModule } from './subject.js';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The forwarder's handles. */
export function forwarderSubject(host: HostFunctions): Subject {
  const subject: Subject = {
    fromBytes: (program, identifier) =>
      mapModule(Module.fromBytes(host, program, identifier === undefined ? undefined : utf8.encode(identifier))),
    fromStorageKey: (key, childTrie) =>
      mapModule(Module.fromStorageKey(host, utf8.encode(key), utf8.encode(childTrie))),
    lookup: (identifier) => Module.lookup(host, utf8.encode(identifier)),
  };

  function mapModule(result: Result<LoadedModule, ModuleError>): Result<SubjectModule, ModuleError> {
    if (!result.ok) return result;
    const { module, status } = result.value;
    const instantiate: SubjectModule['instantiate'] = () => {
      const created = module.instantiate();
      return created.ok ? { ok: true, value: new ForwarderInstance(subject, created.value) } : created;
    };
    return { ok: true, value: { status, instantiate } };
  }

  return subject;
}

class ForwarderInstance implements SubjectInstance {
  readonly #subject: Subject;
  /** The one handle that is not consumed. */
  #handle: Instance | Execution;

  constructor(subject: Subject, instance: Instance) {
    this.#subject = subject;
    this.#handle = instance;
  }

  drive(exportName: string, counter: bigint, initialGas: bigint): Drive {
    let execution = this.#prepare(exportName);
    const counterHost = new CounterHost(this.#subject, counter);
    const memory: GuestMemory = {
      read: (address, target) => execution.readMemory(address, target),
      write: (address, source) => execution.writeMemory(address, source),
    };
    let gas = initialGas;
    let a0 = 0n;
    while (true) {
      const result = execution.run(gas, a0);
      if (result.kind === 'error') {
        this.#handle = result.instance;
        if (result.error === ExecError.OutOfGas) gas = 0n;
        return { outcome: result.error, counter: counterHost.counter, gas };
      }
      gas = result.gasLeft;
      if (result.kind === 'finished') {
        this.#handle = result.instance;
        return { outcome: 'finished', counter: counterHost.counter, gas };
      }
      execution = result.execution;
      this.#handle = execution;
      const answer = counterHost.answer(text.decode(result.symbol), result.a0, gas, memory);
      if (answer === 'stop') return { outcome: 'stopped', counter: counterHost.counter, gas };
      a0 = answer;
    }
  }

  #prepare(exportName: string): Execution {
    if (!(this.#handle instanceof Instance)) throw new Error('this instance is suspended in a syscall');
    const prepared = this.#handle.prepare(exportName);
    if (!prepared.ok) throw new Error(`preparing ${exportName} failed with error ${prepared.error.error}`);
    return prepared.value;
  }

  destroy(): void {
    this.#handle.destroy();
  }
}
