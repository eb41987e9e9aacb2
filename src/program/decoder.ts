/**
 * From code bytes to instructions. The rules, oddities of the reference included, are those of the decoding
 * specification.
 */
import { INSTRUCTIONS, Op, type OperandFormat } from '../isa/index.js';
import type { Program } from './program.js';

/** An instruction reaches at most this far: its opcode and 24 bytes of arguments. */
const MAX_SKIP = 24;
/** Within this distance of the end of the code the reference scans the bitmask in another way. */
const FAST_PATH = 32;
const LAST_REGISTER = 12;
/** Zero bytes behind the code and the bitmask, so that reading past an instruction needs no bounds checks. */
const PADDING = 16;

const FORMATS: readonly OperandFormat[] = [
  'argless',
  'reg_imm',
  'reg_imm_offset',
  'reg_imm_imm',
  'reg_reg_imm',
  'reg_reg_offset',
  'reg_reg_reg',
  'offset',
  'imm',
  'imm_imm',
  'reg_reg',
  'reg_reg_imm_imm',
  'reg_imm64',
];

/** Format of each instruction as an index into FORMATS; the invalid instruction has no operands. */
const FORMAT_OF = Uint8Array.from([...INSTRUCTIONS.map(({ format }) => FORMATS.indexOf(format)), 0]);

const CAN_FALL_THROUGH = Uint8Array.from([...INSTRUCTIONS.map(({ flow }) => (flow === 'ends' ? 0 : 1)), 0]);
const ENDS_BLOCK = Uint8Array.from([...INSTRUCTIONS.map(({ flow }) => (flow === 'continues' ? 0 : 1)), 1]);

/** Whether an instruction, the invalid one included, ends its basic block. */
export function endsBlock(op: Op): boolean {
  return ENDS_BLOCK[op] === 1;
}

/** Whether control can go on with the instruction that follows in the code. */
export function canFallThrough(op: Op): boolean {
  return CAN_FALL_THROUGH[op] === 1;
}

/**
 * A cursor that decodes one instruction at a time into its own fields, without allocating.
 *
 * Operand fields that the instruction's format lacks are left over from earlier instructions.
 */
export class InstructionDecoder {
  /** The instruction, or {@link Op.invalid}. */
  op: Op = Op.invalid;
  /** Code offset of the instruction. */
  offset = 0;
  /** Code offset of what follows it. */
  next = 0;
  /** Whether nothing valid follows: the code ends, or no instruction is marked at {@link next}. */
  nextIsInvalid = false;
  /** Register operands in decoding order, as indexes 0 to 12. */
  r0 = 0;
  r1 = 0;
  r2 = 0;
  /** Immediate operands in decoding order, sign-extended to 32 bits; a 64-bit one is its low and its high half. */
  imm0 = 0;
  imm1 = 0;
  /** Code offset of the jump target, a u32. */
  target = 0;

  readonly codeLength: number;
  readonly #code: Uint8Array;
  readonly #bitmask: Uint8Array;
  readonly #opOf: Uint8Array;

  constructor(program: Program) {
    this.codeLength = program.code.length;
    this.#code = padded(program.code);
    this.#bitmask = padded(program.bitmask);
    this.#opOf = program.isa.opOf;
  }

