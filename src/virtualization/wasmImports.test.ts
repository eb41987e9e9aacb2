import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBackend } from '../../test/support/fakeBackend.js';
import { type HostCalls, reexportingRuntime } from '../../test/support/reexportingRuntime.js';
import {
  createWasmImports,
  DestroyError,
  decodeExecBuffer,
  ExecError,
  HostTrapError,
  InMemoryExternalities,
  InstantiateError,
  MemoryError,
  ModuleError,
  packFatPointer,
  silentLogger,
  VirtManagerExt,
} from './index.js';

const utf8 = new TextEncoder();
const PAGE = 65536;
/** A pointer and a length that wrap around to the start of the memory if they are added as 32 bits. */
const WRAPPING = packFatPointer(0xffff_fff0, 0x20);

describe.each(['imported', 'exported'] as const)('a runtime with %s memory', (form) => {
  let backend: FakeBackend;
  let ext: InMemoryExternalities;
  let calls: HostCalls;
  let memory: WebAssembly.Memory;
  const bytes = (): Uint8Array => new Uint8Array(memory.buffer);

  /** Put text into the runtime's memory and give its fat pointer. */
  const put = (text: string, pointer: number): bigint => {
    const encoded = utf8.encode(text);
    bytes().set(encoded, pointer);
    return packFatPointer(pointer, encoded.length);
  };

  const trapOf = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      if (error instanceof HostTrapError) return error.message;
      throw error;
    }
    throw new Error('expected a trap');
  };

  beforeEach(() => {
    backend = new FakeBackend();
    ext = new InMemoryExternalities();
    ext.extensions.register(new VirtManagerExt(backend));
    const runtime = reexportingRuntime(form, (of) => createWasmImports(ext, of, { logger: silentLogger }));
    ({ calls, memory } = runtime);
  });

  describe('results', () => {
    it('are ids and statuses on success', () => {
      const program = put('program', 100);
      const identifier = put('id', 200);
      expect(calls.compile_from_bytes(program, identifier)).toBe(0x1_0000_0000n);
      expect(calls.compile_from_bytes(program, identifier)).toBe(1n);
      expect(calls.lookup(identifier)).toBe(2n);
      ext.setStorage(utf8.encode('key'), utf8.encode('stored'));
      expect(calls.compile_from_storage_key(put('key', 300), 0n)).toBe(0x1_0000_0003n);
      expect(calls.instantiate(2)).toBe(0n);
      expect(calls.prepare(0, put('call', 400))).toBe(0n);
      expect(calls.run(0, 10n, 0n, 1000)).toBe(1n);
      expect(calls.destroy(0)).toBe(0n);
      expect(calls.read_memory(0, 0, packFatPointer(0, 4))).toBe(0n);
      expect(calls.write_memory(0, 0, packFatPointer(0, 4))).toBe(0n);
    });

    it('are discriminants on errors', () => {
      backend.failures = {
        compile: ModuleError.InvalidImage,
        instantiate: InstantiateError.InvalidModule,
        exec: ExecError.OutOfGas,
        destroy: DestroyError.InvalidInstance,
        memory: MemoryError.OutOfBounds,
      };
      expect(calls.compile_from_bytes(put('x', 0), 0n)).toBe(-1n);
      expect(calls.lookup(put('x', 0))).toBe(-2n);
      expect(calls.compile_from_storage_key(put('x', 0), 0n)).toBe(-3n);
      expect(calls.instantiate(0)).toBe(-2n);
      expect(calls.prepare(0, 0n)).toBe(-3n);
      expect(calls.run(0, 0n, 0n, 0)).toBe(-3n);
      expect(calls.destroy(0)).toBe(-1n);
      expect(calls.read_memory(0, 0, 0n)).toBe(-2n);
      expect(calls.write_memory(0, 0, 0n)).toBe(-2n);
    });

    it('may say that there are too many instances', () => {
      backend.failures.instantiate = InstantiateError.TooManyInstances;
      expect(calls.instantiate(0)).toBe(-3n);
    });
  });

  describe('arguments', () => {
    it('are unsigned where they arrive as negative', () => {
      calls.instantiate(-1);
      calls.prepare(-2, put('f', 0));
      calls.run(-1, -1n, -1n, 0);
      calls.destroy(-1);
      calls.read_memory(-1, -65536, packFatPointer(0, 1));
      calls.write_memory(-1, -1, packFatPointer(0, 0));
      expect(backend.calls).toEqual([
        'instantiate 4294967295',
        'prepare 4294967294 f',
        'run 4294967295 -1 18446744073709551615',
        'destroy 4294967295',
        'readMemory 4294967295 4294901760 1',
        'writeMemory 4294967295 4294967295 0',
      ]);
    });

    it('may be empty, at any place up to the end of the memory', () => {
      calls.compile_from_bytes(packFatPointer(PAGE, 0), packFatPointer(PAGE, 0));
      calls.lookup(0n);
      expect(backend.calls).toEqual(['lookup ', 'compileFromBytes  ', 'lookup ']);
    });

    it('tell no identifier (0) from an empty one (a pointer)', () => {
      calls.compile_from_bytes(0n, 0n);
      calls.compile_from_bytes(0n, packFatPointer(1, 0));
      expect(backend.calls).toEqual(['compileFromBytes  none', 'lookup ', 'compileFromBytes  ']);
    });

    it('take an identifier at pointer 0 for one if it has a length', () => {
      calls.compile_from_bytes(0n, put('id', 0));
      expect(backend.calls).toEqual(['lookup id', 'compileFromBytes  id']);
    });

    it('may overlap', () => {
      put('abcdef', 10);
      calls.compile_from_bytes(packFatPointer(10, 5), packFatPointer(11, 5));
      expect(backend.calls).toEqual(['lookup bcdef', 'compileFromBytes abcde bcdef']);
    });

    it('may be as long as the memory', () => {
      calls.lookup(packFatPointer(0, PAGE));
      expect(backend.calls[0]).toHaveLength('lookup '.length + PAGE);
    });

    it.each([
      ['compile_from_bytes', 'program', (bad: bigint) => calls.compile_from_bytes(bad, 0n)],
      ['compile_from_bytes', 'identifier', (bad: bigint) => calls.compile_from_bytes(0n, bad)],
      ['lookup', 'identifier', (bad: bigint) => calls.lookup(bad)],
      ['compile_from_storage_key', 'storage_key', (bad: bigint) => calls.compile_from_storage_key(bad, 0n)],
      ['compile_from_storage_key', 'child_trie', (bad: bigint) => calls.compile_from_storage_key(0n, bad)],
      ['prepare', 'function', (bad: bigint) => calls.prepare(0, bad)],
      ['write_memory', 'src', (bad: bigint) => calls.write_memory(0, 0, bad)],
    ])('of %s: a bad %s traps, and the function does not run', (name, argument, call) => {
      const message =
        `memory read is out of bounds: could not marshal the '${argument}' argument through the WASM FFI boundary ` +
        `while executing '${name}' from interface 'Virtualization'`;
      for (const bad of [
        packFatPointer(PAGE, 1),
        packFatPointer(PAGE + 1, 0),
        packFatPointer(0, PAGE + 1),
        packFatPointer(0, 0xffff_ffff),
        packFatPointer(0xffff_ffff, 0xffff_ffff),
        WRAPPING,
      ]) {
        expect(trapOf(() => call(bad))).toBe(message);
      }
      expect(backend.calls).toEqual([]);
    });

    it('are read from left to right: the first bad one traps', () => {
      expect(trapOf(() => calls.compile_from_bytes(WRAPPING, WRAPPING))).toContain("'program'");
      expect(trapOf(() => calls.compile_from_storage_key(WRAPPING, WRAPPING))).toContain("'storage_key'");
    });

    it('may be identifiers and storage keys of 1 MB', () => {
      memory.grow(32);
      const large = 'k'.repeat(2 ** 20);
      const key = put(large, PAGE);
      ext.setStorage(utf8.encode(large), utf8.encode('stored'));
      expect(calls.compile_from_storage_key(key, 0n)).toBe(0x1_0000_0000n);
      expect(calls.compile_from_bytes(0n, key)).toBe(1n);
      expect(calls.lookup(key)).toBe(2n);
      expect(calls.compile_from_storage_key(packFatPointer(PAGE, 2 ** 20 - 1), key)).toBe(-3n);
    });

    it('may be an empty storage key', () => {
      ext.setStorage(new Uint8Array(0), utf8.encode('stored'));
      expect(calls.compile_from_storage_key(0n, 0n)).toBe(0x1_0000_0000n);
      expect(calls.lookup(0n)).toBe(1n);
    });

    it('are read anew after the memory has grown', () => {
      const far = packFatPointer(PAGE + 10, 3);
      expect(trapOf(() => calls.lookup(far))).toContain('out of bounds');
      memory.grow(1);
      put('key', PAGE + 10);
      calls.lookup(far);
      expect(backend.calls).toEqual(['lookup key']);
    });
  });

  describe('run', () => {
    it('writes all 96 bytes of the exec buffer on success', () => {
      bytes().fill(0xee, 1000, 1098);
      expect(calls.run(0, 123n, -1n, 1001)).toBe(1n);
      expect(decodeExecBuffer(bytes(), 1001)).toEqual({
        gasLeft: 123n,
        symbol: utf8.encode('echo'),
        a0: 2n ** 64n - 1n,
        a1: 1n,
        a2: 2n,
        a3: 3n,
        a4: 4n,
        a5: 5n,
      });
      expect([bytes()[1000], bytes()[1097]]).toEqual([0xee, 0xee]);
    });

    it('writes 96 zero bytes on an error', () => {
      calls.run(0, 123n, -1n, 1001);
      backend.failures.exec = ExecError.Trap;
      bytes().fill(0xee, 1000, 1098);
      expect(calls.run(0, 1n, 1n, 1001)).toBe(-4n);
      expect([...bytes().subarray(1000, 1098)]).toEqual([0xee, ...new Array<number>(96).fill(0), 0xee]);
    });

    it.each([PAGE - 95, PAGE, -1, -96])('has run when the exec buffer at %s traps', (pointer) => {
      expect(trapOf(() => calls.run(0, 5n, 0n, pointer))).toBe('memory write is out of bounds');
      expect(backend.calls).toEqual(['run 0 5 0']);
    });

    it('takes a buffer that ends with the memory', () => {
      expect(calls.run(0, 5n, 0n, PAGE - 96)).toBe(1n);
      expect(bytes()[PAGE - 8]).toBe(5);
    });

    it('writes to the memory as it is after the call', () => {
      backend.onCall = () => memory.grow(1);
      expect(calls.run(0, 5n, 0n, PAGE)).toBe(1n);
      expect(decodeExecBuffer(bytes(), PAGE).gasLeft).toBe(5n);
    });
  });

  describe('read_memory', () => {
    it('fills its destination and nothing else', () => {
      backend.memory.set([1, 2, 3], 8);
      bytes().fill(0xee, 99, 104);
      expect(calls.read_memory(0, 8, packFatPointer(100, 3))).toBe(0n);
      expect([...bytes().subarray(99, 104)]).toEqual([0xee, 1, 2, 3, 0xee]);
    });

    it('fills its destination with zeros on an error', () => {
      backend.failures.memory = MemoryError.OutOfBounds;
      bytes().fill(0xee, 99, 104);
      expect(calls.read_memory(0, 8, packFatPointer(100, 3))).toBe(-2n);
      expect([...bytes().subarray(99, 104)]).toEqual([0xee, 0, 0, 0, 0xee]);
    });

    it.each([
      packFatPointer(PAGE, 1),
      packFatPointer(PAGE + 1, 0),
      packFatPointer(0, 0xffff_ffff),
      WRAPPING,
      packFatPointer(0xffff_ffff, 0xffff_ffff),
    ])('traps for the destination %s after the function ran, without bytes for it', (dest) => {
      expect(trapOf(() => calls.read_memory(0, 8, dest))).toBe('memory write is out of bounds');
      expect(backend.calls).toEqual(['readMemory 0 8 0']);
    });

    it('panics before it traps for its destination', () => {
      ext.extensions.deregister(VirtManagerExt);
      expect(trapOf(() => calls.read_memory(0, 8, WRAPPING))).toContain('VirtManagerExt not registered');
    });
  });

  it('write_memory hands over the bytes at its source', () => {
    expect(calls.write_memory(0, 20, put('data', 500))).toBe(0n);
    expect(backend.memory.subarray(20, 24)).toEqual(utf8.encode('data'));
  });

  describe('panics', () => {
    it.each<[string, () => unknown]>([
      ['compile_from_bytes', () => calls.compile_from_bytes(0n, 0n)],
      ['lookup', () => calls.lookup(0n)],
      ['compile_from_storage_key', () => calls.compile_from_storage_key(0n, 0n)],
      ['instantiate', () => calls.instantiate(0)],
      ['prepare', () => calls.prepare(0, 0n)],
      ['run', () => calls.run(0, 0n, 0n, 0)],
      ['destroy', () => calls.destroy(0)],
      ['read_memory', () => calls.read_memory(0, 0, 0n)],
      ['write_memory', () => calls.write_memory(0, 0, 0n)],
    ])('of %s without the extension are traps', (_name, call) => {
      ext.extensions.deregister(VirtManagerExt);
      expect(trapOf(call)).toBe(
        'host code panicked while being called by the runtime: VirtManagerExt not registered in externalities',
      );
    });

    it('write nothing back, and keep the cause', () => {
      const cause = new TypeError('disk on fire');
      backend.onCall = () => {
        throw cause;
      };
      bytes().fill(0xee, 0, 96);
      expect(() => calls.run(0, 0n, 0n, 0)).toThrow(
        expect.objectContaining({
          message: 'host code panicked while being called by the runtime: disk on fire',
          cause,
        }),
      );
      expect(
        bytes()
          .subarray(0, 96)
          .every((byte) => byte === 0xee),
      ).toBe(true);
    });

    it('come from error codes that do not exist', () => {
      backend.failures.compile = -4 as ModuleError;
      expect(trapOf(() => calls.compile_from_bytes(0n, 0n))).toBe(
        'host code panicked while being called by the runtime: Error variant index out of bounds',
      );
    });

    it('come after the write-back when the result cannot be converted', () => {
      backend.failures.exec = -5 as ExecError;
      bytes().fill(0xee, 0, 96);
      expect(trapOf(() => calls.run(0, 0n, 0n, 0))).toContain('Error variant index out of bounds');
      expect(
        bytes()
          .subarray(0, 96)
          .every((byte) => byte === 0),
      ).toBe(true);
    });

    it('leave everything usable', () => {
      ext.extensions.deregister(VirtManagerExt);
      expect(trapOf(() => calls.instantiate(0))).toContain('VirtManagerExt');
      ext.extensions.register(new VirtManagerExt(backend));
      expect(calls.instantiate(0)).toBe(0n);
    });
  });
});

