import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { median } from './measure.js';
import { type BenchProgram, benchPrograms } from './programs.js';
import { round, type Table } from './report.js';

const ROUNDS = 7;
const ROUND_MS = 400;

/** Runs a program for as long as it is told and tells how often it ran. */
const SCRIPT = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { Engine } from '${import.meta.resolve('polkavm-js')}';
  const { blob, argument } = workerData;
  const module = new Engine().compile(blob);
  const instance = module.instantiate();
  parentPort.on('message', (ms) => {
    const end = performance.now() + ms;
    let runs = 0;
    let now = 0;
    do {
      instance.reset();
      instance.prepareCall(module.exports[0].pc, [argument]);
      instance.gas = 2n ** 62n;
      if (instance.run().kind !== 'finished') throw new Error('the program did not finish');
      runs++;
      now = performance.now();
    } while (now < end);
    parentPort.postMessage((runs * 1000) / (ms + now - end));
  });
`;

/** How much more two threads get done than one. */
export async function workerSuite(): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const program of benchPrograms()) rows.push(await measure(program));
  return {
    title: 'Worker threads',
    note:
      `Runs a second, medians of ${ROUNDS} rounds of ${ROUND_MS} ms: one worker alone, then two at the same time, each with ` +
      'its own engine, module and instance. A machine with other work to do has no second core to give.',
    columns: ['program', 'one worker', 'two workers', 'ratio'],
    rows,
  };
}

async function measure({ name, blob, argument }: BenchProgram): Promise<(string | number)[]> {
  const url = new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);
  const start = (): Worker => new Worker(url, { workerData: { blob, argument } });
  const [first, second] = [start(), start()];
  const runsPerSecond = async (worker: Worker): Promise<number> => {
    worker.postMessage(ROUND_MS);
    const [runs] = await once(worker, 'message');
    return runs;
  };
  const inOne: number[] = [];
  const inTwo: number[] = [];
  for (let i = 0; i <= ROUNDS; i++) {
    const one = await runsPerSecond(i % 2 === 0 ? first : second);
    const [a, b] = await Promise.all([runsPerSecond(first), runsPerSecond(second)]);
    // The first round is for the engine to optimise what runs.
    if (i === 0) continue;
    inOne.push(one);
    inTwo.push(a + b);
  }
  await Promise.all([first.terminate(), second.terminate()]);
  const ratio = median(inTwo.map((two, i) => two / inOne[i]!));
  return [name, round(median(inOne)), round(median(inTwo)), round(ratio)];
}
