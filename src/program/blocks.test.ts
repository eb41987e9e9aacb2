import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codePayload } from '../../test/support/blob.js';
import { INSTRUCTIONS, ISAS, type IsaName, Op } from '../isa/index.js';
import {
  blockStartOf,
  findInvalidInstruction,
  forEachInstruction,
  forEachInstructionOfBlock,
  isJumpTarget,
} from './blocks.js';
import { endsBlock, InstructionDecoder } from './decoder.js';
import { parseCodeAndJumpTable } from './parse.js';

type Instructions = readonly (readonly number[])[];

function decoderOf(isa: IsaName, instructions: Instructions): InstructionDecoder {
  return new InstructionDecoder(parseCodeAndJumpTable(Uint8Array.from(codePayload(instructions)), ISAS[isa]));
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const TRAP = [0];
const FALLTHROUGH = [1];
/** a0 = 1. */
const LOAD_IMM = [51, 7, 1];
const ECALLI = [10];
const BAD_OPCODE = [255];

/** Code whose first `unmarked` bytes belong to no instruction. */
function unmarkedThen(unmarked: number, instructions: Instructions): InstructionDecoder {
  const payload = codePayload([zeros(unmarked), ...instructions]);
  const codeLength = payload[2];
  payload[3 + codeLength] &= ~1;
  return new InstructionDecoder(parseCodeAndJumpTable(Uint8Array.from(payload), ISAS.latest64));
}

function targets(decoder: InstructionDecoder): number[] {
  return Array.from({ length: decoder.codeLength + 2 }, (_, at) => at).filter((at) => isJumpTarget(decoder, at));
}

describe('jump targets', () => {
  it('are the first instruction and those behind the end of a block', () => {
    expect(targets(decoderOf('latest64', [LOAD_IMM, ECALLI, FALLTHROUGH, LOAD_IMM, TRAP, LOAD_IMM]))).toEqual([
      0, 5, 9,
    ]);
  });

  it('are not behind an opcode that the ISA lacks', () => {
    expect(targets(decoderOf('latest64', [TRAP, BAD_OPCODE, LOAD_IMM]))).toEqual([0, 1]);
  });

  it.each(INSTRUCTIONS.map(({ name, op, flow }) => [name, op, flow] as const))(
    'behind %s exist if it ends blocks',
    (_, op, flow) => {
      const decoder = decoderOf('latest64', [[ISAS.latest64.opcodeOf[op]], TRAP]);
      expect(isJumpTarget(decoder, 1)).toBe(flow !== 'continues');
    },
  );

  it('are not where nothing is marked, nor outside of the code', () => {
    const decoder = unmarkedThen(1, [TRAP]);
    expect(targets(decoder)).toEqual([]);
    expect(isJumpTarget(decoder, -1)).toBe(false);
    expect(isJumpTarget(decoder, 0xffffffff)).toBe(false);
  });

  it('have the instruction before them at most 25 bytes back, or 24 at a multiple of 8', () => {
    for (let target = 25; target < 49; target++) {
      for (const distance of [24, 25, 26]) {
        const before = target - distance;
        const instructions = [
          ...new Array(Math.max(0, before)).fill(TRAP),
          [0, ...zeros(distance - 1)],
          TRAP,
          ...new Array(40).fill(TRAP),
        ];
        if (before < 0) continue;
        const reach = target % 8 === 0 ? 24 : 25;
        expect(isJumpTarget(decoderOf('latest64', instructions), target)).toBe(distance <= reach);
      }
    }
  });
});

describe('the start of the block around an instruction', () => {
  const starts = (decoder: InstructionDecoder): number[] =>
    Array.from({ length: decoder.codeLength + 2 }, (_, at) => blockStartOf(decoder, at));

  it('is found backwards, and -1 where nothing is marked', () => {
    expect(starts(decoderOf('latest64', [LOAD_IMM, ECALLI, FALLTHROUGH, LOAD_IMM, TRAP]))).toEqual([
      0, -1, -1, 0, 0, 5, -1, -1, 5, -1, -1,
    ]);
  });

  it('is behind an opcode that the ISA lacks, although no jump can go there', () => {
    const decoder = decoderOf('latest64', [ECALLI, BAD_OPCODE, ECALLI, TRAP]);
    expect([0, 1, 2, 3].map((at) => blockStartOf(decoder, at))).toEqual([0, 0, 2, 2]);
    expect(isJumpTarget(decoder, 2)).toBe(false);
  });

  it('does not exist behind a gap', () => {
    const decoder = unmarkedThen(3, [ECALLI, TRAP, ECALLI]);
    expect([3, 4, 5].map((at) => blockStartOf(decoder, at))).toEqual([-1, -1, 5]);
    const wide = decoderOf('latest64', [[51, 7, ...zeros(30)], ECALLI, TRAP]);
    expect([0, 32, 33].map((at) => blockStartOf(wide, at))).toEqual([0, -1, -1]);
  });

  it('does not exist outside of the code', () => {
    const decoder = decoderOf('latest64', [TRAP]);
    expect([-1, 1, 8, 0xffffffff].map((at) => blockStartOf(decoder, at))).toEqual([-1, -1, -1, -1]);
  });

  it('takes time in proportion to the length of the block', () => {
    const instructions = new Array<number[]>(200_000).fill(ECALLI);
    const decoder = new InstructionDecoder(
      parseCodeAndJumpTable(Uint8Array.from(largePayload(instructions.length)), ISAS.latest64),
    );
    expect(blockStartOf(decoder, instructions.length - 1)).toBe(0);
  });
});

/** `length` times ecalli. */
function largePayload(length: number): number[] {
  const payload = [0, 0, 0xe0, length & 0xff, (length >> 8) & 0xff, length >> 16];
  for (let i = 0; i < length; i++) payload.push(10);
  for (let i = 0; i < length / 8; i++) payload.push(0xff);
  return payload;
}

interface Visited {
  readonly op: Op;
  readonly offset: number;
  readonly next: number;
}

function collect(walk: (visit: (decoder: InstructionDecoder) => void) => void): (readonly [Op, number, number])[] {
  const visited: (readonly [Op, number, number])[] = [];
  walk(({ op, offset, next }: Visited) => visited.push([op, offset, next]));
  return visited;
}

describe('the instructions of a block', () => {
  const block = (decoder: InstructionDecoder, start: number): (readonly [Op, number, number])[] =>
    collect((visit) => forEachInstructionOfBlock(decoder, start, visit));

  it('go through the one that ends it', () => {
    expect(block(decoderOf('latest64', [ECALLI, LOAD_IMM, FALLTHROUGH, TRAP]), 0)).toEqual([
      [Op.ecalli, 0, 1],
      [Op.load_imm, 1, 4],
      [Op.fallthrough, 4, 5],
    ]);
  });

  it('end with an invalid one at an opcode that the ISA lacks, at the end, at a gap and where nothing is marked', () => {
    const code = decoderOf('latest64', [ECALLI, BAD_OPCODE, ECALLI]);
    expect(block(code, 0)).toEqual([
      [Op.ecalli, 0, 1],
      [Op.invalid, 1, 2],
    ]);
    expect(block(code, 2)).toEqual([
      [Op.ecalli, 2, 3],
      [Op.invalid, 3, 4],
    ]);
    expect(block(decoderOf('latest64', [[51, 7, ...zeros(30)], TRAP]), 0)).toEqual([
      [Op.load_imm, 0, 25],
      [Op.invalid, 25, 33],
    ]);
    expect(block(decoderOf('latest64', [LOAD_IMM]), 1)).toEqual([[Op.invalid, 1, 2]]);
  });
});

describe('a listing', () => {
  const listing = (decoder: InstructionDecoder): (readonly [Op, number, number])[] =>
    collect((visit) => forEachInstruction(decoder, visit));

  it('has every instruction, and an invalid one where the code can run off its end', () => {
    expect(listing(decoderOf('latest64', [ECALLI, TRAP]))).toEqual([
      [Op.ecalli, 0, 1],
      [Op.trap, 1, 2],
    ]);
    expect(listing(decoderOf('latest64', [TRAP, ECALLI]))).toEqual([
      [Op.trap, 0, 1],
      [Op.ecalli, 1, 2],
      [Op.invalid, 2, 3],
    ]);
    expect(listing(decoderOf('latest64', [BAD_OPCODE, FALLTHROUGH]))).toEqual([
      [Op.invalid, 0, 1],
      [Op.fallthrough, 1, 2],
      [Op.invalid, 2, 3],
    ]);
  });

  it('shows a gap as an invalid instruction if control can get there, and passes over it if not', () => {
    expect(listing(decoderOf('latest64', [[51, 7, ...zeros(30)], TRAP]))).toEqual([
      [Op.load_imm, 0, 25],
      [Op.invalid, 25, 32],
      [Op.trap, 32, 33],
    ]);
    expect(listing(decoderOf('latest64', [[0, ...zeros(31)], TRAP]))).toEqual([
      [Op.trap, 0, 25],
      [Op.trap, 32, 33],
    ]);
    expect(listing(decoderOf('latest64', [[51, 7, ...zeros(30)]]))).toEqual([
      [Op.load_imm, 0, 25],
      [Op.invalid, 25, 32],
    ]);
  });

  it('starts with an invalid instruction where nothing is marked at 0', () => {
    expect(listing(unmarkedThen(3, [TRAP]))).toEqual([
      [Op.invalid, 0, 3],
      [Op.trap, 3, 4],
    ]);
    expect(listing(unmarkedThen(3, []))).toEqual([[Op.invalid, 0, 3]]);
    expect(listing(decoderOf('latest64', []))).toEqual([[Op.invalid, 0, 0]]);
  });

  it('has an invalid instruction without length where the quirk of the last 31 bytes ends a block', () => {
    const instructions = [...new Array<number[]>(7).fill(TRAP), [51, ...zeros(24)], TRAP];
    expect(listing(decoderOf('latest64', instructions)).slice(7)).toEqual([
      [Op.load_imm, 7, 32],
      [Op.invalid, 32, 32],
      [Op.trap, 32, 33],
    ]);
  });

  it('of random bytes ends, and visits every marked byte in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 }), (pieces) => {
        const instructions = pieces.map((piece) => [...piece]);
        const decoder = decoderOf('latest64', instructions);
        const visited = listing(decoder).filter(([op, at]) => op !== Op.invalid || decoder.isMarked(at));
        const marked = Array.from({ length: decoder.codeLength }, (_, at) => at).filter((at) => decoder.isMarked(at));
        expect([...new Set(visited.map(([, at]) => at))]).toEqual(marked);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the first invalid instruction, for jam_v1', () => {
  const first = (...instructions: Instructions): number => findInvalidInstruction(decoderOf('jam_v1', instructions));

  it('does not exist in code that ends with a jump or a trap', () => {
    expect(first(ECALLI, TRAP)).toBe(-1);
    expect(first(ECALLI, [40])).toBe(-1);
  });

  it('is an unknown opcode, the end that code runs off, or a gap', () => {
    expect(first(ECALLI, BAD_OPCODE, TRAP)).toBe(1);
    expect(first(TRAP, ECALLI)).toBe(2);
    expect(first(TRAP, FALLTHROUGH)).toBe(2);
    expect(first([51, 7, ...zeros(30)], TRAP)).toBe(25);
  });

  it('is at 0 when nothing is marked there, or there is no code', () => {
    expect(findInvalidInstruction(unmarkedThen(1, [TRAP]))).toBe(0);
    expect(first()).toBe(0);
  });

  it('is not looked for behind a gap that control does not reach', () => {
    expect(first([0, ...zeros(31)], BAD_OPCODE)).toBe(-1);
  });

  it('has nothing to do with the targets of branches', () => {
    expect(first([40, 0x7f], TRAP)).toBe(-1);
  });
});

describe('random code', () => {
  it('has jump targets and block starts where a plain search finds them', () => {
    const piece = fc.tuple(fc.constantFrom(0, 1, 10, 51, 255), fc.integer({ min: 1, max: 27 }));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const decoder = decoderOf(
          'latest64',
          pieces.map(([opcode, length]) => [opcode, ...zeros(length - 1)]),
        );
        const preceding = (at: number): number => {
          for (let distance = 1; distance <= Math.min(25, 24 + (at % 8), at); distance++) {
            if (decoder.isMarked(at - distance)) return at - distance;
          }
          return -1;
        };
        const start = (at: number): number => {
          if (at === 0) return 0;
          const previous = preceding(at);
          if (previous < 0) return -1;
          return endsBlock(decoder.opAt(previous)) ? at : start(previous);
        };
        for (let at = 0; at < decoder.codeLength; at++) {
          const isMarked = decoder.isMarked(at);
          const previous = preceding(at);
          const isTarget =
            at === 0 || (previous >= 0 && decoder.opAt(previous) !== Op.invalid && endsBlock(decoder.opAt(previous)));
          expect(isJumpTarget(decoder, at)).toBe(isMarked && isTarget);
          expect(blockStartOf(decoder, at)).toBe(isMarked ? start(at) : -1);
        }
      }),
      { numRuns: 200 },
    );
  });
});