describe('a runtime without memory', () => {
  const ext = new InMemoryExternalities();
  const backend = new FakeBackend();
  ext.extensions.register(new VirtManagerExt(backend));
  const { calls } = reexportingRuntime('none', (of) => createWasmImports(ext, of, { logger: silentLogger }));

  it('can make the calls that need none', () => {
    expect(calls.instantiate(0)).toBe(0n);
    expect(calls.destroy(0)).toBe(0n);
  });

  it.each<[string, () => unknown]>([
    ['lookup', () => calls.lookup(0n)],
    ['prepare', () => calls.prepare(0, 0n)],
    ['run', () => calls.run(0, 0n, 0n, 0)],
    ['read_memory', () => calls.read_memory(0, 0, 0n)],
    ['write_memory', () => calls.write_memory(0, 0, 0n)],
  ])('is told by %s what it lacks', (_name, call) => {
    expect(call).toThrow(
      new HostTrapError(
        'memory: got undefined, expected the memory that the runtime imports as `env.memory` or exports as `memory`',
      ),
    );
  });
});

it('there are nine imports, named as the interface names them', () => {
  const names = Object.keys(
    createWasmImports(new InMemoryExternalities(), () => new WebAssembly.Memory({ initial: 0 })),
  );
  expect(names).toEqual(
    [
      'compile_from_bytes',
      'lookup',
      'compile_from_storage_key',
      'instantiate',
      'prepare',
      'run',
      'destroy',
      'read_memory',
      'write_memory',
    ].map((name) => `ext_virtualization_${name}_version_1`),
  );
});
