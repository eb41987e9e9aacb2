/**
 * The instruction table: one row per instruction, and the single place where an instruction is declared.
 *
 * Decoder, encoder, assembler, disassembler, validation and gas derive from these rows. What an instruction *does* is
 * stated by the interpreter and by the compiler, each on its own, so that one can be tested against the other.
 */
import type { Op } from './op.js';

/** The four instruction set architectures, in the order of the reference's own numbering. */
export const ISA_NAMES = ['revive_v1', 'jam_v1', 'latest32', 'latest64'] as const;

/** Name of an instruction set architecture. */
export type IsaName = (typeof ISA_NAMES)[number];

/** How an instruction's operands are laid out in the bytes that follow its opcode (spec: decoding, operand extraction). */
export type OperandFormat =
  | 'argless'
  | 'reg_imm'
  | 'reg_imm_offset'
  | 'reg_imm_imm'
  | 'reg_reg_imm'
  | 'reg_reg_offset'
  | 'reg_reg_reg'
  | 'offset'
  | 'imm'
  | 'imm_imm'
  | 'reg_reg'
  | 'reg_reg_imm_imm'
  | 'reg_imm64';

/** What an operand is for. Registers come before immediates in every format. */
export type OperandRole =
  | 'dst'
  | 'src'
  | 'src1'
  | 'src2'
  | 'base'
  | 'cond'
  | 'imm'
  | 'imm_as_src1'
  | 'value'
  | 'value64'
  | 'offset_imm'
  | 'address'
  | 'target'
  | 'hostcall'
  | 'size';

/**
 * Where control can go after the instruction: to the next one of the same basic block, only elsewhere (`ends`: the
 * basic block ends and nothing falls through), or elsewhere and also to the block that follows (`endsFallsThrough`).
 */
export type ControlFlow = 'continues' | 'ends' | 'endsFallsThrough';

/** A memory access: its direction, width in bits, and for loads how the value is extended. */
export type MemoryAccess =
  | 'load u8'
  | 'load i8'
  | 'load u16'
  | 'load i16'
  | 'load u32'
  | 'load i32'
  | 'load u64'
  | 'store u8'
  | 'store u16'
  | 'store u32'
  | 'store u64';

/** Rows of the full gas model's table that several instructions share (`gas/` gives them their numbers). */
export type GasClass =
  | 'alu3'
  | 'alu3_32'
  | 'alu2'
  | 'alu2_32'
  | 'trivial1'
  | 'trivial2'
  | 'shift'
  | 'shift_32'
  | 'shift_alt'
  | 'shift_alt_32'
  | 'compare'
  | 'cmov'
  | 'cmov_imm'
  | 'minmax'
  | 'load'
  | 'store'
  | 'branch'
  | 'div'
  | 'inv'
  | 'xnor'
  | 'negadd64'
  | 'negadd32'
  | 'move'
  | 'load_imm'
  | 'load_imm64'
  | 'mul32'
  | 'mul64'
  | 'mulimm32'
  | 'mulimm64'
  | 'mulh'
  | 'mulhsu'
  | 'finish2'
  | 'jump'
  | 'djump'
  | 'unlikely'
  | 'host';

/** One row of the instruction table. */
export interface Instruction {
  readonly op: Op;
  readonly name: string;
  /** The opcode byte in each ISA, in the order of {@link ISA_NAMES}; undefined where the ISA lacks the instruction. */
  readonly opcodes: readonly (number | undefined)[];
  readonly format: OperandFormat;
  /** Operand roles in decoding order. */
  readonly operands: readonly OperandRole[];
  readonly flow: ControlFlow;
  readonly memory: MemoryAccess | undefined;
  readonly gasClass: GasClass;
  /** Whether the gas model's pipeline sees a write of operand 0. Jumps that also load a register are not seen as writes. */
  readonly gasWrites: boolean;
  /** Positions of the register operands that the gas model's pipeline waits for. */
  readonly gasReads: readonly number[];
}

