import { setImmediate } from 'node:timers/promises';
import type { Backend, Instance } from '../engine/index.js';
import { defineCommand, type Output } from './command.js';
import {
  CALL_OPTIONS,
  type CallOptions,
  instantiated,
  type PreparedCall,
  prepareCall,
  runAnswering,
} from './execution.js';
import { CliError, EXIT } from './exit.js';
import { readBlob } from './files.js';
import { Progress } from './progress.js';
import { grouped, table } from './table.js';
import { type Painter, painterOf } from './terminal.js';
import { positiveInteger } from './values.js';

const BACKENDS = ['interpreter', 'compiler', 'auto'] as const satisfies readonly Backend[];
const PLOT_WIDTH = 44;
/** Marks of the text plot: the spread, the middle half of the runs, the median. */
const PLOT = { spread: '─', quartiles: '█', median: '|', beyond: '>' } as const;
/** The plot ends at so many times the largest of the slower quartiles. */
const CUT_OFF = 1.3;

/** What runs on one backend took. */
interface Measurement {
  readonly backend: Backend;
  /** What ran the program in fact: the compiler is not available everywhere. */
  readonly ranOn: 'interpreter' | 'compiler';
  /** Milliseconds of each run, in their order. */
  readonly runsMs: readonly number[];
  readonly statisticsMs: Statistics;
  readonly compileMs: number;
  /** Milliseconds of the first run on a fresh module, which includes compiling. */
  readonly firstRunMs: number;
}

