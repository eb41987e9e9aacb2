import { type Results, round, type Table } from './report.js';

/** A line of the README: numbers of one column of a table. */
interface Line {
  readonly what: string;
  readonly table: string;
  readonly column: string;
  /** The first cell of the rows that count; all of them if there is none. */
  readonly rows?: readonly string[];
  readonly unit?: string;
}

const LINES: readonly Line[] = [
  { what: 'interpreter, times the speed of anan-as', table: 'Interpreter', column: 'ratio' },
  {
    what: 'compiler, times the time of plain WebAssembly from the same C',
    table: 'Compiler',
    column: 'compiler / plain Wasm',
  },
  {
    what: 'compiler, times the time of PolkaVM’s native recompiler',
    table: 'Compiler',
    column: 'compiler / native recompiler',
  },
  {
    what: 'a host call of a Wasm runtime',
    table: 'Host calls',
    column: 'resume',
    rows: ['Wasm imports'],
    unit: ' microseconds',
  },
  {
    what: '`polkavm-js`, bundled, minified and compressed',
    table: 'Size',
    column: 'KiB, gzip',
    rows: ['polkavm-js'],
    unit: ' KiB',
  },
];

/** What the README says of the results: a line each of the most telling numbers, with where and when they came about. */
export function summary({ date, machine, versions, tables }: Results): string {
  const lines = LINES.flatMap((line) => {
    const numbers = numbersOf(line, tables);
    return numbers.length === 0 ? [] : [`| ${line.what} | ${describe(numbers)}${line.unit ?? ''} |`];
  });
  return [
    '',
    '| what | measured |',
    '| --- | --- |',
    ...lines,
    '',
    `${date}, ${machine}, Node ${versions.node}.`,
    '',
  ].join('\n');
}

function numbersOf({ table, column, rows }: Line, tables: readonly Table[]): number[] {
  const found = tables.find(({ title }) => title === table);
  const index = found?.columns.indexOf(column) ?? -1;
  if (found === undefined || index < 0) return [];
  return found.rows
    .filter(([name]) => rows === undefined || rows.includes(String(name)))
    .map((row) => Number(row[index]))
    .filter(Number.isFinite);
}

/** One number as it is; several as their geometric mean and their range. */
function describe(numbers: readonly number[]): string {
  if (numbers.length === 1) return String(numbers[0]);
  const mean = Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
  return `${round(mean)} (${Math.min(...numbers)} to ${Math.max(...numbers)})`;
}
