/**
 * Which registers are where.
 *
 * Between regions most registers are in memory. A region loads those that it may use where it is entered, keeps them in
 * locals, and where it leaves stores those that it may have changed.
 */
import { INSTRUCTIONS, type Op } from '../isa/index.js';
import { type BlockInstruction, WRITES_R0 } from './blockInstruction.js';
import { DISPATCHER, type Structure } from './structure.js';

const REGISTER_ROLES: ReadonlySet<string> = new Set(['dst', 'src', 'src1', 'src2', 'base', 'cond', 'size']);

/** For each instruction, which of its first three operands are registers that it reads, as a set of bits. */
const READS = Uint8Array.from(INSTRUCTIONS, ({ name, operands }) =>
  operands.reduce((bits, role, i) => {
    // A conditional move keeps its destination when it does not move.
    const isRead = REGISTER_ROLES.has(role) && (role !== 'dst' || name.startsWith('cmov'));
    return isRead ? bits | (1 << i) : bits;
  }, 0),
);

/** The registers that an instruction reads, as a set of bits. */
export function registersRead({ op, r0, r1, r2 }: BlockInstruction): number {
  const reads = READS[op as Op] ?? 0;
  return ((reads & 1) << r0) | (((reads >> 1) & 1) << r1) | (((reads >> 2) & 1) << r2);
}

/** The register that an instruction writes, as a set of bits. */
export function registersWritten({ op, r0 }: BlockInstruction): number {
  return WRITES_R0[op] ? 1 << r0 : 0;
}

/** What a node does to registers. All members are sets of bits. */
export interface RegisterUse {
  /** Read before they are written. */
  readonly reads: number;
  readonly writes: number;
  /** For each place where the node may leave the region: what it has written until then. */
  readonly exits: readonly number[];
  /** Whether it calls another function, behind which all registers are in memory. */
  readonly isCall: boolean;
}

/** Registers by node, as sets of bits. */
export interface RegisterFacts {
  /** What may have changed since the region was entered, at the start of the node. */
  readonly changed: Int32Array;
  /** What has to be in locals at the start of the node. */
  readonly needed: Int32Array;
  /** What the node loads itself: all that it needs, if in the region only calls lead to it. */
  readonly loads: Int32Array;
  /** What may have changed where the dispatcher finds that a jump goes to another region; all of it is in locals there. */
  readonly changedAtDispatcher: number;
}

/** How control goes through the dispatcher of a region that keeps registers in locals there. */
export interface Dispatches {
  /** The nodes to which it goes from a node in that way. */
  from(node: number): readonly number[];
  /** Whether it may go to another region, too. */
  mayGoElsewhere(node: number): boolean;
}

/**
 * Finds what is changed and what is needed at the start of each node.
 *
 * @param dispatches undefined where all that goes through the dispatcher goes through memory
 */
export function registerFacts(
  structure: Structure,
  uses: readonly RegisterUse[],
  dispatches?: Dispatches,
): RegisterFacts {
  const count = structure.position.length;
  const successors: (readonly number[])[] = [];
  for (const node of structure.order) {
    if (node === DISPATCHER) continue;
    // What goes through a call, or through the dispatcher unless that keeps them, goes through memory.
    if (uses[node]!.isCall) successors[node] = [];
    else {
      const inCode = structure.successors(node).filter((to) => structure.edge(node, to) !== 'dispatch');
      successors[node] = dispatches === undefined ? inCode : [...inCode, ...dispatches.from(node)];
    }
  }
  const changed = new Int32Array(count);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const node of structure.order) {
      if (node === DISPATCHER) continue;
      const after = changed[node]! | uses[node]!.writes;
      for (const successor of successors[node]!) {
        const joined = changed[successor]! | after;
        if (joined === changed[successor]) continue;
        changed[successor] = joined;
        // Nodes that are still to come see it in this round.
        hasChanged ||= structure.position[successor]! <= structure.position[node]!;
      }
    }
  }
  let changedAtDispatcher = 0;
  const goElsewhere = structure.order.filter(
    (node) => node !== DISPATCHER && dispatches?.mayGoElsewhere(node) === true,
  );
  for (const node of goElsewhere) changedAtDispatcher |= changed[node]! | uses[node]!.writes;
  const isBehindCalls = nodesBehindCalls(structure, uses, successors);
  const needed = new Int32Array(count);
  const loads = new Int32Array(count);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (let i = structure.order.length - 1; i > 0; i--) {
      const node = structure.order[i]!;
      const { reads, writes, exits } = uses[node]!;
      let after = dispatches?.mayGoElsewhere(node) === true ? changedAtDispatcher : 0;
      for (const successor of successors[node]!) after |= needed[successor]!;
      let before = reads | (after & ~writes);
      for (const written of exits) before |= changed[node]! & ~written;
      // Who resumes an inner loop comes by the header around it, and passes nothing of that.
      for (const header of structure.loopChildren(node)) before |= needed[header]!;
      const required = isBehindCalls[node] === 1 ? loads : needed;
      if (before !== required[node]) {
        required[node] = before;
        hasChanged = true;
      }
    }
  }
  return { changed, needed, loads, changedAtDispatcher };
}

/** 1 for nodes to which, in the region, only calls lead: whichever way control comes, all registers are in memory. */
function nodesBehindCalls(
  structure: Structure,
  uses: readonly RegisterUse[],
  successors: readonly (readonly number[])[],
): Uint8Array {
  const isBehindCalls = new Uint8Array(structure.position.length);
  for (const node of structure.order) {
    if (uses[node]!.isCall) for (const to of structure.successors(node)) isBehindCalls[to] = 1;
  }
  for (const entry of structure.openEntries) isBehindCalls[entry] = 0;
  for (const node of structure.order) {
    // Who resumes an inner loop by way of a header is checked before that, with registers in locals.
    if (structure.loopChildren(node).length > 0) isBehindCalls[node] = 0;
  }
  for (const node of structure.order) {
    if (node !== DISPATCHER) for (const to of successors[node]!) isBehindCalls[to] = 0;
  }
  return isBehindCalls;
}
