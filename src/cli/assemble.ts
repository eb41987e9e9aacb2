import { type Command, parseCommandLine } from './command.js';
import { CliError, Exit, usageError } from './exit.js';
import { assembleText, isBlob, readBytes, writeBytes } from './files.js';

const HELP = `pvm assemble FILE -o OUT

Turns assembly text into a program blob.

  -o, --output OUT  where the blob goes
`;

const OPTIONS = { output: { type: 'string', short: 'o' } } as const;

/** `pvm assemble` */
export const assembleCommand: Command = {
  name: 'assemble',
  summary: 'turn assembly text into a program blob',
  help: HELP,
  run(args) {
    const { file, options } = parseCommandLine(args, OPTIONS);
    if (options.output === undefined) throw usageError('-o OUT is missing');
    const source = readBytes(file);
    if (isBlob(source)) {
      throw new CliError(Exit.invalidProgram, `${file} is a program blob already, expected assembly text`);
    }
    writeBytes(options.output, assembleText(file, source));
    return Exit.finished;
  },
};
