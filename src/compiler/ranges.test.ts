import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATA, execute, instruction, isa, named } from '../../test/support/singleInstruction.js';
import { Engine } from '../engine/index.js';
import { INSTRUCTIONS, Op, REGISTER_COUNT, REGISTER_NAMES } from '../isa/index.js';
import { assemble } from '../text/index.js';
import { type RangeChanges, Ranges, rangeFacts } from './ranges.js';
import { Structure } from './structure.js';

const MAX = 2 ** 31 - 1;
const bound = fc.oneof(fc.integer({ min: 0, max: MAX }), fc.constantFrom(0, 1, 2, 31, 32, 255, 65_535, MAX - 1, MAX));
const any64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
);
const immediate = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: MAX }),
  fc.constantFrom(0, 1, -1, 5, 31, 32, 33, 63, 255, MAX, -(2 ** 31)),
);
const index = fc.integer({ min: 0, max: REGISTER_COUNT - 1 });

/** A value, and perhaps a range that it is in. */
const fact = fc.oneof(
  any64.map((value) => ({ value, range: undefined })),
  fc.tuple(bound, bound, bound).map((numbers) => {
    const [low, value, high] = numbers.sort((a, b) => a - b) as [number, number, number];
    return { value: BigInt(value), range: [low, high] as const };
  }),
);
const facts = fc.array(fact, { minLength: REGISTER_COUNT, maxLength: REGISTER_COUNT });

function rangesOf(given: readonly { readonly range: readonly [number, number] | undefined }[]): Ranges {
  const ranges = new Ranges();
  for (const [register, { range }] of given.entries()) if (range !== undefined) ranges.set(register, ...range);
  return ranges;
}

function expectToHold(ranges: Ranges, values: readonly bigint[]): void {
  for (const [register, value] of values.entries()) {
    if (!ranges.isKnown(register)) continue;
    expect(value).toBeGreaterThanOrEqual(BigInt(ranges.low(register)));
    expect(value).toBeLessThanOrEqual(BigInt(ranges.high(register)));
  }
}

describe('the range of a result', () => {
  const candidates = INSTRUCTIONS.filter(
    ({ op, flow, operands }) =>
      flow === 'continues' && operands[0] === 'dst' && op !== Op.sbrk && isa.opcodeOf[op]! >= 0,
  );

  it.each(candidates.map(({ name, op, memory, operands }) => ({ name, op, memory, operands })))(
    'of $name contains it',
    ({ op, memory, operands }) => {
      const data = fc.uint8Array({ minLength: 8, maxLength: 8 });
      fc.assert(
        fc.property(facts, index, index, index, immediate, immediate, data, (given, r0, r1, r2, imm0, imm1, bytes) => {
          const isIndirect = operands[1] === 'base';
          const what = instruction(op, { r0, r1, r2, imm0: memory === undefined ? imm0 : isIndirect ? 0 : DATA, imm1 });
          const before = given.map(({ value }) => value);
          const ranges = rangesOf(given);
          if (isIndirect) {
            before[r1] = BigInt(DATA);
            ranges.set(r1, DATA, DATA);
          }
          ranges.apply(what);
          expectToHold(ranges, execute(what, before, bytes));
        }),
        { numRuns: 60 },
      );
    },
  );

  it('is known where tables are looked up', () => {
    const [a, b] = [7, 8];
    const ranges = new Ranges();
    const result = (name: string, operands: object): (number | undefined)[] => {
      ranges.apply(named(name, operands));
      return ranges.isKnown(a) ? [ranges.low(a), ranges.high(a)] : [];
    };
    expect(result('and_imm', { r0: a, r1: a, imm0: 0x1fff })).toEqual([0, 0x1fff]);
    expect(result('shift_logical_left_imm_64', { r0: a, r1: a, imm0: 3 })).toEqual([0, 0xfff8]);
    ranges.apply(named('load_imm', { r0: b, imm0: 0x30000 }));
    expect(result('add_64', { r0: a, r1: a, r2: b })).toEqual([0x30000, 0x3fff8]);
    expect(result('load_indirect_u8', { r0: a, r1: a })).toEqual([0, 255]);
    expect(result('load_indirect_u64', { r0: a, r1: a })).toEqual([]);
    expect(result('shift_logical_right_imm_64', { r0: a, r1: a, imm0: 52 })).toEqual([0, 0xfff]);
    expect(result('sub_64', { r0: a, r1: a, r2: b })).toEqual([]);
  });
});

