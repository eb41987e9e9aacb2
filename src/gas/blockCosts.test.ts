import { describe, expect, it } from 'vitest';
import { ISAS, type IsaName } from '../isa/index.js';
import { type Program, parseCodeAndJumpTable } from '../program/index.js';
import { BlockCostCalculator } from './blockCosts.js';
import type { CostModel } from './costModel.js';
import { CostTable } from './costTable.js';

/** A program of the instructions given byte by byte, without a jump table. */
function programOf(isa: IsaName, ...instructions: readonly number[][]): Program {
  const code = instructions.flat();
  const bitmask = new Array<number>(Math.ceil(code.length / 8)).fill(0);
  let offset = 0;
  for (const instruction of instructions) {
    bitmask[offset >> 3] |= 1 << (offset & 7);
    offset += instruction.length;
  }
  return parseCodeAndJumpTable(Uint8Array.from([0, 0, code.length, ...code, ...bitmask]), ISAS[isa]);
}

function costs(program: Program, model: CostModel, ...starts: number[]): number[] {
  const calculator = new BlockCostCalculator(program, model);
  return starts.map((start) => calculator.costOfBlock(start));
}

const TRAP = [0];
const FALLTHROUGH = [1];
/** a0 = 0, in two bytes. */
const LOAD_IMM = [51, 7];
const ECALLI = [10];
const BAD_OPCODE = [255];
/** Branches from its own start by `offset` if a0 == a1; the same opcode in every ISA. */
const branch = (offset: number): number[] => [170, 0x87, offset & 0xff];

describe('the basic block at an offset', () => {
  it('ends with the first instruction that ends blocks', () => {
    const program = programOf('latest64', LOAD_IMM, ECALLI, FALLTHROUGH, LOAD_IMM, LOAD_IMM, TRAP, TRAP);
    expect(costs(program, 'naive', 0, 4, 8, 9)).toEqual([3, 3, 1, 1]);
  });

  it('may start in the middle of another', () => {
    const program = programOf('latest64', LOAD_IMM, LOAD_IMM, TRAP);
    expect(costs(program, 'naive', 0, 2, 4)).toEqual([3, 2, 1]);
  });

  it('ends with an invalid instruction where the code ends', () => {
    const program = programOf('latest64', LOAD_IMM);
    expect(costs(program, CostTable.of({ load_imm: 10, invalid: 300, trap: 4000 }), 0)).toEqual([310]);
    expect(costs(program, 'full-l2', 0)).toEqual([2]);
  });

  it('ends with an invalid instruction at an opcode that the ISA lacks', () => {
    const program = programOf('latest64', LOAD_IMM, BAD_OPCODE, LOAD_IMM, TRAP);
    const table = CostTable.of({ load_imm: 10, invalid: 300, trap: 4000 });
    expect(costs(program, table, 0, 2, 3)).toEqual([310, 300, 4010]);
  });

  it('ends with an invalid instruction where 25 bytes follow none', () => {
    const program = programOf('latest64', [51, 7, ...new Array<number>(30).fill(0)], TRAP);
    const table = CostTable.of({ load_imm: 10, invalid: 300, trap: 4000 });
    expect(costs(program, table, 0, 32)).toEqual([310, 4000]);
  });

  it('does not go on behind a branch or fallthrough at the end of the code', () => {
    const program = programOf('latest64', LOAD_IMM, FALLTHROUGH, branch(0));
    expect(costs(program, CostTable.of({ load_imm: 10, fallthrough: 200, branch_eq: 3000 }), 0, 3)).toEqual([
      210, 3000,
    ]);
  });

  it('is an invalid instruction where none is marked', () => {
    const program = programOf('latest64', LOAD_IMM, TRAP);
    expect(costs(program, CostTable.of({ invalid: 300, trap: 4000 }), 1)).toEqual([300]);
    expect(costs(program, 'full-l2', 1)).toEqual([2]);
  });

  it('is a lone trap at the end of the code and behind it', () => {
    const program = programOf('latest64', LOAD_IMM, TRAP);
    const starts = [3, 4, 0xffffffff];
    expect(costs(program, CostTable.of({ invalid: 300, trap: 4000 }), ...starts)).toEqual([4000, 4000, 4000]);
    expect(costs(program, 'naive', ...starts)).toEqual([1, 1, 1]);
    for (const model of ['full-l1', 'full-l2', 'full-l3'] as const) {
      expect(costs(program, model, ...starts)).toEqual([2, 2, 2]);
    }
  });

  it('is a lone trap in a program without code', () => {
    expect(costs(programOf('latest64'), 'full-l2', 0)).toEqual([2]);
    expect(costs(programOf('latest64'), 'naive', 0)).toEqual([1]);
  });
});

