import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pipeline } from '../../src/gas/pipeline.js';
import { INSTRUCTIONS, instructionByName, Op } from '../../src/isa/index.js';
import { type Fed, MODEL_INSTRUCTIONS, slowBlockCost } from './slowPipeline.js';

const register = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: count - 1 });

/** An instruction among those named, on a few registers, so that results are waited for often. */
function fed(names: readonly string[], registerCount: number): fc.Arbitrary<Fed> {
  return fc.record({
    name: fc.constantFrom(...names),
    registers: fc.tuple(register(registerCount), register(registerCount), register(registerCount)),
    isPredicted: fc.boolean(),
  });
}

const ENDS = MODEL_INSTRUCTIONS.filter(({ endsBlock }) => endsBlock).map(({ name }) => name);
const CONTINUES = MODEL_INSTRUCTIONS.filter(({ endsBlock }) => !endsBlock).map(({ name }) => name);

function block(names: readonly string[], registerCount: number, maxLength: number): fc.Arbitrary<Fed[]> {
  return fc
    .tuple(fc.array(fed(names, registerCount), { maxLength, size: 'max' }), fed(ENDS, registerCount))
    .map(([body, last]) => [...body, last]);
}

/**
 * Blocks in which, at the end, more entries are ready than can start in one cycle: a result that several loads wait for,
 * and behind them instructions that wait for nothing. Only such blocks tell whether idle cycles are skipped exactly as
 * they should be, and so few of them that random ones do not find them.
 */
function* bursts(): Generator<Fed[]> {
  const named = (name: string, ...registers: number[]): Fed => ({ name, registers, isPredicted: false });
  const times = (count: number, make: (index: number) => Fed): Fed[] =>
    Array.from({ length: count }, (_, i) => make(i));
  for (const slow of ['add_imm_64', 'mul_imm_64']) {
    for (let before = 0; before < 4; before++) {
      for (let loads = 2; loads < 6; loads++) {
        for (let free = 4; free < 11; free++) {
          yield [
            ...times(before, () => named('load_imm', 7)),
            named(slow, 0, 0),
            ...times(loads, (index) => named('load_indirect_u64', 1 + index, 0)),
            ...times(free, () => named('unlikely')),
            named('jump_indirect', 8),
          ];
        }
      }
    }
  }
}

function fastBlockCost(pipeline: Pipeline, instructions: readonly Fed[]): number {
  for (const { name, registers, isPredicted } of instructions) {
    const op = name === 'invalid' ? Op.invalid : (instructionByName(name)?.op as Op);
    pipeline.feed(op, registers[0], registers[1], registers[2], isPredicted);
  }
  return pipeline.endBlock();
}

describe('the pipeline against a plain model of the specification', () => {
  it('knows the same instructions', () => {
    const names = [...INSTRUCTIONS.map(({ name }) => name), 'invalid'];
    expect(MODEL_INSTRUCTIONS.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  for (const is64Bit of [true, false]) {
    for (const loadLatency of [4, 25, 37, 1, 127]) {
      const pipeline = new Pipeline(is64Bit, loadLatency);
      const agrees = (instructions: Fed[]) => {
        expect(fastBlockCost(pipeline, instructions)).toBe(slowBlockCost(instructions, is64Bit, loadLatency));
      };
      const title = `${is64Bit ? '64' : '32'} bit, loads of ${loadLatency}`;

      it(`${title}: any instructions`, () => {
        fc.assert(fc.property(block(CONTINUES, 13, 100), agrees), { numRuns: 200 });
      });

      it(`${title}: long chains through few registers`, () => {
        fc.assert(fc.property(block(CONTINUES, 3, 200), agrees), { numRuns: 100 });
      });

      it(`${title}: more ready entries than can start`, () => {
        for (const instructions of bursts()) agrees(instructions);
      });

      it(`${title}: a full reorder buffer`, () => {
        const names = ['load_indirect_u64', 'unlikely', 'load_imm', 'move_reg', 'add_imm_64', 'store_u8', 'mul_64'];
        fc.assert(fc.property(block(names, 4, 200), agrees), { numRuns: 100 });
      });
    }
  }
});