  /** Whether an instruction starts at a code offset. */
  isMarked(offset: number): boolean {
    return offset >= 0 && offset < this.codeLength && ((this.#bitmask[offset >>> 3]! >> (offset & 7)) & 1) === 1;
  }

  /** The byte at a code offset, or undefined past the end of the code. */
  byteAt(offset: number): number | undefined {
    return offset < this.codeLength ? this.#code[offset] : undefined;
  }

  /** The instruction whose opcode is at a code offset inside the code, marked or not. */
  opAt(offset: number): Op {
    return this.#opOf[this.#code[offset]!]!;
  }

  /** Decodes the instruction at any code offset; where none is marked that is the invalid instruction. */
  decode(offset: number): void {
    this.offset = offset;
    if (!this.isMarked(offset)) {
      this.op = Op.invalid;
      this.next = Math.min(offset + 1, this.codeLength);
      this.nextIsInvalid = false;
      return;
    }
    const skip = this.#skip(offset);
    const op: Op = this.#opOf[this.#code[offset]!]!;
    this.op = op;
    this.#decodeOperands(FORMAT_OF[op]!, offset, skip);
    const next = offset + skip + 1;
    this.next = next;
    if (skip < MAX_SKIP && next < this.codeLength) {
      // The scan stopped at a marked byte, so the next instruction is there.
      this.nextIsInvalid = false;
    } else {
      const isGap =
        offset + FAST_PATH <= this.codeLength
          ? !this.isMarked(next)
          : next >= this.codeLength || !this.isMarked(next) || (offset + 1) % 8 === 0;
      this.nextIsInvalid = isGap && (next < this.codeLength || CAN_FALL_THROUGH[op] === 1);
    }
  }

  /** Distance from the byte after the opcode to the next marked byte, at most 24 and not past the end of the code. */
  #skip(offset: number): number {
    const bitmask = this.#bitmask;
    const first = offset + 1;
    const at = first >>> 3;
    const bits =
      (bitmask[at]! | (bitmask[at + 1]! << 8) | (bitmask[at + 2]! << 16) | (bitmask[at + 3]! << 24)) >>> (first & 7);
    // A sentinel bit at 24 bounds the count of trailing zeros.
    const marked = bits | (1 << MAX_SKIP);
    const distance = 31 - Math.clz32(marked & -marked);
    return Math.min(distance, this.codeLength - first);
  }

  #decodeOperands(format: number, offset: number, skip: number): void {
    const code = this.#code;
    const at = offset + 1;
    const byte = code[at]!;
    switch (format) {
      case 0: // argless
        break;
      case 1: // reg_imm
        this.r0 = register(byte);
        this.imm0 = this.#immediate(at + 1, immediateLength(skip - 1));
        break;
      case 2: {
        // reg_imm_offset
        const length = Math.min(4, (byte >> 4) & 7);
        this.r0 = register(byte);
        this.imm0 = this.#immediate(at + 1, length);
        this.target = (offset + this.#immediate(at + 1 + length, immediateLength(skip - length - 1))) >>> 0;
        break;
      }
      case 3: {
        // reg_imm_imm
        const length = Math.min(4, (byte >> 4) & 7);
        this.r0 = register(byte);
        this.imm0 = this.#immediate(at + 1, length);
        this.imm1 = this.#immediate(at + 1 + length, immediateLength(skip - length - 1));
        break;
      }
      case 4: // reg_reg_imm
        this.r0 = register(byte);
        this.r1 = register(byte >> 4);
        this.imm0 = this.#immediate(at + 1, immediateLength(skip - 1));
        break;
      case 5: // reg_reg_offset
        this.r0 = register(byte);
        this.r1 = register(byte >> 4);
        this.target = (offset + this.#immediate(at + 1, immediateLength(skip - 1))) >>> 0;
        break;
      case 6: // reg_reg_reg: the destination is in the second byte
        this.r0 = register(code[at + 1]!);
        this.r1 = register(byte);
        this.r2 = register(byte >> 4);
        break;
      case 7: // offset
        this.target = (offset + this.#immediate(at, immediateLength(skip))) >>> 0;
        break;
      case 8: // imm
        this.imm0 = this.#immediate(at, immediateLength(skip));
        break;
      case 9: {
        // imm_imm
        const length = Math.min(4, byte & 7);
        this.imm0 = this.#immediate(at + 1, length);
        this.imm1 = this.#immediate(at + 1 + length, immediateLength(skip - length - 1));
        break;
      }
      case 10: // reg_reg
        this.r0 = register(byte);
        this.r1 = register(byte >> 4);
        break;
      case 11: {
        // reg_reg_imm_imm
        const length = Math.min(4, code[at + 1]! & 7);
        this.r0 = register(byte);
        this.r1 = register(byte >> 4);
        this.imm0 = this.#immediate(at + 2, length);
        this.imm1 = this.#immediate(at + 2 + length, immediateLength(skip - length - 2));
        break;
      }
      case 12: // reg_imm64: always eight bytes, however short the skip
        this.r0 = register(byte);
        this.imm0 = this.#immediate(at + 1, 4);
        this.imm1 = this.#immediate(at + 5, 4);
        break;
    }
  }

  /** A little-endian immediate of 0 to 4 bytes, sign-extended to 32 bits. */
  #immediate(at: number, length: number): number {
    const code = this.#code;
    switch (length) {
      case 0:
        return 0;
      case 1:
        return (code[at]! << 24) >> 24;
      case 2:
        return ((code[at]! << 16) | (code[at + 1]! << 24)) >> 16;
      case 3:
        return ((code[at]! << 8) | (code[at + 1]! << 16) | (code[at + 2]! << 24)) >> 8;
      default:
        return code[at]! | (code[at + 1]! << 8) | (code[at + 2]! << 16) | (code[at + 3]! << 24);
    }
  }
}

function register(nibble: number): number {
  return Math.min(nibble & 15, LAST_REGISTER);
}

function immediateLength(available: number): number {
  return available < 0 ? 0 : available > 4 ? 4 : available;
}

/** Padded copies by what they are copies of: a module has several decoders, and code can have 32 MiB. */
const PADDED = new WeakMap<Uint8Array, Uint8Array>();

function padded(bytes: Uint8Array): Uint8Array {
  let copy = PADDED.get(bytes);
  if (copy === undefined) {
    copy = new Uint8Array(bytes.length + PADDING);
    copy.set(bytes);
    PADDED.set(bytes, copy);
  }
  return copy;
}
