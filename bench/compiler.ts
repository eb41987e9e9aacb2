import { Engine } from 'polkavm-js';
import { median, milliseconds } from './measure.js';
import { compilerPrograms } from './programs.js';
import { nativeMilliseconds, plainWasm } from './references.js';
import { round, type Table } from './report.js';

const ROUNDS = 5;
const GAS = 2n ** 62n;

/** The compiler next to the same C programs built for this machine and for plain WebAssembly. */
export function compilerSuite(): Table {
  return {
    title: 'Compiler',
    note:
      `Milliseconds, medians of ${ROUNDS} runs after one that is not counted. polkavm-js runs latest64 blobs with full-l2 ` +
      'gas, memory protection and a guest stack; plain Wasm has none of that. PolkaVM’s native recompiler is not at hand: its ' +
      'ratio to gcc is that of another machine of this kind.',
    columns: [
      ...['program', 'gcc -O2', 'plain Wasm', 'polkavm-js compiler'],
      ...['compiler / plain Wasm', 'compiler / gcc', 'compiler / native recompiler'],
    ],
    rows: compilerPrograms().map(({ name, blob, argument, recompilerToGcc }) => {
      const module = new Engine().compile(blob);
      const instance = module.instantiate();
      const run = (): bigint => {
        instance.reset();
        instance.prepareCall('run', [argument]);
        instance.gas = GAS;
        const { kind } = instance.run();
        if (kind !== 'finished') throw new Error(`${name} ended with "${kind}"`);
        return instance.getRegister('a0');
      };
      const reference = plainWasm(name);
      if (reference !== undefined && BigInt.asUintN(64, reference(argument)) !== run()) {
        throw new Error(`${name}: plain Wasm and polkavm-js give different results`);
      }
      const ours = medianOf(run);
      const wasm = reference && medianOf(() => reference(argument));
      const native = nativeMilliseconds(name, argument, ROUNDS);
      return [
        ...[name, cell(native), cell(wasm), cell(ours)],
        ...[cell(wasm && ours / wasm), cell(native && ours / native), cell(native && ours / native / recompilerToGcc)],
      ];
    }),
  };
}

function medianOf(run: () => unknown): number {
  run();
  return median(Array.from({ length: ROUNDS }, () => milliseconds(run)));
}

function cell(value: number | undefined): number | string {
  return value === undefined ? '-' : round(value);
}
