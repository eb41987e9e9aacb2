import { Engine, type Instance, type Module } from 'polkavm-js';
import { runOnAnanAs } from './ananAs.js';
import { compare } from './measure.js';
import { type BenchProgram, benchPrograms } from './programs.js';
import { round, type Table } from './report.js';

const ROUNDS = 3;
const GAS = 2n ** 62n;

/** Millions of guest instructions a second, ours against anan-as, on the same blobs in the same run. */
export function interpreterSuite(): Table {
  return {
    title: 'Interpreter',
    note:
      'Million guest instructions a second, full-l2 gas metering here, gas per instruction there; both run the same ' +
      `revive_v1 blob. Medians of ${ROUNDS} runs that take turns. Instructions are counted by the naive cost model.`,
    columns: ['program', 'million instructions', 'polkavm-js interpreter', 'anan-as', 'ratio'],
    rows: benchPrograms().map(measure),
  };
}

function measure({ name, blob, argument }: BenchProgram): (string | number)[] {
  const engine = new Engine({ backend: 'interpreter' });
  const module = engine.compile(blob, { costModel: 'full-l2' });
  const instance = module.instantiate();
  const instructions = countInstructions(engine.compile(blob, { costModel: 'naive' }), argument);
  const expected = callFirstExport(instance, module, argument);
  const times = compare(
    {
      ours: () => expectEqual(name, callFirstExport(instance, module, argument), expected),
      ananAs: () => expectEqual(name, runOnAnanAs(blob, module, argument), expected),
    },
    ROUNDS,
  );
  const speed = (ms: number): number => round(instructions / 1000 / ms);
  return [name, round(instructions / 1e6), speed(times.ours), speed(times.ananAs), round(times.ananAs / times.ours)];
}

function countInstructions(module: Module, argument: bigint): number {
  const instance = module.instantiate();
  callFirstExport(instance, module, argument);
  return Number(GAS - instance.gas);
}

/** Calls the first export from a fresh memory and gives a0. */
function callFirstExport(instance: Instance, module: Module, argument: bigint): bigint {
  instance.reset();
  instance.prepareCall(module.exports[0]!.pc, [argument]);
  instance.gas = GAS;
  const { kind } = instance.run();
  if (kind !== 'finished') throw new Error(`the program ended with "${kind}"`);
  return instance.getRegister('a0');
}

function expectEqual(name: string, actual: bigint, expected: bigint): void {
  if (actual !== expected) throw new Error(`${name}: a0 is ${actual}, expected ${expected}`);
}
