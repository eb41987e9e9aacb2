import { Op, RA } from '../isa/index.js';
import { type BlockInstruction, blockInstruction } from './blockInstruction.js';
import { type CountedLoop, countedLoop } from './countedLoop.js';
import { type BasicBlock, Ending, type ProgramGraph } from './programGraph.js';
import type { CompilerContext, RegionLinks } from './regionContext.js';
import { DISPATCHER } from './structure.js';

/** A basic block, or the part of one up to a host call or behind it. */
export interface Node {
  readonly block: BasicBlock;
  /** Code offset of the first instruction. */
  readonly pc: number;
  /** Whether the block was paid for before. */
  readonly isPaid: boolean;
  /** What the block takes from the gas counter; 0 if it is paid for. */
  readonly cost: number;
  /** All but the last. */
  readonly instructions: readonly BlockInstruction[];
  /** The instruction that ends the node: the last of the block, or a host call. */
  readonly last: BlockInstruction;
  /** For a copy of a block that loops: the node that its jump to itself leads to. */
  readonly again?: number;
  /** For a copy that is sure to be followed by another round: that node. Its branch is left out. */
  readonly next?: number;
  /** For the header of a counted loop, which has no instructions of its own. */
  readonly counted?: CountedHeader;
}

/** How a counted loop goes on. */
export interface CountedHeader {
  readonly loop: CountedLoop;
  readonly rounds: number;
  /** The first of the nodes for so many rounds, one behind the other. */
  readonly unrolled: number;
  /** The node for a single round, where not so many more will come, or their accesses are not sure to be legal. */
  readonly single: number;
}

/** Stands for the branch where there is none. */
const NO_BRANCH = { op: Op.fallthrough, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0 } as const;
/** Largest number of jump table entries from the first that leads into a region to the last. */
const MAX_JUMPS = 1 << 12;
/** The copies of a block that jumps to itself have up to so many instructions together. */
const MAX_UNROLLED = 120;
const MAX_COPIES = 6;
/** Those of counted loops. */
const MAX_ROUNDS = 8;
/** A loop of more instructions gains nothing from being counted. */
const MAX_COUNTED = 24;

/** The nodes of a region. They are named by numbers; number 0 is the dispatcher, which is none of them. */
export class RegionNodes {
  /** How many numbers there are, the dispatcher's included. */
  readonly count: number;
  /** Nodes that control comes to from outside of the region, or by dynamic jumps. */
  readonly entries: readonly number[];
  /** Nodes that calls of the region return to; from elsewhere control comes to them only to go on after it had left. */
  readonly returnPoints: readonly number[];
  /** Nodes that follow host calls. */
  readonly continuations: readonly number[];
  /** Whether there are calls inside of the region that are jumps in its code, so that returns can stay in it. */
  readonly callsItself: boolean;
  /** Jump table entries that lead to the region: some from the first to before the end. Both are 0 when there are none. */
  readonly firstJump: number = 0;
  readonly endJump: number = 0;
  /** The nodes that they lead to. */
  readonly jumpedTo: readonly number[];
  readonly #nodes: Node[] = [undefined as unknown as Node];
  readonly #nodeOf = new Map<number, number>();
  readonly #continuationIndex: ReadonlyMap<number, number>;
  readonly #graph: ProgramGraph;
  readonly #jumpCount: number;
  readonly #is64Bit: boolean;

  /** @param blocks the blocks of the region, in ascending order */
  constructor(
    { costOfBlock, program }: CompilerContext,
    graph: ProgramGraph,
    links: RegionLinks,
    blocks: readonly number[],
  ) {
    this.#graph = graph;
    this.#is64Bit = program.isa.is64Bit;
    this.#jumpCount = links.jumpCount;
    const continuations: number[] = [];
    for (const index of blocks) {
      const block = graph.blocks[index]!;
      this.#nodeOf.set(index, this.#nodes.length);
      this.#addNodes(block, index, costOfBlock(block.start), continuations);
    }
    this.continuations = continuations;
    this.#continuationIndex = new Map(continuations.map((node, index) => [node, index]));
    this.count = this.#nodes.length;
    const returnPoints = new Set<number>();
    const inner = new Set<number>();
    for (let node = 1; node < this.count; node++) {
      const { ending, target, returnTo } = this.at(node).block;
      const to = this.#nodeOf.get(returnTo);
      if (to === undefined) continue;
      if (this.isCall(node)) returnPoints.add(to);
      else if (ending === Ending.call && this.#nodeOf.has(target)) inner.add(to);
    }
    this.callsItself = inner.size > 0;
    for (const to of inner) returnPoints.delete(to);
    const entries: number[] = [];
    const jumpedTo: number[] = [];
    let first = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const index of blocks) {
      const { jumps } = graph.blocks[index]!;
      const node = this.#nodeOf.get(index)!;
      for (const jump of jumps) {
        first = Math.min(first, jump);
        end = Math.max(end, jump + 1);
      }
      if (jumps.length > 0) jumpedTo.push(node);
      if (links.isEntry(index) || (jumps.length > 0 && !returnPoints.has(node))) entries.push(node);
    }
    this.entries = [...entries, ...continuations];
    this.returnPoints = [...returnPoints];
    this.jumpedTo = jumpedTo;
    if (end > 0 && end - first <= MAX_JUMPS && end <= links.jumpCount) {
      this.firstJump = first;
      this.endJump = end;
    }
  }

