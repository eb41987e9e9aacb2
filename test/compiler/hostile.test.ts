/** Programs that are made to cost the compiler more than they should. */
import { describe, expect, it } from 'vitest';
import { type Backend, Engine, type Instance, type Module } from '../../src/engine/index.js';
import { ISAS, Op, RA, SP } from '../../src/isa/index.js';
import { layOut, type UnplacedInstruction, writeBlob } from '../../src/program/index.js';

const isa = ISAS.latest64;
const [T0, A0, A1] = [2, 7, 8];

/** The most that compiling and running any of these programs may take, on a busy machine. */
const MAX_MS = 20_000;
const MAX_GROWTH = 512 * 2 ** 20;

function op(code: Op, operands: Partial<UnplacedInstruction> = {}): UnplacedInstruction {
  return { op: code, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0, targetItem: undefined, ...operands };
}

const increment = op(Op.add_imm_64, { r0: A0, r1: A0, imm0: 1 });
const jumpTo = (targetItem: number): UnplacedInstruction => op(Op.jump, { targetItem });

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

interface Shape {
  readonly items: readonly UnplacedInstruction[];
  /** Jump table entries as positions of items; what is beyond them is no jump target. */
  readonly jumpTable?: readonly number[];
  readonly stackSize?: number;
}

function compile(backend: Backend, { items, jumpTable = [], stackSize = 4096 }: Shape): Module {
  const { code, bitmask, offsets } = layOut(isa, items);
  const blob = writeBlob({
    isa,
    code,
    bitmask,
    stackSize,
    readWriteDataSize: 65_536,
    jumpTable: jumpTable.map((item) => offsets[item] ?? 0xffffff),
    exports: [{ symbol: Uint8Array.of(0x61), pc: 0 }],
  });
  return new Engine({ backend, costModel: 'naive' }).compile(blob, { cache: false });
}

/** Runs until something other than a host call stops the program, and answers so many of those. */
function run(instance: Instance, gas: bigint, maxCalls = 20_000): string {
  instance.prepareCall(0);
  instance.gas = gas;
  let kind = 'ecalli';
  for (let calls = 0; kind === 'ecalli' && calls < maxCalls; calls++) kind = instance.run().kind;
  return kind;
}

/** All that a run leaves behind. */
function state(instance: Instance): unknown {
  const registers = new Uint8Array(13 * 8);
  instance.readRegisters(registers, 0, 0, 13);
  return { registers, gas: instance.gas, pc: instance.programCounter, next: instance.nextProgramCounter };
}

const GAS = 2_000_000n;

/** Numbers that are the same every time. */
function pseudoRandom(): (limit: number) => number {
  let last = 1;
  return (limit) => {
    last = (Math.imul(last, 1664525) + 1013904223) >>> 0;
    return Math.floor((last / 2 ** 32) * limit);
  };
}

