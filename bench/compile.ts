import { Engine, type Module } from 'polkavm-js';
import { median, microseconds, milliseconds } from './measure.js';
import { benchPrograms, largeProgram, syntheticProgram } from './programs.js';
import { round, type Table } from './report.js';

const KIB = 1024;
const GENERATED_SIZES = [10, 16, 100, 1000];
const COLD_RUNS = 15;

/** How long it takes from a blob to a module, and from a module to an instance. */
export function compileSuite(): Table {
  const programs = [
    ...GENERATED_SIZES.map((size) => ({ name: `generated, ${size} KB of code`, blob: syntheticProgram(size * 1000) })),
    ...benchPrograms().map(({ name, blob }) => ({ name, blob })),
  ];
  const large = largeProgram();
  if (large !== undefined) programs.push({ name: 'city', blob: large });
  return {
    title: 'Compile and instantiate',
    note:
      'Warm medians, interpreter backend, synchronous full-l2 metering. Compile parses and validates; costs of blocks are ' +
      'computed when they are first entered. Instantiate includes giving the instance back.',
    columns: ['program', 'blob, KiB', 'compile, ms', 'ms per 100 KiB', 'instantiate, microseconds'],
    rows: programs.map(({ name, blob }) => {
      const engine = new Engine({ backend: 'interpreter' });
      const compile = medianCompile(engine, blob);
      const module = engine.compile(blob);
      const instantiate = microseconds(() => module.instantiate()[Symbol.dispose]());
      const kib = blob.length / KIB;
      return [name, round(kib), round(compile), round((compile / kib) * 100), round(instantiate)];
    }),
  };
}

function medianCompile(engine: Engine, blob: Uint8Array): number {
  const compile = (): Module => engine.compile(blob, { cache: false });
  for (let warmUp = 0; warmUp < COLD_RUNS; warmUp++) compile();
  return median(Array.from({ length: COLD_RUNS }, () => milliseconds(compile)));
}
