import { Engine } from '../engine/index.js';
import { escapeControls } from '../text/index.js';
import { defineCommand } from './command.js';
import { COST_MODEL_OPTION } from './execution.js';
import { EXIT } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';
import { type Inspection, inspect } from './inspection.js';
import { memoryPicture } from './memoryPicture.js';
import { bytesText, grouped, percent, table } from './table.js';
import { type Painter, painterOf } from './terminal.js';

const SHOWN_FUNCTIONS = 10;
const SHOWN_INSTRUCTIONS = 12;
const BAR_WIDTH = 30;

/** `pvm inspect` */
export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what a program is made of',
  operand: { name: 'FILE' },
  description: `
Shows what a program is made of: instruction set, sections, memory, exports with what their first basic block costs,
imports, the largest functions, which instructions it uses, and what may be a mistake in it. FILE is a program blob, or
assembly text if its name ends in .pvmasm; - is standard input.`,
  options: {
    'cost-model': COST_MODEL_OPTION,
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: [
    { line: 'pvm inspect program.polkavm', says: 'an overview' },
    { line: 'pvm inspect program.polkavm --json | jq .suspicions', says: 'what a script may want to refuse' },
  ],
  exitCodes: [EXIT.finished],
  run(file, options, output) {
    const blob = readBlob(file);
    const inspection = withProgramErrors(file, blob, () =>
      inspect(blob, new Engine({ backend: 'interpreter' }).compile(blob, { costModel: options['cost-model'] })),
    );
    output.out(options.json ? `${JSON.stringify(inspection)}\n` : report(inspection, painterOf(output)));
    return EXIT.finished;
  },
});

function report(inspection: Inspection, paint: Painter): string {
  const { code, data, memoryMap: map, sections, debugInfo } = inspection;
  const heading = (text: string): string[] => ['', paint('strong', text)];
  const rows = (cells: readonly (readonly string[])[], left: readonly number[] = [0]): string[] =>
    table(cells, left).map((line) => `  ${line}`);
  const list = (title: string, cells: readonly (readonly string[])[], left?: readonly number[]): string[] =>
    cells.length === 0 ? ['', `${title.padEnd(18)}none`] : [...heading(title), ...rows(cells, left)];
  const debug =
    debugInfo === null
      ? inspection.hasDebugInfo
        ? 'yes, but not readable'
        : 'no'
      : `${grouped(debugInfo.functions)} functions, ${grouped(debugInfo.files)} files, ${grouped(debugInfo.regions)} lines of code`;
  return [
    `instruction set   ${inspection.isa}`,
    `hash              ${inspection.hash}`,
    `size              ${grouped(inspection.size)} bytes`,
    `code              ${code.size} bytes, ${code.instructions} instructions, ${code.blocks} basic blocks`,
    `jump table        ${code.jumpTableEntries} entries`,
    `debug information ${debug}`,
    ...list(
      'sections',
      sections.map(({ name, size }) => [name, `${grouped(size)} bytes`, percent(size, inspection.size)]),
    ),
    ...heading(`memory map, pages of ${map.pageSize} bytes`),
    ...memoryPicture(map, {
      readOnly: data.readOnly.declared,
      readWrite: data.readWrite.declared,
      stack: data.stack,
    }),
    ...list(
      'exports',
      inspection.exports.map(({ symbol, pc, gas }) => [
        `${pc}:`,
        escapeControls(symbol),
        gas === null ? 'calls trap' : `first block ${grouped(gas)} gas`,
      ]),
      [1, 2],
    ),
    ...list(
      'imports',
      inspection.imports.map((symbol, index) => [
        `${index}:`,
        symbol === null ? '(malformed)' : escapeControls(symbol),
        `${grouped(inspection.importUses[index]!)} ecalli`,
      ]),
      [1],
    ),
    ...list(
      `functions, ${inspection.functions.length > SHOWN_FUNCTIONS ? `the ${SHOWN_FUNCTIONS} largest of ${grouped(inspection.functions.length)}` : 'the largest first'}`,
      inspection.functions
        .slice(0, SHOWN_FUNCTIONS)
        .map(({ name, pc, size, instructions }) => [
          escapeControls(name),
          `at ${pc}`,
          bytesText(size),
          `${grouped(instructions)} instructions`,
          percent(size, code.size),
        ]),
    ),
    ...list('instructions', histogram(inspection), [0, 3]),
    ...suspicions(inspection, paint),
    '',
  ].join('\n');
}

function histogram({ instructions, code }: Inspection): string[][] {
  const most = instructions[0]?.count ?? 1;
  const rows = instructions
    .slice(0, SHOWN_INSTRUCTIONS)
    .map(({ name, count }) => [
      name,
      grouped(count),
      percent(count, code.instructions),
      '█'.repeat(Math.max(1, Math.round((BAR_WIDTH * count) / most))),
    ]);
  const rest = instructions.slice(SHOWN_INSTRUCTIONS);
  if (rest.length === 0) return rows;
  const count = rest.reduce((sum, row) => sum + row.count, 0);
  return [...rows, [`${rest.length} others`, grouped(count), percent(count, code.instructions), '']];
}

function suspicions({ suspicions: found }: Inspection, paint: Painter): string[] {
  if (found.length === 0) return ['', `${'suspicious'.padEnd(18)}nothing`];
  return ['', paint('strong', 'suspicious'), ...found.map((sentence) => `  ${paint('note', '-')} ${sentence}`)];
}
