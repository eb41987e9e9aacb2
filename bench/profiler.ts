import { Engine, type Instance } from 'polkavm-js';
import { Profiler } from 'polkavm-js/profiler';
import { compare } from './measure.js';
import { benchPrograms, compilerPrograms } from './programs.js';
import { round, type Table } from './report.js';

const ROUNDS = 5;
const GAS = 2n ** 62n;
/** Shorter arguments than the compiler's for programs with many calls, which are what costs a profiler most. */
const CALLING_PROGRAMS = { fib: 26n, maze: 3000n };

/** The interpreter with the profiler against the interpreter without. */
export function profilerSuite(): Table {
  const calling = Object.entries(CALLING_PROGRAMS).flatMap(([name, argument]) =>
    compilerPrograms().flatMap((program) => (program.name === name ? { ...program, argument } : [])),
  );
  return {
    title: 'Profiler',
    note: `Milliseconds on the interpreter, full-l2 gas, medians of ${ROUNDS} runs that take turns.`,
    columns: ['program', 'without', 'with the profiler', 'ratio'],
    rows: [...benchPrograms(), ...calling].map(({ name, blob, argument }) => {
      const module = new Engine({ backend: 'interpreter' }).compile(blob);
      const plain = module.instantiate();
      const profiled = new Profiler(module).instantiate();
      const run = (instance: Instance): void => {
        instance.reset();
        instance.prepareCall(module.exports[0]!.pc, [argument]);
        instance.gas = GAS;
        const { kind } = instance.run();
        if (kind !== 'finished') throw new Error(`the program ended with "${kind}"`);
      };
      const times = compare({ plain: () => run(plain), profiled: () => run(profiled) }, ROUNDS);
      if (plain.gas !== profiled.gas)
        throw new Error(`${name}: ${plain.gas} gas is left, ${profiled.gas} when profiled`);
      return [name, round(times.plain), round(times.profiled), round(times.profiled / times.plain)];
    }),
  };
}
