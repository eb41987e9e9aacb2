import { forEachInstruction, isJumpTarget } from './blocks.js';
import { BlockEnd, shapeOfBlock } from './callSites.js';
import { InstructionDecoder } from './decoder.js';
import type { Program } from './program.js';
import { countFirst } from './search.js';
import type { SourceRegion } from './sourceRegions.js';

/** Where a function of the program starts, and what it is called. */
export interface FunctionEntry {
  /** Code offset of its first instruction. */
  readonly pc: number;
  readonly name: string;
  /** Who says that a function starts there: debug information, an export, or a call. */
  readonly knownBy: 'debugInfo' | 'export' | 'call';
  /** Source file and line of its first instruction, as far as debug information tells. */
  readonly path?: string | undefined;
  readonly line?: number | undefined;
}

/**
 * The functions of a program, in the order of the code: those that debug information names, then exports, then what is
 * called. A function reaches to the start of the next one.
 */
export function functionsOf(program: Program, regions: readonly SourceRegion[]): FunctionEntry[] {
  const entries = new Map<number, FunctionEntry>();
  let name: string | undefined;
  let end = -1;
  for (const { start, end: regionEnd, frames } of regions) {
    const [outer] = frames;
    // Regions of one function follow each other; the same name behind a gap is a part that was moved away.
    if (outer !== undefined && (outer.functionName !== name || start !== end)) {
      entries.set(start, {
        pc: start,
        name: outer.functionName || unnamed(start),
        knownBy: 'debugInfo',
        path: outer.path,
        line: outer.line,
      });
    }
    name = outer?.functionName;
    end = regionEnd;
  }
  const decoder = new InstructionDecoder(program);
  for (const { symbol, pc } of program.exports) {
    if (isNamed(regions, pc) || entries.has(pc) || !isJumpTarget(decoder, pc)) continue;
    entries.set(pc, { pc, name: new TextDecoder().decode(symbol) || unnamed(pc), knownBy: 'export' });
  }
  for (const pc of calledFunctions(program)) {
    if (!isNamed(regions, pc) && !entries.has(pc)) entries.set(pc, { pc, name: unnamed(pc), knownBy: 'call' });
  }
  if (!entries.has(0)) entries.set(0, { pc: 0, name: unnamed(0), knownBy: 'call' });
  return [...entries.values()].sort((a, b) => a.pc - b.pc);
}

/** What a function without a name is called: by its code offset, as listings show it. */
export function unnamed(pc: number): string {
  return `fn@${pc}`;
}

/** Whether code belongs to a function that debug information names. */
function isNamed(regions: readonly SourceRegion[], pc: number): boolean {
  const last = countFirst(regions.length, (index) => regions[index]!.start <= pc) - 1;
  return last >= 0 && pc < regions[last]!.end;
}

/** Code offsets that the code calls directly. */
function calledFunctions(program: Program): Set<number> {
  const called = new Set<number>();
  const targets = new InstructionDecoder(program);
  const blocks = new InstructionDecoder(program);
  forEachInstruction(new InstructionDecoder(program), ({ offset }) => {
    if (!isJumpTarget(targets, offset)) return;
    const { end, callee } = shapeOfBlock(program, blocks, offset);
    if (end === BlockEnd.call && callee >= 0 && isJumpTarget(targets, callee)) called.add(callee);
  });
  return called;
}
