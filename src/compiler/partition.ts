import type { Program } from '../program/index.js';
import { Ending, type ProgramGraph } from './programGraph.js';

/** A larger function is divided. */
const MAX_BLOCKS = 600;
const MAX_INSTRUCTIONS = 12_000;
/** So is one with a gap of so many blocks of others. */
const MAX_GAP = 64;

/** The division of a program into regions. */
export interface Partition {
  /** Blocks of each region, in the order of the code. */
  readonly regions: readonly (readonly number[])[];
  /** Region of each block. */
  readonly regionOf: Int32Array;
  /** 1 for blocks that are reached from another region, or from the host. */
  readonly isEntry: Uint8Array;
}

/**
 * Divides a program into regions: functions of the guest, as far as they can be told. A function is what jumps,
 * branches and returns from calls connect.
 */
export function partitionProgram(program: Program, graph: ProgramGraph): Partition {
  const { blocks } = graph;
  const functionOf = connect(graph);
  const members = new Map<number, number[]>();
  for (let i = 0; i < blocks.length; i++) {
    const known = members.get(functionOf[i]!);
    if (known === undefined) members.set(functionOf[i]!, [i]);
    else known.push(i);
  }
  const regions: number[][] = [];
  const regionOf = new Int32Array(blocks.length);
  for (const list of members.values()) {
    let region: number[] = [];
    let instructions = 0;
    for (const block of list) {
      const count = blocks[block]!.instructionCount;
      const gap = region.length === 0 ? 0 : block - region[region.length - 1]!;
      if (
        region.length >= MAX_BLOCKS ||
        gap > MAX_GAP ||
        (instructions > 0 && instructions + count > MAX_INSTRUCTIONS)
      ) {
        regions.push(region);
        region = [];
        instructions = 0;
      }
      region.push(block);
      instructions += count;
      regionOf[block] = regions.length;
    }
    regions.push(region);
  }
  return { regions, regionOf, isEntry: findEntries(program, graph, regionOf) };
}

function findEntries(program: Program, graph: ProgramGraph, regionOf: Int32Array): Uint8Array {
  const { blocks } = graph;
  const isEntry = new Uint8Array(blocks.length);
  for (const { pc } of program.exports) {
    const block = graph.blockAt(pc);
    if (block >= 0) isEntry[block] = 1;
  }
  for (const [i, { target, next }] of blocks.entries()) {
    if (target >= 0 && regionOf[target] !== regionOf[i]) isEntry[target] = 1;
    if (next >= 0 && regionOf[next] !== regionOf[i]) isEntry[next] = 1;
  }
  return isEntry;
}

/** For each block the first block of its function. */
function connect(graph: ProgramGraph): Int32Array {
  const { blocks } = graph;
  const parent = Int32Array.from(blocks, (_, i) => i);
  const find = (block: number): number => {
    let root = block;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = block; at !== root; ) {
      const up = parent[at]!;
      parent[at] = root;
      at = up;
    }
    return root;
  };
  const join = (a: number, b: number): void => {
    if (b < 0) return;
    const left = find(a);
    const right = find(b);
    if (left < right) parent[right] = left;
    else parent[left] = right;
  };
  for (const [i, block] of blocks.entries()) {
    join(i, block.ending === Ending.call ? block.returnTo : block.target);
    join(i, block.next);
  }
  return parent.map((_, i) => find(i));
}
