import { describe, expect, it } from 'vitest';
import { instructionByName, type RegisterName, registerIndex } from '../isa/index.js';
import { endsBlock } from '../program/index.js';
import { Pipeline } from './pipeline.js';

const L1 = 4;
const L2 = 25;
const L3 = 37;

/** Feeds lines such as `add_64 a0 a1 a2`: a name, then the register operands, destination first. */
function costOf(loadLatency: number, lines: readonly string[], options = { is64Bit: true, branchIsPredicted: false }) {
  const pipeline = new Pipeline(options.is64Bit, loadLatency);
  return feed(pipeline, lines, options.branchIsPredicted);
}

function feed(pipeline: Pipeline, lines: readonly string[], branchIsPredicted = false): number {
  for (const line of lines) {
    const [name, ...registers] = line.split(' ');
    const { op } = instructionByName(name)!;
    const [r0 = 0, r1 = 0, r2 = 0] = registers.map((register) => registerIndex(register as RegisterName)!);
    pipeline.feed(op, r0, r1, r2, branchIsPredicted);
  }
  return pipeline.endBlock();
}

const repeat = (count: number, line: string): string[] => new Array<string>(count).fill(line);

// biome-ignore format: one example a line
const EXAMPLES: readonly [name: string, loadLatency: number, cost: number, lines: string[]][] = [
  ['independent additions', L1, 2, ['add_64 a0 a1 a2', 'add_64 a1 a1 a2', 'trap']],
  ['a dependent addition', L1, 3, ['add_64 a0 a1 a2', 'add_64 a1 a0 a2', 'trap']],
  ['more than four decode slots', L1, 4, ['load_imm64 a0', 'load_imm64 a1', 'load_imm64 a2', 'load_imm64 a3', 'trap']],
  ['one multiplier for two products', L1, 6, ['mul_64 a0 a1 a2', 'mul_64 a1 a3 a4', 'trap']],
  ['a product of a sum', L1, 4, ['add_64 a0 a1 a2', 'mul_64 a4 a0 a3', 'trap']],
  ['a move', L1, 3, ['load_imm s0', 'move_reg a0 s0', 'add_imm_64 a1 a0', 'trap']],
  ['a function epilogue', L1, 26, ['move_reg a0 s1', 'load_indirect_u64 ra sp', 'load_indirect_u64 s0 sp', 'load_indirect_u64 s1 sp', 'add_imm_64 sp sp', 'jump_indirect ra']],
  ['nothing but a fallthrough', L3, 2, ['fallthrough']],
  ['a register written three times', L1, 27, ['load_indirect_u64 s0 sp', 'add_64 s0 a1 a2', 'load_indirect_u64 s0 s0', 'jump_indirect s0']],
  ['a chain of bit operations', L1, 27, ['load_indirect_i16 a2 a0', 'and_imm a1 a1', 'load_imm a3', 'shift_logical_left_imm_64 a1 a1', 'and_imm a2 a2', 'or a1 a1 a2', 'add_64 a2 a1 a3', 'store_indirect_u8 a3 a0', 'trap']],
  ['loads from L3', L3, 148, [...repeat(4, 'load_indirect_u64 a0 a0'), 'jump_indirect ra']],
  ['a host call', L1, 100, ['ecalli', 'jump_indirect ra']],
  ['a shift by a fresh register', L1, 3, ['xor_imm a1 a1', 'shift_logical_right_64 a1 a0 a1', 'fallthrough']],
  ['moves that take all decode slots', L1, 3, ['move_reg s0 a1', 'move_reg a0 a1', 'move_reg a1 t0', 'move_reg a2 s1', 'trap']],
];

describe('the pipeline: worked examples of the specification', () => {
  it.each(EXAMPLES)('%s', (_name, loadLatency, cost, lines) => {
    expect(costOf(loadLatency, lines)).toBe(cost);
  });

  it('a predicted branch on a loaded value', () => {
    const lines = ['load_indirect_u8 a2 a0', 'branch_eq_imm a2'];
    expect(costOf(L1, lines, { is64Bit: true, branchIsPredicted: true })).toBe(5);
    expect(costOf(L1, lines, { is64Bit: true, branchIsPredicted: false })).toBe(24);
  });

  it('skips idle cycles in a way that shows', () => {
    const lines = [
      'add_imm_64 a0 a0',
      ...['a1', 'a2', 'a3', 'a4'].map((register) => `load_indirect_u64 ${register} a0`),
      ...repeat(6, 'unlikely'),
      'jump_indirect ra',
    ];
    expect([L1, L2, L3].map((latency) => costOf(latency, lines))).toEqual([42, 48, 60]);
  });
});

describe('the pipeline', () => {
  it('holds 32 instructions and waits for the oldest', () => {
    const within = costOf(L1, ['unlikely', ...repeat(30, 'load_imm a0'), 'trap']);
    const beyond = costOf(L1, ['unlikely', ...repeat(31, 'load_imm a0'), 'trap']);
    expect([within, beyond]).toEqual([40, 45]);
  });

  it('costs a cycle and a decode slot more for 32-bit results on a 64-bit ISA', () => {
    const lines = [...repeat(8, 'add_32 a0 a0 a1'), 'trap'];
    expect(costOf(L1, lines, { is64Bit: true, branchIsPredicted: false })).toBe(16);
    expect(costOf(L1, lines, { is64Bit: false, branchIsPredicted: false })).toBe(8);
  });

  it('carries nothing from one block to the next', () => {
    const pipeline = new Pipeline(true, L2);
    const costs = EXAMPLES.map(([, , , lines]) => feed(pipeline, lines));
    expect(EXAMPLES.map(([, , , lines]) => feed(pipeline, lines))).toEqual(costs);
    expect(EXAMPLES.map(([, , , lines]) => costOf(L2, lines))).toEqual(costs);
  });

  it('is tested with complete blocks', () => {
    for (const [, , , lines] of EXAMPLES) {
      const ops = lines.map((line) => instructionByName(line.split(' ')[0])!.op);
      expect(ops.filter(endsBlock)).toEqual(ops.slice(-1));
    }
  });
});
