import { Engine } from '../engine/index.js';
import { COST_MODEL_NAMES } from '../gas/index.js';
import { forEachInstruction, InstructionDecoder, isJumpTarget, type Program, parseProgram } from '../program/index.js';
import { type Command, parseCommandLine } from './command.js';
import { Exit } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';
import { oneOf } from './values.js';

const HELP = `pvm gas FILE [options]

Prints what every basic block of a program costs. FILE is a program blob, or assembly text if its name ends in .pvmasm.

  --cost-model MODEL  ${COST_MODEL_NAMES.join(', ')}; default full-l2
  --json              print one JSON object: { "blocks": [{ "pc": 0, "cost": 3 }, ...] }
`;

const OPTIONS = { 'cost-model': { type: 'string' }, json: { type: 'boolean' } } as const;

/** `pvm gas` */
export const gasCommand: Command = {
  name: 'gas',
  summary: 'show what every basic block costs',
  help: HELP,
  run(args, output) {
    const { file, options } = parseCommandLine(args, OPTIONS);
    const costModel = oneOf('--cost-model', options['cost-model'] ?? 'full-l2', COST_MODEL_NAMES);
    const blob = readBlob(file);
    const [program, module] = withProgramErrors(file, () => [
      parseProgram(blob),
      new Engine({ backend: 'interpreter' }).compile(blob, { costModel }),
    ]);
    const blocks = blockStarts(program).map((pc) => ({ pc, cost: module.gasCostOfBlock(pc) as number }));
    output.out(
      options.json ? `${JSON.stringify({ blocks })}\n` : blocks.map(({ pc, cost }) => `${pc}: ${cost}\n`).join(''),
    );
    return Exit.finished;
  },
};

/** Code offsets of all basic blocks that can be jumped to, in ascending order. */
function blockStarts(program: Program): number[] {
  const starts: number[] = [];
  const targets = new InstructionDecoder(program);
  forEachInstruction(new InstructionDecoder(program), ({ offset }) => {
    if (isJumpTarget(targets, offset)) starts.push(offset);
  });
  return starts;
}
