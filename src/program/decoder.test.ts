import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codePayload } from '../../test/support/blob.js';
import { INSTRUCTIONS, ISA_NAMES, ISAS, type IsaName, instructionByName, Op } from '../isa/index.js';
import { canFallThrough, endsBlock, InstructionDecoder } from './decoder.js';
import { parseCodeAndJumpTable } from './parse.js';

/** A decoder of code given as instructions, each of which is marked at its first byte. */
function decoderOf(isa: IsaName, ...instructions: readonly (readonly number[])[]): InstructionDecoder {
  return new InstructionDecoder(parseCodeAndJumpTable(Uint8Array.from(codePayload(instructions)), ISAS[isa]));
}

/** Decodes one instruction with plenty of other code behind it. */
function decodeOne(...bytes: number[]): InstructionDecoder {
  const decoder = decoderOf('latest64', bytes, ...new Array<number[]>(40).fill([0]));
  decoder.decode(0);
  return decoder;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

describe('operands', () => {
  it.each([
    ['argless', [1], { op: Op.fallthrough, next: 1 }],
    ['reg_imm', [51, 0x07, 0xff], { op: Op.load_imm, r0: 7, imm0: -1, next: 3 }],
    ['reg_imm without an immediate', [51, 0x07], { op: Op.load_imm, r0: 7, imm0: 0, next: 2 }],
    ['reg_imm_offset', [80, 0x13, 0x80, 0x05], { op: Op.load_imm_and_jump, r0: 3, imm0: -128, target: 5, next: 4 }],
    ['reg_imm_offset with no room for its offset', [81, 0x13, 0x05], { r0: 3, imm0: 5, target: 0, next: 3 }],
    [
      'reg_imm_imm',
      [70, 0x25, 0x34, 0x12, 0x78, 0x56, 0x34],
      { op: Op.store_imm_indirect_u8, r0: 5, imm0: 0x1234, imm1: 0x345678, next: 7 },
    ],
    ['reg_reg_imm', [120, 0x87, 0x00, 0x80], { op: Op.store_indirect_u8, r0: 7, r1: 8, imm0: -32768, next: 4 }],
    ['reg_reg_offset', [170, 0x87, 0x10], { op: Op.branch_eq, r0: 7, r1: 8, target: 16, next: 3 }],
    ['reg_reg_reg, destination in the second byte', [200, 0x21, 0x03], { op: Op.add_64, r0: 3, r1: 1, r2: 2, next: 3 }],
    ['offset', [40, 0x04], { op: Op.jump, target: 4, next: 2 }],
    ['imm', [10, 0xff, 0xff, 0xff, 0x7f], { op: Op.ecalli, imm0: 0x7fffffff, next: 5 }],
    ['imm_imm', [30, 0x02, 0x00, 0x01, 0xfe], { op: Op.store_imm_u8, imm0: 256, imm1: -2, next: 5 }],
    ['reg_reg', [100, 0x21], { op: Op.move_reg, r0: 1, r1: 2, next: 2 }],
    [
      'reg_reg_imm_imm',
      [180, 0x21, 0x01, 0x05, 0x06],
      { op: Op.load_imm_and_jump_indirect, r0: 1, r1: 2, imm0: 5, imm1: 6, next: 5 },
    ],
    [
      'reg_imm64',
      [20, 0x09, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x91],
      { op: Op.load_imm64, r0: 9, imm0: 0x55667788, imm1: 0x91223344 | 0, next: 10 },
    ],
  ])('of %s', (_, bytes, expected) => {
    expect(decodeOne(...bytes)).toMatchObject(expected);
  });

  it('that name a register above a5 mean a5', () => {
    expect(decodeOne(200, 0xfd, 0xce)).toMatchObject({ r0: 12, r1: 12, r2: 12 });
    expect(decodeOne(100, 0xdf)).toMatchObject({ r0: 12, r1: 12 });
  });

  it('ignore the upper half of a register byte where it holds nothing', () => {
    expect(decodeOne(51, 0xf4, 1)).toMatchObject({ r0: 4, imm0: 1 });
    expect(decodeOne(200, 0x21, 0xf3)).toMatchObject({ r0: 3 });
    expect(decodeOne(20, 0xf3, ...zeros(8))).toMatchObject({ r0: 3 });
  });

  it.each([
    [0, [], 0],
    [1, [0x80], -128],
    [2, [0x00, 0x80], -32768],
    [3, [0x00, 0x00, 0x80], -8388608],
    [4, [0x00, 0x00, 0x00, 0x80], -2147483648],
    [5, [0x01, 0x02, 0x03, 0x04, 0x05], 0x04030201],
    [23, [0x01, 0x02, 0x03, 0x04, ...zeros(19)], 0x04030201],
  ])('with %i bytes to spare are immediates of at most four', (_, bytes, value) => {
    expect(decodeOne(51, 0x07, ...bytes).imm0).toBe(value);
  });

  it.each([5, 6, 7])('say with a length of %i that the first immediate has four bytes', (length) => {
    expect(decodeOne(70, length << 4, 1, 0, 0, 0, 2)).toMatchObject({ imm0: 1, imm1: 2 });
    expect(decodeOne(30, length, 1, 0, 0, 0, 2)).toMatchObject({ imm0: 1, imm1: 2 });
    expect(decodeOne(180, 0, length, 1, 0, 0, 0, 2)).toMatchObject({ imm0: 1, imm1: 2 });
  });

  it('look at three bits of that length', () => {
    expect(decodeOne(70, 0x90, 5, 6)).toMatchObject({ imm0: 5, imm1: 6 });
    expect(decodeOne(30, 0xf9, 5, 6)).toMatchObject({ imm0: 5, imm1: 6 });
    expect(decodeOne(180, 0, 0xf9, 5, 6)).toMatchObject({ imm0: 5, imm1: 6 });
  });

  it('are displacements from the start of the instruction itself, modulo 2^32', () => {
    const decoder = decoderOf('latest64', [0], [0], [40, 0xfe], [40, 0xfd], [0]);
    decoder.decode(2);
    expect(decoder.target).toBe(0);
    decoder.decode(4);
    expect(decoder.target).toBe(1);
    expect(decodeOne(40, 0xff).target).toBe(0xffffffff);
  });

  it('of a short instruction are read from the one behind it', () => {
    // The register byte and the first immediate; the second one has no bytes left.
    const decoder = decoderOf('latest64', [70], [0x45, 1, 2, 3, 4, 5], [0]);
    decoder.decode(0);
    expect(decoder).toMatchObject({ op: Op.store_imm_indirect_u8, r0: 5, imm0: 0x04030201, imm1: 0, next: 1 });
    const wide = decoderOf('latest64', [20], [3], [1], [2], [3], [4], [5], [6], [7], [8], [0]);
    wide.decode(0);
    expect(wide).toMatchObject({ r0: 3, imm0: 0x04030201, imm1: 0x08070605, next: 1 });
  });

  it('are zero behind the end of the code', () => {
    const decoder = decoderOf('latest64', [20]);
    decoder.decode(0);
    expect(decoder).toMatchObject({ op: Op.load_imm64, r0: 0, imm0: 0, imm1: 0, next: 1 });
    const cut = decoderOf('latest64', [30, 0x04, 0xff]);
    cut.decode(0);
    expect(cut).toMatchObject({ op: Op.store_imm_u8, imm0: 0xff, imm1: 0 });
  });
});

describe('opcodes', () => {
  it.each(ISA_NAMES)('of %s are those of its table, all others invalid', (isa) => {
    const decoder = decoderOf(isa, ...Array.from({ length: 256 }, (_, byte) => [byte]));
    for (let byte = 0; byte < 256; byte++) {
      decoder.decode(byte);
      expect(decoder.op, `byte ${byte}`).toBe(ISAS[isa].opOf[byte]);
      expect(decoder.opAt(byte)).toBe(decoder.op);
    }
  });

  it('of instructions that end a block, or let control go on, are as the table says', () => {
    for (const { op, flow } of INSTRUCTIONS) {
      expect(endsBlock(op)).toBe(flow !== 'continues');
      expect(canFallThrough(op)).toBe(flow !== 'ends');
    }
    expect(endsBlock(Op.invalid)).toBe(true);
    expect(canFallThrough(Op.invalid)).toBe(false);
  });
});

describe('an offset where nothing is marked', () => {
  it('holds an invalid instruction of one byte, and of none behind the code', () => {
    const decoder = decoderOf('latest64', [51, 7, 1], [0]);
    decoder.decode(1);
    expect(decoder).toMatchObject({ op: Op.invalid, offset: 1, next: 2, nextIsInvalid: false });
    decoder.decode(4);
    expect(decoder).toMatchObject({ op: Op.invalid, offset: 4, next: 4, nextIsInvalid: false });
    decoder.decode(0xffffffff);
    expect(decoder).toMatchObject({ op: Op.invalid, offset: 0xffffffff, next: 4 });
  });

  it('is not marked, nor is any outside of the code', () => {
    const decoder = decoderOf('latest64', [51, 7, 1], [0]);
    expect([-1, 0, 1, 2, 3, 4, 5, 8, 0x7fffffff, 0xffffffff].filter((at) => decoder.isMarked(at))).toEqual([0, 3]);
    expect([0, 3, 4].map((at) => decoder.byteAt(at))).toEqual([51, 0, undefined]);
  });
});

describe('where the next instruction is', () => {
  /** An instruction at `offset` with `length` bytes, then another one, then `rest` bytes that are one instruction. */
  function spaced(opcode: number, offset: number, length: number, rest: number): InstructionDecoder {
    const before = Array.from({ length: offset }, () => [0]);
    const after =
      rest > 0 ? [[0, ...zeros(Math.min(rest, 20) - 1)], ...Array.from({ length: rest - 20 }, () => [0])] : [];
    const decoder = decoderOf('latest64', ...before, [opcode, ...zeros(length - 1)], ...after);
    decoder.decode(offset);
    return decoder;
  }
  const LOAD_IMM = 51;
  const TRAP = 0;

  it.each([1, 2, 12, 24, 25])('%i bytes further on it is found', (length) => {
    for (const offset of [0, 1, 6, 8]) {
      expect(spaced(LOAD_IMM, offset, length, 60)).toMatchObject({ next: offset + length, nextIsInvalid: false });
    }
  });

  it('more than 25 bytes further on it is a gap', () => {
    expect(spaced(LOAD_IMM, 0, 26, 60)).toMatchObject({ next: 25, nextIsInvalid: true });
    expect(spaced(LOAD_IMM, 0, 26, 5)).toMatchObject({ next: 25, nextIsInvalid: true });
    // Also behind an instruction that control does not leave forwards: there is code behind the gap.
    expect(spaced(TRAP, 0, 26, 60)).toMatchObject({ next: 25, nextIsInvalid: true });
    expect(spaced(TRAP, 0, 26, 5)).toMatchObject({ next: 25, nextIsInvalid: true });
  });

  it('exactly 25 bytes further on, in the last 31 bytes, it is missed behind multiples of 8', () => {
    for (let offset = 0; offset < 32; offset++) {
      const isMissed = (offset + 1) % 8 === 0;
      expect(spaced(LOAD_IMM, offset, 25, 6)).toMatchObject({ next: offset + 25, nextIsInvalid: isMissed });
      expect(spaced(LOAD_IMM, offset, 25, 7)).toMatchObject({ next: offset + 25, nextIsInvalid: false });
      expect(spaced(LOAD_IMM, offset, 24, 6)).toMatchObject({ next: offset + 24, nextIsInvalid: false });
    }
  });

  it('at the end of the code is nothing, which only matters to what can fall through', () => {
    expect(spaced(LOAD_IMM, 0, 2, 0)).toMatchObject({ next: 2, nextIsInvalid: true });
    expect(spaced(LOAD_IMM, 0, 25, 0)).toMatchObject({ next: 25, nextIsInvalid: true });
    expect(spaced(TRAP, 0, 1, 0)).toMatchObject({ next: 1, nextIsInvalid: false });
    for (const name of ['jump', 'jump_indirect', 'load_imm_and_jump', 'load_imm_and_jump_indirect']) {
      const opcode = ISAS.latest64.opcodeOf[instructionByName(name)?.op as Op];
      expect(spaced(opcode, 0, 3, 0).nextIsInvalid, name).toBe(false);
    }
    const BAD_OPCODE = 255;
    expect(spaced(BAD_OPCODE, 0, 3, 0)).toMatchObject({ op: Op.invalid, next: 3, nextIsInvalid: false });
    expect(spaced(LOAD_IMM, 0, 31, 0)).toMatchObject({ next: 25, nextIsInvalid: true });
  });
});

describe('random bytes', () => {
  /** Skip and flag as the specification words them (decoding, section 1). */
  function plain(code: readonly number[], marks: readonly boolean[], offset: number): { next: number; flag: boolean } {
    const end = code.length;
    const bit = (at: number): boolean => at < end && marks[at];
    let distance = 1;
    while (offset + distance < end && !bit(offset + distance)) distance++;
    const skip = Math.min(distance - 1, 24, end - offset - 1);
    const next = offset + skip + 1;
    let flag: boolean;
    if (offset + 32 <= end) flag = skip === 24 && !bit(next);
    else flag = next >= end || !bit(next) || (skip === 24 && (offset + 1) % 8 === 0);
    const op: Op = ISAS.latest64.opOf[code[offset]];
    if (flag && next >= end && !canFallThrough(op)) flag = false;
    return { next, flag };
  }

  const sparse = fc.array(
    fc.tuple(
      fc.nat(255),
      fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
    ),
    {
      minLength: 1,
      maxLength: 120,
      size: 'max',
    },
  );

  it('decode as the specification words it', () => {
    fc.assert(
      fc.property(sparse, (bytes) => {
        const code = bytes.map(([byte]) => byte);
        const marks = bytes.map(([, mark]) => mark);
        const bitmask = zeros(Math.ceil(code.length / 8));
        marks.forEach((mark, at) => {
          if (mark) bitmask[at >> 3] |= 1 << (at & 7);
        });
        const payload = Uint8Array.from([0, 0, code.length, ...code, ...bitmask]);
        const decoder = new InstructionDecoder(parseCodeAndJumpTable(payload, ISAS.latest64));
        marks.forEach((mark, offset) => {
          if (!mark) return;
          decoder.decode(offset);
          const { next, flag } = plain(code, marks, offset);
          expect([decoder.next, decoder.nextIsInvalid]).toEqual([next, flag]);
        });
      }),
      { numRuns: 300 },
    );
  });
});
