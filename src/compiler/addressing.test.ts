import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instruction, instructionByName, Op, SP } from '../isa/index.js';
import { type Access, type AccessGroup, type AccessPlan, AccessPlanner, type AddressState } from './addressing.js';
import { accessWidth, type BlockInstruction } from './blockInstruction.js';

const planner = new AccessPlanner(() => false);

function instruction(name: string, operands: Partial<BlockInstruction> = {}): BlockInstruction {
  const { op } = instructionByName(name) as Instruction;
  return { op, pc: 0, next: 0, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, ...operands };
}

const register = fc.integer({ min: 0, max: 12 });
const small = fc.integer({ min: -3000, max: 3000 });
const offset = fc.oneof(small, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));

/** Instructions that addresses are made with, and accesses. */
const instructions = fc.oneof(
  fc.record({ r0: register, imm0: offset }).map((operands) => instruction('load_imm', operands)),
  fc.record({ r0: register, r1: register }).map((operands) => instruction('move_reg', operands)),
  fc.record({ r0: register, r1: register, imm0: offset }).map((operands) => instruction('add_imm_64', operands)),
  fc.record({ r0: register, r1: register, imm0: offset }).map((operands) => instruction('add_imm_32', operands)),
  fc.record({ r0: register, r1: register, imm0: offset }).map((operands) => instruction('mul_imm_32', operands)),
  fc.record({ r0: register, imm0: offset }).map((operands) => instruction('load_u16', operands)),
  fc.record({ r0: register, r1: register, imm0: offset }).map((operands) => instruction('load_indirect_u64', operands)),
  fc.record({ r0: register, r1: register, imm0: offset }).map((operands) => instruction('store_indirect_u8', operands)),
  fc.record({ r0: register, imm0: offset }).map((operands) => instruction('store_imm_indirect_u32', operands)),
);

