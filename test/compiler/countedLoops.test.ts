/** Loops of one block that count run several rounds without a branch in between, and otherwise as they always did. */
import { describe, expect, it } from 'vitest';
import { type Backend, Engine, type Instance } from '../../src/engine/index.js';
import type { IsaName } from '../../src/isa/index.js';
import { assemble } from '../../src/text/index.js';
import { watchCompiledCode } from '../differential/coverage.js';

const coverage = watchCompiledCode();
const GAS = 100_000n;

function start(source: string, backend: Backend, isa: IsaName): Instance {
  const blob = assemble(
    `%stack_size = 4096\n${source.includes('%rw_data_size') ? '' : '%rw_data_size = 4096\n'}${source}`,
    { isa },
  );
  return new Engine({ backend }).compile(blob, { cache: false }).instantiate();
}

/** Runs a program on both backends and expects the same of them; what comes of it. */
function sameOnBoth(source: string, isa: IsaName = 'latest64'): (args: readonly bigint[]) => Outcome {
  const [interpreted, compiled] = (['interpreter', 'compiler'] as const).map((backend) => start(source, backend, isa));
  return (args) => {
    const expected = call(interpreted!, args);
    expect(call(compiled!, args)).toEqual(expected);
    return expected;
  };
}

interface Outcome {
  readonly kind: string;
  readonly registers: readonly bigint[];
  readonly gas: bigint;
  readonly memory: string;
}

function call(instance: Instance, args: readonly bigint[]): Outcome {
  const { readWriteBase, readWriteSize } = instance.module.memoryMap;
  instance.resetMemory();
  instance.prepareCall('main', args);
  instance.gas = GAS;
  const { kind } = instance.run();
  const registers = (['a0', 'a1', 'a2', 'a3'] as const).map((name) => instance.getRegister(name));
  const memory = Buffer.from(instance.readMemory(readWriteBase, readWriteSize)).toString('base64');
  return { kind, registers, gas: instance.gas, memory };
}

const EDGES = [0n, 1n, 7n, 8n, 2n ** 31n, 2n ** 32n - 3n, 2n ** 63n, 2n ** 64n - 3n];

describe('a counted loop ends where it should', () => {
  const relations = ['!=', '<u', '<s', '>=u', '>=s', '>u', '>s', '<=u', '<=s'];

  it.each(relations.flatMap((relation) => [1, -1, 3, -8].map((step) => ({ relation, step }))))(
    'as long as the counter is $relation, in steps of $step',
    ({ relation, step }) => {
      const run = sameOnBoth(`
      pub @main:
        a3 = a3 + 1
        a0 = a0 + ${step}
        jump @main if a0 ${relation} a1
        ret`);
      for (const start of EDGES) {
        for (const distance of [0n, 1n, -1n, 6n, 7n, 8n, 9n, 24n, -24n, 65n]) {
          run([start, BigInt.asUintN(64, start + distance)]);
        }
      }
    },
  );

  it.each([
    ['latest64', 'i32 a0 = a0 + 1'],
    ['latest64', 'i32 a0 = a0 - 3'],
    ['latest32', 'a0 = a0 + 1'],
    ['latest32', 'a0 = a0 - 3'],
  ] as const)('of 32 bits, on %s, with %s', (isa, count) => {
    const run = sameOnBoth(`pub @main:\na3 = a3 + 1\n${count}\njump @main if a0 != a1\nret`, isa);
    for (const start of EDGES) {
      const low = BigInt.asUintN(32, start);
      for (const distance of [1n, -3n, 8n, -24n, 30n]) run([low, BigInt.asUintN(32, low + distance)]);
      // The whole registers are compared, of which only one is a sign extension.
      if (isa === 'latest64') run([start, BigInt.asUintN(64, start + 12n)]);
    }
  });

  it('in any round, by a trap where memory ends', () => {
    const run = sameOnBoth('pub @main:\nu64 [a0] = a0\na0 = a0 + 8\njump @main if a0 != a1\nret');
    const end = 0x21000n;
    for (let distance = 0n; distance < 150n; distance += 5n) {
      expect(run([end - distance, end - distance + 800n]).kind).toBe('trap');
    }
  });

  it('in any round, by the end of the gas', () => {
    const [interpreted, compiled] = (['interpreter', 'compiler'] as const).map((backend) =>
      start('pub @main:\nu8 [a0] = a1\na0 = a0 + 1\njump @main if a0 != a1\nret', backend, 'latest64'),
    );
    for (let gas = 0n; gas < 400n; gas += 3n) {
      const outcomes = [interpreted!, compiled!].map((instance) => {
        instance.prepareCall('main', [0x20000n, 0x20030n]);
        instance.gas = gas;
        return [instance.run().kind, instance.gas, instance.getRegister('a0'), instance.nextProgramCounter];
      });
      expect(outcomes[1]).toEqual(outcomes[0]);
    }
  });
});