const shapes: Record<string, () => Shape> = {
  '100,000 basic blocks in one loop': () => ({
    items: [...times(100_000, () => [increment, op(Op.fallthrough)]).flat(), jumpTo(0)],
  }),
  '100,000 branches back to the start': () => ({
    items: [...times(100_000, () => op(Op.branch_eq_imm, { r0: A0, imm0: 5, targetItem: 0 })), increment, jumpTo(0)],
  }),
  '50,000 branches to anywhere': () => {
    const random = pseudoRandom();
    const branch = () => op(Op.branch_eq_imm, { r0: A0, imm0: random(256), targetItem: random(50_000) });
    return { items: [...times(50_000, branch), increment, jumpTo(0)] };
  },
  '550 loops inside of each other': () => ({
    items: [
      ...times(550, () => op(Op.fallthrough)),
      ...times(550, (i) => [
        increment,
        op(Op.branch_less_unsigned_imm, { r0: A0, imm0: 9999, targetItem: 549 - i }),
      ]).flat(),
      jumpTo(0),
    ],
  }),
  'a basic block of 30,000 instructions': () => ({ items: [...times(30_000, () => increment), jumpTo(0)] }),
  'a basic block of 5,000 loads from different addresses': () => ({
    items: [
      op(Op.load_imm, { r0: A1, imm0: 0x20000 }),
      ...times(4990, (i) => [
        op(Op.load_indirect_u8, { r0: T0, r1: A1, imm0: i & 7 }),
        op(Op.xor_imm, { r0: A1, r1: A1, imm0: 8 }),
      ]).flat(),
      jumpTo(0),
    ],
  }),
  'a basic block of 9,999 divisions': () => ({
    items: [...times(9999, () => op(Op.div_signed_64, { r0: A0, r1: A1, r2: T0 })), jumpTo(0)],
  }),
  'a basic block of 9,999 host calls': () => ({ items: [...times(9999, () => op(Op.ecalli)), jumpTo(0)] }),
  '50 basic blocks of 9,999 instructions': () => ({
    items: times(50, (i) => [...times(9998, () => increment), jumpTo(((i + 1) % 50) * 9999)]).flat(),
  }),
  '65,536 jump table entries': () => ({
    jumpTable: times(65_536, (i) => i % 3000),
    items: [
      ...times(3000, () => op(Op.fallthrough)),
      op(Op.add_imm_64, { r0: A0, r1: A0, imm0: 2 }),
      op(Op.and_imm, { r0: A1, r1: A0, imm0: 0x1fffe }),
      op(Op.jump_indirect, { r0: A1, imm0: 2 }),
    ],
  }),
  '1,000,000 jump table entries, some of which lead nowhere': () => ({
    jumpTable: times(1_000_000, (i) => (i % 64 === 63 ? Number.MAX_SAFE_INTEGER : i % 3000)),
    items: [
      ...times(3000, () => op(Op.fallthrough)),
      op(Op.add_imm_64, { r0: A0, r1: A0, imm0: 2 }),
      op(Op.and_imm, { r0: A1, r1: A0, imm0: 0x1ffffe }),
      op(Op.jump_indirect, { r0: A1, imm0: 2 }),
    ],
  }),
  'recursion down to the end of the stack': () => ({
    stackSize: 1 << 20,
    jumpTable: [3],
    items: [
      op(Op.add_imm_64, { r0: SP, r1: SP, imm0: -16 }),
      op(Op.store_indirect_u64, { r0: RA, r1: SP }),
      op(Op.load_imm_and_jump, { r0: RA, imm0: 2, targetItem: 0 }),
      op(Op.jump_indirect, { r0: RA }),
    ],
  }),
  '2,000 accesses that go where nobody would guess': () => ({
    items: [
      ...times(2000, () => [
        op(Op.load_imm, { r0: A1, imm0: 0x20000 }),
        op(Op.add_64, { r0: A1, r1: A1, r2: A0 }),
        op(Op.load_indirect_u8, { r0: T0, r1: A1 }),
        op(Op.fallthrough),
      ]).flat(),
      // From the read-write data to the stack.
      op(Op.load_imm, { r0: A0, imm0: 0xfffdf000 - 0x20000 }),
      jumpTo(0),
    ],
  }),
};

describe.each(Object.entries(shapes))('%s', (_, make) => {
  it('takes bounded time and memory, and runs as on the interpreter', { timeout: 4 * MAX_MS }, () => {
    const shape = make();
    using reference = compile('interpreter', shape).instantiate();
    const kind = run(reference, GAS);
    const growth = process.memoryUsage.rss();
    for (const backend of ['compiler', 'auto'] as const) {
      const start = performance.now();
      using instance = compile(backend, shape).instantiate();
      expect(run(instance, GAS)).toBe(kind);
      expect(state(instance)).toEqual(state(reference));
      expect(performance.now() - start).toBeLessThan(MAX_MS);
    }
    expect(process.memoryUsage.rss() - growth).toBeLessThan(MAX_GROWTH);
  });
});
