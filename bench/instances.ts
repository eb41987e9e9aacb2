import { Engine, type Instance, type Module } from 'polkavm-js';
import { collectGarbage, microseconds, milliseconds } from './measure.js';
import { benchPrograms, syntheticProgram } from './programs.js';
import { round, type Table } from './report.js';

const INSTANCES = 1000;
const BACKENDS = ['interpreter', 'compiler'] as const;
const CONTRACT = syntheticProgram(16_000);

/** What it costs to have many instances at once, and to have one after the other. */
export function instanceSuite(): Table {
  return {
    title: 'Instances',
    note:
      `${INSTANCES} live instances in one process, each of which has run once: microseconds to make and run one, and KiB of ` +
      'resident memory that one takes. Warm: instances that come one after the other and give their memory back.',
    columns: ['program', 'backend', 'live, microseconds', 'live, KiB', 'warm, microseconds', 'warm with a run'],
    rows: [
      ...rowsOf('generated, 16 KB of code', CONTRACT, 5n),
      ...benchPrograms().flatMap(({ name, blob }) => rowsOf(name, blob, 0n)),
    ],
  };
}

function rowsOf(name: string, blob: Uint8Array, argument: bigint): (string | number)[][] {
  return BACKENDS.map((backend) => {
    const module = new Engine({ backend }).compile(blob);
    // Code that has been compiled is shared by all instances.
    run(module, argument).dispose();
    const [us, kib] = measureLive(module, argument);
    const warm = microseconds(() => module.instantiate().dispose());
    const warmRun = microseconds(() => run(module, argument).dispose());
    return [name, backend, round(us), round(kib), round(warm), round(warmRun)];
  });
}

function measureLive(module: Module, argument: bigint): [us: number, kib: number] {
  const live: Instance[] = [];
  const before = residentKib();
  const ms = milliseconds(() => {
    for (let i = 0; i < INSTANCES; i++) live.push(run(module, argument));
  });
  const kib = (residentKib() - before) / INSTANCES;
  for (const instance of live) instance.dispose();
  return [(ms / INSTANCES) * 1000, kib];
}

function run(module: Module, argument: bigint): Instance {
  const instance = module.instantiate();
  instance.prepareCall(module.exports[0]!.pc, [argument]);
  instance.gas = 2n ** 62n;
  if (instance.run().kind !== 'finished') throw new Error('the program did not finish');
  return instance;
}

function residentKib(): number {
  collectGarbage();
  return process.memoryUsage().rss / 1024;
}
