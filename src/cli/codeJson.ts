import { bytesToHex } from '@noble/hashes/utils.js';
import { endsBlock, forEachInstruction, InstructionDecoder, type Program } from '../program/index.js';
import { formatInstruction } from '../text/index.js';

/** Code as `pvm disassemble --json` prints it. */
export interface CodeJson {
  readonly isa: string;
  readonly blocks: readonly BlockJson[];
}

/** A basic block. */
export interface BlockJson {
  readonly pc: number;
  /** What entering it costs; null where no jump could go. */
  readonly gas: number | null;
  readonly instructions: readonly InstructionJson[];
}

/** An instruction: its code offset, its bytes in hexadecimal, and its text with code offsets for targets. */
export interface InstructionJson {
  readonly pc: number;
  readonly bytes: string;
  readonly text: string;
}

/** The basic blocks of a program, or those between two code offsets. */
export function codeJson(
  program: Program,
  gasCost: (pc: number) => number | undefined,
  range = { start: 0, end: Number.POSITIVE_INFINITY },
): CodeJson {
  const blocks: { pc: number; gas: number | null; instructions: InstructionJson[] }[] = [];
  const format = {
    is64Bit: program.isa.is64Bit,
    registers: 'abi',
    aliases: true,
    target: (offset: number) => `${offset}`,
  } as const;
  let startsBlock = true;
  forEachInstruction(new InstructionDecoder(program), (decoder) => {
    const { op, offset: pc, next } = decoder;
    if (pc >= range.start && pc < range.end) {
      if (startsBlock) blocks.push({ pc, gas: gasCost(pc) ?? null, instructions: [] });
      const bytes = bytesToHex(program.code.subarray(pc, next));
      blocks.at(-1)?.instructions.push({ pc, bytes, text: formatInstruction(decoder, format) });
    }
    startsBlock = endsBlock(op);
  });
  return { isa: program.isa.name, blocks };
}
