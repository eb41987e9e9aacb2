import { INSTRUCTIONS, type Isa } from '../isa/index.js';
import { encodeOperation, hasTarget, immediateLength, MAX_INSTRUCTION_LENGTH, type Operation } from './encode.js';

/** An instruction whose place in the code is not settled yet. */
export interface UnplacedInstruction extends Operation {
  /** Position in the item list of what a jump goes to; the list's length means the end of the code. */
  readonly targetItem: number | undefined;
  /** Code offset that a jump goes to if it goes to no item. */
  readonly target: number;
}

/** Bytes taken as they are. Only the first one is marked as the start of an instruction, and only if `marked`. */
export interface RawBytes {
  readonly bytes: Uint8Array;
  readonly marked: boolean;
}

/** Something that occupies bytes of the code. */
export type CodeItem = UnplacedInstruction | RawBytes;

/** Code with every instruction in its place. */
export interface Layout {
  readonly code: Uint8Array;
  readonly bitmask: Uint8Array;
  /** Code offset of each item, and of the code's end as the last element. */
  readonly offsets: Uint32Array;
}

/** How many instruction placements may be tried before displacements are given their full width. */
const RELAXATION_BUDGET = 10_000_000;

/**
 * Lays out code: gives each instruction its offset and each jump the shortest displacement that reaches its target.
 *
 * The length of a displacement depends on the distance, and distances on lengths. As more than one solution can exist,
 * this follows the reference builder to get the same bytes: start with distances counted in instructions, then
 * go through the code again and again, with new offsets for what lies behind and the previous pass's for what lies ahead,
 * until a pass changes nothing. Code made to converge slowly would take quadratic time; past a budget all displacements
 * get four bytes, which is longer but as correct.
 *
 * @throws RangeError when the ISA lacks an instruction.
 */
export function layOut(isa: Isa, items: readonly CodeItem[]): Layout {
  const plan = planLayout(isa, items);
  if (!relax(plan)) widen(plan);
  return writeCode(isa, items, plan);
}

/**
 * The code as a sequence of jumps with stretches of constant length between them, so that a pass visits only jumps.
 * `ends[k]` is the offset where jump k - 1 ends (0 for k = 0); item i lies at `ends[jumpsBefore[i]] + distance[i]`.
 */
interface Plan {
  readonly jumpsBefore: Uint32Array;
  readonly distance: Uint32Array;
  readonly ends: Uint32Array;
  /** For each jump: its item, the item it goes to (or -1), the offset it goes to if there is no such item, and lengths. */
  readonly jumpItem: Uint32Array;
  readonly targetItem: Int32Array;
  readonly target: Int32Array;
  readonly lengthBefore: Uint8Array;
  readonly displacementLength: Uint8Array;
}

function planLayout(isa: Isa, items: readonly CodeItem[]): Plan {
  const jumpsBefore = new Uint32Array(items.length + 1);
  const distance = new Uint32Array(items.length + 1);
  const jumps: number[] = [];
  const lengthsBefore: number[] = [];
  const scratch = new Uint8Array(MAX_INSTRUCTION_LENGTH);
  let constant = 0;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    jumpsBefore[i] = jumps.length;
    distance[i] = constant;
    if ('bytes' in item) {
      constant += item.bytes.length;
      continue;
    }
    const length = encodeOperation(isa, item, 0, 0, scratch, 0);
    if (hasTarget(INSTRUCTIONS[item.op].format)) {
      jumps.push(i);
      lengthsBefore.push(length);
      constant = 0;
    } else {
      constant += length;
    }
  }
  jumpsBefore[items.length] = jumps.length;
  distance[items.length] = constant;

  const plan: Plan = {
    jumpsBefore,
    distance,
    ends: new Uint32Array(jumps.length + 1),
    jumpItem: Uint32Array.from(jumps),
    targetItem: new Int32Array(jumps.length),
    target: new Int32Array(jumps.length),
    lengthBefore: Uint8Array.from(lengthsBefore),
    displacementLength: new Uint8Array(jumps.length),
  };
  for (let k = 0; k < jumps.length; k++) {
    const jump = items[jumps[k]] as UnplacedInstruction;
    plan.targetItem[k] = jump.targetItem ?? -1;
    plan.target[k] = jump.target;
    const start = plan.ends[k] + distance[jumps[k]];
    const guess = jump.targetItem === undefined ? jump.target - start : jump.targetItem - jumps[k];
    plan.displacementLength[k] = immediateLength(guess | 0);
    plan.ends[k + 1] = start + plan.lengthBefore[k] + plan.displacementLength[k];
  }
  return plan;
}

/** Repeats passes until one changes nothing; false when the budget runs out first. */
function relax(plan: Plan): boolean {
  const { jumpsBefore, distance, ends, jumpItem, targetItem, target, lengthBefore, displacementLength } = plan;
  for (let visited = 0; visited <= RELAXATION_BUDGET; visited += jumpItem.length) {
    let changed = false;
    for (let k = 0; k < jumpItem.length; k++) {
      const start = ends[k] + distance[jumpItem[k]];
      const to = targetItem[k];
      const offset = to < 0 ? target[k] : ends[jumpsBefore[to]] + distance[to];
      const length = immediateLength((offset - start) | 0);
      const end = start + lengthBefore[k] + length;
      if (end !== ends[k + 1] || length !== displacementLength[k]) {
        displacementLength[k] = length;
        ends[k + 1] = end;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

function widen(plan: Plan): void {
  const { distance, ends, jumpItem, lengthBefore, displacementLength } = plan;
  for (let k = 0; k < jumpItem.length; k++) {
    displacementLength[k] = 4;
    ends[k + 1] = ends[k] + distance[jumpItem[k]] + lengthBefore[k] + 4;
  }
}

function writeCode(isa: Isa, items: readonly CodeItem[], plan: Plan): Layout {
  const offsets = new Uint32Array(items.length + 1);
  for (let i = 0; i <= items.length; i++) offsets[i] = plan.ends[plan.jumpsBefore[i]] + plan.distance[i];
  const length = offsets[items.length];
  const code = new Uint8Array(length + MAX_INSTRUCTION_LENGTH);
  const bitmask = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const offset = offsets[i];
    if ('bytes' in item) {
      code.set(item.bytes, offset);
      if (!item.marked || item.bytes.length === 0) continue;
    } else {
      const { targetItem } = item;
      const target = targetItem === undefined ? item.target : offsets[targetItem];
      const isJump = plan.jumpItem[plan.jumpsBefore[i]] === i;
      const displacementLength = isJump ? plan.displacementLength[plan.jumpsBefore[i]] : 0;
      encodeOperation(isa, item, target - offset, displacementLength, code, offset);
    }
    bitmask[offset >> 3] |= 1 << (offset & 7);
  }
  return { code: code.slice(0, length), bitmask, offsets };
}
