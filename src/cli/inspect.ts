import { bytesToHex } from '@noble/hashes/utils.js';
import { Engine, type Module } from '../engine/index.js';
import {
  forEachInstruction,
  InstructionDecoder,
  isJumpTarget,
  type Program,
  parseProgram,
  uniqueHash,
} from '../program/index.js';
import { type Command, parseCommandLine } from './command.js';
import { Exit } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';

const HELP = `pvm inspect FILE [options]

Shows what a program is made of: instruction set, sizes, memory map, imports and exports. FILE is a program blob, or
assembly text if its name ends in .pvmasm.

  --json  print one JSON object
`;

/** What `--json` prints. Addresses, offsets and sizes are numbers, in bytes. */
interface Inspection {
  readonly isa: string;
  /** The unique hash, debug information left out. */
  readonly hash: string;
  readonly code: {
    readonly size: number;
    readonly instructions: number;
    readonly blocks: number;
    readonly jumpTableEntries: number;
  };
  readonly data: {
    readonly readOnly: { readonly declared: number; readonly present: number };
    readonly readWrite: { readonly declared: number; readonly present: number };
    readonly stack: number;
  };
  readonly memoryMap: Module['memoryMap'];
  /** Null where the import is malformed. */
  readonly imports: readonly (string | null)[];
  readonly exports: readonly { readonly symbol: string; readonly pc: number }[];
  readonly hasDebugInfo: boolean;
}

/** `pvm inspect` */
export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'show what a program is made of',
  help: HELP,
  run(args, output) {
    const { file, options } = parseCommandLine(args, { json: { type: 'boolean' } });
    const blob = readBlob(file);
    const inspection = withProgramErrors(file, () =>
      inspect(parseProgram(blob), new Engine({ backend: 'interpreter' }).compile(blob)),
    );
    output.out(options.json ? `${JSON.stringify(inspection)}\n` : report(inspection));
    return Exit.finished;
  },
};

function inspect(program: Program, module: Module): Inspection {
  let instructions = 0;
  let blocks = 0;
  const targets = new InstructionDecoder(program);
  forEachInstruction(new InstructionDecoder(program), ({ offset }) => {
    instructions++;
    if (isJumpTarget(targets, offset)) blocks++;
  });
  return {
    isa: program.isa.name,
    hash: `0x${bytesToHex(uniqueHash(program))}`,
    code: { size: program.code.length, instructions, blocks, jumpTableEntries: program.jumpTable.length },
    data: {
      readOnly: { declared: program.readOnlyDataSize, present: program.readOnlyData.length },
      readWrite: { declared: program.readWriteDataSize, present: program.readWriteData.length },
      stack: program.stackSize,
    },
    memoryMap: module.memoryMap,
    imports: module.imports.map((entry) => entry?.name ?? null),
    exports: module.exports.map(({ name, pc }) => ({ symbol: name, pc })),
    hasDebugInfo: program.debugLinePrograms.length > 0 && program.debugLineProgramRanges.length > 0,
  };
}

function report(inspection: Inspection): string {
  const { code, data, memoryMap: map } = inspection;
  const region = (base: number, size: number): string => `0x${base.toString(16)}, ${size} bytes`;
  return [
    `instruction set   ${inspection.isa}`,
    `hash              ${inspection.hash}`,
    `code              ${code.size} bytes, ${code.instructions} instructions, ${code.blocks} basic blocks`,
    `jump table        ${code.jumpTableEntries} entries`,
    `read-only data    ${region(map.readOnlyBase, map.readOnlySize)} (${data.readOnly.declared} declared, ${data.readOnly.present} in the blob)`,
    `read-write data   ${region(map.readWriteBase, map.readWriteSize)} (${data.readWrite.declared} declared, ${data.readWrite.present} in the blob)`,
    `heap              from 0x${map.heapBase.toString(16)}, at most ${map.maxHeapSize} bytes`,
    `stack             ${region(map.stackLow, map.stackSize)} (${data.stack} declared)`,
    `debug information ${inspection.hasDebugInfo ? 'yes' : 'no'}`,
    ...list(
      'imports',
      inspection.imports.map((symbol, index) => `${index}: ${symbol ?? '(malformed)'}`),
    ),
    ...list(
      'exports',
      inspection.exports.map(({ symbol, pc }) => `${pc}: ${symbol}`),
    ),
    '',
  ].join('\n');
}

function list(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [`${title.padEnd(18)}none`] : [title, ...entries.map((entry) => `  ${entry}`)];
}
