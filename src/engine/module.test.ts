import { describe, expect, it } from 'vitest';
import { blobOf, codePayload, section, u32s, utf8, varint } from '../../test/support/blob.js';
import { CostTable } from '../gas/index.js';
import { ISA_NAMES, ISAS, type IsaName } from '../isa/index.js';
import { InvalidProgramError, parseProgram, writeBlob } from '../program/index.js';
import { assemble } from '../text/index.js';
import { type Backend, Engine, type Module, type ModuleOptions } from './index.js';

const TRAP = [0];
const ECALLI = [10];
const BAD_OPCODE = [255];
const CODE = section(6, ...codePayload([TRAP]));

function compile(blob: Uint8Array, options?: ModuleOptions): Module {
  return new Engine({ backend: 'interpreter' }).compile(blob, options);
}

function failure(blob: Uint8Array, options?: ModuleOptions): InvalidProgramError {
  try {
    compile(blob, options);
  } catch (error) {
    if (error instanceof InvalidProgramError) return error;
    throw error;
  }
  throw new Error('the program was accepted');
}

const program = (isa: IsaName, ...instructions: number[][]): Uint8Array =>
  blobOf(isa, ...section(6, ...codePayload(instructions)), 0);

describe('an engine', () => {
  it('takes the backends and cost models that there are', () => {
    expect(new Engine().backend).toBe('auto');
    expect(new Engine({ backend: 'interpreter' }).backend).toBe('interpreter');
    expect(() => new Engine({ backend: 'jit' as Backend })).toThrow(
      new RangeError('backend: got "jit", expected one of auto, interpreter, compiler'),
    );
    // @ts-expect-error: there is no such model
    expect(() => new Engine({ costModel: 'cheap' })).toThrow(/cost model: got "cheap", expected one of naive, full-l1/);
  });

  it('has modules cost what it says, unless they say it themselves', () => {
    const blob = program('latest64', ECALLI, TRAP);
    const costs = (engine: Engine, options?: ModuleOptions): number | undefined =>
      engine.compile(blob, options).gasCostOfBlock(0);
    expect(costs(new Engine())).toBe(costs(new Engine({ costModel: 'full-l2' })));
    expect(costs(new Engine())).not.toBe(costs(new Engine({ costModel: 'naive' })));
    expect(costs(new Engine({ costModel: 'naive' }))).toBe(2);
    expect(costs(new Engine({ costModel: 'naive' }), { costModel: CostTable.of({ ecalli: 40, trap: 2 }) })).toBe(42);
    // @ts-expect-error: there is no such model
    expect(() => costs(new Engine(), { costModel: 'full' })).toThrow(/cost model: got "full"/);
  });

  it('compiles what is parsed already', () => {
    const parsed = parseProgram(program('jam_v1', TRAP));
    expect(new Engine().compileProgram(parsed).program).toBe(parsed);
  });
});

