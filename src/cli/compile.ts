import { Engine, printEmittedWasm } from '../engine/index.js';
import { defineCommand } from './command.js';
import { COST_MODEL_OPTION, GAS_METERING_OPTION } from './execution.js';
import { EXIT, usageError } from './exit.js';
import { readBlob, withProgramErrors, writeBytes } from './files.js';

/** `pvm compile` */
export const compileCommand = defineCommand({
  name: 'compile',
  summary: 'show the WebAssembly that the compiler makes of a program',
  operand: { name: 'FILE' },
  description: `
Writes the WebAssembly that the compiler makes of a program, all in one module, for looking at: what a run uses comes in
several modules, and runs only inside of the engine. FILE is a program blob, or assembly text if its name ends in .pvmasm;
- is standard input.`,
  options: {
    output: { type: 'string', short: 'o', value: 'OUT', help: 'where it goes; - is standard output' },
    wat: { type: 'boolean', help: 'as text; to standard output without -o' },
    'gas-metering': GAS_METERING_OPTION,
    'cost-model': COST_MODEL_OPTION,
    json: { type: 'boolean', help: 'print one JSON object: { "output", "size", "functions", "interpretedRegions" }' },
  },
  examples: [
    { line: 'pvm compile program.polkavm -o program.wasm', says: 'for wasm-objdump, wasm2wat and the like' },
    { line: 'pvm compile program.polkavm --wat | less', says: 'read it' },
  ],
  exitCodes: [EXIT.finished, EXIT.unwritable],
  run(file, options, output) {
    const target = options.output ?? (options.wat ? '-' : undefined);
    if (target === undefined) throw usageError('-o OUT is missing');
    if (options.json && target === '-') throw usageError('--json: standard output is taken, expected -o OUT');
    const blob = readBlob(file);
    const module = withProgramErrors(file, blob, () =>
      new Engine().compile(blob, { costModel: options['cost-model'], gasMetering: options['gas-metering'] }),
    );
    const emitted = module.emitWasm();
    const data = options.wat ? printEmittedWasm(emitted) : emitted.wasm;
    writeBytes(target, data, output);
    const { functions, interpretedRegions } = emitted;
    if (options.json) {
      const result = { output: target, size: data.length, functions: functions.length, interpretedRegions };
      output.out(`${JSON.stringify(result)}\n`);
    } else if (interpretedRegions > 0) {
      output.err(`note: ${interpretedRegions} parts of the program are too large and are left to the interpreter\n`);
    }
    return EXIT.finished;
  },
});
