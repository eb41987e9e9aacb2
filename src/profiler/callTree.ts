import { movedTo } from './arrays.js';

const INITIAL_NODES = 256;
/** Beyond so many nodes what is called is told by its function alone, whoever called it. */
const MAX_NODES = 1 << 17;
/** Calls deeper than this are told as if they had been made from this depth. */
const MAX_DEPTH = 512;
const NONE = -1;

/** The node above all calls. */
export const ROOT = 0;

/** What a node stands for besides functions, which are numbered from 0. */
const ROOT_CODE = -1;
const ELSEWHERE_CODE = -2;
const FIRST_SYSCALL_CODE = -3;

/**
 * Who called whom, and what that took: a node for each function on each way of calls that led to it. Nodes are numbers;
 * what belongs to them is in arrays, which are replaced when they are full.
 */
export class CallTree {
  /** What each node stands for: a function, a syscall. */
  codes = new Int32Array(INITIAL_NODES);
  parents = new Int32Array(INITIAL_NODES);
  /** Gas and instructions of a node itself, without those it calls. */
  gas = new Float64Array(INITIAL_NODES);
  instructions = new Float64Array(INITIAL_NODES);
  /** How often a node was entered by a call. */
  calls = new Float64Array(INITIAL_NODES);
  nodeCount = 1;
  #depths = new Int32Array(INITIAL_NODES);
  /** The child that each node called last: as a rule it is the one that it calls next. */
  #lastChildren = new Int32Array(INITIAL_NODES);
  readonly #children = new Map<number, number>();
  /** Numbers of the syscalls that were made, in the order in which they first were: any u32 can be one. */
  readonly #syscalls: number[] = [];
  readonly #syscallCodes = new Map<number, number>();
  /** Where calls go for which there are too many nodes. */
  #elsewhere = NONE;

  constructor() {
    this.codes[ROOT] = ROOT_CODE;
    this.parents[ROOT] = ROOT;
    this.#lastChildren[ROOT] = NONE;
  }

  /** The node of a syscall that is made from a node. */
  syscall(parent: number, index: number): number {
    let code = this.#syscallCodes.get(index);
    if (code === undefined) {
      code = FIRST_SYSCALL_CODE - (this.#syscalls.push(index) - 1);
      this.#syscallCodes.set(index, code);
    }
    return this.child(parent, code);
  }

  /** The number of the syscall that a node stands for; undefined where it stands for something else. */
  syscallOf(node: number): number | undefined {
    return this.#syscalls[FIRST_SYSCALL_CODE - this.codes[node]!];
  }

  /** Whether a node stands for the ways of calls that got no nodes of their own. */
  isElsewhere(node: number): boolean {
    return node === this.#elsewhere;
  }

  /** The node of a function, given by its number, that is called from a node. */
  child(parent: number, code: number): number {
    const last = this.#lastChildren[parent]!;
    if (last !== NONE && this.codes[last] === code) return last;
    return this.#findChild(this.#depths[parent]! < MAX_DEPTH ? parent : this.parents[parent]!, code);
  }

  #findChild(parent: number, code: number): number {
    const key = parent * 0x100000000 + (code >>> 0);
    let child = this.#children.get(key);
    if (child === undefined) {
      if (this.nodeCount >= MAX_NODES && parent !== this.#elsewhere && parent !== ROOT) {
        if (this.#elsewhere === NONE) this.#elsewhere = this.#add(ROOT, ELSEWHERE_CODE);
        return this.#findChild(this.#elsewhere, code);
      }
      child = this.#add(parent, code);
      this.#children.set(key, child);
    }
    this.#lastChildren[parent] = child;
    return child;
  }

  #add(parent: number, code: number): number {
    const node = this.nodeCount++;
    if (node === this.codes.length) this.#grow();
    this.codes[node] = code;
    this.parents[node] = parent;
    this.#depths[node] = this.#depths[parent]! + 1;
    this.#lastChildren[node] = NONE;
    return node;
  }

  #grow(): void {
    const size = 2 * this.codes.length;
    this.codes = movedTo(new Int32Array(size), this.codes);
    this.parents = movedTo(new Int32Array(size), this.parents);
    this.gas = movedTo(new Float64Array(size), this.gas);
    this.instructions = movedTo(new Float64Array(size), this.instructions);
    this.calls = movedTo(new Float64Array(size), this.calls);
    this.#depths = movedTo(new Int32Array(size), this.#depths);
    this.#lastChildren = movedTo(new Int32Array(size), this.#lastChildren);
  }
}
