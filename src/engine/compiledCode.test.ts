/** Compiled code that goes from one thread to another. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CostTable } from '../gas/index.js';
import { assemble } from '../text/index.js';
import { Engine, type Module, type ModuleOptions } from './index.js';

const BLOB = assemble(`
  %isa = latest64
  %rw_data_size = 4096
  pub @main:
  a1 = u64 [0x20000]
  a1 = a1 + a0
  u64 [0x20000] = a1
  ecalli 0
  a0 = a0 - 1
  jump @main if a0 != 0
  ra = 0xffff0000
  ret
`);
const ALONE: ModuleOptions = { cache: false };

const compile = (options: ModuleOptions = ALONE, backend: 'compiler' | 'auto' | 'interpreter' = 'compiler'): Module =>
  new Engine({ backend, costModel: 'naive' }).compile(BLOB, options);

/** Runs the program to its end and tells what it left. */
function run(module: Module): unknown {
  using instance = module.instantiate();
  instance.gas = 1_000_000n;
  instance.prepareCall('main', [300n]);
  while (instance.run().kind === 'ecalli');
  return [instance.programCounter, instance.gas, instance.getRegister('a1'), instance.readMemory(0x20000, 8)];
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('compiled code', () => {
  it.each(['compiler', 'auto'] as const)('can be cloned, and need not be compiled again by %s', (backend) => {
    const module = compile();
    const expected = run(module);
    const compiledCode = structuredClone(module.compiledCode);
    expect(compiledCode!.batches.length).toBeGreaterThan(0);

    const copy = compile({ ...ALONE, compiledCode }, backend);
    const compilation = vi.spyOn(WebAssembly, 'Module');
    expect(run(copy)).toEqual(expected);
    expect(compilation).not.toHaveBeenCalled();
    expect(run(compile())).toEqual(expected);
    expect(compilation).toHaveBeenCalled();
    expect(copy.compiledCode!.batches).toEqual(compiledCode!.batches);
  });

  it('can come after the program has run', () => {
    const sent = compile();
    const expected = run(sent);
    const cached: ModuleOptions = { gasMetering: 'sync', pageSize: 8192 };
    const module = compile(cached, 'auto');
    expect(run(module)).toEqual(run(module));
    expect(module.compiledCode!.batches).toEqual([]);
    const other = compile({ ...ALONE, pageSize: 8192 });
    expect(run(other)).toEqual(expected);
    const again = compile({ ...cached, compiledCode: other.compiledCode }, 'auto');
    expect(again.compiledCode!.batches).toHaveLength(1);
    // The cache gave both modules the same code.
    expect(module.compiledCode!.batches).toHaveLength(1);
    const compilation = vi.spyOn(WebAssembly, 'Module');
    expect(run(module)).toEqual(expected);
    expect(compilation).not.toHaveBeenCalled();
  });

  it('is that of the program and its options', () => {
    const { compiledCode } = compile();
    const refused = /compiledCode: got that of another program or of other options/;
    const different: ModuleOptions[] = [
      { gasMetering: 'none' },
      { costModel: 'full-l2' },
      { costModel: CostTable.of({}) },
      { pageSize: 8192 },
      { auxDataSize: 4096 },
    ];
    for (const options of different) expect(() => compile({ ...ALONE, ...options, compiledCode })).toThrow(refused);
    const other = assemble('%isa = latest64\ntrap');
    expect(() => new Engine({ costModel: 'naive' }).compile(other, { compiledCode })).toThrow(refused);

    const prices = (invalid: number): ModuleOptions => ({ ...ALONE, costModel: CostTable.of({ invalid }) });
    const priced = compile(prices(3)).compiledCode;
    expect(() => compile({ ...prices(4), compiledCode: priced })).toThrow(refused);
    expect(compile({ ...prices(3), compiledCode: priced }).backend).toBe('compiler');
    // Neither of these changes what is compiled.
    expect(compile({ ...ALONE, strict: true, compiledCode }).backend).toBe('compiler');
  });

  it('is nothing to the interpreter', () => {
    const { compiledCode } = compile();
    const module = compile({ ...ALONE, compiledCode }, 'interpreter');
    expect([module.backend, module.compiledCode]).toEqual(['interpreter', undefined]);
    expect(run(module)).toEqual(run(compile()));
  });
});
