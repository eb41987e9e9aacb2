import { Engine, type Instance, type Module } from 'polkavm-js';
import { collectGarbage, median, microseconds, milliseconds } from './measure.js';
import { benchPrograms, syntheticProgram } from './programs.js';
import { round, type Table } from './report.js';

const INSTANCES = 1000;
/** So many at a time, that the pool of an engine has room for as many as large as they are here. */
const WARM_INSTANCES = 4;
const WARM_ROUNDS = 21;
const BACKENDS = ['interpreter', 'compiler'] as const;
const CONTRACT = syntheticProgram(16_000);

/** What it costs to have many instances at once, and to have one after the other. */
export function instanceSuite(): Table {
  return {
    title: 'Instances',
    note:
      `${INSTANCES} live instances in one process, each of which has run once: microseconds to make and run one, and KiB of ` +
      'resident memory that one takes. Warm: instances that come one after the other and give their memory back, first ' +
      `without a run; then what parts of it take when each of ${WARM_INSTANCES} at a time has run.`,
    columns: [
      'program',
      'backend',
      'live, microseconds',
      'live, KiB',
      'warm, microseconds',
      'warm with a run',
      'of that to instantiate',
      'of that to dispose',
    ],
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
    const [instantiate, dispose] = measureParts(module, argument);
    return [name, backend, round(us), round(kib), round(warm), round(warmRun), round(instantiate), round(dispose)];
  });
}

function measureParts(module: Module, argument: bigint): [instantiate: number, dispose: number] {
  const rounds = Array.from({ length: WARM_ROUNDS }, () => {
    const instances: Instance[] = [];
    const instantiate = milliseconds(() => {
      for (let i = 0; i < WARM_INSTANCES; i++) instances.push(module.instantiate());
    });
    for (const instance of instances) finish(instance, argument);
    const dispose = milliseconds(() => {
      for (const instance of instances) instance.dispose();
    });
    return { instantiate, dispose };
  });
  const each = (ms: number[]): number => (median(ms) / WARM_INSTANCES) * 1000;
  return [each(rounds.map(({ instantiate }) => instantiate)), each(rounds.map(({ dispose }) => dispose))];
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
  finish(instance, argument);
  return instance;
}

function finish(instance: Instance, argument: bigint): void {
  instance.prepareCall(instance.module.exports[0]!.pc, [argument]);
  instance.gas = 2n ** 62n;
  if (instance.run().kind !== 'finished') throw new Error('the program did not finish');
}

function residentKib(): number {
  collectGarbage();
  return process.memoryUsage().rss / 1024;
}
