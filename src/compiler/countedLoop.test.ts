import { describe, expect, it } from 'vitest';
import { named } from '../../test/support/singleInstruction.js';
import { countedLoop } from './countedLoop.js';

const [counter, limit, other] = [7, 8, 9];
const step = (imm0: number, name = 'add_imm_64'): ReturnType<typeof named> =>
  named(name, { r0: counter, r1: counter, imm0 });
const branch = (name: string, r0 = counter, r1 = limit): ReturnType<typeof named> => named(name, { r0, r1, imm0: 100 });

describe('a loop counts', () => {
  it.each([
    ['up to another number', 1, 'branch_not_eq', '!='],
    ['down to another number', -8, 'branch_not_eq_imm', '!='],
    ['as long as it is less', 4, 'branch_less_unsigned', '<'],
    ['as long as it is less or equal, with a sign', 4, 'branch_less_or_equal_signed_imm', '<='],
    ['down as long as it is greater', -1, 'branch_greater_unsigned_imm', '>'],
    ['down as long as it is not less, with a sign', -1, 'branch_greater_or_equal_signed', '>='],
  ])('%s', (_, imm0, name, relation) => {
    const found = countedLoop([step(imm0)], branch(name), true);
    expect(found).toMatchObject({ counter, step: imm0, relation, is32Bit: false, isSigned: /_signed/.test(name) });
  });

  it('by the second operand of its branch', () => {
    const found = countedLoop([step(1)], branch('branch_less_unsigned', limit, counter), true);
    expect(found).toBeUndefined();
    expect(countedLoop([step(-1)], branch('branch_less_unsigned', limit, counter), true)).toMatchObject({
      counter,
      relation: '>',
    });
  });

  it('in 32 bits, if it ends at a number', () => {
    expect(countedLoop([step(1, 'add_imm_32')], branch('branch_not_eq'), true)).toMatchObject({ is32Bit: true });
    expect(countedLoop([step(1, 'add_imm_32')], branch('branch_less_unsigned'), true)).toBeUndefined();
    // Where registers have 32 bits, that is all of them.
    expect(countedLoop([step(1, 'add_imm_32')], branch('branch_less_unsigned'), false)).toMatchObject({
      is32Bit: false,
    });
  });
});

describe('a loop does not count', () => {
  it.each([
    ['whose counter stays as it is', [], 'branch_not_eq'],
    ['whose counter is set twice', [step(1), step(1)], 'branch_not_eq'],
    [
      'whose counter comes from another register',
      [named('add_imm_64', { r0: counter, r1: other, imm0: 1 })],
      'branch_not_eq',
    ],
    [
      'whose counter is added to a register',
      [named('add_64', { r0: counter, r1: counter, r2: other })],
      'branch_not_eq',
    ],
    ['whose limit changes', [step(1), named('load_imm', { r0: limit, imm0: 5 })], 'branch_not_eq'],
    ['that goes on as long as two numbers are equal', [step(1)], 'branch_eq'],
    ['that counts away from its limit', [step(1)], 'branch_greater_unsigned_imm'],
    ['in large steps', [step(1 << 20)], 'branch_not_eq'],
  ])('%s', (_, instructions, name) => {
    expect(countedLoop(instructions, branch(name), true)).toBeUndefined();
  });
});
