/** What in a program is allowed, but seldom meant. */
import type { Module } from '../engine/index.js';
import { Op } from '../isa/index.js';
import { InstructionDecoder, isJumpTarget, type Program } from '../program/index.js';
import { escapeControls } from '../text/index.js';
import { type FlowBlock, reachableBlocks } from './flowGraph.js';
import { bytesText } from './table.js';

/** Programs that declare more memory than this are rare. */
const MUCH_MEMORY = 64 * 1024 * 1024;
const MAX_NAMED = 5;

/**
 * Looks for what may be a mistake, or an attempt at something.
 *
 * @param hostCalls how many ecallis there are of each number
 * @returns a sentence for each finding
 */
export function suspicionsOf(
  module: Module,
  blocks: readonly FlowBlock[],
  hostCalls: ReadonlyMap<number, number>,
): string[] {
  const { program } = module;
  return [
    ...suspiciousCode(program, blocks),
    ...suspiciousImports(module, hostCalls),
    ...suspiciousExports(module),
    ...suspiciousJumpTable(program),
    ...suspiciousMemory(program),
  ];
}

function suspiciousCode(program: Program, blocks: readonly FlowBlock[]): string[] {
  const found: string[] = [];
  const reached = reachableBlocks(program, blocks);
  const lost = blocks.filter(({ start }) => !reached.has(start));
  if (lost.length > 0) {
    const size = lost.reduce((sum, { start, end }) => sum + end - start, 0);
    found.push(
      `code that no export, jump table entry or jump leads to: ${bytesText(size)} in ${plural(lost.length, 'block')}, ` +
        `${places(lost.map(({ start }) => start))}`,
    );
  }
  const astray = blocks.filter(({ invalidTarget }) => invalidTarget !== undefined);
  if (astray.length > 0) {
    found.push(
      `jumps to where no block starts, which trap: ${plural(astray.length, 'jump')}, ` +
        `in the ${places(
          astray.map(({ start }) => start),
          'block',
        )}`,
    );
  }
  const invalid = blocks.filter(({ last }) => last === Op.invalid);
  const runsOff = invalid.filter(({ end }) => end >= program.code.length);
  if (runsOff.length > 0) found.push('code that can run off its end, where it traps');
  if (invalid.length > runsOff.length) {
    const starts = invalid.filter(({ end }) => end < program.code.length).map(({ start }) => start);
    found.push(`bytes that are no instruction: in ${plural(starts.length, 'block')}, ${places(starts)}`);
  }
  return found;
}

function suspiciousImports({ imports }: Module, hostCalls: ReadonlyMap<number, number>): string[] {
  const found: string[] = [];
  const unused = imports.flatMap((entry, index) => (entry !== undefined && !hostCalls.has(index) ? entry.name : []));
  if (unused.length > 0) found.push(`imports that are never used: ${named(unused)}`);
  const malformed = imports.filter((entry) => entry === undefined).length;
  if (malformed > 0) found.push(`malformed imports: ${malformed}`);
  const unknown = [...hostCalls.keys()].filter((index) => imports[index] === undefined).sort((a, b) => a - b);
  if (unknown.length > 0) found.push(`ecallis of numbers that no import has: ${named(unknown.map(String))}`);
  return found;
}

function suspiciousExports({ exports, program }: Module): string[] {
  const found: string[] = [];
  const decoder = new InstructionDecoder(program);
  const odd = exports.filter(({ pc }) => !isJumpTarget(decoder, pc));
  if (odd.length > 0)
    found.push(`exports where no block starts: ${named(odd.map(({ name, pc }) => `${name} (${pc})`))}`);
  const seen = new Set<string>();
  const repeated = exports.flatMap(({ name }) => {
    if (seen.has(name)) return name;
    seen.add(name);
    return [];
  });
  if (repeated.length > 0) {
    found.push(
      `names that are exported more than once, of which calls take the first: ${named([...new Set(repeated)])}`,
    );
  }
  if (exports.length === 0) found.push('no exports, so that nothing can be called by name');
  return found;
}

function suspiciousJumpTable(program: Program): string[] {
  const decoder = new InstructionDecoder(program);
  const odd: number[] = [];
  for (let entry = 0; entry < program.jumpTable.length; entry++) {
    if (!isJumpTarget(decoder, program.jumpTable.get(entry)!)) odd.push(entry + 1);
  }
  if (odd.length === 0) return [];
  return [
    `jump table entries to where no block starts, which trap: ${odd.length}, ${named(odd.map((n) => `@dyn ${n}`))}`,
  ];
}

function suspiciousMemory(program: Program): string[] {
  const sizes = {
    'read-only data': program.readOnlyDataSize,
    'read-write data': program.readWriteDataSize,
    stack: program.stackSize,
  };
  return Object.entries(sizes).flatMap(([what, size]) =>
    size > MUCH_MEMORY ? `a ${what} of ${bytesText(size)}, which each instance takes` : [],
  );
}

function places(offsets: readonly number[], what = 'first'): string {
  const [first] = offsets;
  return what === 'first' ? `the first at ${first}` : `${what} at ${first}${offsets.length > 1 ? ' and others' : ''}`;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map(escapeControls).join(', ');
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