describe('what a branch tells', () => {
  const branches = INSTRUCTIONS.filter(({ name }) => name.startsWith('branch_'));
  const TEXT: Readonly<Record<string, string>> = {
    eq: '==',
    not_eq: '!=',
    less_unsigned: '<u',
    less_signed: '<s',
    less_or_equal_unsigned: '<=u',
    less_or_equal_signed: '<=s',
    greater_unsigned: '>u',
    greater_signed: '>s',
    greater_or_equal_unsigned: '>=u',
    greater_or_equal_signed: '>=s',
  };

  it.each(branches.map(({ name, op }) => ({ name, op })))('of $name holds on either way', ({ name, op }) => {
    const isImmediate = name.endsWith('_imm');
    const operator = TEXT[name.replace(/^branch_|_imm$/g, '')]!;
    fc.assert(
      fc.property(facts, index, index, fc.oneof(immediate, bound), (given, r0, r1, imm0) => {
        const other = isImmediate ? String(imm0) : REGISTER_NAMES[r1]!;
        // On registers that are one and the same the assembler has no objections.
        const source = `pub @main:\njump @taken if ${REGISTER_NAMES[r0]} ${operator} ${other}\ntrap\n@taken:\nfallthrough`;
        using machine = new Engine({ backend: 'interpreter' })
          .compile(assemble(source, { isa: 'latest64' }), { gasMetering: 'none', cache: false })
          .instantiate();
        const values = given.map(({ value }) => value);
        for (const [i, value] of values.entries()) machine.setRegister(REGISTER_NAMES[i]!, value);
        machine.nextProgramCounter = 0;
        machine.run();
        const isTaken = machine.programCounter! > machine.module.program.code.length - 2;
        const ranges = rangesOf(given);
        ranges.branch(instruction(op, { r0, r1, imm0 }), isTaken);
        expectToHold(ranges, values);
      }),
      { numRuns: 100 },
    );
  });
});

describe('ranges where ways meet', () => {
  const [counter, other] = [7, 8];
  const add = (imm0: number): ReturnType<typeof named> => named('add_imm_64', { r0: counter, r1: counter, imm0 });

  /** A loop of node 2 behind node 1, which goes on to node 3. */
  function loop(step: number, branch: ReturnType<typeof named>): readonly (Ranges | undefined)[] {
    const changes: RangeChanges = {
      through(node, ranges) {
        if (node === 1) ranges.apply(named('load_imm', { r0: counter, imm0: 0 }));
        if (node === 1) ranges.apply(named('load_imm', { r0: other, imm0: 0x30000 }));
        if (node === 2) ranges.apply(add(step));
      },
      along(node, to, ranges) {
        if (node === 2) ranges.branch(branch, to === 2);
      },
    };
    return rangeFacts(new Structure({ successors: [[], [2], [2, 3], []] }, [1]), changes);
  }

  it('are bounded by the condition of a loop', () => {
    const facts = loop(8, named('branch_less_unsigned_imm', { r0: counter, imm0: 64 }));
    expect([facts[2]!.low(counter), facts[2]!.high(counter)]).toEqual([0, 63]);
    expect([facts[2]!.low(other), facts[2]!.high(other)]).toEqual([0x30000, 0x30000]);
    expect([facts[3]!.low(counter), facts[3]!.high(counter)]).toEqual([64, 71]);
  });

  it('are given up where nothing bounds them', () => {
    const facts = loop(8, named('branch_not_eq', { r0: counter, r1: other }));
    expect(facts[2]!.isKnown(counter)).toBe(false);
    expect(facts[2]!.isKnown(other)).toBe(true);
  });

  it('are unknown where code is entered', () => {
    const changes: RangeChanges = { through() {}, along() {} };
    const facts = rangeFacts(new Structure({ successors: [[], [2], []] }, [1, 2]), changes);
    expect(facts[2]!.known).toBe(0);
  });
});
