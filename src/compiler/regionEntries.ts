import type { CodeWriter } from './codeWriter.js';
import type { ProgramGraph } from './programGraph.js';
import type { RegionLinks } from './regionContext.js';
import type { RegionNodes } from './regionNodes.js';
import { PARAMETER } from './runtime.js';
import type { Structure } from './structure.js';
import { Wasm } from './wasmOpcodes.js';

/** A place where a region's function can be entered. */
export interface RegionEntry {
  /** Code offset of the next instruction. */
  readonly pc: number;
  /** Whether that is in the middle of a basic block, behind a host call, so that the block has been paid for. */
  readonly isPaid: boolean;
  /** What the function takes to go there. */
  readonly number: number;
}

/** A way into a region: to a node, or by way of the header of the outermost loop around it, with the number to be resumed. */
export interface Way {
  readonly node: number;
  readonly to: number;
  /** 0 where nothing is to be resumed. */
  readonly resume: number;
}

/**
 * How the entries of a region are numbered. The dispatcher's numbers are those of jump table entries from the first that
 * leads to the region on, then of blocks from the region's first one on, then of what follows host calls.
 */
export class RegionEntries {
  readonly ways: readonly Way[];
  readonly #graph: ProgramGraph;
  readonly #links: RegionLinks;
  readonly #nodes: RegionNodes;
  readonly #structure: Structure;
  readonly #firstBlock: number;
  readonly #blockCount: number;
  /** How many numbers are those of jump table entries. */
  readonly #jumpCount: number;
  readonly #innerLoops: Way[] = [];
  readonly #resume: Int32Array;
  readonly #lastResume: Int32Array;

  /** @param blocks the blocks of the region, in ascending order */
  constructor(
    graph: ProgramGraph,
    links: RegionLinks,
    nodes: RegionNodes,
    structure: Structure,
    blocks: readonly number[],
  ) {
    this.#graph = graph;
    this.#links = links;
    this.#nodes = nodes;
    this.#structure = structure;
    this.#firstBlock = blocks[0]!;
    this.#blockCount = blocks[blocks.length - 1]! - this.#firstBlock + 1;
    this.#jumpCount = nodes.endJump - nodes.firstJump;
    this.#resume = new Int32Array(nodes.count);
    this.#lastResume = new Int32Array(nodes.count);
    for (const node of structure.entries) this.#numberInnerLoops(node, node);
    this.ways = [...structure.entries.map((node) => ({ node, to: node, resume: 0 })), ...this.#innerLoops];
  }

  /** Numbers the loops inside of a loop such that those inside of one of them come one behind the other. */
  #numberInnerLoops(header: number, outermost: number): void {
    for (const inner of this.#structure.loopChildren(header)) {
      this.#innerLoops.push({ node: inner, to: outermost, resume: this.#innerLoops.length + 1 });
      this.#resume[inner] = this.#innerLoops.length;
      this.#numberInnerLoops(inner, outermost);
      this.#lastResume[inner] = this.#innerLoops.length;
    }
  }

  /** For the header of an inner loop: its own number to be resumed, and the last one of a loop inside of it. */
  resumeNumbers(header: number): { readonly first: number; readonly last: number } {
    return { first: this.#resume[header]!, last: this.#lastResume[header]! };
  }

  /** The dispatcher's number for a node that is an entry or an inner loop. */
  numberOf(node: number): number {
    const { block, isPaid } = this.#nodes.at(node);
    if (isPaid) return this.#jumpCount + this.#blockCount + this.#nodes.continuationIndex(node);
    return this.#jumpCount + this.#graph.blockAt(block.start) - this.#firstBlock;
  }

  /** All places where the function can be entered. */
  list(): RegionEntry[] {
    const fromDispatcher = this.#links.jumpCount + this.#firstBlock - this.#jumpCount;
    return this.ways.map(({ node }) => {
      const { pc, isPaid } = this.#nodes.at(node);
      return { pc, isPaid, number: this.numberOf(node) + fromDispatcher };
    });
  }

  /** Pushes whether the entry to go to is the region's first block. */
  pushIsFirst(code: CodeWriter): void {
    code.localGet(PARAMETER.entry);
    code.i32Const(this.#links.jumpCount + this.#firstBlock);
    code.op(Wasm.i32Eq);
  }

  /** Turns the number in the program of the entry to go to, in its local, into the dispatcher's number, on the stack. */
  pushNumber(code: CodeWriter): void {
    const { jumpCount } = this.#links;
    this.#pushEntryPlus(code, this.#jumpCount - this.#firstBlock - jumpCount);
    if (this.#jumpCount === 0) return;
    this.#pushEntryPlus(code, -this.#nodes.firstJump);
    code.localGet(PARAMETER.entry);
    code.i32Const(jumpCount);
    code.op(Wasm.i32GeU);
    code.op(Wasm.select);
  }

  #pushEntryPlus(code: CodeWriter, value: number): void {
    code.localGet(PARAMETER.entry);
    if (value === 0) return;
    code.i32Const(value);
    code.op(Wasm.i32Add);
  }

  /**
   * The dispatcher's table.
   *
   * @param wayLabels by position of the way
   * @param otherRegion the label for jump table entries that lead elsewhere
   * @param unknown the label for numbers that are those of no entry
   */
  table(wayLabels: readonly number[], otherRegion: number, unknown: number): readonly number[] {
    const size = this.#jumpCount + this.#blockCount + this.#nodes.continuations.length;
    const labels = new Array<number>(size).fill(unknown);
    const labelOf = new Map<number, number>();
    for (const [i, { node }] of this.ways.entries()) {
      labels[this.numberOf(node)] = wayLabels[i]!;
      labelOf.set(node, wayLabels[i]!);
    }
    for (let i = 0; i < this.#jumpCount; i++) {
      const node = this.#nodes.startOf(this.#graph.jumpTable[this.#nodes.firstJump + i]!);
      labels[i] = node === undefined ? otherRegion : labelOf.get(node)!;
    }
    return labels;
  }

  /** The label of the region's first block in such a table. */
  firstBlockIn(table: readonly number[]): number {
    return table[this.#jumpCount]!;
  }
}