describe('costs by table', () => {
  it('are summed modulo 2^32', () => {
    const program = programOf('latest64', LOAD_IMM, LOAD_IMM, TRAP);
    expect(costs(program, CostTable.of({ load_imm: 0xffffffff, trap: 5 }), 0, 2)).toEqual([3, 4]);
  });

  it('may be zero', () => {
    expect(costs(programOf('latest64', LOAD_IMM, TRAP), CostTable.of({}, 0), 0)).toEqual([0]);
  });
});

describe('the latency of loads', () => {
  it('is that of the cache level', () => {
    // u64 a0 = [a0], twice, then a trap
    const program = programOf('latest64', [130, 0x77], [130, 0x77], TRAP);
    expect(['full-l1', 'full-l2', 'full-l3'].map((model) => costs(program, model as CostModel, 0)[0])).toEqual([
      8, 50, 74,
    ]);
  });
});

describe('the latency of a branch', () => {
  const MISS = 20;
  const HIT = 1;
  const UNLIKELY = { revive_v1: 3, jam_v1: 2, latest32: 3, latest64: 3 };

  /** The cost of a branch at 0 with these instructions behind it, whose target is `target`. */
  function branchCost(isa: IsaName, target: number, ...following: readonly number[][]): number {
    return costs(programOf(isa, branch(target), ...following), 'full-l2', 0)[0];
  }

  it('is high between ordinary instructions', () => {
    expect(branchCost('latest64', 5, LOAD_IMM, LOAD_IMM, TRAP)).toBe(MISS);
  });

  it('is low when a trap is on either way', () => {
    expect(branchCost('latest64', 4, TRAP, LOAD_IMM, TRAP)).toBe(HIT);
    expect(branchCost('latest64', 5, LOAD_IMM, TRAP)).toBe(HIT);
  });

  it('is low when the code ends on either way', () => {
    expect(branchCost('latest64', 0)).toBe(HIT);
    expect(branchCost('latest64', 5, LOAD_IMM)).toBe(HIT);
    expect(branchCost('latest64', 100, LOAD_IMM)).toBe(HIT);
    expect(branchCost('latest64', -1, LOAD_IMM)).toBe(HIT);
  });

  it.each(['jam_v1', 'latest32', 'latest64'] as const)('is low when an unlikely is on either way: %s', (isa) => {
    const unlikely = [UNLIKELY[isa]];
    expect(branchCost(isa, 4, unlikely, LOAD_IMM, TRAP)).toBe(HIT);
    expect(branchCost(isa, 5, LOAD_IMM, unlikely, TRAP)).toBe(HIT);
  });

  it('compares with byte 255 where the ISA has no unlikely', () => {
    expect(branchCost('revive_v1', 5, LOAD_IMM, [UNLIKELY.revive_v1], TRAP)).toBe(MISS);
    expect(branchCost('revive_v1', 5, LOAD_IMM, [255], TRAP)).toBe(HIT);
  });

  it('looks at bytes, not at instructions', () => {
    // The branch goes to the second byte of a load_imm: register 0, which looks like a trap.
    expect(branchCost('latest64', 4, [51, 0], LOAD_IMM, TRAP)).toBe(HIT);
    expect(branchCost('latest64', 4, [51, 7], LOAD_IMM, TRAP)).toBe(MISS);
  });
});

describe('register width', () => {
  it('decides what a 32-bit addition costs', () => {
    // a0 = a0 + a1, in 32 bits, four times
    const add = [190, 0x87, 7];
    expect(costs(programOf('latest64', add, add, add, add, TRAP), 'full-l2', 0)).toEqual([8]);
    expect(costs(programOf('latest32', add, add, add, add, TRAP), 'full-l2', 0)).toEqual([4]);
  });
});
