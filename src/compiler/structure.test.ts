import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DISPATCHER, type FlowGraph, Structure } from './structure.js';

/** A graph by its edges; node 0 is the dispatcher's and has none. */
function graphOf(count: number, edges: readonly (readonly [from: number, to: number])[]): FlowGraph {
  const successors: number[][] = Array.from({ length: count + 1 }, () => []);
  for (const [from, to] of edges) successors[from].push(to);
  return { successors };
}

/**
 * Nests the code of a graph as the structure says, and holds each edge against what WebAssembly can do: branch to a block
 * or loop that is open, or go on with code that stands there.
 */
class Nesting {
  readonly emitted: number[] = [];
  readonly #graph: FlowGraph;
  readonly #structure: Structure;
  readonly #openBlocks: number[] = [];
  readonly #openLoops: number[] = [];

  constructor(graph: FlowGraph, structure: Structure) {
    this.#graph = graph;
    this.#structure = structure;
    this.#within(structure.mergeChildren(DISPATCHER), () => {
      for (const entry of structure.entries) expect(this.#openBlocks).toContain(entry);
    });
  }

  #within(nodes: readonly number[], inner: () => void): void {
    for (const node of nodes.toReversed()) this.#openBlocks.push(node);
    inner();
    for (const node of nodes) {
      expect(this.#openBlocks.pop()).toBe(node);
      this.#emit(node);
    }
  }

  #emit(node: number): void {
    const structure = this.#structure;
    this.emitted.push(node);
    if (structure.isLoopHeader(node)) this.#openLoops.push(node);
    this.#within(structure.mergeChildren(node), () => {
      for (const inner of structure.loopChildren(node)) expect(this.#openBlocks).toContain(inner);
      for (const to of this.#graph.successors[node]) this.#goTo(node, to);
    });
    if (structure.isLoopHeader(node)) expect(this.#openLoops.pop()).toBe(node);
  }

  #goTo(from: number, to: number): void {
    switch (this.#structure.edge(from, to)) {
      case 'forward':
        expect(this.#openBlocks).toContain(to);
        break;
      case 'loop':
        expect(this.#openLoops).toContain(to);
        break;
      case 'dispatch':
        expect(this.#structure.entries).toContain(to);
        break;
      case 'inline':
        this.#emit(to);
        break;
    }
  }
}

function reachable(graph: FlowGraph, entries: readonly number[]): Set<number> {
  const found = new Set(entries);
  for (const node of found) for (const to of graph.successors[node]) found.add(to);
  return found;
}

/** The costliest way from a node on that ends before a checked node, by trying all ways. */
function costliestWay(graph: FlowGraph, structure: Structure, from: number, way: readonly number[] = []): number {
  expect(way, 'a cycle without a check').not.toContain(from);
  let rest = 0;
  for (const to of graph.successors[from]) {
    if (!structure.isChecked(to)) rest = Math.max(rest, costliestWay(graph, structure, to, [...way, from]));
  }
  return from + rest;
}

const graphs = fc.integer({ min: 1, max: 14 }).chain((count) => {
  const node = fc.integer({ min: 1, max: count });
  return fc.record({
    graph: fc.array(fc.tuple(node, node), { maxLength: 2 * count }).map((edges) => graphOf(count, edges)),
    entries: fc.uniqueArray(node, { minLength: 1, maxLength: 4 }),
  });
});

describe('any graph', () => {
  it('is nested so that every edge has somewhere to go', () => {
    fc.assert(
      fc.property(graphs, ({ graph, entries }) => {
        const structure = new Structure(graph, entries);
        const { emitted } = new Nesting(graph, structure);
        expect(emitted.toSorted((a, b) => a - b)).toEqual([...reachable(graph, entries)].sort((a, b) => a - b));
        expect(new Set(emitted).size).toBe(emitted.length);
        expect(structure.entries).toEqual(expect.arrayContaining(entries));
      }),
      { numRuns: 2000 },
    );
  });

  it('checks gas on every cycle, and knows what the ways between two checks can cost', () => {
    fc.assert(
      fc.property(graphs, ({ graph, entries }) => {
        const structure = new Structure(graph, entries);
        const worst = structure.worstPaths((node) => node);
        for (const node of structure.order.slice(1)) {
          expect(worst[node]).toBe(costliestWay(graph, structure, node));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leads to every inner loop by the headers of the loops around it', () => {
    fc.assert(
      fc.property(graphs, ({ graph, entries }) => {
        const structure = new Structure(graph, entries);
        const found = new Set(structure.entries);
        for (const header of found) for (const inner of structure.loopChildren(header)) found.add(inner);
        for (const node of structure.order) if (structure.isLoopHeader(node)) expect(found).toContain(node);
      }),
    );
  });
});

describe('a graph without loops', () => {
  const diamond = graphOf(4, [
    [1, 2],
    [1, 3],
    [2, 4],
    [3, 4],
  ]);

  it('needs no dispatch', () => {
    const structure = new Structure(diamond, [1]);
    expect(structure.entries).toEqual([1]);
    expect(structure.edge(1, 2)).toBe('inline');
    expect(structure.edge(1, 3)).toBe('inline');
    expect(structure.edge(2, 4)).toBe('forward');
    expect(structure.edge(3, 4)).toBe('forward');
    expect(structure.isMerge(4)).toBe(true);
    expect(structure.mergeChildren(1)).toEqual([4]);
  });

  it('leaves out what no entry reaches', () => {
    const structure = new Structure(diamond, [2]);
    expect(structure.order).toEqual([DISPATCHER, 2, 4]);
    expect(structure.position[1]).toBe(-1);
  });
});

describe('loops', () => {
  /** 1 → 2 → 3 → 4, with loops of 3 in 2. */
  const nested = graphOf(4, [
    [1, 2],
    [2, 3],
    [3, 3],
    [3, 2],
    [3, 4],
  ]);

  it('are entered at the outermost header, and resumed from there', () => {
    const structure = new Structure(nested, [1]);
    expect(structure.entries).toEqual([1, 2]);
    expect(structure.loopChildren(2)).toEqual([3]);
    expect(structure.edge(3, 3)).toBe('loop');
    expect(structure.edge(3, 2)).toBe('loop');
    expect(structure.edge(1, 2)).toBe('forward');
  });

  it('with two ways in are dispatched to', () => {
    const irreducible = graphOf(3, [
      [1, 2],
      [1, 3],
      [2, 3],
      [3, 2],
    ]);
    const structure = new Structure(irreducible, [1]);
    const kinds = [structure.edge(2, 3), structure.edge(3, 2)];
    expect(kinds).toContain('dispatch');
    new Nesting(irreducible, structure);
  });
});

it('settles for chains, ladders and webs of a thousand nodes in short time', () => {
  const count = 1000;
  const chain = graphOf(
    count,
    Array.from({ length: count - 1 }, (_, i) => [i + 1, i + 2] as const),
  );
  const ladder = graphOf(
    count,
    Array.from({ length: count - 1 }, (_, i) => [[i + 1, i + 2] as const, [i + 2, i + 1] as const]).flat(),
  );
  const web = graphOf(
    count,
    Array.from({ length: count }, (_, i) => [
      [i + 1, ((i * 7919) % count) + 1] as const,
      [i + 1, ((i * 104_729 + 13) % count) + 1] as const,
    ]).flat(),
  );
  const nestedLoops = graphOf(
    count,
    Array.from({ length: count - 1 }, (_, i) => [[i + 1, i + 2] as const, [count, i + 1] as const]).flat(),
  );
  for (const graph of [chain, ladder, web, nestedLoops]) {
    const start = performance.now();
    new Structure(graph, [1]);
    expect(performance.now() - start).toBeLessThan(3000);
  }
});
