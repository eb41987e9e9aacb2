import { ISA_NAMES } from '../isa/index.js';
import { type Command, parseCommandLine } from './command.js';
import { CliError, Exit, usageError } from './exit.js';
import { assembleText, DEFAULT_ISA, isBlob, readBytes, writeBytes } from './files.js';
import { oneOf } from './values.js';

const HELP = `pvm assemble FILE -o OUT

Turns assembly text into a program blob.

  -o, --output OUT  where the blob goes
  --isa ISA         the instruction set of text without a line "%isa = ISA": ${ISA_NAMES.join(', ')};
                    default ${DEFAULT_ISA}
`;

const OPTIONS = { output: { type: 'string', short: 'o' }, isa: { type: 'string' } } as const;

/** `pvm assemble` */
export const assembleCommand: Command = {
  name: 'assemble',
  summary: 'turn assembly text into a program blob',
  help: HELP,
  run(args) {
    const { file, options } = parseCommandLine(args, OPTIONS);
    if (options.output === undefined) throw usageError('-o OUT is missing');
    const isa = oneOf('--isa', options.isa ?? DEFAULT_ISA, ISA_NAMES);
    const source = readBytes(file);
    if (isBlob(source)) {
      throw new CliError(Exit.invalidProgram, `${file} is a program blob already, expected assembly text`);
    }
    writeBytes(options.output, assembleText(file, source, isa));
    return Exit.finished;
  },
};
