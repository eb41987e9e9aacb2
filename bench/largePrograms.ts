import { execFileSync } from 'node:child_process';
import { median } from './measure.js';
import { type BenchProgram, compilerPrograms } from './programs.js';
import { round, type Table } from './report.js';

const PROGRAMS = ['maze', 'city'];
/** The first ones are for the engine to optimise the compiler. */
const EMISSIONS = 25;
const WARM_EMISSIONS = 15;
const RUNS = 20;
/** Runs at the end by which the steady speed is told, and by how much a run may be slower to count as steady. */
const STEADY_RUNS = 5;
const TOLERANCE = 1.1;

/**
 * What processes have in common. Each measures one thing, with nothing of the engine optimised yet. (Threads would share
 * WebAssembly that one of them has compiled.)
 */
const PREAMBLE = `
  import { readFileSync } from 'node:fs';
  import { Engine } from '${import.meta.resolve('polkavm-js')}';
  const { code, argument, backend, rounds } = JSON.parse(readFileSync(0, 'utf8'));
  const blob = new Uint8Array(Buffer.from(code, 'base64'));
  const start = performance.now();
  const since = () => performance.now() - start;
`;

/** Milliseconds until some gas is used, and for each of several runs when it ended. */
const RUN = `${PREAMBLE}
  const instance = new Engine({ backend }).compile(blob).instantiate();
  const run = (gas) => {
    instance.reset();
    instance.prepareCall('run', [BigInt(argument)]);
    instance.gas = gas;
    return instance.run().kind;
  };
  run(1000n);
  const first = since();
  const ends = [];
  for (let i = 0; i < rounds; i++) {
    if (run(2n ** 62n) !== 'finished') throw new Error('the program did not finish');
    ends.push(since());
  }
  console.log(JSON.stringify({ first, ends }));
`;

/** Milliseconds of each of several emissions, how many instructions that were, and how many bytes they became. */
const EMIT = `${PREAMBLE}
  const { functions, wasm } = new Engine().compile(blob, { cache: false }).emitWasm();
  const naive = new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(blob);
  const instructions = functions.flat().reduce((sum, pc) => sum + naive.gasCostOfBlock(pc), 0);
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const module = new Engine().compile(blob, { cache: false });
    const before = since();
    module.emitWasm();
    times.push(since() - before);
  }
  console.log(JSON.stringify({ times, instructions, bytes: wasm.length }));
`;

/** How long large programs take to be compiled, and to run at their speed. */
export function largeProgramSuite(): Table {
  return {
    title: 'Large programs',
    note:
      'Emission: the compiler’s own work to write WebAssembly, once it is warm. The rest is measured in processes where nothing is: ' +
      `milliseconds from the blob to the first 1000 gas, and after how many seconds a program that runs ${RUNS} times ` +
      `runs within ${Math.round((TOLERANCE - 1) * 100)} % of its final speed.`,
    columns: [
      ...['program', 'thousand instructions', 'emission, microseconds an instruction', 'bytes an instruction'],
      ...['first gas, compiler', 'first gas, auto', 'steady, compiler', 'steady, auto'],
    ],
    rows: compilerPrograms()
      .filter(({ name }) => PROGRAMS.includes(name))
      .map(measure),
  };
}

function measure({ name, blob, argument }: BenchProgram): (string | number)[] {
  const emitted = inProcess(EMIT, blob, { rounds: EMISSIONS });
  const [compiler, auto] = ['compiler', 'auto'].map((backend) =>
    inProcess(RUN, blob, { argument: String(argument), backend, rounds: RUNS }),
  );
  const warm = median(emitted.times.slice(-WARM_EMISSIONS));
  return [
    name,
    round(emitted.instructions / 1000),
    round((1000 * warm) / emitted.instructions),
    round(emitted.bytes / emitted.instructions),
    ...[compiler!, auto!].map(({ first }) => round(first)),
    ...[compiler!, auto!].map(({ ends }) => round(steadyAfter(ends) / 1000)),
  ];
}

/** When the first run began that, like the one behind it, was at the final speed. */
function steadyAfter(ends: readonly number[]): number {
  const times = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  const limit = TOLERANCE * median(times.slice(-STEADY_RUNS));
  const firstSteady = times.findIndex((_, i) => times[i]! <= limit && (times[i + 1] ?? 0) <= limit);
  return ends[firstSteady - 1] ?? 0;
}

interface Answer {
  readonly times: readonly number[];
  readonly instructions: number;
  readonly bytes: number;
  readonly first: number;
  readonly ends: readonly number[];
}

/** What a script answers: some of it, depending on the script. */
function inProcess(script: string, blob: Uint8Array, data: object): Answer {
  const input = JSON.stringify({ ...data, code: Buffer.from(blob).toString('base64') });
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { input, encoding: 'utf8' }));
}
