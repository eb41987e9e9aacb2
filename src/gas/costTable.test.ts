import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS } from '../isa/index.js';
import { assertCostModel } from './costModel.js';
import { CostTable } from './costTable.js';

describe('CostTable', () => {
  it('costs 1 an instruction in the naive table, the invalid one included', () => {
    for (const { name } of INSTRUCTIONS) expect(CostTable.naive.costOf(name)).toBe(1);
    expect(CostTable.naive.costOf('invalid')).toBe(1);
  });

  it('takes costs by name, and one for all others', () => {
    const table = CostTable.of({ add_32: 3, invalid: 0xffffffff }, 7);
    expect(table.costOf('add_32')).toBe(3);
    expect(table.costOf('invalid')).toBe(0xffffffff);
    expect(table.costOf('sub_32')).toBe(7);
  });

  it.each([
    ['an unknown name', () => CostTable.of({ add_33: 1 }), 'got "add_33", expected the name of an instruction'],
    [
      'an unknown name looked up',
      () => CostTable.naive.costOf('nop'),
      'got "nop", expected the name of an instruction',
    ],
    ['a negative cost', () => CostTable.of({ add_32: -1 }), 'got -1 for "add_32", expected an integer from 0'],
    ['a fraction', () => CostTable.of({}, 0.5), 'got 0.5 for "otherwise"'],
    ['more than 32 bits', () => CostTable.of({ trap: 2 ** 32 }), 'got 4294967296 for "trap"'],
  ])('refuses %s', (_case, make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  it('is written as version, instructions in alphabetical order, invalid', () => {
    const bytes = CostTable.of({ add_32: 0x01020304, add_64: 5, zero_extend_16: 6, invalid: 7 }).serialize();
    expect(bytes.length).toBe(143 * 4);
    const view = new DataView(bytes.buffer);
    expect([...bytes.subarray(4, 8)]).toEqual([4, 3, 2, 1]);
    expect([0, 1, 2, 141, 142].map((word) => view.getUint32(4 * word, true))).toEqual([2, 0x01020304, 5, 6, 7]);
  });

  it('reads what it wrote, at any offset of a buffer', () => {
    const costs = Object.fromEntries(INSTRUCTIONS.map(({ name }, index) => [name, index * 1000]));
    const bytes = CostTable.of({ ...costs, invalid: 9 }).serialize();
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    const table = CostTable.parse(larger.subarray(3));
    for (const [name, cost] of Object.entries(costs)) expect(table.costOf(name)).toBe(cost);
    expect(table.costOf('invalid')).toBe(9);
  });

  it('refuses another length and another version', () => {
    const bytes = CostTable.naive.serialize();
    expect(() => CostTable.parse(bytes.subarray(4))).toThrow('got 568 bytes, expected 572');
    expect(() => CostTable.parse(new Uint8Array(144 * 4))).toThrow('got 576 bytes, expected 572');
    bytes[0] = 1;
    expect(() => CostTable.parse(bytes)).toThrow('got version 1, expected 2');
  });
});

describe('assertCostModel', () => {
  it('accepts the names and a table', () => {
    for (const model of ['naive', 'full-l1', 'full-l2', 'full-l3', CostTable.naive]) {
      expect(() => assertCostModel(model)).not.toThrow();
    }
  });

  it('names what it got and what it expected', () => {
    expect(() => assertCostModel('full')).toThrow('got "full", expected one of naive, full-l1, full-l2, full-l3 or a');
    expect(() => assertCostModel(undefined)).toThrow('got undefined');
    expect(() => assertCostModel({ add_32: 1 })).toThrow(TypeError);
  });
});
