/**
 * Loops of one block that count: before a round it can be told that so many more rounds will come, which then need no
 * branch between them.
 */
import { Op } from '../isa/index.js';
import { type BlockInstruction, WRITES_R0 } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { type Comparison, comparisonCodes, comparisonOf, INVERSE, SWAPPED } from './relations.js';
import { Wasm } from './wasmOpcodes.js';

/** A loop that goes on as long as a counter, to which each round adds a constant, is in some relation to what stays as it is. */
export interface CountedLoop extends Comparison, Step {
  readonly counter: number;
  /** The register that the counter is compared with; undefined where that is an immediate. */
  readonly limit: number | undefined;
  readonly immediate: number;
}

/** What is added to a register each round. */
interface Step {
  readonly step: number;
  /** Whether a round takes the register's low 32 bits and extends their sum to 64. */
  readonly is32Bit: boolean;
}

const MAX_STEP = 1 << 16;

/**
 * What a block counts, if it does.
 *
 * @param last the branch that goes back to the start of the block if it is taken
 */
export function countedLoop(
  instructions: readonly BlockInstruction[],
  last: BlockInstruction,
  is64Bit: boolean,
): CountedLoop | undefined {
  const comparison = comparisonOf(last.op);
  if (comparison === undefined) return undefined;
  const hasImmediate = last.op < Op.branch_eq;
  const isSwapped = !hasImmediate && stepOf(instructions, last.r0) === 'constant';
  const counter = isSwapped ? last.r1 : last.r0;
  const limit = hasImmediate ? undefined : isSwapped ? last.r0 : last.r1;
  if (limit !== undefined && stepOf(instructions, limit) !== 'constant') return undefined;
  const found = stepOf(instructions, counter);
  if (found === undefined || found === 'constant' || Math.abs(found.step) > MAX_STEP) return undefined;
  const { step } = found;
  const is32Bit = is64Bit && found.is32Bit;
  const relation = isSwapped ? SWAPPED[comparison.relation] : comparison.relation;
  // Of sums of 32 bits, which may overflow, all that can be told is which numbers they are not.
  const isTowardsLimit = !is32Bit && relation.startsWith(step > 0 ? '<' : '>');
  if (relation !== '!=' && !isTowardsLimit) return undefined;
  return { counter, limit, immediate: last.imm0, relation, isSigned: comparison.isSigned, step, is32Bit };
}

/** What a round does to a register: nothing, adding a constant once, or something else. */
function stepOf(instructions: readonly BlockInstruction[], register: number): Step | 'constant' | undefined {
  let found: Step | 'constant' = 'constant';
  for (const { op, r0, r1, imm0 } of instructions) {
    if (!WRITES_R0[op] || r0 !== register) continue;
    const isSum = (op === Op.add_imm_32 || op === Op.add_imm_64) && r1 === register;
    if (!isSum || imm0 === 0 || found !== 'constant') return undefined;
    found = { step: imm0, is32Bit: op === Op.add_imm_32 };
  }
  return found;
}

/** Branches to a label unless at least so many more rounds will come, the one that is about to start included. */
export function emitRoundsCheck(emitter: Emitter, loop: CountedLoop, rounds: number, label: number): void {
  const { code } = emitter;
  const { relation, isSigned, step, counter, limit, immediate } = loop;
  const isNarrow = loop.is32Bit || !emitter.is64Bit;
  const pushConstant = (value: number): void => (isNarrow ? code.i32Const(value) : code.i64Const(value));
  const push = (register: number): void => (isNarrow ? emitter.get32(register) : emitter.get(register));
  const pushLimit = (): void => (limit === undefined ? pushConstant(immediate) : push(limit));
  const op = (code32: Wasm, code64: Wasm): void => code.op(isNarrow ? code32 : code64);
  if (relation !== '!=') {
    // Then the difference is the number that it seems to be.
    push(counter);
    pushLimit();
    op(...comparisonCodes({ relation: INVERSE[relation], isSigned }));
    code.brIf(label);
  }
  if (step > 0) {
    pushLimit();
    push(counter);
  } else {
    push(counter);
    pushLimit();
  }
  op(Wasm.i32Sub, Wasm.i64Sub);
  pushConstant((rounds - 1) * Math.abs(step));
  // Who may be equal to the limit may come exactly so far.
  if (relation.endsWith('=') && relation !== '!=') op(Wasm.i32LtU, Wasm.i64LtU);
  else op(Wasm.i32LeU, Wasm.i64LeU);
  code.brIf(label);
}
