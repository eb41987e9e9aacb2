import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Engine, Module } from '../engine/index.js';
import { assemble } from '../text/index.js';
import {
  DestroyError,
  decodeExecBuffer,
  EXEC_BUFFER_SIZE,
  type ExecBuffer,
  ExecError,
  ExecStatus,
  InstantiateError,
  type LogRecord,
  MemoryError,
  ModuleError,
  type Result,
  UPSTREAM_MAX_LIVE_INSTANCES,
  VirtManager,
} from './index.js';

const utf8 = new TextEncoder();
const text = new TextDecoder();

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const GAS = 1_000_000n;
const UNKNOWN = 12345;
/** Where the read-write data of the test program starts, and how much of it is accessible: whole pages. */
const DATA = 0x20000;
const DATA_LENGTH = 4096;

const PROGRAM = assemble(`
  %isa = revive_v1
  %import = ping
  %import = pong
  %stack_size = 4096
  %rw_data_size = 8
  %rw_data = 05 00 00 00 00 00 00 00

  pub @echo:
  ecalli ping
  ecalli pong
  ret

  pub @count:
  t0 = u64 [0x20000]
  t0 = t0 + 1
  u64 [0x20000] = t0
  a0 = t0
  ecalli ping
  ret

  pub @count_and_trap:
  t0 = u64 [0x20000]
  t0 = t0 + 1
  u64 [0x20000] = t0
  s0 = 77
  trap

  pub @count_for_ever:
  t0 = u64 [0x20000]
  t0 = t0 + 1
  u64 [0x20000] = t0
  s0 = 77
  jump @count_for_ever

  pub @entry_registers:
  a1 = sp
  a2 = ra
  a3 = t0 | t1
  a3 = a3 | t2
  a3 = a3 | s0
  a3 = a3 | s1
  a4 = 4
  a5 = -1
  ecalli ping
  ret

  pub @keep_registers:
  a1 = 11
  s0 = 12
  ecalli ping
  a2 = s0
  ecalli pong
  ret

  pub @not_imported:
  ecalli 2
  ret

  pub @wild:
  ecalli 4294967295
  ret

  pub @run_to_end:
  ret

  pub @run_into_nothing:
  ra = 0
  ret
`);

const engine = new Engine();
let manager: VirtManager;
const execBuffer = new Uint8Array(EXEC_BUFFER_SIZE);

beforeEach(() => {
  manager = new VirtManager({ engine });
});

function ok<T>(result: Result<T, number>): T {
  if (!result.ok) throw new Error(`expected success, got error ${result.error}`);
  return result.value;
}

const compile = (program = PROGRAM, identifier?: Uint8Array): number =>
  ok(manager.compileFromBytes(program, identifier));

const newInstance = (): number => ok(manager.instantiate(compile()));

function prepared(name: string, id = newInstance()): number {
  ok(manager.prepare(id, utf8.encode(name)));
  return id;
}

/** Runs and gives the exec buffer and the status, or the error. */
function run(id: number, gas = GAS, a0 = 0n): (ExecBuffer & { status: ExecStatus; name: string }) | ExecError {
  const result = manager.run(id, gas, a0, execBuffer);
  if (!result.ok) return result.error;
  const fields = decodeExecBuffer(execBuffer);
  return { ...fields, status: result.value, name: text.decode(fields.symbol) };
}

/** Runs to a syscall. */
function syscall(id: number, gas = GAS, a0 = 0n): ExecBuffer & { name: string } {
  const result = run(id, gas, a0);
  if (typeof result === 'number' || result.status !== ExecStatus.Syscall) {
    throw new Error(`expected a syscall, got ${typeof result === 'number' ? ExecError[result] : 'an end'}`);
  }
  return result;
}

function read(id: number, address: number, length: number): Uint8Array | MemoryError {
  const target = new Uint8Array(length);
  const result = manager.readMemory(id, address, target, 0, length);
  return result.ok ? target : result.error;
}

const write = (id: number, address: number, bytes: Uint8Array): MemoryError | undefined => {
  const result = manager.writeMemory(id, address, bytes, 0, bytes.length);
  return result.ok ? undefined : result.error;
};

