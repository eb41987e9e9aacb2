import { basename } from 'node:path';
import { flameGraph, lcov, type Profile, Profiler, speedscope } from '../profiler/index.js';
import { escapeControls } from '../text/index.js';
import { defineCommand, type Output } from './command.js';
import { CALL_OPTIONS, instantiated, prepareCall, type RunOutcome, runAnswering } from './execution.js';
import { CliError, EXIT } from './exit.js';
import { nameOf, readBlob, writeBytes } from './files.js';
import { grouped, percent, table } from './table.js';
import { type Painter, painterOf } from './terminal.js';
import { positiveInteger } from './values.js';

/** `pvm profile` */
export const profileCommand = defineCommand({
  name: 'profile',
  summary: 'show where the gas and the instructions of a call go',
  operand: { name: 'FILE' },
  description: `
Calls an export of a program and shows where the gas and the instructions went: by function, by source line where the
program has debug information, and by syscall. It runs on the interpreter, a little slower than usual, with the same
results and the same gas. FILE is a program blob, or assembly text if its name ends in .pvmasm; - is standard input.
Ctrl-C stops the program and shows what there is.`,
  options: {
    ...CALL_OPTIONS,
    top: { type: 'string', value: 'N', default: '15', help: 'rows of each table' },
    by: {
      type: 'string',
      choices: ['gas', 'instructions'],
      default: 'gas',
      help: 'what the tables and the flame graph are of',
    },
    flame: { type: 'string', value: 'OUT.svg', help: 'write a flame graph, which opens in a browser' },
    speedscope: { type: 'string', value: 'OUT.json', help: 'write a file for https://www.speedscope.app' },
    lcov: { type: 'string', value: 'OUT.info', help: 'write the coverage of source lines, for genhtml and editors' },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  notes: `
Functions have the names that debug information gives them, else those of exports, else fn@ and their code offset.
Self is without what a function called, total is with it.`,
  examples: [
    { line: 'pvm profile program.polkavm --call run --arg 20', says: 'tables on the terminal' },
    { line: 'pvm profile program.polkavm --flame flame.svg', says: 'a picture, to be opened in a browser' },
    { line: 'pvm profile program.pvmasm --lcov coverage.info', says: 'which lines of assembly text were executed' },
  ],
  exitCodes: [EXIT.finished, EXIT.trap, EXIT.outOfGas, EXIT.ecalli, EXIT.unwritable, EXIT.interrupted],
  async run(file, options, output) {
    const top = positiveInteger('--top', options.top);
    const prepared = prepareCall(file, readBlob(file), options, 'interpreter', output);
    const profiler = new Profiler(prepared.module);
    const instance = instantiated(file, () => profiler.instantiate());
    prepared.start(instance);
    const outcome = await runAnswering(instance, prepared, output);
    const profile = profiler.profile();
    const name = `${basename(nameOf(file))}, ${prepared.entry}`;
    if (options.flame !== undefined) {
      writeBytes(options.flame, flameGraph(profile, { title: name, unit: options.by }), output);
    }
    if (options.speedscope !== undefined) {
      writeBytes(options.speedscope, `${JSON.stringify(speedscope(profile, name))}\n`, output);
    }
    if (options.lcov !== undefined) writeCoverage(options.lcov, file, profile, output);
    const isTaken = [options.flame, options.speedscope, options.lcov].includes('-');
    if (options.json && !isTaken) output.out(`${JSON.stringify(jsonOf(outcome, profile))}\n`);
    else if (!isTaken) output.out(report(outcome, profile, options.by, top, painterOf(output)));
    return EXIT[outcome.kind];
  },
});

function writeCoverage(target: string, file: string, profile: Profile, output: Output): void {
  if (profile.lines.length === 0) {
    throw new CliError(
      EXIT.invalidProgram,
      `--lcov: ${nameOf(file)} has no debug information, expected a program that knows its source lines`,
    );
  }
  writeBytes(target, lcov(profile), output);
}

/** The profile without its tree, which speedscope files have in a form that is documented elsewhere. */
function jsonOf({ kind: status }: RunOutcome, { total, functions, lines, syscalls, blocks }: Profile) {
  return {
    status,
    total,
    functions: functions.filter(({ calls }) => calls > 0),
    lines: lines.filter(({ count }) => count > 0),
    syscalls,
    blocks,
  };
}

function report(
  outcome: RunOutcome,
  profile: Profile,
  by: 'gas' | 'instructions',
  top: number,
  paint: Painter,
): string {
  const { total } = profile;
  return [
    `${outcomeText(outcome)}, ${grouped(total.gas)} gas, ${grouped(total.instructions)} instructions`,
    ...section('functions', functionRows(profile, by), top, paint, [0, 6]),
    ...section('lines', lineRows(profile, by), top, paint),
    ...section('syscalls', syscallRows(profile), top, paint),
    '',
  ].join('\n');
}

function functionRows({ functions, total }: Profile, by: 'gas' | 'instructions'): string[][] {
  const called = functions.filter(({ calls }) => calls > 0).sort((a, b) => b.self[by] - a.self[by]);
  if (called.length === 0) return [];
  return [
    ['function', `self ${by}`, '', `total ${by}`, '', 'calls', 'where'],
    ...called.map(({ name, self, total: all, calls, path, line, pc }) => [
      escapeControls(name),
      grouped(self[by]),
      percent(self[by], total[by]),
      grouped(all[by]),
      percent(all[by], total[by]),
      grouped(calls),
      path === undefined ? `${pc}` : escapeControls(`${path}:${line ?? '?'}`),
    ]),
  ];
}

function lineRows({ lines, total }: Profile, by: 'gas' | 'instructions'): string[][] {
  const executed = lines.filter(({ count }) => count > 0).sort((a, b) => b[by] - a[by]);
  if (executed.length === 0) return [];
  return [
    ['line', by, '', 'executed'],
    ...executed.map((row) => [
      escapeControls(`${row.path}:${row.line}`),
      grouped(row[by]),
      percent(row[by], total[by]),
      grouped(row.count),
    ]),
  ];
}

function syscallRows({ syscalls }: Profile): string[][] {
  if (syscalls.length === 0) return [];
  return [
    ['syscall', 'calls', 'gas taken by the host'],
    ...syscalls.map(({ index, name, calls, gas }) => [
      name === undefined ? `ecalli ${index}` : escapeControls(name),
      grouped(calls),
      grouped(gas),
    ]),
  ];
}

/** A table whose first row is its head, cut off behind so many others. */
function section(
  title: string,
  rows: readonly (readonly string[])[],
  top: number,
  paint: Painter,
  left: readonly number[] = [0],
): string[] {
  if (rows.length === 0) return [];
  const [head, ...lines] = table(rows.slice(0, top + 1), left);
  const more = rows.length - 1 - top;
  return [
    '',
    paint('strong', head!),
    ...lines,
    ...(more > 0 ? [paint('faint', `and ${grouped(more)} more ${title}`)] : []),
  ];
}

function outcomeText(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case 'trap':
      return `trap at ${outcome.pc}`;
    case 'outOfGas':
      return 'out of gas';
    case 'ecalli':
      return `stopped at ecalli ${outcome.index}`;
    default:
      return outcome.kind;
  }
}
