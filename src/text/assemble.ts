import { ISA_NAMES, ISAS, type Isa, type IsaName } from '../isa/index.js';
import { Assembler } from './assembler.js';
import { AssemblyError, quote } from './assemblyError.js';

/** Options of {@link assemble}. */
export interface AssembleOptions {
  /** The instruction set of text that does not declare one with `%isa`. */
  readonly isa?: IsaName;
  /**
   * Put debug information into the program: which function and line of the text each instruction comes from, in a file of
   * this name. Default: none.
   */
  readonly debugPath?: string | undefined;
}

/**
 * Turns assembly text into a program blob.
 *
 * The syntax is the reference assembler's and more (docs/assembly.md); text that the reference accepts gives the same
 * bytes, but for its known defects. A listing made by `disassemble` is such text.
 *
 * @throws AssemblyError with line and column for text that is no program.
 */
export function assemble(source: string, options: AssembleOptions = {}): Uint8Array {
  const assembler = new Assembler(isaOf(source, options));
  source.split('\n').forEach((line, index) => {
    assembler.addLine(line, index + 1);
  });
  return assembler.finish(options.debugPath);
}

/** The ISA must be known before the first line is read; as in the reference the last declaration counts. */
function isaOf(source: string, options: AssembleOptions): Isa {
  let name: string | undefined = options.isa;
  let at = 0;
  for (const match of source.matchAll(/^[ \t]*%isa[ \t]*=[ \t]*(\S*)/gm)) {
    name = match[1];
    at = match.index + match[0].length - name.length;
  }
  const isa = ISA_NAMES.find((known) => known === name);
  if (isa !== undefined) return ISAS[isa];
  const before = source.slice(0, at);
  throw new AssemblyError({
    line: before.split('\n').length,
    column: before.length - before.lastIndexOf('\n'),
    found: name === undefined ? 'no ISA declared in the program' : `the ISA ${quote(name)}`,
    expected: `%isa = ${ISA_NAMES.join(' | ')}`,
  });
}
