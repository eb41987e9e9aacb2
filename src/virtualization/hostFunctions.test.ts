import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../../test/support/fakeBackend.js';
import {
  CompileStatus,
  createHostFunctions,
  DestroyError,
  decodeExecBuffer,
  EXEC_BUFFER_SIZE,
  ExecError,
  ExecStatus,
  HostPanicError,
  InMemoryExternalities,
  InstantiateError,
  type LogRecord,
  MemoryError,
  ModuleError,
  silentLogger,
  VirtManagerExt,
} from './index.js';

const utf8 = new TextEncoder();
const program = utf8.encode('program');
const key = utf8.encode('key');
const mainTrie = new Uint8Array(0);
const childTrie = utf8.encode('child');

let backend: FakeBackend;
let ext: InMemoryExternalities;
const host = () => createHostFunctions(ext, { logger: silentLogger });

beforeEach(() => {
  backend = new FakeBackend();
  ext = new InMemoryExternalities();
  ext.extensions.register(new VirtManagerExt(backend));
});

describe('compileFromBytes', () => {
  it('compiles without asking the cache when there is no identifier', () => {
    expect(host().compileFromBytes(program)).toEqual({ ok: true, value: { id: 0, status: CompileStatus.Compiled } });
    expect(backend.calls).toEqual(['compileFromBytes program none']);
  });

  it('compiles and caches on a miss', () => {
    expect(host().compileFromBytes(program, key)).toEqual({
      ok: true,
      value: { id: 0, status: CompileStatus.Compiled },
    });
    expect(backend.calls).toEqual(['lookup key', 'compileFromBytes program key']);
  });

  it('compiles nothing on a hit, not even other bytes', () => {
    backend.cached.set('key', 'program');
    expect(host().compileFromBytes(utf8.encode('other'), key)).toEqual({
      ok: true,
      value: { id: 0, status: CompileStatus.Cached },
    });
    expect(backend.calls).toEqual(['lookup key']);
  });

  it('takes an empty identifier for one', () => {
    host().compileFromBytes(program, new Uint8Array(0));
    expect(backend.calls).toEqual(['lookup ', 'compileFromBytes program ']);
  });

  it('passes on errors of the lookup and of the compilation', () => {
    backend.failures.compile = ModuleError.InvalidImage;
    expect(host().compileFromBytes(program, key)).toEqual({ ok: false, error: ModuleError.InvalidImage });
    backend.failures.lookup = ModuleError.NotFound;
    backend.calls.length = 0;
    expect(host().compileFromBytes(program, key)).toEqual({ ok: false, error: ModuleError.NotFound });
    expect(backend.calls).toEqual(['lookup key']);
  });
});

describe('lookup', () => {
  it('never reads storage', () => {
    ext.setStorage(key, program);
    const storage = vi.spyOn(ext, 'storage');
    expect(host().lookup(key)).toEqual({ ok: false, error: ModuleError.NotCached });
    expect(storage).not.toHaveBeenCalled();
  });
});

describe('compileFromStorageKey', () => {
  it('does not read storage on a hit', () => {
    backend.cached.set('key', 'program');
    const storage = vi.spyOn(ext, 'storage');
    expect(host().compileFromStorageKey(key, mainTrie)).toEqual({
      ok: true,
      value: { id: 0, status: CompileStatus.Cached },
    });
    expect(storage).not.toHaveBeenCalled();
  });

  it('reads the main trie for an empty child trie', () => {
    ext.setStorage(key, program);
    ext.setChildStorage(childTrie, key, utf8.encode('wrong'));
    expect(host().compileFromStorageKey(key, mainTrie)).toEqual({
      ok: true,
      value: { id: 0, status: CompileStatus.Compiled },
    });
    expect(backend.calls).toEqual(['lookup key', 'compileFromBytes program key']);
  });

  it('reads the child trie of that name, and caches under the key alone', () => {
    ext.setStorage(key, utf8.encode('wrong'));
    ext.setChildStorage(childTrie, key, program);
    host().compileFromStorageKey(key, childTrie);
    expect(backend.calls).toEqual(['lookup key', 'compileFromBytes program key']);
    expect(host().compileFromStorageKey(key, utf8.encode('another'))).toEqual({
      ok: true,
      value: { id: 1, status: CompileStatus.Cached },
    });
  });

  it('finds nothing where there is no value, and compiles an empty value', () => {
    expect(host().compileFromStorageKey(key, mainTrie)).toEqual({ ok: false, error: ModuleError.NotFound });
    expect(host().compileFromStorageKey(key, childTrie)).toEqual({ ok: false, error: ModuleError.NotFound });
    expect(backend.calls).toEqual(['lookup key', 'lookup key']);
    ext.setStorage(key, new Uint8Array(0));
    backend.failures.compile = ModuleError.InvalidImage;
    expect(host().compileFromStorageKey(key, mainTrie)).toEqual({ ok: false, error: ModuleError.InvalidImage });
  });

  it('passes on errors of the lookup other than NotCached', () => {
    ext.setStorage(key, program);
    backend.failures.lookup = ModuleError.InvalidImage;
    expect(host().compileFromStorageKey(key, mainTrie)).toEqual({ ok: false, error: ModuleError.InvalidImage });
  });
});

