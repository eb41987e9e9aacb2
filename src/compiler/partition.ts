import type { Program } from '../program/index.js';
import { LIMITS } from './limits.js';
import { Ending, type ProgramGraph } from './programGraph.js';

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
 * Divides a program into regions: functions of the guest, as far as they can be told. Compilers lay functions out one
 * behind the other, so one reaches from where calls go to the next such place. Control flow would not tell as well:
 * what a table of cases leads to is not known before the program runs.
 */
export function partitionProgram(program: Program, graph: ProgramGraph): Partition {
  const { blocks } = graph;
  const isFunction = findFunctions(program, graph);
  const regions: number[][] = [];
  const regionOf = new Int32Array(blocks.length);
  let region: number[] = [];
  let instructions = 0;
  for (let index = 0; index < blocks.length; index++) {
    const { instructionCount } = blocks[index]!;
    const isFull = region.length >= LIMITS.maxBlocks || instructions + instructionCount > LIMITS.maxInstructions;
    if (region.length > 0 && (isFull || (isFunction[index] === 1 && region.length >= LIMITS.targetBlocks))) {
      regions.push(region);
      region = [];
      instructions = 0;
    }
    region.push(index);
    instructions += instructionCount;
    regionOf[index] = regions.length;
  }
  if (region.length > 0) regions.push(region);
  return { regions, regionOf, isEntry: findEntries(program, graph, regionOf) };
}

/** 1 for blocks where functions start: what is called or exported. */
function findFunctions(program: Program, graph: ProgramGraph): Uint8Array {
  const isFunction = new Uint8Array(graph.blocks.length);
  for (const { ending, target } of graph.blocks) if (ending === Ending.call) isFunction[target] = 1;
  markExports(program, graph, isFunction);
  return isFunction;
}

function markExports(program: Program, graph: ProgramGraph, marks: Uint8Array): void {
  for (const { pc } of program.exports) {
    const block = graph.blockAt(pc);
    if (block >= 0) marks[block] = 1;
  }
}

function findEntries(program: Program, graph: ProgramGraph, regionOf: Int32Array): Uint8Array {
  const { blocks } = graph;
  const isEntry = new Uint8Array(blocks.length);
  markExports(program, graph, isEntry);
  for (let i = 0; i < blocks.length; i++) {
    const { target, next } = blocks[i]!;
    if (target >= 0 && regionOf[target] !== regionOf[i]) isEntry[target] = 1;
    if (next >= 0 && regionOf[next] !== regionOf[i]) isEntry[next] = 1;
  }
  return isEntry;
}
