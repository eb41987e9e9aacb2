import { Op } from '../isa/index.js';
import type { CodeItem, DebugFunction, DebugLine } from '../program/index.js';

/** Where the items of some code come from: what is needed to tell which function and line code belongs to. */
export interface ItemSources {
  readonly items: readonly CodeItem[];
  /** The line of each item. */
  readonly lines: readonly number[];
  /** Labels by the item that they stand before, the first one where there are several. */
  readonly labels: ReadonlyMap<number, string>;
  /** Items that exports point at. */
  readonly exported: readonly number[];
  /** The items whose dynamic addresses are loaded, by the item that loads one. */
  readonly addresses: ReadonlyMap<number, number>;
}

/**
 * What debug information of assembly text is to say. A function starts at an export, at what is called, and at the start
 * of the code; it has the name of its label.
 */
export function debugFunctionsOf(sources: ItemSources, offsets: ArrayLike<number>, path: string): DebugFunction[] {
  const { items, lines, labels } = sources;
  const starts = [...new Set([0, ...sources.exported, ...calledItems(sources)])]
    .filter((item) => item < items.length)
    .sort((a, b) => a - b);
  return starts.flatMap((first, index) => {
    const last = starts[index + 1] ?? items.length;
    const stretches: DebugLine[] = [];
    for (let item = first; item < last; item++) {
      if (stretches.at(-1)?.line !== lines[item]) stretches.push({ start: offsets[item]!, line: lines[item]! });
    }
    return stretches.length === 0 ? [] : { name: labels.get(first) ?? '', path, lines: stretches, end: offsets[last]! };
  });
}

/** Where calls go: jumps right behind what puts the address of what follows them into a register. */
function calledItems({ items, addresses }: ItemSources): number[] {
  const called: number[] = [];
  for (const [index, item] of items.entries()) {
    if (!('op' in item) || item.targetItem === undefined) continue;
    const before = items[index - 1];
    const isLinked = before !== undefined && 'op' in before && before.op === Op.load_imm;
    const isCall = isLinked && item.op === Op.jump && addresses.get(index - 1) === index + 1;
    if (isCall || item.op === Op.load_imm_and_jump) called.push(item.targetItem);
  }
  return called;
}
