/**
 * Loops of one block that count: before a round it can be told that so many more rounds will come, which then need no
 * branch between them.
 */
import { Op } from '../isa/index.js';
import { type BlockInstruction, WRITES_R0 } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { comparisonCodes, comparisonOf, INVERSE, type Relation, SWAPPED } from './relations.js';
import { Wasm } from './wasmOpcodes.js';

/** A loop that goes on as long as a counter, to which each round adds a constant, is in some relation to what stays as it is. */
export interface CountedLoop {
  readonly counter: number;
  readonly step: number;
  /** Whether each round takes the counter's low 32 bits and extends their sum. */
  readonly is32Bit: boolean;
  readonly relation: Relation;
  readonly isSigned: boolean;
  /** Pushes what the counter is compared with. */
  pushLimit(emitter: Emitter): void;
  /** Pushes the low 32 bits of that. */
  pushLimit32(emitter: Emitter): void;
}

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
  const { relation, isSigned } = comparison;
  const first = stepOf(instructions, last.r0);
  if (last.op < Op.branch_eq) {
    return loopOf(last.r0, first, relation, isSigned, is64Bit, {
      pushLimit: (emitter) => emitter.constant(last.imm0),
      pushLimit32: (emitter) => emitter.code.i32Const(last.imm0),
    });
  }
  const second = stepOf(instructions, last.r1);
  const [counter, limit] = first === 'constant' ? [last.r1, last.r0] : [last.r0, last.r1];
  const [step, other] = first === 'constant' ? [second, first] : [first, second];
  if (other !== 'constant') return undefined;
  return loopOf(counter, step, first === 'constant' ? SWAPPED[relation] : relation, isSigned, is64Bit, {
    pushLimit: (emitter) => emitter.get(limit),
    pushLimit32: (emitter) => emitter.get32(limit),
  });
}

interface Step {
  readonly step: number;
  readonly is32Bit: boolean;
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

function loopOf(
  counter: number,
  step: Step | 'constant' | undefined,
  relation: Relation,
  isSigned: boolean,
  is64Bit: boolean,
  limit: Pick<CountedLoop, 'pushLimit' | 'pushLimit32'>,
): CountedLoop | undefined {
  if (step === undefined || step === 'constant' || Math.abs(step.step) > MAX_STEP) return undefined;
  const is32Bit = is64Bit && step.is32Bit;
  // Of sums of 32 bits, which may overflow, all that can be told is which numbers they are not.
  const isCounted =
    relation === '!=' || (!is32Bit && (step.step > 0 ? relation.startsWith('<') : relation.startsWith('>')));
  return isCounted ? { counter, relation, isSigned, ...limit, step: step.step, is32Bit } : undefined;
}

const MAX_STEP = 1 << 16;

/** Branches to a label unless at least so many more rounds will come, the one that is about to start included. */
export function emitRoundsCheck(emitter: Emitter, loop: CountedLoop, rounds: number, label: number): void {
  const { code } = emitter;
  const { relation, isSigned, step, counter } = loop;
  if (relation !== '!=') {
    // Then the difference is the number that it seems to be.
    emitter.get(counter);
    loop.pushLimit(emitter);
    emitter.wide(...comparisonCodes({ relation: INVERSE[relation], isSigned }));
    code.brIf(label);
  }
  const distance = (rounds - 1) * Math.abs(step);
  const isExact = relation === '<=' || relation === '>=';
  const pushCounter = (): void => (loop.is32Bit ? emitter.get32(counter) : emitter.get(counter));
  const pushLimit = (): void => (loop.is32Bit ? loop.pushLimit32(emitter) : loop.pushLimit(emitter));
  if (step > 0) {
    pushLimit();
    pushCounter();
  } else {
    pushCounter();
    pushLimit();
  }
  if (loop.is32Bit) {
    code.op(Wasm.i32Sub);
    code.i32Const(distance);
    code.op(Wasm.i32LeU);
  } else {
    emitter.wide(Wasm.i32Sub, Wasm.i64Sub);
    emitter.constant(distance);
    if (isExact) emitter.wide(Wasm.i32LtU, Wasm.i64LtU);
    else emitter.wide(Wasm.i32LeU, Wasm.i64LeU);
  }
  code.brIf(label);
}
