import { Engine } from '../engine/index.js';
import { type FunctionEntry, functionsOf, type Program, sourceRegions } from '../program/index.js';
import { disassemble, escapeControls } from '../text/index.js';
import { codeJson } from './codeJson.js';
import { defineCommand } from './command.js';
import { COST_MODEL_OPTION } from './execution.js';
import { EXIT, usageError } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';
import { flowGraph } from './flowGraph.js';
import { dotGraph, mermaidGraph } from './graphText.js';

/** Names that are told when one was not found. */
const MAX_LISTED = 12;

/** `pvm disassemble` */
export const disassembleCommand = defineCommand({
  name: 'disassemble',
  summary: 'print a program as assembly text, or its control-flow graph',
  operand: { name: 'FILE' },
  description: `
Prints a program as assembly text, from which pvm assemble makes the same program again. FILE is a program blob, or
assembly text if its name ends in .pvmasm; - is standard input.`,
  options: {
    format: {
      type: 'string',
      choices: ['assembly', 'guest'],
      default: 'assembly',
      help: 'with all that assembling needs, or as polkatool prints it',
    },
    gas: { type: 'boolean', help: 'what each basic block costs' },
    'cost-model': { ...COST_MODEL_OPTION, help: 'for --gas' },
    bytes: { type: 'boolean', help: 'the bytes of each instruction' },
    lines: { type: 'boolean', help: 'which lines of the sources instructions come from, as debug information tells' },
    function: {
      type: 'string',
      value: 'NAME',
      help: 'only this function: a name from debug information or an export, fn@N, or a code offset in it',
    },
    graph: { type: 'string', value: 'LANGUAGE', choices: ['dot', 'mermaid'], help: 'the control-flow graph instead' },
    json: {
      type: 'boolean',
      help: 'print one JSON object: { "blocks": [{ "pc", "gas", "instructions": [...] }, ...] }',
    },
  },
  examples: [
    { line: 'pvm disassemble program.polkavm | head -50', says: 'look at how it begins' },
    {
      line: 'pvm disassemble program.polkavm --gas --lines --function main',
      says: 'what a function costs, and where from',
    },
    { line: 'pvm disassemble program.polkavm --graph dot | dot -Tsvg > graph.svg', says: 'draw it with Graphviz' },
  ],
  exitCodes: [EXIT.finished],
  run(file, options, output) {
    const blob = readBlob(file);
    const module = withProgramErrors(file, blob, () =>
      new Engine({ backend: 'interpreter' }).compile(blob, { costModel: options['cost-model'] }),
    );
    const { program } = module;
    const gasCost = (pc: number): number | undefined => module.gasCostOfBlock(pc);
    const wanted = options.function === undefined ? undefined : functionRange(program, options.function);
    if (options.graph !== undefined) {
      const blocks = flowGraph(program);
      const shown = blocks.filter(({ start }) => wanted === undefined || (start >= wanted.start && start < wanted.end));
      const functions = functionsOf(program, sourceRegions(program));
      const graph = { program, blocks, shown, functions, gasOf: options.gas ? gasCost : undefined };
      output.out(options.graph === 'dot' ? dotGraph(graph) : mermaidGraph(graph));
    } else if (options.json) {
      output.out(`${JSON.stringify(codeJson(program, gasCost, wanted))}\n`);
    } else {
      output.out(
        disassemble(blob, {
          format: options.format,
          rawBytes: options.bytes ?? false,
          sourceLines: options.lines ?? false,
          header: wanted === undefined,
          ...(wanted === undefined ? {} : { range: wanted }),
          ...(options.gas ? { gasCost } : {}),
        }),
      );
    }
    return EXIT.finished;
  },
});

/** Where the code of a function is, from its name or a code offset. */
function functionRange(program: Program, wanted: string): { start: number; end: number } {
  const functions = functionsOf(program, sourceRegions(program));
  const index = functions.findIndex(({ name }) => name === wanted);
  const found = index >= 0 ? index : indexAround(functions, program, wanted);
  const { pc } = functions[found]!;
  return { start: pc, end: functions[found + 1]?.pc ?? Number.POSITIVE_INFINITY };
}

function indexAround(functions: readonly FunctionEntry[], program: Program, wanted: string): number {
  const offset = /^\d+$/.test(wanted) ? Number(wanted) : Number.NaN;
  if (offset < program.code.length) return functions.findLastIndex(({ pc }) => pc <= offset);
  const names = functions.slice(0, MAX_LISTED).map(({ name }) => escapeControls(name));
  const more = functions.length > MAX_LISTED ? ` and ${functions.length - MAX_LISTED} more` : '';
  throw usageError(
    `--function: no function "${wanted}", expected a code offset below ${program.code.length} or one of ${names.join(', ')}${more}`,
  );
}