type Opcodes = number | readonly (number | undefined)[];
interface Facts {
  flow?: ControlFlow;
  memory?: MemoryAccess;
  gas: GasClass;
  writes?: true;
  reads?: readonly number[];
}
type Row = readonly [string, Opcodes, OperandFormat, readonly OperandRole[], Facts];

const none = undefined;

// biome-ignore format: a table reads best with one row per line
const ROWS: readonly Row[] = [
  ['trap', 0, 'argless', [], { flow: 'ends', gas: 'finish2' }],
  ['fallthrough', 1, 'argless', [], { flow: 'endsFallsThrough', gas: 'finish2' }],
  ['memset', [none, none, 2, 2], 'argless', [], { memory: 'store u8', gas: 'host' }],
  ['unlikely', [none, 2, 3, 3], 'argless', [], { gas: 'unlikely' }],
  ['jump_indirect', 50, 'reg_imm', ['base', 'offset_imm'], { flow: 'ends', gas: 'djump', reads: [0] }],
  ['load_imm', 51, 'reg_imm', ['dst', 'value'], { gas: 'load_imm', writes: true }],
  ['load_u8', 52, 'reg_imm', ['dst', 'address'], { memory: 'load u8', gas: 'load', writes: true }],
  ['load_i8', 53, 'reg_imm', ['dst', 'address'], { memory: 'load i8', gas: 'load', writes: true }],
  ['load_u16', 54, 'reg_imm', ['dst', 'address'], { memory: 'load u16', gas: 'load', writes: true }],
  ['load_i16', 55, 'reg_imm', ['dst', 'address'], { memory: 'load i16', gas: 'load', writes: true }],
  ['load_i32', 57, 'reg_imm', ['dst', 'address'], { memory: 'load i32', gas: 'load', writes: true }],
  ['load_u32', [56, 56, none, 56], 'reg_imm', ['dst', 'address'], { memory: 'load u32', gas: 'load', writes: true }],
  ['load_u64', [58, 58, none, 58], 'reg_imm', ['dst', 'address'], { memory: 'load u64', gas: 'load', writes: true }],
  ['store_u8', 59, 'reg_imm', ['src', 'address'], { memory: 'store u8', gas: 'store', reads: [0] }],
  ['store_u16', 60, 'reg_imm', ['src', 'address'], { memory: 'store u16', gas: 'store', reads: [0] }],
  ['store_u32', 61, 'reg_imm', ['src', 'address'], { memory: 'store u32', gas: 'store', reads: [0] }],
  ['store_u64', [62, 62, none, 62], 'reg_imm', ['src', 'address'], { memory: 'store u64', gas: 'store', reads: [0] }],
  ['load_imm_and_jump', 80, 'reg_imm_offset', ['dst', 'value', 'target'], { flow: 'ends', gas: 'jump' }],
  ['branch_eq_imm', 81, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_not_eq_imm', 82, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_less_unsigned_imm', 83, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_less_signed_imm', 87, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_greater_or_equal_unsigned_imm', 85, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_greater_or_equal_signed_imm', 89, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_less_or_equal_signed_imm', 88, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_less_or_equal_unsigned_imm', 84, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_greater_signed_imm', 90, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['branch_greater_unsigned_imm', 86, 'reg_imm_offset', ['src1', 'imm', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0] }],
  ['store_imm_indirect_u8', 70, 'reg_imm_imm', ['base', 'offset_imm', 'value'], { memory: 'store u8', gas: 'store', reads: [0] }],
  ['store_imm_indirect_u16', 71, 'reg_imm_imm', ['base', 'offset_imm', 'value'], { memory: 'store u16', gas: 'store', reads: [0] }],
  ['store_imm_indirect_u32', 72, 'reg_imm_imm', ['base', 'offset_imm', 'value'], { memory: 'store u32', gas: 'store', reads: [0] }],
  ['store_imm_indirect_u64', [73, 73, none, 73], 'reg_imm_imm', ['base', 'offset_imm', 'value'], { memory: 'store u64', gas: 'store', reads: [0] }],
  ['store_indirect_u8', 120, 'reg_reg_imm', ['src', 'base', 'offset_imm'], { memory: 'store u8', gas: 'store', reads: [0, 1] }],
  ['store_indirect_u16', 121, 'reg_reg_imm', ['src', 'base', 'offset_imm'], { memory: 'store u16', gas: 'store', reads: [0, 1] }],
  ['store_indirect_u32', 122, 'reg_reg_imm', ['src', 'base', 'offset_imm'], { memory: 'store u32', gas: 'store', reads: [0, 1] }],
  ['store_indirect_u64', [123, 123, none, 123], 'reg_reg_imm', ['src', 'base', 'offset_imm'], { memory: 'store u64', gas: 'store', reads: [0, 1] }],
  ['load_indirect_u8', 124, 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load u8', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_i8', 125, 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load i8', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_u16', 126, 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load u16', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_i16', 127, 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load i16', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_i32', 129, 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load i32', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_u32', [128, 128, none, 128], 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load u32', gas: 'load', writes: true, reads: [1] }],
  ['load_indirect_u64', [130, 130, none, 130], 'reg_reg_imm', ['dst', 'base', 'offset_imm'], { memory: 'load u64', gas: 'load', writes: true, reads: [1] }],
  ['add_imm_32', 131, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2_32', writes: true, reads: [1] }],
  ['add_imm_64', [149, 149, none, 149], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['and_imm', 132, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['xor_imm', 133, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['or_imm', 134, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['mul_imm_32', 135, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'mulimm32', writes: true, reads: [1] }],
  ['mul_imm_64', [150, 150, none, 150], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'mulimm64', writes: true, reads: [1] }],
  ['set_less_than_unsigned_imm', 136, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'compare', writes: true, reads: [1] }],
  ['set_less_than_signed_imm', 137, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'compare', writes: true, reads: [1] }],
  ['shift_logical_left_imm_32', 138, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2_32', writes: true, reads: [1] }],
  ['shift_logical_left_imm_64', [151, 151, none, 151], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['shift_logical_right_imm_32', 139, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2_32', writes: true, reads: [1] }],
  ['shift_logical_right_imm_64', [152, 152, none, 152], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['shift_arithmetic_right_imm_32', 140, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2_32', writes: true, reads: [1] }],
  ['shift_arithmetic_right_imm_64', [153, 153, none, 153], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['negate_and_add_imm_32', 141, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'negadd32', writes: true, reads: [1] }],
  ['negate_and_add_imm_64', [154, 154, none, 154], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'negadd64', writes: true, reads: [1] }],
  ['set_greater_than_unsigned_imm', 142, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'compare', writes: true, reads: [1] }],
  ['set_greater_than_signed_imm', 143, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'compare', writes: true, reads: [1] }],
  ['shift_logical_right_imm_alt_32', 145, 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt_32', writes: true, reads: [1] }],
  ['shift_logical_right_imm_alt_64', [156, 156, none, 156], 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt', writes: true, reads: [1] }],
  ['shift_arithmetic_right_imm_alt_32', 146, 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt_32', writes: true, reads: [1] }],
  ['shift_arithmetic_right_imm_alt_64', [157, 157, none, 157], 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt', writes: true, reads: [1] }],
  ['shift_logical_left_imm_alt_32', 144, 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt_32', writes: true, reads: [1] }],
  ['shift_logical_left_imm_alt_64', [155, 155, none, 155], 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt', writes: true, reads: [1] }],
  ['cmov_if_zero_imm', 147, 'reg_reg_imm', ['dst', 'cond', 'imm'], { gas: 'cmov_imm', writes: true, reads: [1] }],
  ['cmov_if_not_zero_imm', 148, 'reg_reg_imm', ['dst', 'cond', 'imm'], { gas: 'cmov_imm', writes: true, reads: [1] }],
  ['rotate_right_imm_32', 160, 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2_32', writes: true, reads: [1] }],
  ['rotate_right_imm_alt_32', 161, 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt_32', writes: true, reads: [1] }],
  ['rotate_right_imm_64', [158, 158, none, 158], 'reg_reg_imm', ['dst', 'src1', 'imm'], { gas: 'alu2', writes: true, reads: [1] }],
  ['rotate_right_imm_alt_64', [159, 159, none, 159], 'reg_reg_imm', ['dst', 'src2', 'imm_as_src1'], { gas: 'shift_alt', writes: true, reads: [1] }],
  ['branch_eq', 170, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['branch_not_eq', 171, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['branch_less_unsigned', 172, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['branch_less_signed', 173, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['branch_greater_or_equal_unsigned', 174, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['branch_greater_or_equal_signed', 175, 'reg_reg_offset', ['src1', 'src2', 'target'], { flow: 'endsFallsThrough', gas: 'branch', reads: [0, 1] }],
  ['add_32', 190, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3_32', writes: true, reads: [1, 2] }],
  ['add_64', [200, 200, none, 200], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3', writes: true, reads: [1, 2] }],
  ['sub_32', 191, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3_32', writes: true, reads: [1, 2] }],
  ['sub_64', [201, 201, none, 201], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3', writes: true, reads: [1, 2] }],
  ['and', 210, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3', writes: true, reads: [1, 2] }],
  ['xor', 211, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3', writes: true, reads: [1, 2] }],
  ['or', 212, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'alu3', writes: true, reads: [1, 2] }],
  ['mul_32', 192, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'mul32', writes: true, reads: [1, 2] }],
  ['mul_64', [202, 202, none, 202], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'mul64', writes: true, reads: [1, 2] }],
  ['mul_upper_signed_signed', 213, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'mulh', writes: true, reads: [1, 2] }],
  ['mul_upper_unsigned_unsigned', 214, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'mulh', writes: true, reads: [1, 2] }],
  ['mul_upper_signed_unsigned', 215, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'mulhsu', writes: true, reads: [1, 2] }],
  ['set_less_than_unsigned', 216, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'compare', writes: true, reads: [1, 2] }],
  ['set_less_than_signed', 217, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'compare', writes: true, reads: [1, 2] }],
  ['shift_logical_left_32', 197, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift_32', writes: true, reads: [1, 2] }],
  ['shift_logical_left_64', [207, 207, none, 207], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift', writes: true, reads: [1, 2] }],
  ['shift_logical_right_32', 198, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift_32', writes: true, reads: [1, 2] }],
  ['shift_logical_right_64', [208, 208, none, 208], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift', writes: true, reads: [1, 2] }],
  ['shift_arithmetic_right_32', 199, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift_32', writes: true, reads: [1, 2] }],
  ['shift_arithmetic_right_64', [209, 209, none, 209], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift', writes: true, reads: [1, 2] }],
  ['div_unsigned_32', 193, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['div_unsigned_64', [203, 203, none, 203], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['div_signed_32', 194, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['div_signed_64', [204, 204, none, 204], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['rem_unsigned_32', 195, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['rem_unsigned_64', [205, 205, none, 205], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['rem_signed_32', 196, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['rem_signed_64', [206, 206, none, 206], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'div', writes: true, reads: [1, 2] }],
  ['cmov_if_zero', 218, 'reg_reg_reg', ['dst', 'src', 'cond'], { gas: 'cmov', writes: true, reads: [1, 2] }],
  ['cmov_if_not_zero', 219, 'reg_reg_reg', ['dst', 'src', 'cond'], { gas: 'cmov', writes: true, reads: [1, 2] }],
  ['and_inverted', 224, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'inv', writes: true, reads: [1, 2] }],
  ['or_inverted', 225, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'inv', writes: true, reads: [1, 2] }],
  ['xnor', 226, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'xnor', writes: true, reads: [1, 2] }],
  ['maximum', 227, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'minmax', writes: true, reads: [1, 2] }],
  ['maximum_unsigned', 228, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'minmax', writes: true, reads: [1, 2] }],
  ['minimum', 229, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'minmax', writes: true, reads: [1, 2] }],
  ['minimum_unsigned', 230, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'minmax', writes: true, reads: [1, 2] }],
  ['rotate_left_32', 221, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift_32', writes: true, reads: [1, 2] }],
  ['rotate_left_64', [220, 220, none, 220], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift', writes: true, reads: [1, 2] }],
  ['rotate_right_32', 223, 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift_32', writes: true, reads: [1, 2] }],
  ['rotate_right_64', [222, 222, none, 222], 'reg_reg_reg', ['dst', 'src1', 'src2'], { gas: 'shift', writes: true, reads: [1, 2] }],
  ['jump', 40, 'offset', ['target'], { flow: 'ends', gas: 'jump' }],
  ['ecalli', 10, 'imm', ['hostcall'], { gas: 'host' }],
  ['store_imm_u8', 30, 'imm_imm', ['address', 'value'], { memory: 'store u8', gas: 'store' }],
  ['store_imm_u16', 31, 'imm_imm', ['address', 'value'], { memory: 'store u16', gas: 'store' }],
  ['store_imm_u32', 32, 'imm_imm', ['address', 'value'], { memory: 'store u32', gas: 'store' }],
  ['store_imm_u64', [33, 33, none, 33], 'imm_imm', ['address', 'value'], { memory: 'store u64', gas: 'store' }],
  ['move_reg', 100, 'reg_reg', ['dst', 'src'], { gas: 'move' }],
  ['sbrk', [none, none, 101, 101], 'reg_reg', ['dst', 'size'], { gas: 'host', writes: true, reads: [1] }],
  ['count_leading_zero_bits_32', [105, 104, 105, 105], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['count_leading_zero_bits_64', [104, 103, none, 104], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['count_trailing_zero_bits_32', [107, 106, 107, 107], 'reg_reg', ['dst', 'src'], { gas: 'trivial2', writes: true, reads: [1] }],
  ['count_trailing_zero_bits_64', [106, 105, none, 106], 'reg_reg', ['dst', 'src'], { gas: 'trivial2', writes: true, reads: [1] }],
  ['count_set_bits_32', [103, 102, 103, 103], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['count_set_bits_64', [102, 101, none, 102], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['sign_extend_8', [108, 107, 108, 108], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['sign_extend_16', [109, 108, 109, 109], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['zero_extend_16', [110, 109, 110, 110], 'reg_reg', ['dst', 'src'], { gas: 'trivial1', writes: true, reads: [1] }],
  ['reverse_byte', [111, 110, 111, 111], 'reg_reg', ['dst', 'src'], { gas: 'alu2', writes: true, reads: [1] }],
  ['load_imm_and_jump_indirect', 180, 'reg_reg_imm_imm', ['dst', 'base', 'value', 'offset_imm'], { flow: 'ends', gas: 'djump', reads: [1] }],
  ['load_imm64', [20, 20, none, 20], 'reg_imm64', ['dst', 'value64'], { gas: 'load_imm64', writes: true }],
];

/** Every instruction; the index is its {@link Op}. */
export const INSTRUCTIONS: readonly Instruction[] = ROWS.map(([name, opcodes, format, operands, facts], op) => ({
  op,
  name,
  opcodes: typeof opcodes === 'number' ? [opcodes, opcodes, opcodes, opcodes] : opcodes,
  format,
  operands,
  flow: facts.flow ?? 'continues',
  memory: facts.memory,
  gasClass: facts.gas,
  gasWrites: facts.writes ?? false,
  gasReads: facts.reads ?? [],
}));

const BY_NAME = new Map(INSTRUCTIONS.map((instruction) => [instruction.name, instruction]));

/** Looks an instruction up by its name, such as `add_imm_64`. */
export function instructionByName(name: string): Instruction | undefined {
  return BY_NAME.get(name);
}