describe('any code', () => {
  it('accesses the addresses that it is planned to', () => {
    const blocks = fc.record({
      // Code offsets at which nodes end, so that the next one goes on with what is known.
      ends: fc.uniqueArray(fc.nat(39), { maxLength: 5 }),
      code: fc.array(instructions, { maxLength: 40 }),
      start: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 13, maxLength: 13 }),
      loaded: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 40, maxLength: 40 }),
    });
    fc.assert(
      fc.property(blocks, ({ ends, code, start, loaded }) => {
        const bounds = [...ends.filter((end) => end < code.length).sort((a, b) => a - b), code.length];
        let from = 0;
        let before: AddressState | undefined;
        const accesses: (Access | undefined)[] = [];
        const plans = new Map<number, AccessPlan>();
        for (const end of bounds) {
          const plan = planner.plan(code.slice(from, end), before);
          plans.set(end, plan);
          accesses.push(...plan.accesses);
          before = plan.after;
          from = end;
        }
        const registers = [...start];
        let stackBefore = start[SP];
        /** The value that each group's accesses are relative to. */
        const common = new Map<AccessGroup, number>();
        for (const [at, { op, r0, r1, imm0 }] of code.entries()) {
          const access = accesses[at];
          const width = accessWidth(op);
          expect(access !== undefined).toBe(width > 0);
          if (access?.kind === 'static') {
            expect(access.address).toBe(addressOf(code[at], registers));
          } else if (access?.kind === 'grouped') {
            const { group } = access;
            if (!common.has(group)) common.set(group, registers[group.base] - group.baseDelta);
            expect((common.get(group)! + access.offset) >>> 0).toBe(addressOf(code[at], registers));
            expect(access.offset).toBeGreaterThanOrEqual(group.min);
            expect(access.offset + width).toBeLessThanOrEqual(group.end);
            if (op === Op.store_indirect_u8 || op === Op.store_imm_indirect_u32) expect(group.hasStore).toBe(true);
            expect(access.isFirst).toBe(
              accesses.findIndex((other) => other?.kind === 'grouped' && other.group === group) === at,
            );
          }
          execute({ op, r0, r1, imm0 }, registers, loaded[at]);
          const plan = plans.get(at + 1);
          if (plan === undefined) continue;
          for (const group of plan.stackGroups) expect(common.get(group)! >>> 0).toBe(stackBefore);
          if (plan.stackDelta !== undefined) expect((stackBefore + plan.stackDelta) >>> 0).toBe(registers[SP]);
          stackBefore = registers[SP];
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function addressOf({ op, r0, r1, imm0 }: BlockInstruction, registers: readonly number[]): number {
  if (op === Op.load_u16) return imm0 >>> 0;
  return (registers[op === Op.store_imm_indirect_u32 ? r0 : r1] + imm0) >>> 0;
}

/** The low 32 bits of the registers after an instruction. */
function execute(
  { op, r0, r1, imm0 }: Pick<BlockInstruction, 'op' | 'r0' | 'r1' | 'imm0'>,
  registers: number[],
  loaded: number,
): void {
  switch (op) {
    case Op.load_imm:
      registers[r0] = imm0 >>> 0;
      break;
    case Op.move_reg:
      registers[r0] = registers[r1];
      break;
    case Op.add_imm_32:
    case Op.add_imm_64:
      registers[r0] = (registers[r1] + imm0) >>> 0;
      break;
    case Op.mul_imm_32:
      registers[r0] = Math.imul(registers[r1], imm0) >>> 0;
      break;
    case Op.load_u16:
    case Op.load_indirect_u64:
      registers[r0] = loaded;
      break;
  }
}

describe('accesses', () => {
  const groupsOf = (code: readonly BlockInstruction[]): Set<AccessGroup> => {
    const groups = new Set<AccessGroup>();
    for (const access of planner.plan(code, undefined).accesses)
      if (access?.kind === 'grouped') groups.add(access.group);
    return groups;
  };
  const load = (base: number, at: number): BlockInstruction =>
    instruction('load_indirect_u8', { r0: 2, r1: base, imm0: at });

  it('with one register behind them are checked together, moved and added to as it may be', () => {
    const [a, b] = [7, 8];
    const code = [
      load(a, 0),
      instruction('move_reg', { r0: b, r1: a }),
      instruction('add_imm_64', { r0: b, r1: b, imm0: 16 }),
      load(b, -4),
      instruction('store_indirect_u64', { r0: 2, r1: a, imm0: 40 }),
    ];
    const [group, ...others] = groupsOf(code);
    expect(others).toEqual([]);
    expect(group).toMatchObject({ base: a, baseDelta: 0, min: 0, end: 48, hasStore: true });
  });

  it('far from each other are checked one by one', () => {
    expect(groupsOf([load(7, 0), load(7, 100_000)]).size).toBe(2);
  });

  it('through a register that was written in another way are checked anew', () => {
    expect(groupsOf([load(7, 0), instruction('mul_imm_32', { r0: 7, r1: 7 }), load(7, 0)]).size).toBe(2);
  });

  it('are checked together across nodes, unless that has gone wrong', () => {
    const groupOf = ({ accesses }: AccessPlan): AccessGroup | undefined =>
      accesses[0]?.kind === 'grouped' ? accesses[0].group : undefined;
    for (const isUnpredictable of [false, true]) {
      const nodes = new AccessPlanner(() => isUnpredictable);
      const first = nodes.plan([load(7, 0)], undefined);
      const second = nodes.plan([load(7, 8)], first.after);
      expect(groupOf(second) === groupOf(first)).toBe(!isUnpredictable);
      expect(groupOf(first)).toMatchObject({ min: 0, end: isUnpredictable ? 1 : 9, spansNodes: !isUnpredictable });
    }
  });

  it('at the stack pointer are known as such', () => {
    const { stackGroups, stackDelta } = planner.plan(
      [instruction('add_imm_64', { r0: SP, r1: SP, imm0: -32 }), load(SP, 8)],
      undefined,
    );
    expect(stackGroups).toMatchObject([{ min: -24, end: -23 }]);
    expect(stackDelta).toBe(-32);
  });
});
