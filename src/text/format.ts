import { INSTRUCTIONS, Op, RA, REGISTER_NAMES } from '../isa/index.js';
import type { EncodableInstruction } from '../program/index.js';
import { fieldOf, isRegister, type OperandField } from './grammar.js';
import { LOAD_IMM_AND_JUMP_INDIRECT_VIA_TMP, OPERATOR_FORMS, OTHER_FORMS } from './syntax.js';

/** How {@link formatInstruction} writes. */
export interface FormatOptions {
  /** Whether the program is of a 64-bit ISA: immediates are 64 bits wide and 32-bit instructions have a prefix. Default true. */
  readonly is64Bit?: boolean;
  /** Register names: `ra`, `sp`, `a0`... or `r0` to `r12`. Default `abi`. */
  readonly registers?: 'abi' | 'numbered';
  /** Whether to prefer short forms such as `ret`, `a0 - 8` and `[sp]` to the plain ones. Default true. */
  readonly aliases?: boolean;
  /** Writes the code offset that a jump goes to. Default: in decimal. */
  readonly target?: (offset: number) => string;
}

/** A literal piece of an instruction's text, or an operand. */
type Piece =
  | string
  | { readonly field: OperandField; readonly style: 'register' | 'hex' | 'signed' | 'unsigned' | 'target' };

interface Template {
  /** Whether the text has the prefix i32 on a 64-bit ISA. */
  readonly hasPrefix: boolean;
  readonly pieces: readonly Piece[];
  /** The same without the offset in brackets, and the field that has the offset. */
  readonly withoutOffset: { readonly pieces: readonly Piece[]; readonly offset: OperandField } | undefined;
}

const TEMPLATES = new Map<Op, Template>();
for (const [name, text] of [...OPERATOR_FORMS, ...OTHER_FORMS]) {
  for (const instruction of INSTRUCTIONS) {
    if (instruction.name === name || instruction.name === name.replace('*', '64')) {
      TEMPLATES.set(instruction.op, makeTemplate(instruction.op, text, false));
    } else if (instruction.name === name.replace('*', '32')) {
      TEMPLATES.set(instruction.op, makeTemplate(instruction.op, text, true));
    }
  }
}
const VIA_TMP = makeTemplate(Op.load_imm_and_jump_indirect, LOAD_IMM_AND_JUMP_INDIRECT_VIA_TMP, false);

function makeTemplate(op: Op, text: string, hasPrefix: boolean): Template {
  const bracketed = / \+ \$(\d)\]/.exec(text);
  return {
    hasPrefix,
    pieces: piecesOf(op, text),
    withoutOffset: bracketed
      ? {
          pieces: piecesOf(op, text.replace(bracketed[0], ']')),
          offset: fieldOf(INSTRUCTIONS[op], Number(bracketed[1])),
        }
      : undefined,
  };
}

function piecesOf(op: Op, text: string): Piece[] {
  const instruction = INSTRUCTIONS[op];
  return text.split(/([$#]\d)/).map((piece): Piece => {
    if (!/^[$#]\d$/.test(piece)) return piece;
    const operand = Number(piece[1]);
    const role = instruction.operands[operand];
    const field = fieldOf(instruction, operand);
    if (isRegister(role)) return { field, style: 'register' };
    if (role === 'target') return { field, style: 'target' };
    if (role === 'hostcall') return { field, style: 'unsigned' };
    return { field, style: piece[0] === '#' ? 'signed' : 'hex' };
  });
}

const NUMBERED_NAMES = REGISTER_NAMES.map((_, index) => `r${index}`);

/** Immediates from here to -1 are printed as subtractions. */
const LEAST_SUBTRAHEND = -4095;

/**
 * The text of an instruction, such as `a0 = a1 + 0x10`, without its line's offset and comments. An
 * `InstructionDecoder` is an instruction, too.
 *
 * It is what the reference prints, but where that would not be read back as the same instruction: small constants of
 * load_imm64 get the prefix `i64`, and rotations on a 32-bit ISA their own operator.
 */
export function formatInstruction(instruction: EncodableInstruction, options: FormatOptions = {}): string {
  const { op, r0, r1, imm0 } = instruction;
  const { is64Bit = true, aliases = true } = options;
  const template = TEMPLATES.get(op);
  if (template === undefined) return 'invalid';
  const prefix = template.hasPrefix && is64Bit ? 'i32 ' : '';
  if (aliases) {
    const name = (register: number) => nameOf(register, options);
    if ((op === Op.add_imm_32 || op === Op.add_imm_64) && imm0 < 0 && imm0 >= LEAST_SUBTRAHEND) {
      return `${prefix}${name(r0)} = ${name(r1)} - ${-imm0}`;
    }
    if ((op === Op.negate_and_add_imm_32 || op === Op.negate_and_add_imm_64) && imm0 === 0) {
      return `${prefix}${name(r0)} = -${name(r1)}`;
    }
    if (op === Op.jump_indirect && r0 === RA && imm0 === 0) return 'ret';
  }
  if (op === Op.load_imm64) return formatLoadImm64(instruction, options);
  const { pieces, withoutOffset } = op === Op.load_imm_and_jump_indirect && r0 === r1 ? VIA_TMP : template;
  const isShort = aliases && withoutOffset !== undefined && instruction[withoutOffset.offset] === 0;
  return prefix + join(isShort ? withoutOffset.pieces : pieces, instruction, options);
}

function formatLoadImm64({ r0, imm0, imm1 }: EncodableInstruction, options: FormatOptions): string {
  const value = (BigInt(imm1 >>> 0) << 32n) | BigInt(imm0 >>> 0);
  const wouldBeLoadImm = imm1 === imm0 >> 31;
  return `${nameOf(r0, options)} = ${wouldBeLoadImm ? 'i64 ' : ''}0x${value.toString(16)}`;
}

function join(pieces: readonly Piece[], instruction: EncodableInstruction, options: FormatOptions): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const value = instruction[piece.field];
    switch (piece.style) {
      case 'register':
        text += nameOf(value, options);
        break;
      case 'hex':
        text += hex(value, options.is64Bit ?? true);
        break;
      case 'signed':
        text += value;
        break;
      case 'unsigned':
        text += value >>> 0;
        break;
      case 'target':
        text += options.target === undefined ? value : options.target(value);
        break;
      default:
        piece.style satisfies never;
    }
  }
  return text;
}

function nameOf(register: number, { registers }: FormatOptions): string {
  return registers === 'numbered' ? NUMBERED_NAMES[register] : REGISTER_NAMES[register];
}

/** Zero as 0, other immediates as the hex pattern of their sign extension to the register width. */
function hex(value: number, is64Bit: boolean): string {
  if (value === 0) return '0';
  const isExtended = value < 0 && is64Bit;
  return `0x${isExtended ? 'ffffffff' : ''}${(value >>> 0).toString(16)}`;
}