describe('the calls on instances', () => {
  it('reach the backend with their arguments', () => {
    const buffer = new Uint8Array(EXEC_BUFFER_SIZE);
    expect(host().instantiate(5)).toEqual({ ok: true, value: 0 });
    expect(host().prepare(3, utf8.encode('call')).ok).toBe(true);
    expect(host().run(3, -1n, 2n ** 64n - 1n, buffer)).toEqual({ ok: true, value: ExecStatus.Syscall });
    expect(decodeExecBuffer(buffer)).toMatchObject({ gasLeft: -1n, a0: 2n ** 64n - 1n, a5: 5n });
    expect(host().destroy(3).ok).toBe(true);
    expect(backend.calls).toEqual(['instantiate 5', 'prepare 3 call', 'run 3 -1 18446744073709551615', 'destroy 3']);
  });

  it('move memory to and from whole arrays and parts of them', () => {
    const target = new Uint8Array(4);
    host().writeMemory(0, 16, Uint8Array.of(1, 2, 3, 4));
    host().readMemory(0, 17, target);
    expect(target).toEqual(Uint8Array.of(2, 3, 4, 0));
    host().writeMemory(0, 32, Uint8Array.of(1, 2, 3, 4), 1, 2);
    host().readMemory(0, 32, target.fill(9), 1, 2);
    expect(target).toEqual(Uint8Array.of(9, 2, 3, 9));
    host().readMemory(0, 32, target.fill(9), 3);
    expect(target).toEqual(Uint8Array.of(9, 9, 9, 2));
  });

  it('pass errors on, and leave the exec buffer as it is then', () => {
    backend.failures = {
      instantiate: InstantiateError.InvalidModule,
      exec: ExecError.Trap,
      destroy: DestroyError.InvalidInstance,
      memory: MemoryError.OutOfBounds,
    };
    const buffer = new Uint8Array(EXEC_BUFFER_SIZE).fill(7);
    expect(host().instantiate(0)).toEqual({ ok: false, error: InstantiateError.InvalidModule });
    expect(host().prepare(0, key)).toEqual({ ok: false, error: ExecError.Trap });
    expect(host().run(0, 0n, 0n, buffer)).toEqual({ ok: false, error: ExecError.Trap });
    expect(buffer.every((byte) => byte === 7)).toBe(true);
    expect(host().destroy(0)).toEqual({ ok: false, error: DestroyError.InvalidInstance });
    expect(host().readMemory(0, 0, new Uint8Array(1))).toEqual({ ok: false, error: MemoryError.OutOfBounds });
    expect(host().writeMemory(0, 0, new Uint8Array(1))).toEqual({ ok: false, error: MemoryError.OutOfBounds });
  });

  it('refuse what the wire cannot carry before the backend sees it', () => {
    const buffer = new Uint8Array(EXEC_BUFFER_SIZE);
    const bytes = new Uint8Array(4);
    expect(() => host().run(0, 2n ** 63n, 0n, buffer)).toThrow(
      'gasLeft: got 9223372036854775808, expected a signed 64-bit value',
    );
    expect(() => host().run(0, -(2n ** 63n) - 1n, 0n, buffer)).toThrow(RangeError);
    expect(() => host().run(0, 0n, -1n, buffer)).toThrow('a0: got -1, expected an unsigned 64-bit value');
    expect(() => host().run(0, 0n, 2n ** 64n, buffer)).toThrow(RangeError);
    expect(() => host().run(0, 0n, 0n, new Uint8Array(95))).toThrow('execBuffer');
    expect(() => host().readMemory(0, -1, bytes)).toThrow('address: got -1, expected an integer from 0 to 4294967295');
    expect(() => host().readMemory(0, 2 ** 32, bytes)).toThrow(RangeError);
    expect(() => host().readMemory(0, 0, bytes, 2, 3)).toThrow(
      'target: got 3 bytes at 2, expected a range inside 4 bytes',
    );
    expect(() => host().writeMemory(0, 0.5, bytes)).toThrow(RangeError);
    expect(() => host().writeMemory(0, 0, bytes, 5)).toThrow('source');
    expect(backend.calls).toEqual([]);
  });
});

