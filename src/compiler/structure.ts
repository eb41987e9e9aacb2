/**
 * Structured control flow from a graph, after Ramsey, "Beyond Relooper" (ICFP 2022): a node's code stands inside of the
 * blocks that make room for the merge nodes it dominates, so that every jump is a `br` outwards.
 *
 * Node 0 is the dispatcher: a loop around everything that can jump to each of its successors, the entries. An edge that
 * would make the graph irreducible goes through the dispatcher, and its target becomes an entry.
 *
 * Code that runs long has to be left and entered again at loop headers. Making each of them an entry would break up the
 * loops around it, so an inner loop is entered by way of the headers of the loops around it: a resume edge goes from
 * each header to the headers of the loops directly inside. The same goes for return points, behind calls.
 */

/** A graph to be structured: for each node the nodes that control can go to from it. Node 0's are made here. */
export interface FlowGraph {
  readonly successors: readonly (readonly number[])[];
}

export const DISPATCHER = 0;

/** Each attempt makes more nodes entries, which settles within a few. After so many all nodes are made entries. */
const MAX_ATTEMPTS = 16;

/** What the emission of structured code needs to know of a graph. */
export class Structure {
  /** Nodes that the dispatcher jumps to, in ascending order. */
  readonly entries: readonly number[];
  /**
   * Those of the entries that control comes to from elsewhere. The others are there for code that has been left to be
   * entered again: all else comes to them from nodes of the graph.
   */
  readonly openEntries: ReadonlySet<number>;
  /** Nodes that can be reached, dispatcher first, such that a node comes before what it dominates. */
  readonly order: readonly number[];
  /** Position in {@link order}; -1 for nodes that cannot be reached. */
  readonly position: Int32Array;
  readonly #graph: FlowGraph;
  /** Successors, inner loops to be resumed included. */
  readonly #successors: readonly (readonly number[])[];
  readonly #dominator: Int32Array;
  readonly #isLoopHeader: Uint8Array;
  readonly #isEntry: Uint8Array;
  readonly #isResumed: Uint8Array;
  readonly #isMerge: Uint8Array;
  readonly #inlineParent: Int32Array;
  readonly #children: number[][];
  readonly #loopChildren: number[][];