describe('a counted loop', () => {
  it('stays in compiled code up to the last byte of a region', () => {
    const compiled = start(
      'pub @main:\nu8 [a0] = a1\na0 = a0 + 1\njump @main if a0 != a1\nret',
      'compiler',
      'latest64',
    );
    const base = BigInt(compiled.module.memoryMap.readWriteBase);
    const { interpret } = coverage.exits;
    const turns = 300;
    for (let turn = 0; turn < turns; turn++) {
      expect(call(compiled, [base + 3500n + BigInt(turn % 8), base + 4096n]).kind).toBe('finished');
    }
    // Only to return to the host.
    expect(coverage.exits.interpret - interpret).toBe(turns);
  });

  it('copies forwards over what it reads later', () => {
    const run = sameOnBoth(`
      pub @main:
        a3 = u8 [a0]
        u8 [a0 + 1] = a3
        a3 = u64 [a0 + 3]
        a0 = a0 + 1
        jump @main if a0 != a1
        ret`);
    for (const length of [1n, 7n, 8n, 9n, 100n]) run([0x20100n, 0x20100n + length]);
  });

  it('may go in steps so large that each round has a check of its own', () => {
    const pointers = ['t0', 't1', 't2', 'a1', 'a4', 'a5'];
    const run = sameOnBoth(`
      %rw_data_size = 65536
      pub @main:
        a3 = u32 [a0]
        a3 = a3 + a0
        u32 [a0] = a3
        ${'a3 = a3 + 1\n'.repeat(17)}
        a0 = a0 + 4096
        jump @main if a0 != a1
        ${pointers.map((pointer, i) => `${pointer} = a2 ^ ${4096 * i}`).join('\n')}
        ${pointers.map((pointer) => `a3 = u64 [${pointer}]\na0 = a0 + a3`).join('\n')}
        ${pointers.map((pointer) => `u64 [${pointer} + 8] = a0\na0 = a0 + 1`).join('\n')}
        ret`);
    for (const rounds of [1n, 4n, 5n, 6n, 15n]) {
      expect(run([0x20000n, 0x20000n + 4096n * rounds, 0x20000n]).kind).toBe('finished');
    }
  });

  it('may have two pointers into different regions, and change between them from call to call', () => {
    const run = sameOnBoth(`
      pub @main:
        a3 = u64 [a0]
        a3 = a3 + a0
        u64 [a1] = a3
        a0 = a0 + 8
        a1 = a1 + 8
        jump @main if a0 != a2
        ret`);
    const { readWriteBase, stackLow } = start('pub @main:\nret', 'interpreter', 'latest64').module.memoryMap;
    const [data, stack] = [BigInt(readWriteBase), BigInt(stackLow)];
    for (let turn = 0; turn < 400; turn++) {
      const [from, to] = [turn & 1 ? data : stack, turn & 2 ? data + 1024n : stack + 1024n];
      expect(run([from, to, from + 8n * BigInt(1 + (turn % 40))]).kind).toBe('finished');
    }
  });
});
