import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../../test/support/fakeBackend.js';
import {
  CompileStatus,
  ConsumedHandleError,
  createHostFunctions,
  DestroyError,
  ExecError,
  type ExecStatus,
  type Execution,
  type HostFunctions,
  HostPanicError,
  InMemoryExternalities,
  type Instance,
  InstantiateError,
  MemoryError,
  Module,
  ModuleError,
  type Result,
  silentLogger,
  VirtManagerExt,
} from './index.js';

const utf8 = new TextEncoder();
const program = utf8.encode('program');
const key = utf8.encode('key');

let backend: FakeBackend;
let ext: InMemoryExternalities;
let host: HostFunctions;

beforeEach(() => {
  backend = new FakeBackend();
  ext = new InMemoryExternalities();
  ext.extensions.register(new VirtManagerExt(backend));
  host = createHostFunctions(ext, { logger: silentLogger });
});

function ok<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('expected success');
  return result.value;
}

const newInstance = (): Instance => ok(ok(Module.fromBytes(host, program)).module.instantiate());
const newExecution = (): Execution => ok(newInstance().prepare('main'));

describe('Module', () => {
  it('comes from bytes, the cache or storage, and says whether it was compiled', () => {
    const compiled = ok(Module.fromBytes(host, program, key));
    expect([compiled.module.id, compiled.status]).toEqual([0, CompileStatus.Compiled]);
    expect(ok(Module.fromBytes(host, program, key)).status).toBe(CompileStatus.Cached);
    expect(ok(Module.lookup(host, key)).id).toBe(2);
    expect(ok(Module.fromStorageKey(host, key, new Uint8Array(0))).status).toBe(CompileStatus.Cached);
  });

  it('passes errors on', () => {
    expect(Module.lookup(host, key)).toEqual({ ok: false, error: ModuleError.NotCached });
    expect(Module.fromStorageKey(host, key, key)).toEqual({ ok: false, error: ModuleError.NotFound });
    const { module } = ok(Module.fromBytes(host, program));
    backend.failures = { compile: ModuleError.InvalidImage, instantiate: InstantiateError.InvalidImage };
    expect(Module.fromBytes(host, program)).toEqual({ ok: false, error: ModuleError.InvalidImage });
    expect(module.instantiate()).toEqual({ ok: false, error: InstantiateError.InvalidImage });
  });
});

describe('Instance', () => {
  it('becomes an execution, by a symbol as text or bytes', () => {
    newInstance().prepare('main');
    newInstance().prepare(utf8.encode('main'));
    expect(backend.calls).toContain('prepare 0 main');
    expect(backend.calls).toContain('prepare 1 main');
  });

  it('comes back when it cannot be prepared', () => {
    backend.failures.exec = ExecError.InvalidImage;
    const instance = newInstance();
    const failed = instance.prepare('missing');
    if (failed.ok) throw new Error('expected a failure');
    expect(failed.error.error).toBe(ExecError.InvalidImage);
    expect(instance.consumed).toBe(true);
    expect(failed.error.instance.consumed).toBe(false);
    backend.failures = {};
    expect(failed.error.instance.prepare('main').ok).toBe(true);
  });

  it('is consumed by prepare', () => {
    const instance = newInstance();
    expect(instance.prepare('main').ok).toBe(true);
    expect(() => instance.prepare('main')).toThrow(ConsumedHandleError);
    expect(() => instance.prepare('main')).toThrow('Instance.prepare: got a consumed handle');
    expect(backend.calls.filter((call) => call.startsWith('prepare'))).toHaveLength(1);
  });
});

