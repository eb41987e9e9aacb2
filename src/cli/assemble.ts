import { ISA_NAMES } from '../isa/index.js';
import { parseProgram } from '../program/index.js';
import { defineCommand } from './command.js';
import { CliError, EXIT, usageError } from './exit.js';
import { assembleText, DEFAULT_ISA, isBlob, nameOf, readBytes, writeBytes } from './files.js';

/** `pvm assemble` */
export const assembleCommand = defineCommand({
  name: 'assemble',
  summary: 'turn assembly text into a program blob',
  operand: { name: 'FILE' },
  description: `
Turns assembly text into a program blob. FILE - is standard input.`,
  options: {
    output: { type: 'string', short: 'o', value: 'OUT', help: 'where the blob goes; - is standard output' },
    isa: {
      type: 'string',
      choices: ISA_NAMES,
      default: DEFAULT_ISA,
      help: 'the instruction set of text without a line "%isa = ISA"',
    },
    'debug-info': { type: 'boolean', short: 'g', help: 'tell in the blob which line each instruction comes from' },
    json: { type: 'boolean', help: 'print one JSON object: { "output", "size", "isa", "codeSize" }' },
  },
  examples: [
    { line: 'pvm assemble program.pvmasm -o program.polkavm', says: 'make a blob' },
    {
      line: 'pvm assemble program.pvmasm -g -o - | pvm profile -',
      says: 'make one with debug information, and use it',
    },
  ],
  exitCodes: [EXIT.finished, EXIT.unwritable],
  run(file, options, output) {
    if (options.output === undefined) throw usageError('-o OUT is missing');
    if (options.json && options.output === '-') throw usageError('--json: standard output is taken by -o -');
    const source = readBytes(file);
    if (isBlob(source)) {
      throw new CliError(EXIT.invalidProgram, `${nameOf(file)} is a program blob already, expected assembly text`);
    }
    const blob = assembleText(file, source, {
      isa: options.isa,
      debugPath: options['debug-info'] ? nameOf(file) : undefined,
    });
    writeBytes(options.output, blob, output);
    if (options.json) {
      const { isa, code } = parseProgram(blob);
      const result = { output: options.output, size: blob.length, isa: isa.name, codeSize: code.length };
      output.out(`${JSON.stringify(result)}\n`);
    }
    return EXIT.finished;
  },
});