describe('without VirtManagerExt', () => {
  it.each<[string, (functions: ReturnType<typeof host>) => unknown]>([
    ['compileFromBytes', (functions) => functions.compileFromBytes(program)],
    ['compileFromBytes with an identifier', (functions) => functions.compileFromBytes(program, key)],
    ['lookup', (functions) => functions.lookup(key)],
    ['compileFromStorageKey', (functions) => functions.compileFromStorageKey(key, mainTrie)],
    ['instantiate', (functions) => functions.instantiate(0)],
    ['prepare', (functions) => functions.prepare(0, key)],
    ['run', (functions) => functions.run(0, 0n, 0n, new Uint8Array(EXEC_BUFFER_SIZE))],
    ['destroy', (functions) => functions.destroy(0)],
    ['readMemory', (functions) => functions.readMemory(0, 0, key)],
    ['writeMemory', (functions) => functions.writeMemory(0, 0, key)],
  ])('%s panics', (_name, call) => {
    ext.extensions.deregister(VirtManagerExt);
    expect(() => call(host())).toThrow(new HostPanicError('VirtManagerExt not registered in externalities'));
  });

  it('works again once there is one, and uses the one there is', () => {
    ext.extensions.deregister(VirtManagerExt);
    const functions = host();
    expect(() => functions.lookup(key)).toThrow(HostPanicError);
    const other = new FakeBackend();
    ext.extensions.register(new VirtManagerExt(other));
    functions.lookup(key);
    expect(other.calls).toEqual(['lookup key']);
  });
});

describe('the warning', () => {
  const compileThrice = async (): Promise<LogRecord[]> => {
    // A process that has not warned yet.
    vi.resetModules();
    const fresh = await import('./index.js');
    const records: LogRecord[] = [];
    const freshExt = new fresh.InMemoryExternalities();
    freshExt.extensions.register(new fresh.VirtManagerExt(backend));
    const logger = (record: LogRecord): number => records.push(record);
    for (let i = 0; i < 3; i++) {
      const functions = fresh.createHostFunctions(freshExt, { logger });
      functions.lookup(key);
      functions.compileFromBytes(program);
    }
    return records;
  };

  it('is logged once per process, by the first compilation from bytes, with the target `virtualization`', async () => {
    const records = await compileThrice();
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ level: 'warn', target: 'virtualization' });
    expect(records[0]!.message).toContain('unstable');
  });

  it('goes to the console unless there is another logger', async () => {
    vi.resetModules();
    const fresh = await import('./index.js');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const freshExt = new fresh.InMemoryExternalities();
    freshExt.extensions.register(new fresh.VirtManagerExt(backend));
    fresh.createHostFunctions(freshExt).compileFromBytes(program);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^virtualization: .*unstable/)]]);
    warn.mockRestore();
  });

  it('can be silenced', async () => {
    vi.resetModules();
    const fresh = await import('./index.js');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const freshExt = new fresh.InMemoryExternalities();
    freshExt.extensions.register(new fresh.VirtManagerExt(backend));
    fresh.createHostFunctions(freshExt, { logger: fresh.silentLogger }).compileFromBytes(program);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
