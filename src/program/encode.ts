import { INSTRUCTIONS, type Isa, type Op, type OperandFormat } from '../isa/index.js';

/**
 * An instruction and its operands, the way the decoder presents them: registers and immediates in the order of the
 * instruction table. Fields that the instruction's format does not use are ignored.
 */
export interface Operation {
  readonly op: Op;
  /** Register indexes, 0 to 12. */
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  /** Immediates as signed 32-bit integers; `load_imm64` has its low word in `imm0` and its high word in `imm1`. */
  readonly imm0: number;
  readonly imm1: number;
}

/** An operation at its place in the code. An `InstructionDecoder` is one. */
export interface EncodableInstruction extends Operation {
  /** Code offset of the instruction itself; jump displacements are relative to it. */
  readonly offset: number;
  /** Code offset that a jump or branch goes to. */
  readonly target: number;
}

/** The longest encoding of any instruction, in bytes. */
export const MAX_INSTRUCTION_LENGTH = 11;

/** How many bytes the shortest encoding of an immediate has: 0 to 4, the fewest whose sign extension is the value. */
export function immediateLength(value: number): number {
  if (value === 0) return 0;
  if ((value << 24) >> 24 === value) return 1;
  if ((value << 16) >> 16 === value) return 2;
  return (value << 8) >> 8 === value ? 3 : 4;
}

/** Whether an instruction of this format ends in a jump displacement. */
export function hasTarget(format: OperandFormat): boolean {
  return format === 'offset' || format === 'reg_imm_offset' || format === 'reg_reg_offset';
}

/**
 * Writes an instruction in its shortest form (spec: decoding, encoding) and returns its length in bytes.
 *
 * `out` must have {@link MAX_INSTRUCTION_LENGTH} bytes of room at `at`.
 *
 * @throws RangeError when the ISA lacks the instruction.
 */
export function encodeInstruction(isa: Isa, instruction: EncodableInstruction, out: Uint8Array, at: number): number {
  const displacement = (instruction.target - instruction.offset) | 0;
  return encodeOperation(isa, instruction, displacement, immediateLength(displacement), out, at);
}

/**
 * Writes an operation whose jump displacement, if it has one, takes `displacementLength` bytes, 0 to 4: for code
 * whose lengths are settled before its displacements. Returns the length of the whole in bytes.
 *
 * @throws RangeError when the ISA lacks the instruction.
 */
export function encodeOperation(
  isa: Isa,
  operation: Operation,
  displacement: number,
  displacementLength: number,
  out: Uint8Array,
  at: number,
): number {
  const { op, r0, r1, r2, imm0, imm1 } = operation;
  const opcode = isa.opcodeOf[op] ?? -1;
  if (opcode < 0) {
    const name = INSTRUCTIONS[op]?.name ?? 'invalid';
    throw new RangeError(`instruction: got '${name}', expected one that the '${isa.name}' instruction set has`);
  }
  out[at] = opcode;
  const { format } = INSTRUCTIONS[op];
  let end = at + 1;
  switch (format) {
    case 'argless':
      break;
    case 'reg_imm':
      out[end++] = r0;
      end = putImmediate(out, end, imm0, immediateLength(imm0));
      break;
    case 'reg_imm_offset':
      end = putImmediate(out, end + 1, imm0, immediateLength(imm0));
      out[at + 1] = r0 | ((end - at - 2) << 4);
      end = putImmediate(out, end, displacement, displacementLength);
      break;
    case 'reg_imm_imm':
      end = putImmediate(out, end + 1, imm0, immediateLength(imm0));
      out[at + 1] = r0 | ((end - at - 2) << 4);
      end = putImmediate(out, end, imm1, immediateLength(imm1));
      break;
    case 'reg_reg_imm':
      out[end++] = r0 | (r1 << 4);
      end = putImmediate(out, end, imm0, immediateLength(imm0));
      break;
    case 'reg_reg_offset':
      out[end++] = r0 | (r1 << 4);
      end = putImmediate(out, end, displacement, displacementLength);
      break;
    case 'reg_reg_reg':
      out[end++] = r1 | (r2 << 4);
      out[end++] = r0;
      break;
    case 'offset':
      end = putImmediate(out, end, displacement, displacementLength);
      break;
    case 'imm':
      end = putImmediate(out, end, imm0, immediateLength(imm0));
      break;
    case 'imm_imm':
      end = putImmediate(out, end + 1, imm0, immediateLength(imm0));
      out[at + 1] = end - at - 2;
      end = putImmediate(out, end, imm1, immediateLength(imm1));
      break;
    case 'reg_reg':
      out[end++] = r0 | (r1 << 4);
      break;
    case 'reg_reg_imm_imm':
      out[end++] = r0 | (r1 << 4);
      end = putImmediate(out, end + 1, imm0, immediateLength(imm0));
      out[at + 2] = end - at - 3;
      end = putImmediate(out, end, imm1, immediateLength(imm1));
      break;
    case 'reg_imm64':
      out[end++] = r0;
      end = putImmediate(out, end, imm0, 4);
      end = putImmediate(out, end, imm1, 4);
      break;
    default:
      format satisfies never;
  }
  return end - at;
}

function putImmediate(out: Uint8Array, at: number, value: number, length: number): number {
  for (let i = 0; i < length; i++) out[at + i] = value >> (8 * i);
  return at + length;
}