interface Statistics {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** `pvm bench` */
export const benchCommand = defineCommand({
  name: 'bench',
  summary: 'measure the backends against each other',
  operand: { name: 'FILE' },
  description: `
Calls an export of a program again and again on each backend, which take turns, and compares them: median, spread, a plot.
Each run starts with fresh memory, which is not measured. FILE is a program blob, or assembly text if its name ends in
.pvmasm; - is standard input.`,
  options: {
    ...CALL_OPTIONS,
    runs: { type: 'string', value: 'N', default: '15', help: 'runs of each backend, after one that is not counted' },
    backend: {
      type: 'string',
      choices: ['all', ...BACKENDS],
      default: 'all',
      help: 'which of them to measure',
    },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  notes:
    'In the plot ─ is from the fastest to the slowest run, █ the middle half of the runs, | the median, > that it goes on.',
  examples: [
    {
      line: 'pvm bench program.polkavm --call run --arg 20',
      says: 'interpreter, compiler and the choice between them',
    },
    { line: 'pvm bench program.polkavm --backend compiler --runs 50 --json', says: 'all times, for a script' },
  ],
  exitCodes: [EXIT.finished, EXIT.trap, EXIT.outOfGas, EXIT.ecalli, EXIT.interrupted],
  async run(file, options, output) {
    const runs = positiveInteger('--runs', options.runs);
    const backends = options.backend === 'all' ? BACKENDS : [options.backend];
    const result = await measure(file, options, backends, runs, output);
    if (result.status === 'interrupted' && result.backends.length === 0) return EXIT.interrupted;
    output.out(options.json ? `${JSON.stringify(result)}\n` : report(result, painterOf(output)));
    return EXIT[result.status];
  },
});

type Status = Extract<keyof typeof EXIT, 'finished' | 'trap' | 'outOfGas' | 'ecalli' | 'interrupted'>;

interface Contestant {
  readonly backend: Backend;
  readonly call: PreparedCall;
  readonly instance: Instance;
  readonly firstRunMs: number;
  readonly runsMs: number[];
}

/** What came of all runs, as `--json` prints it. */
interface Result {
  readonly status: Status;
  /** Of each run: all backends use the same. */
  readonly gasUsed: string;
  readonly backends: readonly Measurement[];
}

async function measure(
  file: string,
  options: CallOptions,
  backends: readonly Backend[],
  runs: number,
  output: Output,
): Promise<Result> {
  // Once for all backends: standard input cannot be read again.
  const blob = readBlob(file);
  const contestants: Contestant[] = [];
  let gasUsed: bigint | undefined;
  const runOnce = async (instance: Instance, call: PreparedCall): Promise<{ time: number; status: Status }> => {
    instance.reset();
    call.start(instance);
    const start = performance.now();
    const outcome = await runAnswering(instance, call, output);
    const time = performance.now() - start;
    if (outcome.kind === 'interrupted') return { time, status: outcome.kind };
    const used = call.gas - instance.gas;
    if (gasUsed !== undefined && used !== gasUsed) {
      throw new CliError(EXIT.internal, `the backends disagree: ${gasUsed} and ${used} gas used`);
    }
    gasUsed = used;
    return { time, status: outcome.kind };
  };

  let status: Status = 'finished';
  const progress = new Progress(output, 'measuring');
  const total = backends.length * (runs + 1);
  let done = 0;
  const step = async (backend: Backend): Promise<void> => {
    progress.update(++done / total, backend);
    await setImmediate();
  };
  try {
    for (const backend of backends) {
      const call = prepareCall(file, blob, options, backend, output);
      const instance = instantiated(file, () => call.module.instantiate());
      const { time: firstRunMs, status: firstStatus } = await runOnce(instance, call);
      status = firstStatus;
      if (status === 'interrupted') return { status, gasUsed: '0', backends: [] };
      contestants.push({ backend, call, instance, firstRunMs, runsMs: [] });
      await step(backend);
    }
    measuring: for (let round = 0; round < runs; round++) {
      for (const { backend, call, instance, runsMs } of contestants) {
        const run = await runOnce(instance, call);
        status = run.status;
        if (status === 'interrupted') break measuring;
        runsMs.push(run.time);
        await step(backend);
      }
    }
  } finally {
    progress.done();
  }
  const measurements = contestants.flatMap(({ backend, call, firstRunMs, runsMs }) =>
    runsMs.length === 0
      ? []
      : {
          backend,
          ranOn: call.module.backend,
          runsMs: runsMs.map(rounded),
          statisticsMs: statisticsOf(runsMs),
          compileMs: call.compileMs,
          firstRunMs: rounded(firstRunMs),
        },
  );
  return { status, gasUsed: String(gasUsed), backends: measurements };
}

function statisticsOf(times: readonly number[]): Statistics {
  const sorted = [...times].sort((a, b) => a - b);
  const quantile = (part: number): number => {
    const position = part * (sorted.length - 1);
    const low = sorted[Math.floor(position)]!;
    const high = sorted[Math.ceil(position)]!;
    return rounded(low + (high - low) * (position - Math.floor(position)));
  };
  return {
    median: quantile(0.5),
    lowerQuartile: quantile(0.25),
    upperQuartile: quantile(0.75),
    fastest: quantile(0),
    slowest: quantile(1),
  };
}

function rounded(ms: number): number {
  return Number(ms.toFixed(4));
}

function report({ status, gasUsed, backends }: Result, paint: Painter): string {
  const slowest = Math.max(...backends.map(({ statisticsMs }) => statisticsMs.median));
  // One run that something disturbed must not make all others too small to be seen.
  const most = CUT_OFF * Math.max(...backends.map(({ statisticsMs }) => statisticsMs.upperQuartile));
  const rows = backends.map(({ backend, ranOn, runsMs, statisticsMs, firstRunMs }) => [
    backend === ranOn || backend === 'auto' ? backend : `${backend} (${ranOn})`,
    `${milliseconds(statisticsMs.median)} ms`,
    `${milliseconds(statisticsMs.fastest)} to ${milliseconds(statisticsMs.slowest)}`,
    `${milliseconds(firstRunMs)} ms`,
    `${(slowest / statisticsMs.median).toFixed(2)} x`,
    `${grouped(Number(gasUsed) / statisticsMs.median / 1000)}`,
    `${runsMs.length}`,
  ]);
  const head = ['backend', 'median', 'fastest to slowest', 'first run', 'speed', 'M gas/s', 'runs'];
  const lines = table([head, ...rows]);
  const nameWidth = Math.max(...rows.map(([name]) => name!.length));
  return [
    `${status}, ${grouped(BigInt(gasUsed))} gas a run`,
    '',
    paint('strong', lines[0]!),
    ...lines.slice(1),
    '',
    ...backends.map(({ statisticsMs }, index) =>
      `${rows[index]![0]!.padEnd(nameWidth)}  ${plot(statisticsMs, most)}`.trimEnd(),
    ),
    `${' '.repeat(nameWidth)}  0${`${milliseconds(most)} ms`.padStart(PLOT_WIDTH - 1)}`,
    '',
  ].join('\n');
}

function plot({ fastest, lowerQuartile, median, upperQuartile, slowest }: Statistics, most: number): string {
  const column = (ms: number): number => Math.min(PLOT_WIDTH - 1, Math.round((ms / most) * (PLOT_WIDTH - 1)));
  const cells = new Array<string>(PLOT_WIDTH).fill(' ');
  cells.fill(PLOT.spread, column(fastest), column(slowest) + 1);
  cells.fill(PLOT.quartiles, column(lowerQuartile), column(upperQuartile) + 1);
  cells[column(median)] = PLOT.median;
  if (slowest > most) cells[PLOT_WIDTH - 1] = PLOT.beyond;
  return cells.join('');
}

function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}
