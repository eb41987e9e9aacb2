import { disassemble } from '../text/index.js';
import { type Command, parseCommandLine } from './command.js';
import { Exit } from './exit.js';
import { readBlob, withProgramErrors } from './files.js';

const HELP = `pvm disassemble FILE

Prints a program as assembly text.
`;

/** `pvm disassemble` */
export const disassembleCommand: Command = {
  name: 'disassemble',
  summary: 'print a program as assembly text',
  help: HELP,
  run(args, output) {
    const { file } = parseCommandLine(args, {});
    const blob = readBlob(file);
    output.out(withProgramErrors(file, () => disassemble(blob)));
    return Exit.finished;
  },
};