  /**
   * @param entries nodes to which control comes from elsewhere
   * @param returnPoints nodes to which it does only to go on where it had left, as to loop headers
   */
  constructor(graph: FlowGraph, entries: Iterable<number>, returnPoints: readonly number[] = []) {
    const isEntry = new Set(entries);
    this.#graph = graph;
    const openEntries = new Set(isEntry);
    this.openEntries = openEntries;
    let parents: ReadonlyMap<number, number> = new Map();
    for (let attempt = 0; ; attempt++) {
      if (attempt === MAX_ATTEMPTS) for (let node = 1; node < graph.successors.length; node++) isEntry.add(node);
      const successors = withResumeEdges(graph.successors, parents);
      const sorted = [...isEntry].sort((a, b) => a - b);
      const { order, position } = reversePostorder(successors, sorted);
      const predecessors = predecessorsOf(successors, sorted, order);
      const dominator = dominators(predecessors, order, position);
      const found = irreducibleTargets(successors, order, position, dominator, isEntry);
      for (const node of found) isEntry.add(node);
      for (const node of returnPoints) {
        if (position[node]! >= 0) continue;
        // Nothing in the graph leads there.
        isEntry.add(node);
        openEntries.add(node);
      }
      const loops = loopParents(successors, predecessors, order, position, dominator, returnPoints);
      for (const [header, parent] of loops) if (parent === DISPATCHER) isEntry.add(header);
      if (found.length === 0 && isEntry.size === sorted.length && isSameMap(loops, parents)) {
        this.entries = sorted;
        this.order = order;
        this.position = position;
        this.#successors = successors;
        this.#dominator = dominator;
        break;
      }
      parents = loops;
    }
    this.#loopChildren = graph.successors.map(() => []);
    const count = graph.successors.length;
    this.#isResumed = new Uint8Array(count);
    for (const [node, parent] of parents) {
      this.#isResumed[node] = 1;
      if (parent !== DISPATCHER) this.#loopChildren[parent]!.push(node);
    }
    this.#isLoopHeader = new Uint8Array(count);
    const forwardEdges = new Uint32Array(count);
    // A table can only branch to labels, so an entry always gets one.
    this.#isEntry = new Uint8Array(count);
    for (const entry of this.entries) {
      this.#isEntry[entry] = 1;
      forwardEdges[entry] = 2;
    }
    for (const node of this.order) {
      if (node === DISPATCHER) continue;
      for (const successor of this.#successors[node]!) {
        if (this.position[successor]! > this.position[node]!) forwardEdges[successor]!++;
        else if (this.#dominates(successor, node)) this.#isLoopHeader[successor] = 1;
      }
    }
    this.#isMerge = Uint8Array.from(forwardEdges, (edges) => (edges > 1 ? 1 : 0));
    this.#inlineParent = new Int32Array(count).fill(-1);
    for (const node of this.order) {
      if (node === DISPATCHER) continue;
      for (const successor of graph.successors[node]!) {
        if (this.#isMerge[successor] === 1 || this.#isLoopHeader[successor] === 1) continue;
        if (this.position[successor]! > this.position[node]!) this.#inlineParent[successor] = node;
      }
    }
    this.#children = graph.successors.map(() => []);
    for (const node of this.order) {
      if (node !== DISPATCHER && this.#isMerge[node] === 1) this.#children[this.#dominator[node]!]!.push(node);
    }
  }

  /** Nodes to which control can go from a node. */
  successors(node: number): readonly number[] {
    return this.#graph.successors[node]!;
  }

  isLoopHeader(node: number): boolean {
    return this.#isLoopHeader[node] === 1;
  }

  /** Whether a node is an entry, a loop header or a return point. */
  isChecked(node: number): boolean {
    return this.#isEntry[node] === 1 || this.#isResumed[node] === 1;
  }

  /** Whether a node is reached by `br` from several places, rather than standing where its only predecessor ends. */
  isMerge(node: number): boolean {
    return this.#isMerge[node] === 1;
  }

  /** The node that is the only way to a node, which is neither entered nor come back to; -1 for other nodes. */
  inlineParent(node: number): number {
    return this.#inlineParent[node]!;
  }

  /** Headers of the loops directly inside of the loop with this header, and return points there. */
  loopChildren(header: number): readonly number[] {
    return this.#loopChildren[header]!;
  }

  /** The merge nodes that a node immediately dominates, in the order in which their code comes. */
  mergeChildren(node: number): readonly number[] {
    return this.#children[node]!;
  }

  /** How control gets from a node to one of its successors. */
  edge(from: number, to: number): 'inline' | 'forward' | 'loop' | 'dispatch' {
    if (this.position[to]! > this.position[from]!) return this.isMerge(to) ? 'forward' : 'inline';
    return this.#dominates(to, from) ? 'loop' : 'dispatch';
  }

  /**
   * For each node the largest sum of costs along any path from it on up to the next loop header or entry, which is where
   * gas is checked: what must be affordable there for those paths to need no check.
   */
  worstPaths(cost: (node: number) => number): Float64Array {
    const worst = new Float64Array(this.position.length);
    for (let i = this.order.length - 1; i > 0; i--) {
      const node = this.order[i]!;
      let rest = 0;
      for (const successor of this.#successors[node]!) {
        if (this.position[successor]! > i && !this.isChecked(successor)) rest = Math.max(rest, worst[successor]!);
      }
      worst[node] = cost(node) + rest;
    }
    return worst;
  }

  #dominates(node: number, other: number): boolean {
    return dominates(node, other, this.#dominator, this.position);
  }
}

function reversePostorder(
  successors: readonly (readonly number[])[],
  entries: readonly number[],
): { order: number[]; position: Int32Array } {
  const state = new Uint8Array(successors.length);
  const postorder: number[] = [];
  const stack: number[] = [];
  const nextSuccessor = new Uint32Array(successors.length);
  // The last entry first, so that in the reverse the first one comes first.
  for (let i = entries.length - 1; i >= 0; i--) {
    if (state[entries[i]!] === 0) visit(entries[i]!);
  }
  postorder.push(DISPATCHER);
  const order = postorder.reverse();
  const position = new Int32Array(successors.length).fill(-1);
  for (const [i, node] of order.entries()) position[node] = i;
  return { order, position };

  function visit(root: number): void {
    state[root] = 1;
    stack.push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      const list = successors[node]!;
      if (nextSuccessor[node]! < list.length) {
        const successor = list[nextSuccessor[node]!++]!;
        if (state[successor] === 0) {
          state[successor] = 1;
          stack.push(successor);
        }
      } else {
        postorder.push(node);
        stack.pop();
      }
    }
  }
}

/** For each node those from which control can come, the dispatcher included. */
function predecessorsOf(
  successors: readonly (readonly number[])[],
  entries: readonly number[],
  order: readonly number[],
): readonly (readonly number[])[] {
  const predecessors: number[][] = successors.map(() => []);
  for (const entry of entries) predecessors[entry]!.push(DISPATCHER);
  for (const node of order) {
    if (node === DISPATCHER) continue;
    for (const successor of successors[node]!) predecessors[successor]!.push(node);
  }
  return predecessors;
}

/** Immediate dominators, after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
function dominators(
  predecessors: readonly (readonly number[])[],
  order: readonly number[],
  position: Int32Array,
): Int32Array {
  const dominator = new Int32Array(predecessors.length).fill(-1);
  dominator[DISPATCHER] = DISPATCHER;
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const node of order) {
      if (node === DISPATCHER) continue;
      let candidate = -1;
      for (const predecessor of predecessors[node]!) {
        if (dominator[predecessor]! < 0) continue;
        candidate = candidate < 0 ? predecessor : intersect(candidate, predecessor, dominator, position);
      }
      if (dominator[node] !== candidate) {
        dominator[node] = candidate;
        hasChanged = true;
      }
    }
  }
  return dominator;
}

function intersect(a: number, b: number, dominator: Int32Array, position: Int32Array): number {
  let left = a;
  let right = b;
  while (left !== right) {
    while (position[left]! > position[right]!) left = dominator[left]!;
    while (position[right]! > position[left]!) right = dominator[right]!;
  }
  return left;
}

function dominates(node: number, other: number, dominator: Int32Array, position: Int32Array): boolean {
  let at = other;
  while (position[at]! > position[node]!) at = dominator[at]!;
  return at === node;
}

/** Targets of edges that go back to a node which does not dominate where they come from. */
function irreducibleTargets(
  successors: readonly (readonly number[])[],
  order: readonly number[],
  position: Int32Array,
  dominator: Int32Array,
  isEntry: ReadonlySet<number>,
): number[] {
  const found: number[] = [];
  for (const node of order) {
    if (node === DISPATCHER) continue;
    for (const successor of successors[node]!) {
      const isBackward = position[successor]! <= position[node]!;
      if (!isBackward || isEntry.has(successor)) continue;
      if (!dominates(successor, node, dominator, position)) found.push(successor);
    }
  }
  return found;
}

/** For each loop header and return point the header of the innermost loop around it, or the dispatcher. */
function loopParents(
  successors: readonly (readonly number[])[],
  predecessors: readonly (readonly number[])[],
  order: readonly number[],
  position: Int32Array,
  dominator: Int32Array,
  returnPoints: readonly number[],
): Map<number, number> {
  const latches = new Map<number, number[]>();
  for (const node of order) {
    if (node === DISPATCHER) continue;
    for (const successor of successors[node]!) {
      if (position[successor]! <= position[node]! && dominates(successor, node, dominator, position)) {
        const known = latches.get(successor);
        if (known === undefined) latches.set(successor, [node]);
        else known.push(node);
      }
    }
  }
  // Outer loops first: what an inner one marks as its own then overwrites what the outer one marked.
  const parents = new Map<number, number>();
  const innermost = new Int32Array(successors.length);
  for (const header of order) {
    const stack = latches.get(header);
    if (stack === undefined) continue;
    parents.set(header, innermost[header]!);
    innermost[header] = header;
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (innermost[node] === header) continue;
      innermost[node] = header;
      for (const predecessor of predecessors[node]!) stack.push(predecessor);
    }
  }
  for (const node of returnPoints) {
    if (position[node]! >= 0 && !parents.has(node)) parents.set(node, innermost[node]!);
  }
  return parents;
}

function withResumeEdges(
  successors: readonly (readonly number[])[],
  parents: ReadonlyMap<number, number>,
): readonly (readonly number[])[] {
  const extended = [...successors];
  for (const [header, parent] of parents) {
    if (parent !== DISPATCHER) extended[parent] = [...extended[parent]!, header];
  }
  return extended;
}

function isSameMap(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