/** What the test program pays for the block at an export. */
const costOf = (name: string): bigint => {
  const module = engine.compile(PROGRAM, { costModel: 'full-l2' });
  return BigInt(module.gasCostOfBlock(module.exports.find((entry) => entry.name === name)!.pc)!);
};

describe('modules', () => {
  it('get an id for each compilation and each lookup, from 0 on, and none for a failure', () => {
    const key = utf8.encode('key');
    expect(compile(PROGRAM, key)).toBe(0);
    expect(manager.compileFromBytes(utf8.encode('garbage'), key)).toEqual({
      ok: false,
      error: ModuleError.InvalidImage,
    });
    expect(manager.lookup(utf8.encode('other'))).toEqual({ ok: false, error: ModuleError.NotCached });
    expect(manager.lookup(key)).toEqual({ ok: true, value: 1 });
    expect(manager.lookup(key)).toEqual({ ok: true, value: 2 });
    expect(compile()).toBe(3);
    for (const id of [0, 1, 2, 3]) expect(manager.instantiate(id).ok).toBe(true);
  });

  it('are not cached without an identifier', () => {
    compile();
    expect(manager.lookup(new Uint8Array(0))).toEqual({ ok: false, error: ModuleError.NotCached });
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['one of 1 MB', new Uint8Array(2 ** 20).fill(0xc3)],
    ['no UTF-8', Uint8Array.of(0xff, 0x00, 0xfe)],
  ])('are cached under the bytes of an identifier that is %s', (_what, identifier) => {
    compile(PROGRAM, identifier);
    expect(manager.lookup(identifier.slice()).ok).toBe(true);
    expect(manager.lookup(Uint8Array.of(...identifier.subarray(0, 8), 1)).ok).toBe(false);
  });

  it('replace what an identifier stood for; modules in use stay', () => {
    const key = utf8.encode('key');
    const id = prepared('echo', ok(manager.instantiate(compile(PROGRAM, key))));
    compile(assemble('%isa = revive_v1\npub @other:\nret'), key);
    expect(syscall(id).name).toBe('ping');
    const second = ok(manager.instantiate(ok(manager.lookup(key))));
    expect(manager.prepare(second, utf8.encode('other')).ok).toBe(true);
  });

  it('do not change with the bytes they were compiled from', () => {
    const program = PROGRAM.slice();
    const moduleId = compile(program);
    program.fill(0);
    const id = prepared('count', ok(manager.instantiate(moduleId)));
    expect(syscall(id).a0).toBe(6n);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['garbage', utf8.encode('this is no program')],
    ['a truncated blob', PROGRAM.subarray(0, PROGRAM.length - 1)],
    ['an import of 33 bytes', assemble(`%isa = revive_v1\n%import = ${'x'.repeat(33)}\npub @f:\nret`)],
    ['an import whose offset is malformed', withImportOffset(0xffff)],
  ])('are refused: %s', (_what, program) => {
    expect(manager.compileFromBytes(program, undefined)).toEqual({ ok: false, error: ModuleError.InvalidImage });
  });

  it('may have imports of 32 bytes', () => {
    const name = 'x'.repeat(32);
    const moduleId = compile(assemble(`%isa = revive_v1\n%import = ${name}\npub @f:\necalli 0\nret`));
    expect(syscall(prepared('f', ok(manager.instantiate(moduleId)))).name).toBe(name);
  });

  it('take the last of several exports with the same symbol', () => {
    const program = assemble(
      '%isa = revive_v1\n%import = p\npub @aa:\na1 = 1\necalli p\nret\npub @ab:\na1 = 2\necalli p\nret',
    );
    program[lastIndexOf(program, 'ab') + 1] = 'a'.charCodeAt(0);
    const id = prepared('aa', ok(manager.instantiate(compile(program))));
    expect(syscall(id).a1).toBe(2n);
  });

  it('say at level debug why they were refused', () => {
    const records: LogRecord[] = [];
    manager = new VirtManager({ engine, logger: (record) => records.push(record) });
    manager.compileFromBytes(utf8.encode('garbage'), undefined);
    manager.compileFromBytes(assemble(`%isa = revive_v1\n%import = ${'x'.repeat(33)}\npub @f:\nret`), undefined);
    manager.compileFromBytes(withImportOffset(0xffff), undefined);
    manager.prepare(newInstance(), utf8.encode('missing'));
    expect(records.every(({ level, target }) => level === 'debug' && target === 'virtualization')).toBe(true);
    expect(records.map(({ message }) => message)).toEqual([
      expect.stringContaining('cannot compile the program: '),
      'cannot compile the program: import 0 has 33 bytes, expected at most 32',
      'cannot compile the program: the offset of import 0 is malformed',
      'export not found: missing',
    ]);
  });
});

