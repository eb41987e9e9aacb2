import { Engine } from '../engine/index.js';
import { forEachInstruction, InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';
import { defineCommand } from './command.js';
import { COST_MODEL_OPTION } from './execution.js';
import { EXIT } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';

/** `pvm gas` */
export const gasCommand = defineCommand({
  name: 'gas',
  summary: 'show what every basic block costs',
  operand: { name: 'FILE' },
  description: `
Prints what every basic block of a program costs, by its code offset. FILE is a program blob, or assembly text if its
name ends in .pvmasm; - is standard input.`,
  options: {
    'cost-model': COST_MODEL_OPTION,
    json: { type: 'boolean', help: 'print one JSON object: { "blocks": [{ "pc": 0, "cost": 3 }, ...] }' },
  },
  examples: [
    { line: 'pvm gas program.polkavm', says: 'the costs that Substrate charges' },
    { line: 'pvm gas program.polkavm --cost-model naive --json', says: 'an instruction is 1, for a script' },
  ],
  exitCodes: [EXIT.finished],
  run(file, options, output) {
    const blob = readBlob(file);
    const module = withProgramErrors(file, blob, () =>
      new Engine({ backend: 'interpreter' }).compile(blob, { costModel: options['cost-model'] }),
    );
    const blocks = blockStarts(module.program).map((pc) => ({ pc, cost: module.gasCostOfBlock(pc) as number }));
    output.out(
      options.json ? `${JSON.stringify({ blocks })}\n` : blocks.map(({ pc, cost }) => `${pc}: ${cost}\n`).join(''),
    );
    return EXIT.finished;
  },
});

/** Code offsets of all basic blocks that can be jumped to, in ascending order. */
function blockStarts(program: Program): number[] {
  const starts: number[] = [];
  const targets = new InstructionDecoder(program);
  forEachInstruction(new InstructionDecoder(program), ({ offset }) => {
    if (isJumpTarget(targets, offset)) starts.push(offset);
  });
  return starts;
}
