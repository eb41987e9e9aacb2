import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../test/support/backends.js';
import { assemble } from '../text/index.js';
import { Engine, type Instance, type Module } from './index.js';

/** Looks at three words of each page from one register to another, and gathers in a0 what is set in them. */
const look = (label: string): string => `
  @${label}:
  t0 = u64 [a1]
  t1 = u64 [a1 + 2048]
  t2 = u64 [a1 + 4088]
  a0 = a0 | t0
  a0 = a0 | t1
  a0 = a0 | t2
  a1 = a1 + 4096
  jump @${label} if a1 <u a2
`;

/** Grows the heap, tells in a0 whether memory that should be zero is, and writes near the ends of what it can write. */
const source = (dataSize: number, stackSize: number): string => {
  const dataEnd = 0x30000 + dataSize;
  const stackEnd = 0xfffd0000;
  return `
  %isa = latest64
  %ro_data = 11 22 33 44
  %rw_data_size = ${dataSize}
  %stack_size = ${stackSize}
  pub @main:
  a0 = 0
  s0 = ${dataSize}
  s0 = sbrk s0
  a1 = 0x30000
  a2 = s0
  ${look('data')}
  a1 = ${stackEnd - stackSize}
  a2 = ${stackEnd}
  ${look('stack')}
  a1 = 0xfffe0000
  a2 = 0xfffe2000
  ${look('aux')}
  u64 [0x30000] = -1
  u64 [${dataEnd - 8}] = -1
  u64 [${dataEnd}] = -1
  u64 [s0 - 8] = -1
  u64 [s0 - 4096] = -1
  u64 [${stackEnd - stackSize}] = -1
  u64 [${stackEnd - 8}] = -1
  u64 [sp - 4096] = -1
  ret
`;
};

describe.each(BACKENDS)('memory that one instance leaves to the next on the %s', (backend) => {
  const run = (instance: Instance): bigint => {
    instance.accessibleAuxSize = 0x2000;
    instance.gas = 1n << 40n;
    instance.prepareCall('main');
    expect(instance.run()).toEqual({ kind: 'finished' });
    const foundByProgram = instance.getRegister('a0');
    for (const address of [0xfffe0000, 0xfffe1ff8]) instance.writeMemory(address, new Uint8Array(8).fill(0xee));
    return foundByProgram;
  };

  it.each([
    ['64 KiB', 0x10000, 0x10000],
    ['3 MiB, most of it data', 0x2f0000, 0x10000],
    ['3 MiB, most of it stack', 0x10000, 0x2f0000],
    ['40 MiB', 0x1000000, 0x1800000],
  ])('has nothing of the former in its %s', (_, dataSize, stackSize) => {
    const engine = new Engine({ backend });
    const options = { auxDataSize: 0x2000 };
    const module = engine.compile(assemble(source(dataSize, stackSize)), options);
    // Another layout, in which all that was written lies elsewhere.
    const other = engine.compile(assemble(source(stackSize, dataSize)), options);
    const modules: Module[] = [module, module, other, module, other];
    expect(
      modules.map((each) => {
        using instance = each.instantiate();
        const found = run(instance);
        instance.reset();
        return [found, run(instance)];
      }),
    ).toEqual(modules.map(() => [0n, 0n]));
  });
});
