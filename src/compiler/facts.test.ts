import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATA, execute, instruction, isa, named } from '../../test/support/singleInstruction.js';
import { INSTRUCTIONS, Op, SP } from '../isa/index.js';
import { RegionHint } from './addressing.js';
import type { BlockInstruction } from './blockInstruction.js';
import { extendedAfter, type Hints, hintFacts, hintOf, hintsAfter, stackFacts } from './facts.js';
import { Structure } from './structure.js';

function isExtension(value: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(32, value)) === value;
}

describe('what is known to be the sign extension of 32 bits', () => {
  const any64 = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  );
  const immediate = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.constantFrom(0, 1, -1, 31, 32, 33, 63, 2 ** 31 - 1, -(2 ** 31)),
  );
  const register = fc.integer({ min: 0, max: 12 });
  const candidates = INSTRUCTIONS.filter(
    ({ op, flow, operands }) =>
      flow === 'continues' && operands[0] === 'dst' && op !== Op.sbrk && isa.opcodeOf[op] >= 0,
  );

  it.each(candidates.map(({ name, op, memory, operands }) => ({ name, op, memory, operands })))(
    'after $name is so',
    ({ op, memory, operands }) => {
      const inputs = fc.record({
        values: fc.array(any64, { minLength: 13, maxLength: 13 }),
        known: fc.integer({ min: 0, max: 0x1fff }),
        r0: register,
        r1: register,
        r2: register,
        imm0: immediate,
        imm1: immediate,
        data: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      });
      fc.assert(
        fc.property(inputs, ({ values, known, r0, r1, r2, imm0, imm1, data }) => {
          const isIndirect = operands[1] === 'base';
          const what = instruction(op, { r0, r1, r2, imm0: memory === undefined ? imm0 : isIndirect ? 0 : DATA, imm1 });
          const before = values.map((value, i) => ((known >> i) & 1 ? BigInt.asIntN(32, value) : value));
          if (isIndirect) before[r1] = BigInt(DATA);
          const after = execute(what, before, data);
          const claimed = extendedAfter(known, what);
          for (const [i, value] of after.entries()) if ((claimed >> i) & 1) expect(isExtension(value)).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('is not forgotten where it matters', () => {
    const [a, b, c] = [7, 8, 9];
    const known = (name: string, before: number, operands: Partial<BlockInstruction>): number =>
      extendedAfter(before, named(name, operands));
    expect(known('add_32', 0, { r0: a, r1: b, r2: c })).toBe(1 << a);
    expect(known('xor', (1 << b) | (1 << c), { r0: a, r1: b, r2: c }) & (1 << a)).toBe(1 << a);
    expect(known('xor', 1 << b, { r0: a, r1: b, r2: c }) & (1 << a)).toBe(0);
    expect(known('add_imm_64', 1 << a, { r0: a, r1: a, imm0: 1 })).toBe(0);
    expect(known('load_indirect_u32', 1 << a, { r0: a, r1: b })).toBe(0);
    expect(known('load_indirect_i32', 0, { r0: a, r1: b })).toBe(1 << a);
    expect(known('and_imm', 0, { r0: a, r1: b, imm0: 0xff })).toBe(1 << a);
    expect(known('and_imm', 0, { r0: a, r1: b, imm0: -2 })).toBe(0);
    expect(known('store_u8', 1 << a, { r0: a })).toBe(1 << a);
  });
});

describe('the stack pointer', () => {
  const straight = [[], [2, 3], [4], [4], []];

  it('is followed from the entry on', () => {
    const structure = new Structure({ successors: straight }, [1]);
    const facts = stackFacts(structure, (node) => [0, -16, 0, 0, 16][node]);
    expect(facts[1]).toEqual({ origin: 1, delta: 0 });
    expect(facts[2]).toEqual({ origin: 1, delta: -16 });
    expect(facts[4]).toEqual({ origin: 1, delta: -16 });
  });

  it('is followed into a loop that leaves it alone', () => {
    const structure = new Structure({ successors: [[], [2], [3], [2, 4], []] }, [1]);
    const facts = stackFacts(structure, (node) => (node === 1 ? -8 : 0));
    expect(facts[2]).toEqual({ origin: 1, delta: -8 });
    expect(facts[4]).toEqual({ origin: 1, delta: -8 });
  });

  it('starts anew where ways differ', () => {
    const structure = new Structure({ successors: straight }, [1]);
    const anew = { origin: 4, delta: 0 };
    expect(stackFacts(structure, (node) => (node === 2 ? 8 : 0))[4]).toEqual(anew);
    expect(stackFacts(structure, (node) => (node === 3 ? undefined : 0))[4]).toEqual(anew);
  });

  it('starts anew where ways come from different entries', () => {
    const structure = new Structure({ successors: [[], [3], [3], []] }, [1, 2]);
    expect(stackFacts(structure, () => 0)[3]).toEqual({ origin: 3, delta: 0 });
  });

  it('starts anew with each round of a loop that moves it', () => {
    const structure = new Structure({ successors: [[], [2], [3], [2, 4], []] }, [1]);
    const facts = stackFacts(structure, (node) => (node === 3 ? -8 : 0));
    expect(facts[2]).toEqual({ origin: 2, delta: 0 });
    expect(facts[3]).toEqual({ origin: 2, delta: 0 });
    expect(facts[4]).toEqual({ origin: 2, delta: -8 });
  });
});

describe('guesses at what registers point to', () => {
  const regionOf = (address: number): RegionHint => (address === DATA ? RegionHint.readWrite : RegionHint.none);

  it('take the stack pointer for one to the stack, and follow what is computed from pointers', () => {
    const [a, b, c] = [7, 8, 9];
    const structure = new Structure({ successors: [[], [2], [3], []] }, [1]);
    const code: BlockInstruction[][] = [
      [],
      [
        named('load_imm', { r0: a, imm0: DATA }),
        named('add_64', { r0: b, r1: c, r2: a }),
        named('move_reg', { r0: c, r1: SP }),
      ],
      [named('load_indirect_u64', { r0: a, r1: a })],
    ];
    const facts = hintFacts(structure, (node, before) =>
      (code[node] ?? []).reduce((hints: Hints, what) => hintsAfter(hints, what, regionOf), before),
    );
    expect(hintOf(facts[1], SP)).toBe(RegionHint.stack);
    expect([a, b, c].map((register) => hintOf(facts[2], register))).toEqual([
      RegionHint.readWrite,
      RegionHint.readWrite,
      RegionHint.stack,
    ]);
    expect(hintOf(facts[3], a)).toBe(RegionHint.none);
    expect(hintOf(facts[3], b)).toBe(RegionHint.readWrite);
  });
});
