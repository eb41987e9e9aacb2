import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, ISA_NAMES, ISAS, Op } from '../isa/index.js';
import { InstructionDecoder } from './decoder.js';
import { type EncodableInstruction, encodeInstruction, immediateLength, MAX_INSTRUCTION_LENGTH } from './encode.js';
import { parseProgram } from './parse.js';
import { writeBlob } from './writeBlob.js';

const zeros: EncodableInstruction = { op: Op.trap, offset: 0, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0 };

function encode(isa: keyof typeof ISAS, instruction: Partial<EncodableInstruction>): number[] {
  const out = new Uint8Array(MAX_INSTRUCTION_LENGTH);
  return [...out.subarray(0, encodeInstruction(ISAS[isa], { ...zeros, ...instruction }, out, 0))];
}

describe('immediateLength', () => {
  it.each([
    [0, 0],
    [1, 1],
    [-1, 1],
    [127, 1],
    [128, 2],
    [-128, 1],
    [-129, 2],
    [0x7fff, 2],
    [0x8000, 3],
    [-0x8000, 2],
    [-0x8001, 3],
    [0x7fffff, 3],
    [0x800000, 4],
    [-0x800000, 3],
    [-0x800001, 4],
    [0x7fffffff, 4],
    [-0x80000000, 4],
  ])('is the fewest bytes whose sign extension is %i: %i', (value, length) => {
    expect(immediateLength(value)).toBe(length);
  });
});

describe('encodeInstruction', () => {
  it.each<[string, Partial<EncodableInstruction>, number[]]>([
    ['argless', { op: Op.fallthrough }, [1]],
    ['reg_imm', { op: Op.load_imm, r0: 7, imm0: 300 }, [51, 0x07, 0x2c, 0x01]],
    ['reg_imm_offset', { op: Op.branch_eq_imm, r0: 3, imm0: -1, target: 5, offset: 10 }, [81, 0x13, 0xff, 0xfb]],
    ['reg_imm_imm', { op: Op.store_imm_indirect_u16, r0: 5, imm0: 0x1234, imm1: 5 }, [71, 0x25, 0x34, 0x12, 5]],
    ['reg_reg_imm', { op: Op.add_imm_64, r0: 1, r1: 2, imm0: 0 }, [149, 0x21]],
    ['reg_reg_offset', { op: Op.branch_eq, r0: 1, r1: 2, target: 0 }, [170, 0x21]],
    ['reg_reg_reg', { op: Op.add_64, r0: 3, r1: 1, r2: 2 }, [200, 0x21, 0x03]],
    ['offset', { op: Op.jump, target: 0x100 }, [40, 0x00, 0x01]],
    ['imm', { op: Op.ecalli, imm0: -1 }, [10, 0xff]],
    ['imm_imm', { op: Op.store_imm_u32, imm0: 0x20000, imm1: 0x80 }, [32, 3, 0, 0, 2, 0x80, 0]],
    ['reg_reg', { op: Op.move_reg, r0: 1, r1: 2 }, [100, 0x21]],
    [
      'reg_reg_imm_imm',
      { op: Op.load_imm_and_jump_indirect, r0: 1, r1: 2, imm0: 0x1000, imm1: -2 },
      [180, 0x21, 2, 0x00, 0x10, 0xfe],
    ],
    ['reg_imm64', { op: Op.load_imm64, r0: 9, imm0: 1, imm1: -1 }, [20, 9, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
  ])('writes the format %s', (_, instruction, bytes) => {
    expect(encode('latest64', instruction)).toEqual(bytes);
  });

  it('uses the opcodes of the ISA', () => {
    expect(encode('jam_v1', { op: Op.reverse_byte })).toEqual([110, 0]);
    expect(encode('latest64', { op: Op.reverse_byte })).toEqual([111, 0]);
  });

  it('refuses instructions that the ISA lacks', () => {
    expect(() => encode('latest32', { op: Op.add_64 })).toThrow(
      new RangeError("instruction: got 'add_64', expected one that the 'latest32' instruction set has"),
    );
    expect(() => encode('jam_v1', { op: Op.invalid })).toThrow(/got 'invalid'/);
  });

  it.each(ISA_NAMES)('is undone by the decoder, for all instructions of %s', (name) => {
    const isa = ISAS[name];
    const register = fc.integer({ min: 0, max: 12 });
    const immediate = fc.oneof(fc.integer(), fc.integer({ min: -300, max: 300 }), fc.constant(0));
    const ops = INSTRUCTIONS.map(({ op }) => op).filter((op) => isa.opcodeOf[op] >= 0);
    const operands = fc.record({
      op: fc.constantFrom(...ops),
      r0: register,
      r1: register,
      r2: register,
      imm0: immediate,
      imm1: immediate,
      target: fc.nat({ max: 0xffffffff }),
    });
    fc.assert(
      fc.property(operands, ({ op, ...fields }) => {
        const code = encode(name, { op, ...fields });
        const bitmask = new Uint8Array(2);
        bitmask[0] = 1;
        const blob = writeBlob({
          isa,
          code: Uint8Array.from(code),
          bitmask: bitmask.subarray(0, Math.ceil(code.length / 8)),
        });
        const decoder = new InstructionDecoder(parseProgram(blob));
        decoder.decode(0);
        expect(decoder).toMatchObject({ op, next: code.length });
        const { format } = INSTRUCTIONS[op];
        for (const field of FIELDS[format]) expect(decoder[field], field).toBe(fields[field]);
      }),
      { numRuns: 1500 },
    );
  });
});

/** The operands that each format has room for. */
const FIELDS = {
  argless: [],
  reg_imm: ['r0', 'imm0'],
  reg_imm_offset: ['r0', 'imm0', 'target'],
  reg_imm_imm: ['r0', 'imm0', 'imm1'],
  reg_reg_imm: ['r0', 'r1', 'imm0'],
  reg_reg_offset: ['r0', 'r1', 'target'],
  reg_reg_reg: ['r0', 'r1', 'r2'],
  offset: ['target'],
  imm: ['imm0'],
  imm_imm: ['imm0', 'imm1'],
  reg_reg: ['r0', 'r1'],
  reg_reg_imm_imm: ['r0', 'r1', 'imm0', 'imm1'],
  reg_imm64: ['r0', 'imm0', 'imm1'],
} as const;
