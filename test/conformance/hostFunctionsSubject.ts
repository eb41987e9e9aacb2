import {
  type CompiledModule,
  decodeExecBuffer,
  EXEC_BUFFER_SIZE,
  ExecError,
  ExecStatus,
  type HostFunctions,
  type ModuleError,
  type Result,
} from '../../src/virtualization/index.js';
import { CounterHost, type GuestMemory } from './counterHost.js';
import type { Drive, Subject, SubjectInstance, SubjectModule } from './subject.js';

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** The nine typed host functions, with ids for handles. */
export function hostFunctionsSubject(host: HostFunctions): Subject {
  const subject: Subject = {
    fromBytes: (program, identifier) =>
      mapModule(host.compileFromBytes(program, identifier === undefined ? undefined : utf8.encode(identifier))),
    fromStorageKey: (key, childTrie) => mapModule(host.compileFromStorageKey(utf8.encode(key), utf8.encode(childTrie))),
    lookup: (identifier) => host.lookup(utf8.encode(identifier)),
  };

  function mapModule(result: Result<CompiledModule, ModuleError>): Result<SubjectModule, ModuleError> {
    if (!result.ok) return result;
    const { id, status } = result.value;
    const instantiate: SubjectModule['instantiate'] = () => {
      const created = host.instantiate(id);
      return created.ok ? { ok: true, value: instanceOf(created.value) } : created;
    };
    return { ok: true, value: { status, instantiate } };
  }

  function instanceOf(id: number): SubjectInstance {
    return {
      drive: (exportName, counter, gas) => drive(id, exportName, counter, gas),
      destroy() {
        const result = host.destroy(id);
        if (!result.ok) throw new Error(`destroying instance ${id} failed with error ${result.error}`);
      },
    };
  }

  function drive(id: number, exportName: string, counter: bigint, initialGas: bigint): Drive {
    const prepared = host.prepare(id, utf8.encode(exportName));
    if (!prepared.ok) throw new Error(`preparing ${exportName} failed with error ${prepared.error}`);
    const counterHost = new CounterHost(subject, counter);
    const memory: GuestMemory = {
      read: (address, target) => host.readMemory(id, address, target),
      write: (address, source) => host.writeMemory(id, address, source),
    };
    const buffer = new Uint8Array(EXEC_BUFFER_SIZE);
    let gas = initialGas;
    let a0 = 0n;
    while (true) {
      const result = host.run(id, gas, a0, buffer);
      if (!result.ok) {
        if (result.error === ExecError.OutOfGas) gas = 0n;
        return { outcome: result.error, counter: counterHost.counter, gas };
      }
      const reported = decodeExecBuffer(buffer);
      gas = reported.gasLeft;
      if (result.value === ExecStatus.Finished) return { outcome: 'finished', counter: counterHost.counter, gas };
      const answer = counterHost.answer(text.decode(reported.symbol), reported.a0, gas, memory);
      if (answer === 'stop') return { outcome: 'stopped', counter: counterHost.counter, gas };
      a0 = answer;
    }
  }

  return subject;
}