/** The test program with another offset for its second import, which is also where its first one ends. */
function withImportOffset(offset: number): Uint8Array {
  const program = PROGRAM.slice();
  // The offsets are right before the symbols.
  new DataView(program.buffer).setUint32(lastIndexOf(program, 'pingpong') - 4, offset, true);
  return program;
}

function lastIndexOf(bytes: Uint8Array, wanted: string): number {
  return String.fromCharCode(...bytes).lastIndexOf(wanted);
}

describe('instances', () => {
  it('get ids from 0 on that are never used again', () => {
    expect([newInstance(), newInstance()]).toEqual([0, 1]);
    ok(manager.destroy(1));
    ok(manager.destroy(0));
    expect(newInstance()).toBe(2);
  });

  it('need a module that exists', () => {
    for (const id of [0, UNKNOWN, -1, 0.5, Number.NaN]) {
      expect(manager.instantiate(id)).toEqual({ ok: false, error: InstantiateError.InvalidModule });
    }
  });

  it('each have fresh memory', () => {
    const moduleId = compile();
    const count = (): bigint => syscall(prepared('count', ok(manager.instantiate(moduleId)))).a0;
    expect([count(), count()]).toEqual([6n, 6n]);
  });

  it('have no cap by default', () => {
    const moduleId = compile();
    for (let i = 0; i < 100; i++) expect(manager.instantiate(moduleId).ok).toBe(true);
    expect(manager.liveInstances).toBe(100);
  });

  it('are refused above the cap until one is destroyed, whatever the module', () => {
    manager = new VirtManager({ engine, maxLiveInstances: UPSTREAM_MAX_LIVE_INSTANCES });
    const moduleId = compile();
    for (let i = 0; i < 30; i++) expect(ok(manager.instantiate(moduleId))).toBe(i);
    expect(manager.instantiate(moduleId)).toEqual({ ok: false, error: InstantiateError.TooManyInstances });
    expect(manager.instantiate(UNKNOWN)).toEqual({ ok: false, error: InstantiateError.TooManyInstances });
    expect(InstantiateError.TooManyInstances).toBe(-3);
    ok(manager.destroy(7));
    expect(ok(manager.instantiate(moduleId))).toBe(30);
    expect(manager.instantiate(moduleId).ok).toBe(false);
  });

  it.each([0, -1, Number.NaN])('cannot be capped at %s', (maxLiveInstances) => {
    expect(() => new VirtManager({ engine, maxLiveInstances })).toThrow(RangeError);
  });

  it('whose memory cannot be had are InvalidImage, and take no id', () => {
    const moduleId = compile();
    const instantiate = vi.spyOn(Module.prototype, 'instantiate').mockImplementationOnce(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    expect(manager.instantiate(moduleId)).toEqual({ ok: false, error: InstantiateError.InvalidImage });
    instantiate.mockRestore();
    expect(manager.liveInstances).toBe(0);
    expect(manager.instantiate(moduleId)).toEqual({ ok: true, value: 0 });
  });

  it('of programs that declare gigabytes do not break the manager', () => {
    const greedy = assemble('%isa = revive_v1\n%rw_data_size = 4000000000\npub @f:\nret');
    const result = manager.compileFromBytes(greedy, undefined);
    if (result.ok) for (let i = 0; i < 3; i++) manager.instantiate(result.value);
    expect(syscall(prepared('echo')).name).toBe('ping');
  });
});

describe('the state table', () => {
  const CALLS = {
    prepare: (id: number) => manager.prepare(id, utf8.encode('echo')),
    prepareMissing: (id: number) => manager.prepare(id, utf8.encode('missing')),
    run: (id: number) => manager.run(id, GAS, 0n, execBuffer),
    readMemory: (id: number) => manager.readMemory(id, DATA, new Uint8Array(8), 0, 8),
    writeMemory: (id: number) => manager.writeMemory(id, DATA, new Uint8Array(8), 0, 8),
    destroy: (id: number) => manager.destroy(id),
  };
  type Call = keyof typeof CALLS;

  const ended = (name: string, gas = GAS): number => {
    const id = prepared(name);
    run(id, gas);
    return id;
  };
  const OK = 'ok';
  const GONE = {
    prepare: ExecError.InvalidInstance,
    prepareMissing: ExecError.InvalidInstance,
    run: ExecError.InvalidInstance,
    readMemory: MemoryError.InvalidInstance,
    writeMemory: MemoryError.InvalidInstance,
    destroy: DestroyError.InvalidInstance,
  };
  const IDLE = { ...GONE, prepare: OK, prepareMissing: ExecError.InvalidImage, destroy: OK };
  const READY = { ...GONE, run: OK, readMemory: OK, writeMemory: OK, destroy: OK };

  const STATES: readonly [name: string, enter: () => number, cells: Record<Call, string | number>][] = [
    ['never given out', () => UNKNOWN, GONE],
    ['no u32', () => -1, GONE],
    ['destroyed', () => destroyed(newInstance()), GONE],
    ['destroyed in a syscall', () => destroyed(ended('echo')), GONE],
    ['idle, new', () => newInstance(), IDLE],
    ['idle, finished', () => ended('run_to_end'), IDLE],
    ['idle, trapped', () => ended('count_and_trap'), IDLE],
    ['idle, out of gas', () => ended('echo', 0n), IDLE],
    ['idle, called what it does not import', () => ended('not_imported'), IDLE],
    ['idle, could not be prepared', () => failedToPrepare(newInstance()), IDLE],
    ['ready, prepared', () => prepared('echo'), READY],
    ['ready, in a syscall', () => ended('echo'), READY],
    ['ready, prepared in vain', () => failedToPrepare(prepared('echo')), READY],
  ];

  function destroyed(id: number): number {
    ok(manager.destroy(id));
    return id;
  }

  function failedToPrepare(id: number): number {
    expect(manager.prepare(id, utf8.encode('missing')).ok).toBe(false);
    return id;
  }

  describe.each(STATES)('%s', (_name, enter, cells) => {
    it.each(Object.entries(cells))('%s: %s', (call, expected) => {
      const result = CALLS[call as Call](enter());
      expect(result.ok ? OK : result.error).toBe(expected);
    });

    it.each(Object.entries(cells).filter(([, expected]) => expected !== OK))(
      '%s leaves everything as it is',
      (call) => {
        const id = enter();
        CALLS[call as Call](id);
        expect(CALLS.run(id).ok).toBe(cells.run === OK);
        if (cells.prepare === OK) expect(CALLS.prepare(id).ok).toBe(true);
        expect(CALLS.destroy(id).ok).toBe(cells.destroy === OK);
      },
    );
  });

  it('a failed prepare leaves a suspended execution where it was', () => {
    const id = prepared('echo');
    expect(syscall(id).name).toBe('ping');
    expect(manager.prepare(id, utf8.encode('count'))).toEqual({ ok: false, error: ExecError.InvalidInstance });
    expect(syscall(id).name).toBe('pong');
  });
});

describe('prepare', () => {
  it('clears the registers, and sets sp to the top of the stack and ra to the return address', () => {
    const id = prepared('count_and_trap');
    expect(run(id)).toBe(ExecError.Trap);
    prepared('entry_registers', id);
    const { stackHigh } = engine.compile(PROGRAM).memoryMap;
    expect(syscall(id)).toMatchObject({
      a0: 0n,
      a1: BigInt(stackHigh),
      a2: 0xffff0000n,
      a3: 0n,
      a4: 4n,
      a5: 2n ** 64n - 1n,
    });
  });

  it('leaves memory and heap alone', () => {
    const growing = assemble('%isa = latest64\npub @grow:\na1 = 4096\na0 = sbrk a1\necalli ping\nret');
    const id = prepared('grow', ok(manager.instantiate(compile(growing))));
    const first = syscall(id).a0;
    expect(run(id)).toMatchObject({ status: ExecStatus.Finished });
    prepared('grow', id);
    expect(syscall(id).a0).toBe(first + 4096n);
    expect(read(id, Number(first), 4096)).toEqual(new Uint8Array(4096));
  });

  it('wants the exact bytes of the symbol', () => {
    const id = newInstance();
    for (const symbol of ['', 'ech', 'echo\0', 'ECHO', 'x'.repeat(2 ** 20)]) {
      expect(manager.prepare(id, utf8.encode(symbol))).toEqual({ ok: false, error: ExecError.InvalidImage });
    }
    prepared('echo', id);
  });
});

describe('run', () => {
  it('sets a0, on the first run and on every other, and no other register', () => {
    const id = prepared('keep_registers');
    expect(syscall(id, GAS, 2n ** 64n - 1n)).toMatchObject({ name: 'ping', a0: 2n ** 64n - 1n, a1: 11n, a2: 0n });
    expect(syscall(id, GAS, 5n)).toMatchObject({ name: 'pong', a0: 5n, a1: 11n, a2: 12n });
  });

  it('reports a syscall with its symbol, its arguments and the gas that is left', () => {
    expect(syscall(prepared('echo'), GAS, 3n)).toEqual({
      status: ExecStatus.Syscall,
      gasLeft: GAS - costOf('echo'),
      symbol: utf8.encode('ping'),
      name: 'ping',
      a0: 3n,
      a1: 0n,
      a2: 0n,
      a3: 0n,
      a4: 0n,
      a5: 0n,
    });
  });

  it('reports the end with the gas that is left and 88 zero bytes', () => {
    const id = prepared('run_to_end');
    execBuffer.fill(0xee);
    expect(manager.run(id, GAS, 9n, execBuffer)).toEqual({ ok: true, value: ExecStatus.Finished });
    expect(decodeExecBuffer(execBuffer).gasLeft).toBe(GAS - costOf('run_to_end'));
    expect(execBuffer.subarray(8)).toEqual(new Uint8Array(88));
  });

  it.each([
    ['count_and_trap', GAS, ExecError.Trap],
    ['run_into_nothing', GAS, ExecError.Trap],
    ['count_for_ever', 1000n, ExecError.OutOfGas],
    ['not_imported', GAS, ExecError.InvalidImage],
    ['wild', GAS, ExecError.InvalidImage],
  ])('ends %s with an error and leaves the exec buffer alone', (name, gas, error) => {
    const id = prepared(name);
    execBuffer.fill(0xee);
    expect(manager.run(id, gas, 0n, execBuffer)).toEqual({ ok: false, error });
    expect(execBuffer.every((byte) => byte === 0xee)).toBe(true);
  });

  it('keeps what a failed run had done to memory', () => {
    const id = prepared('count_and_trap');
    expect(run(id)).toBe(ExecError.Trap);
    prepared('count', id);
    expect(syscall(id).a0).toBe(7n);
    run(id);
    prepared('count_for_ever', id);
    expect(run(id, 10n * costOf('count_for_ever'))).toBe(ExecError.OutOfGas);
    prepared('count', id);
    expect(syscall(id).a0).toBe(18n);
  });

  it('charges a block on entry: not again after a syscall in its middle', () => {
    const id = prepared('echo');
    const { gasLeft } = syscall(id);
    expect(gasLeft).toBe(GAS - costOf('echo'));
    expect(syscall(id, gasLeft).gasLeft).toBe(gasLeft);
    expect(run(id, 0n)).toMatchObject({ status: ExecStatus.Finished, gasLeft: 0n });
  });

  it('takes exactly enough gas, and replaces the gas each time', () => {
    const cost = costOf('echo');
    expect(syscall(prepared('echo'), cost).gasLeft).toBe(0n);
    expect(run(prepared('echo'), cost - 1n)).toBe(ExecError.OutOfGas);
    const id = prepared('echo');
    syscall(id, 10n * cost);
    expect(syscall(id, 7n).gasLeft).toBe(7n);
  });

  it.each([I64_MIN, -1n, 0n])('is out of gas at once with %s', (gas) => {
    const id = prepared('count');
    expect(run(id, gas)).toBe(ExecError.OutOfGas);
    prepared('count', id);
    expect(syscall(id).a0).toBe(6n);
  });

  it.each([I64_MIN, -1n])('is out of gas in the middle of a block with %s', (gas) => {
    const id = prepared('echo');
    syscall(id);
    expect(run(id, gas)).toBe(ExecError.OutOfGas);
  });

  it('takes i64::MAX gas', () => {
    expect(syscall(prepared('echo'), I64_MAX).gasLeft).toBe(I64_MAX - costOf('echo'));
  });

  it('charges full-l2, whatever the engine would, unless another model is asked for', () => {
    const gasWith = (options: ConstructorParameters<typeof VirtManager>[0]): bigint => {
      manager = new VirtManager(options);
      return GAS - syscall(prepared('count')).gasLeft;
    };
    const naive = new Engine({ costModel: 'naive' });
    const fullL2 = costOf('count');
    expect(gasWith({ engine: naive })).toBe(fullL2);
    expect(gasWith({})).toBe(fullL2);
    expect(gasWith({ engine, costModel: 'naive' })).toBe(6n);
    expect(fullL2).not.toBe(6n);
  });

  it('handles several instances in turn', () => {
    const outer = prepared('echo');
    expect(syscall(outer, GAS, 1n)).toMatchObject({ name: 'ping', a0: 1n });
    const inner = prepared('count');
    expect(syscall(inner).a0).toBe(6n);
    expect(syscall(outer, GAS, 2n)).toMatchObject({ name: 'pong', a0: 2n });
    expect(run(inner)).toMatchObject({ status: ExecStatus.Finished });
    ok(manager.destroy(inner));
    expect(run(outer)).toMatchObject({ status: ExecStatus.Finished });
  });
});

describe('exec buffers', () => {
  const CALLER = assemble(`
    %isa = revive_v1
    %import = first
    %import = second
    pub @main:
    ecalli first
    a1 = a1 + 1
    ecalli second
    a1 = a1 + 1
    jump @main
  `);
  const whole = (): Uint8Array => new Uint8Array(EXEC_BUFFER_SIZE);
  const aligned = new Uint8Array(200).subarray(8);
  const unaligned = new Uint8Array(200).subarray(3);
  const first = whole();
  const second = whole();

  it.each<[string, (call: number) => Uint8Array]>([
    ['the same each time', () => first],
    ['another each time', whole],
    ['two in turn', (call) => (call % 2 === 0 ? first : second)],
    ['one, then the other', (call) => (call < 5 ? first : second)],
    ['part of a larger array', () => aligned],
    ['part that is not aligned', () => unaligned],
  ])('may be %s', (_what, bufferOf) => {
    const id = prepared('main', ok(manager.instantiate(compile(CALLER))));
    for (let call = 0; call < 10; call++) {
      const buffer = bufferOf(call).fill(0xee);
      expect(manager.run(id, GAS - BigInt(call), BigInt(call), buffer)).toEqual({
        ok: true,
        value: ExecStatus.Syscall,
      });
      const { symbol, a0, a1 } = decodeExecBuffer(buffer);
      expect([text.decode(symbol), a0, a1]).toEqual([call % 2 === 0 ? 'first' : 'second', BigInt(call), BigInt(call)]);
      expect(buffer.subarray(EXEC_BUFFER_SIZE)).toEqual(new Uint8Array(buffer.length - EXEC_BUFFER_SIZE).fill(0xee));
    }
  });

  it('are told apart by instance', () => {
    const ids = [0, 1].map(() => prepared('main', ok(manager.instantiate(compile(CALLER)))));
    for (let call = 0; call < 4; call++) {
      for (const [i, id] of ids.entries()) {
        ok(manager.run(id, GAS, BigInt(100 * i + call), first));
        expect(decodeExecBuffer(first).a0).toBe(BigInt(100 * i + call));
      }
    }
  });
});

describe('memory', () => {
  it('is read and written as the program left it, and as it will find it', () => {
    const id = prepared('count');
    expect(read(id, DATA, 8)).toEqual(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
    expect(write(id, DATA, Uint8Array.of(41))).toBeUndefined();
    expect(syscall(id).a0).toBe(42n);
    expect(read(id, DATA, 2)).toEqual(Uint8Array.of(42, 0));
  });

  it.each([1, 256, 257, DATA_LENGTH])('moves %s bytes to and from the middle of arrays', (length) => {
    const id = prepared('echo');
    const source = Uint8Array.from({ length: length + 7 }, (_, i) => (i * 7 + 1) & 0xff);
    ok(manager.writeMemory(id, DATA, source, 3, length));
    const target = new Uint8Array(length + 10).fill(0xee);
    ok(manager.readMemory(id, DATA, target, 5, length));
    expect(target.subarray(5, 5 + length)).toEqual(source.subarray(3, 3 + length));
    expect([...target.subarray(0, 5), ...target.subarray(5 + length)]).toEqual(new Array<number>(10).fill(0xee));
  });

  it.each([
    [0, 1],
    [0xffff, 1],
    [DATA - 1, 2],
    [DATA + DATA_LENGTH - 1, 2],
    [DATA + DATA_LENGTH, 1],
    [DATA, DATA_LENGTH + 1],
    [0xffffffff, 1],
    [0xfffffff8, 300],
  ])('is out of bounds at 0x%x for %s bytes, which moves nothing', (address, length) => {
    const id = prepared('echo');
    const bytes = new Uint8Array(length).fill(1);
    expect(manager.writeMemory(id, address, bytes, 0, length)).toEqual({ ok: false, error: MemoryError.OutOfBounds });
    expect(manager.readMemory(id, address, bytes, 0, length)).toEqual({ ok: false, error: MemoryError.OutOfBounds });
    expect(bytes.every((byte) => byte === 1)).toBe(true);
    expect(read(id, DATA, 8)).toEqual(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
  });

  it.each([0, DATA, DATA + DATA_LENGTH, 0xffffffff])('may be accessed for no bytes at 0x%x', (address) => {
    const id = prepared('echo');
    expect(read(id, address, 0)).toEqual(new Uint8Array(0));
    expect(write(id, address, new Uint8Array(0))).toBeUndefined();
  });
});

describe('two managers', () => {
  it('share nothing observable, even on one engine', () => {
    const other = new VirtManager({ engine });
    const key = utf8.encode('key');
    compile(PROGRAM, key);
    const id = newInstance();
    expect(other.lookup(key)).toEqual({ ok: false, error: ModuleError.NotCached });
    expect(other.instantiate(0)).toEqual({ ok: false, error: InstantiateError.InvalidModule });
    expect(other.destroy(id)).toEqual({ ok: false, error: DestroyError.InvalidInstance });
    expect(ok(other.compileFromBytes(PROGRAM, key))).toBe(0);
  });

  it('a manager that is disposed of has nothing left', () => {
    const id = prepared('echo');
    {
      using disposed = manager;
      expect(disposed.liveInstances).toBe(1);
    }
    expect(manager.liveInstances).toBe(0);
    expect(manager.destroy(id)).toEqual({ ok: false, error: DestroyError.InvalidInstance });
    expect(manager.instantiate(0)).toEqual({ ok: false, error: InstantiateError.InvalidModule });
    expect(newInstance()).toBe(id + 1);
  });
});