describe('a module', () => {
  it.each(ISA_NAMES)('in %s knows its instruction set', (isa) => {
    expect(compile(program(isa, TRAP)).isa).toBe(isa);
  });

  it('has exports in order, as bytes and as text', () => {
    const entry = (pc: number, name: number[]): number[] => [pc, ...varint(name.length), ...name];
    const entries = [
      ...entry(3, utf8('gruß')),
      ...entry(0, [0xff, 0x41]),
      ...entry(9, utf8('\ufeffbom')),
      ...entry(1, []),
    ];
    const module = compile(blobOf('latest64', ...section(5, 4, ...entries), ...CODE, 0));
    expect(module.exports).toEqual([
      { symbol: Uint8Array.from(utf8('gruß')), name: 'gruß', pc: 3 },
      { symbol: Uint8Array.of(0xff, 0x41), name: '\ufffdA', pc: 0 },
      { symbol: Uint8Array.from(utf8('\ufeffbom')), name: '\ufeffbom', pc: 9 },
      { symbol: new Uint8Array(0), name: '', pc: 1 },
    ]);
    expect([module.exportPc('gruß'), module.exportPc(''), module.exportPc('x')]).toEqual([3, 1, undefined]);
  });

  it('calls the first of several exports of one name', () => {
    const module = compile(blobOf('latest64', ...section(5, 3, 7, 1, 97, 5, 1, 97, 6, 1, 98), ...CODE, 0));
    expect(module.exportPc('a')).toBe(7);
    expect(module.exports.length).toBe(3);
    const instance = module.instantiate();
    instance.prepareCall('a');
    expect(instance.nextProgramCounter).toBe(7);
  });

  it('has imports by index, undefined where one is malformed', () => {
    const module = compile(blobOf('latest64', ...section(4, 3, ...u32s(0, 9, 2), ...utf8('abcd')), ...CODE, 0));
    expect(module.imports).toEqual([undefined, undefined, { symbol: Uint8Array.from(utf8('cd')), name: 'cd' }]);
  });

  it('does not decode the symbols of imports before they are asked for', () => {
    // 512 imports that share one symbol of a million bytes: half a gigabyte of text.
    const offsets = Array.from({ length: 1024 }, (_, i) => (i % 2 === 0 ? 0 : 1_000_000));
    const head = [...varint(1024), ...u32s(...offsets)];
    const payload = new Uint8Array(head.length + 1_000_000).fill(0x61);
    payload.set(head);
    const start = [0x50, 0x56, 0x4d, 0, 2, ...new Array(8).fill(0), 4, ...varint(payload.length)];
    const blob = new Uint8Array(start.length + payload.length + CODE.length + 1);
    blob.set(start);
    blob.set(payload, start.length);
    blob.set(CODE, start.length + payload.length);
    new DataView(blob.buffer).setUint32(5, blob.length, true);
    const before = process.memoryUsage().heapUsed;
    const module = compile(blob);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    expect(module.imports[0]?.name.length).toBe(1_000_000);
    expect(module.imports[1]).toBeUndefined();
  });

  it('lays out the memory that the program and its options ask for', () => {
    const blob = blobOf('latest64', ...section(1, 1, 1, ...varint(5000)), ...CODE, 0);
    expect(compile(blob).memoryMap).toMatchObject({ pageSize: 4096, readOnlySize: 4096, stackSize: 8192, auxSize: 0 });
    expect(compile(blob, { pageSize: 65536, auxDataSize: 1 }).memoryMap).toMatchObject({
      readWriteSize: 65536,
      stackHigh: 0xfffd0000,
      auxBase: 0xfffe0000,
      auxSize: 65536,
    });
  });

  it('tells what a block costs where a jump can go, and behind the code', () => {
    const module = compile(program('latest64', ECALLI, TRAP, BAD_OPCODE, ECALLI, TRAP), { costModel: 'naive' });
    expect([0, 1, 2, 3, 4, 5, 6, 0xffffffff].map((pc) => module.gasCostOfBlock(pc))).toEqual([
      2,
      undefined,
      1,
      undefined,
      undefined,
      1,
      1,
      1,
    ]);
    expect([-1, 0.5, Number.NaN].map((pc) => module.gasCostOfBlock(pc))).toEqual([undefined, undefined, undefined]);
    expect(compile(program('latest64', TRAP), { costModel: 'full-l2' }).gasCostOfBlock(7)).toBe(2);
  });

  it('tells the costs of more blocks than it remembers', () => {
    const code = new Uint8Array(80_000).fill(1);
    const bitmask = new Uint8Array(10_000).fill(0xff);
    const module = compile(writeBlob({ isa: ISAS.latest64, code, bitmask }), { costModel: 'naive' });
    for (let pc = 0; pc < 80_000; pc++) {
      if (module.gasCostOfBlock(pc) !== 1) throw new Error(`the block at ${pc} costs ${module.gasCostOfBlock(pc)}`);
    }
    expect(module.gasCostOfBlock(0)).toBe(1);
  });
});

describe('options', () => {
  it.each([
    [{ gasMetering: 'async' }, `gasMetering: got "async", expected 'sync' or 'none'`],
    [{ pageSize: 0.5 }, 'pageSize: got 0.5, expected an integer from 0 to 4294967295'],
    [{ pageSize: -4096 }, 'pageSize: got -4096, expected an integer from 0 to 4294967295'],
    [{ auxDataSize: 2 ** 32 }, 'auxDataSize: got 4294967296, expected an integer from 0 to 4294967295'],
    [{ auxDataSize: Number.NaN }, 'auxDataSize: got NaN, expected an integer from 0 to 4294967295'],
  ])('%o are refused', (options, message) => {
    expect(() => compile(program('latest64', TRAP), options as ModuleOptions)).toThrow(new RangeError(message));
  });
});