  /** Divides a block at its host calls, or copies it if it jumps to itself. */
  #addNodes(block: BasicBlock, index: number, blockCost: number, continuations: number[]): void {
    const { decoder } = this.#graph;
    const first = this.#nodes.length;
    let pc = block.start;
    let cost = blockCost;
    let instructions: BlockInstruction[] = [];
    decoder.decode(pc);
    for (let i = 0; i < block.instructionCount; i++) {
      if (i > 0) decoder.decode(decoder.next);
      const instruction = blockInstruction(decoder);
      const isLast = i === block.instructionCount - 1;
      if (!isLast && instruction.op !== Op.ecalli) {
        instructions.push(instruction);
        continue;
      }
      const number = this.#nodes.length;
      const isPaid = number !== first;
      if (isPaid) continuations.push(number);
      const node = { block, pc, isPaid, cost, instructions, last: instruction };
      const isLoop = isLast && !isPaid && block.target === index && block.ending !== Ending.call;
      const loop = isLoop ? this.#countedLoop(block, instructions, instruction) : undefined;
      if (loop !== undefined) {
        this.#addRounds(loop, node);
        return;
      }
      const copies = isLoop ? copiesOf(block) : 1;
      for (let copy = 1; copy < copies; copy++) this.#nodes.push({ ...node, again: number + copy });
      this.#nodes.push(node);
      pc = instruction.next;
      cost = 0;
      instructions = [];
    }
  }

  /** What a block that jumps to itself counts, if it does, and it is worth to know. */
  #countedLoop(
    { ending, target, next, instructionCount }: BasicBlock,
    instructions: readonly BlockInstruction[],
    last: BlockInstruction,
  ): CountedLoop | undefined {
    if (ending !== Ending.branch || target === next || instructionCount > MAX_COUNTED) return undefined;
    return countedLoop(instructions, last, this.#is64Bit);
  }

  /** Adds the header of a counted loop, the nodes of its rounds, and one for a single round. */
  #addRounds(loop: CountedLoop, node: Node): void {
    const rounds = Math.min(MAX_ROUNDS, Math.floor(MAX_UNROLLED / node.block.instructionCount));
    const unrolled = this.#nodes.length + 1;
    const counted = { loop, rounds, unrolled, single: unrolled + rounds };
    const { pc, next } = node.last;
    const noBranch = { ...NO_BRANCH, pc, next };
    this.#nodes.push({ ...node, cost: 0, instructions: [], last: { ...noBranch, pc: node.pc }, counted });
    for (let round = 1; round < rounds; round++) {
      this.#nodes.push({ ...node, last: noBranch, next: this.#nodes.length + 1 });
    }
    this.#nodes.push(node, node);
  }

  /** A node by its number, which is not the dispatcher's. */
  at(number: number): Node {
    return this.#nodes[number]!;
  }

  /** Whether a node ends with a call: a jump that leaves a return address, which leads into the jump table. */
  isCall(number: number): boolean {
    const { last, block } = this.at(number);
    if (last.op === Op.ecalli || block.returnTo < 0 || block.returnEntry >= this.#jumpCount) return false;
    return !this.#nodeOf.has(block.target);
  }

  /**
   * Whether a node ends with a dynamic jump, which is no call, that may lead to this region. What jumps through ra
   * returns, mostly to another region; anything else is mostly a table of cases in this one.
   */
  mayStay(number: number): boolean {
    const { block, last } = this.at(number);
    if (block.ending !== Ending.dynamic || last.op === Op.ecalli || this.isCall(number)) return false;
    return this.endJump > this.firstJump && (this.callsItself || !isReturn(last));
  }

  /** The position of a node among the {@link continuations}. */
  continuationIndex(number: number): number {
    return this.#continuationIndex.get(number)!;
  }

  /** The node that a block starts with, if it is in the region. */
  startOf(block: number): number | undefined {
    return this.#nodeOf.get(block);
  }

  /** The node that control comes to when it goes from a node to a block, if that is in the region. */
  after(number: number, block: number): number | undefined {
    const node = this.at(number);
    return node.again !== undefined && block === node.block.target ? node.again : this.#nodeOf.get(block);
  }

  /** For each number the nodes that control can go to from there; none for the dispatcher. */
  successors(): number[][] {
    return this.#nodes.map((_, number) => (number === DISPATCHER ? [] : this.#successorsOf(number)));
  }

  #successorsOf(number: number): number[] {
    const { last, block, next, counted } = this.at(number);
    if (last.op === Op.ecalli) return [];
    if (next !== undefined) return [next];
    // What is more likely last, so that it comes first in the order of the code.
    if (counted !== undefined) return [counted.single, counted.unrolled];
    if (this.isCall(number)) return [block.returnTo].flatMap((to) => this.#nodeOf.get(to) ?? []);
    // The way that is not taken last, so that it comes first in the order of the code.
    const successors: number[] = [];
    for (const to of [block.target, block.next]) {
      const node = this.after(number, to);
      if (node !== undefined) successors.push(node);
    }
    return successors;
  }
}

/** How many copies of a block that jumps to itself make up a round of its loop. */
function copiesOf({ instructionCount }: BasicBlock): number {
  return Math.max(1, Math.min(MAX_COPIES, Math.floor(MAX_UNROLLED / instructionCount)));
}

/** Whether an instruction returns from a function, as far as that can be told. */
export function isReturn({ op, r0, imm0 }: BlockInstruction): boolean {
  return op === Op.jump_indirect && r0 === RA && imm0 === 0;
}