describe('Execution', () => {
  it('stops at a syscall with its symbol, its arguments and the gas that is left', () => {
    const result = newExecution().run(100n, 6n);
    if (result.kind !== 'syscall') throw new Error('expected a syscall');
    const { kind, execution, ...rest } = result;
    expect(rest).toEqual({
      gasLeft: 100n,
      symbol: utf8.encode('echo'),
      a0: 6n,
      a1: 1n,
      a2: 2n,
      a3: 3n,
      a4: 4n,
      a5: 5n,
    });
    expect(execution.run(99n, 7n)).toMatchObject({ kind: 'syscall', gasLeft: 99n, a0: 7n });
  });

  it('gives the instance back when it fails, without gas', () => {
    const execution = newExecution();
    backend.failures.exec = ExecError.OutOfGas;
    const result = execution.run(100n, 0n);
    if (result.kind !== 'error') throw new Error('expected an error');
    expect(result).not.toHaveProperty('gasLeft');
    expect(result.error).toBe(ExecError.OutOfGas);
    backend.failures = {};
    expect(result.instance.prepare('main').ok).toBe(true);
  });

  it('is consumed by run, even when it goes on', () => {
    const execution = newExecution();
    execution.run(100n, 0n);
    expect(() => execution.run(100n, 0n)).toThrow('Execution.run: got a consumed handle');
    expect(() => execution.readMemory(0, new Uint8Array(1))).toThrow(ConsumedHandleError);
    expect(() => execution.writeMemory(0, new Uint8Array(1))).toThrow(ConsumedHandleError);
    expect(backend.calls.filter((call) => call.startsWith('run'))).toHaveLength(1);
  });

  it('reads and writes memory', () => {
    const execution = newExecution();
    const target = new Uint8Array(3);
    expect(execution.writeMemory(8, Uint8Array.of(1, 2, 3)).ok).toBe(true);
    expect(execution.readMemory(8, target).ok).toBe(true);
    expect(target).toEqual(Uint8Array.of(1, 2, 3));
    backend.failures.memory = MemoryError.OutOfBounds;
    expect(execution.readMemory(8, target)).toEqual({ ok: false, error: MemoryError.OutOfBounds });
    expect(execution.writeMemory(8, target)).toEqual({ ok: false, error: MemoryError.OutOfBounds });
  });

  it('panics when the host gives a status that there is not', () => {
    const odd: HostFunctions = { ...host, run: () => ({ ok: true, value: 2 as ExecStatus }) };
    const execution = ok(ok(ok(Module.fromBytes(odd, program)).module.instantiate()).prepare('main'));
    expect(() => execution.run(0n, 0n)).toThrow(
      new HostPanicError('invalid status from host: got 2, expected 0 (finished) or 1 (syscall)'),
    );
  });
});

describe('dropping a handle', () => {
  const destroyed = (): string[] => backend.calls.filter((call) => call.startsWith('destroy'));

  it('destroys the instance, once', () => {
    const instance = newInstance();
    instance.destroy();
    instance.destroy();
    expect(destroyed()).toEqual(['destroy 0']);
    expect(() => instance.prepare('main')).toThrow(ConsumedHandleError);
  });

  it('destroys an execution in the middle of a syscall', () => {
    const result = newExecution().run(100n, 0n);
    if (result.kind !== 'syscall') throw new Error('expected a syscall');
    result.execution.destroy();
    expect(destroyed()).toEqual(['destroy 0']);
  });

  it('happens at the end of a `using` block', () => {
    {
      using _instance = newInstance();
      using _execution = newExecution();
      expect(destroyed()).toEqual([]);
    }
    expect(destroyed()).toEqual(['destroy 1', 'destroy 0']);
  });

  it('does nothing for a consumed handle: the instance is with the next one', () => {
    {
      using instance = newInstance();
      instance.prepare('main');
    }
    expect(destroyed()).toEqual([]);
  });

  it('does not mind an instance that is gone', () => {
    backend.failures.destroy = DestroyError.InvalidInstance;
    expect(() => newInstance().destroy()).not.toThrow();
  });
});

describe('a handle that was forgotten', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const eventually = (check: () => void): Promise<void> =>
    vi.waitFor(
      () => {
        collectGarbage();
        check();
      },
      { timeout: 20_000, interval: 10 },
    );

  it('is destroyed after it was collected, and the handles before it are not', async () => {
    (() => {
      const result = newExecution().run(100n, 0n);
      expect(result.kind).toBe('syscall');
    })();
    const kept = newInstance();
    await eventually(() => expect(backend.calls).toContain('destroy 0'));
    expect(backend.calls).not.toContain('destroy 1');
    kept.destroy();
  });

  it('is destroyed in the manager that has it, not in the one that came after', async () => {
    (() => newInstance())();
    const next = new FakeBackend();
    ext.extensions.register(new VirtManagerExt(next));
    await eventually(() => expect(backend.calls).toContain('destroy 0'));
    expect(next.calls).toEqual([]);
  });

  it('is destroyed through host functions of another make', async () => {
    const calls: number[] = [];
    const own: HostFunctions = {
      ...host,
      destroy: (id) => {
        calls.push(id);
        throw new Error('nobody is there to hear this');
      },
    };
    (() => ok(ok(Module.fromBytes(own, program)).module.instantiate()))();
    await eventually(() => expect(calls).toEqual([0]));
  });
});