describe('a program that is parsed but not valid', () => {
  it.each([
    ['an opcode that jam_v1 lacks', [ECALLI, BAD_OPCODE, TRAP], 1, 'byte 0xff'],
    ['an end that code runs off', [TRAP, ECALLI], 2, 'the end of the code'],
    ['no code', [], 0, 'the end of the code'],
    ['a gap', [[51, 7, ...new Array(30).fill(0)], TRAP], 25, 'byte 0x0'],
  ])('has %s, which only jam_v1 minds', (_, instructions, offset, found) => {
    const error = failure(program('jam_v1', ...instructions));
    expect(error).toMatchObject({ section: 'code', offset, found, expected: 'an instruction of jam_v1' });
    expect(error.message).toContain(`module validation failed: validation failed at offset ${offset} (`);
    for (const isa of ['revive_v1', 'latest32', 'latest64'] as const) compile(program(isa, ...instructions));
  });

  it('declares more memory than fits', () => {
    const huge = varint(0xc0000000);
    const blob = blobOf('latest64', ...section(1, ...huge, ...huge, 0), ...CODE, 0);
    expect(failure(blob)).toMatchObject({
      section: 'memory map',
      offset: undefined,
      found:
        '3221225472 bytes of read-only data, 3221225472 of read-write data, 0 of stack, 0 of aux data in pages of 4096',
      expected: 'regions that fit 32 bits of address space, in pages of a power of two from 4096 to 65536 bytes',
    });
    expect(failure(blob).message).toContain('module validation failed: maximum memory size exceeded');
  });

  it.each([
    [4095, 'invalid page size: page size is too small'],
    [65537, 'invalid page size: page size is too big'],
    [12288, 'invalid page size: page size is not a power of two'],
  ])('does not go with pages of %i bytes', (pageSize, message) => {
    expect(failure(program('latest64', TRAP), { pageSize }).message).toContain(`module validation failed: ${message}`);
  });

  describe('is refused if strict', () => {
    const strict: ModuleOptions = { strict: true };

    it('for a malformed import', () => {
      const blob = blobOf('latest64', ...section(4, 2, ...u32s(0, 5), ...utf8('abc')), ...CODE, 0);
      const error = failure(blob, strict);
      expect(error).toMatchObject({
        section: 'imports',
        found: 'a symbol offset of import 0 outside of the symbols',
        expected: 'offsets that ascend inside of the symbols',
      });
      expect(error.message).toMatch(/^found an invalid import/);
      compile(blob);
    });

    it('for a jump table entry outside of the code', () => {
      const blob = blobOf('latest64', ...section(6, ...codePayload([TRAP], [0, 1])), 0);
      const error = failure(blob, strict);
      expect(error).toMatchObject({
        section: 'code and jump table',
        found: 'entry 1 with code offset 1',
        expected: 'less than 1, the length of the code',
      });
      expect(error.message).toMatch(/^out of range jump table entry found/);
      compile(blob);
    });

    it('for an export outside of the code', () => {
      const blob = blobOf('latest64', ...section(5, 2, 0, 0, 1, 0), ...CODE, 0);
      const error = failure(blob, strict);
      expect(error).toMatchObject({
        section: 'exports',
        found: 'export 1 with code offset 1',
        expected: 'less than 1, the length of the code',
      });
      expect(error.message).toMatch(/^out of range export found/);
      compile(blob);
    });

    it('but not if there is nothing wrong with it', () => {
      const source = 'pub @main:\n ecalli ping\n a0 = @main\n ret';
      expect(compile(assemble(source, { isa: 'jam_v1' }), strict).imports.length).toBe(1);
    });

    it('for what comes first', () => {
      const invalid = section(6, ...codePayload([BAD_OPCODE], [9]));
      const imports = section(4, 1, ...u32s(5));
      const memory = section(1, ...varint(0xffffffff), 0, 0);
      expect(failure(blobOf('jam_v1', ...memory, ...imports, ...invalid, 0), strict).section).toBe('code');
      expect(failure(blobOf('latest64', ...memory, ...imports, ...invalid, 0), strict).section).toBe('memory map');
      expect(failure(blobOf('latest64', ...imports, ...invalid, 0), strict).section).toBe('imports');
      expect(failure(blobOf('latest64', ...invalid, 0), strict).section).toBe('code and jump table');
    });
  });
});

