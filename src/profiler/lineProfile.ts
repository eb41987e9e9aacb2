import { type DebugFrame, endsBlock, forEachInstruction, InstructionDecoder, RegionCursor } from '../program/index.js';
import type { CodeMap, Cut } from './codeMap.js';
import type { LineProfile } from './profile.js';

interface MutableLine extends LineProfile {
  gas: number;
  instructions: number;
  count: number;
}

/**
 * What each line has taken, as far as debug information tells which instruction comes from which. An inlined function's
 * instruction counts for the line inside of it; the lines that it was inlined at are told to have been executed.
 */
export function lineProfiles(code: CodeMap, cutsOf: (block: number) => readonly Cut[], gasUnit: number): LineProfile[] {
  if (code.regions.length === 0) return [];
  const lines = new Lines();
  const cursor = new RegionCursor(code.regions);
  let block = 0;
  let cuts: readonly Cut[] = [];
  let startsBlock = true;
  forEachInstruction(new InstructionDecoder(code.program), ({ op, offset }) => {
    if (startsBlock || code.blockAt[offset] !== 0) {
      block = code.blockAt[offset]!;
      cuts = cutsOf(block);
    }
    startsBlock = endsBlock(op);
    let count = code.counts[block]!;
    for (const cut of cuts) if (cut.from <= offset && offset < cut.to) count -= cut.count;
    const frames = cursor.regionAt(offset)?.frames ?? [];
    for (const frame of frames) {
      const line = lines.of(frame);
      if (line !== undefined) line.count = Math.max(line.count, count);
    }
    const innermost = frames.at(-1);
    const line = innermost && lines.of(innermost);
    if (line === undefined || block === 0) return;
    line.gas += (code.counts[block]! * code.costs[block]! * gasUnit) / code.instructions[block]!;
    line.instructions += count;
  });
  return lines.sorted();
}

class Lines {
  readonly #lines = new Map<string, MutableLine>();

  of({ path, line }: DebugFrame): MutableLine | undefined {
    if (path === undefined || line === undefined) return undefined;
    const key = `${line} ${path}`;
    let known = this.#lines.get(key);
    if (known === undefined) {
      known = { path, line, gas: 0, instructions: 0, count: 0 };
      this.#lines.set(key, known);
    }
    return known;
  }

  sorted(): LineProfile[] {
    return [...this.#lines.values()].sort(
      (a, b) =>
        b.gas - a.gas ||
        b.instructions - a.instructions ||
        (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line),
    );
  }
}