describe('programs as large as programs can be', () => {
  const CODE_LENGTH = 32 * 1024 * 1024;
  const ENTRIES = 16 * 1024 * 1024;
  /** Nothing but one-byte blocks, and a jump table that leads to the last byte of the code over and over. */
  function largest(): Uint8Array {
    const payloadLength = 4 + 1 + 4 + 4 * ENTRIES + CODE_LENGTH + CODE_LENGTH / 8;
    const head = [0x50, 0x56, 0x4d, 0, 2, ...new Array(8).fill(0), 6, ...varint(payloadLength)];
    const blob = new Uint8Array(head.length + payloadLength + 1);
    blob.set(head);
    new DataView(blob.buffer).setUint32(5, blob.length, true);
    blob.set([...varint(ENTRIES), 4, ...varint(CODE_LENGTH)], head.length);
    const jumpTable = new Uint8Array(4 * ENTRIES);
    const view = new DataView(jumpTable.buffer);
    for (let i = 0; i < ENTRIES; i++) view.setUint32(4 * i, CODE_LENGTH - 1, true);
    blob.set(jumpTable, head.length + 9);
    const codeAt = head.length + 9 + jumpTable.length;
    blob.fill(1, codeAt, codeAt + CODE_LENGTH - 1);
    blob.fill(0xff, codeAt + CODE_LENGTH, codeAt + CODE_LENGTH + CODE_LENGTH / 8);
    return blob;
  }

  it.each(['interpreter', 'auto'] as const)('compile at once and run on %s as far as the gas goes', (backend) => {
    const blob = largest();
    const rss = process.memoryUsage().rss;
    const start = performance.now();
    const module = new Engine({ backend, costModel: 'naive' }).compile(blob);
    expect(module.backend).toBe('interpreter');
    using instance = module.instantiate();
    instance.prepareCall(0);
    instance.gas = 5000n;
    expect(instance.run().kind).toBe('outOfGas');
    expect(instance.programCounter).toBe(5000);
    instance.prepareCall(CODE_LENGTH - 1);
    instance.gas = 1n;
    expect(instance.run()).toEqual({ kind: 'trap', pc: CODE_LENGTH - 1 });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(process.memoryUsage().rss - rss).toBeLessThan(256 * 1024 * 1024);
  });
});

describe('programs that are too large for the compiler', () => {
  it('run on the interpreter, however often they loop', () => {
    // a0 = a0 - 1, and back to the start until it is 0; then a million and more one-byte blocks.
    const code = new Uint8Array(1_100_000).fill(1);
    code.set([149, 0x77, 0xff, 82, 0x17, 0, 0xfd, 50, 0]);
    const bitmask = new Uint8Array(code.length / 8).fill(0xff);
    bitmask.set([0b10001001, 0b11111110]);
    const module = new Engine().compile(writeBlob({ isa: ISAS.latest64, code, bitmask }));
    expect([module.backend, module.fallbackReason]).toEqual([
      'interpreter',
      'programs of more than 1048576 instructions or jump table entries run on the interpreter',
    ]);
    using instance = module.instantiate();
    instance.prepareCall(0, [100_000n]);
    instance.gas = 10n ** 12n;
    const start = performance.now();
    expect(instance.run().kind).toBe('finished');
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('do so in the blocks that are, and in no others', () => {
    const CALLS = 150_000;
    const code = new Uint8Array(CALLS + 3).fill(10);
    code.set([1, 50, 0], CALLS);
    const bitmask = new Uint8Array(Math.ceil(code.length / 8)).fill(0xff);
    for (let bit = CALLS + 2; bit < 8 * bitmask.length; bit++) bitmask[bit >> 3] &= ~(1 << (bit & 7));
    const blob = writeBlob({ isa: ISAS.latest64, code, bitmask });
    const module = new Engine({ backend: 'compiler', costModel: 'naive' }).compile(blob);
    using instance = module.instantiate();
    instance.prepareCall(0);
    instance.gas = BigInt(CALLS + 2);
    let calls = 0;
    while (instance.run().kind === 'ecalli') calls++;
    expect([calls, instance.gas, instance.nextProgramCounter]).toEqual([CALLS, 0n, undefined]);
  });
});

describe('instantiating', () => {
  it('declared gigabytes costs little, until they are used', () => {
    const gigabyte = varint(0x40000000);
    const blob = blobOf('latest64', ...section(1, ...gigabyte, ...gigabyte, ...gigabyte), ...CODE, 0);
    const rss = process.memoryUsage().rss;
    const start = performance.now();
    for (const backend of ['interpreter', 'auto'] as const) {
      using instance = new Engine({ backend }).compile(blob).instantiate();
      expect(instance.readMemory(instance.module.memoryMap.stackLow, 1)[0]).toBe(0);
    }
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 1024 * 1024);
  });
});
