import { type FunctionEntry, forEachInstruction, InstructionDecoder, type Program } from '../program/index.js';
import { formatInstruction } from '../text/index.js';
import type { EdgeKind, FlowBlock } from './flowGraph.js';

/** A control-flow graph to be drawn. */
export interface DrawnGraph {
  readonly program: Program;
  /** All blocks; they are numbered in their order, as in listings. */
  readonly blocks: readonly FlowBlock[];
  /** Those to be drawn. */
  readonly shown: readonly FlowBlock[];
  readonly functions: readonly FunctionEntry[];
  /** What a block costs, for its heading. */
  readonly gasOf: ((pc: number) => number | undefined) | undefined;
}

/** Longer blocks are cut off in the middle. */
const MAX_LINES = 12;
const DOT_STYLES: Readonly<Record<EdgeKind, string>> = {
  next: '',
  jump: ' [color="#9a4a12"]',
  call: ' [color="#1b6ca8", style=dashed]',
  return: ' [color="#888888", style=dotted]',
};
const MERMAID_ARROWS: Readonly<Record<EdgeKind, string>> = {
  next: '-->',
  jump: '-->|jump|',
  call: '-.->|call|',
  return: '-.->|behind the call|',
};

/** The graph in the language of Graphviz: `dot -Tsvg`. */
export function dotGraph(graph: DrawnGraph): string {
  const nodes = new Nodes(graph);
  return [
    'digraph program {',
    '  node [shape=box, fontname="monospace", fontsize=10];',
    ...graph.shown.map((block) => {
      const label = [nodes.heading(block), ...nodes.lines(block)].map((line) => `${escapeDot(line)}\\l`).join('');
      return `  ${nodes.id(block.start)} [label="${label}"];`;
    }),
    ...nodes.edges().map(({ from, to, kind }) => `  ${nodes.id(from)} -> ${nodes.id(to)}${DOT_STYLES[kind]};`),
    '}',
    '',
  ].join('\n');
}

/** The graph in the language of Mermaid, which Markdown pages of many sites draw. */
export function mermaidGraph(graph: DrawnGraph): string {
  const nodes = new Nodes(graph);
  return [
    'flowchart TD',
    ...graph.shown.map((block) => {
      const label = [nodes.heading(block), ...nodes.lines(block)].map(escapeMermaid).join('<br/>');
      return `  ${nodes.id(block.start)}["${label}"]`;
    }),
    ...nodes.edges().map(({ from, to, kind }) => `  ${nodes.id(from)} ${MERMAID_ARROWS[kind]} ${nodes.id(to)}`),
    '',
  ].join('\n');
}

class Nodes {
  readonly #graph: DrawnGraph;
  readonly #numbers: ReadonlyMap<number, number>;
  readonly #shown: ReadonlySet<number>;
  readonly #texts = new Map<number, string[]>();
  readonly #names: ReadonlyMap<number, string>;

  constructor(graph: DrawnGraph) {
    this.#graph = graph;
    this.#numbers = new Map(graph.blocks.map(({ start }, number) => [start, number]));
    this.#shown = new Set(graph.shown.map(({ start }) => start));
    this.#names = new Map(graph.functions.map(({ pc, name }) => [pc, name]));
    const { program } = graph;
    let block = -1;
    const target = (offset: number): string => {
      const number = this.#numbers.get(offset);
      return number === undefined ? `${offset}` : `@${number}`;
    };
    forEachInstruction(new InstructionDecoder(program), (decoder) => {
      if (this.#numbers.has(decoder.offset)) block = decoder.offset;
      if (!this.#shown.has(block)) return;
      const text = formatInstruction(decoder, {
        is64Bit: program.isa.is64Bit,
        registers: 'abi',
        aliases: true,
        target,
      });
      const known = this.#texts.get(block);
      if (known === undefined) this.#texts.set(block, [text]);
      else known.push(text);
    });
  }

  id(start: number): string {
    return `b${this.#numbers.get(start)}`;
  }

  heading({ start }: FlowBlock): string {
    const name = this.#names.get(start);
    const gas = this.#graph.gasOf?.(start);
    return [
      `@${this.#numbers.get(start)}`,
      ...(name === undefined ? [] : [`<${name}>`]),
      `at ${start}`,
      ...(gas === undefined ? [] : [`(gas: ${gas})`]),
    ].join(' ');
  }

  lines({ start }: FlowBlock): string[] {
    const lines = this.#texts.get(start) ?? [];
    if (lines.length <= MAX_LINES) return lines;
    const half = MAX_LINES / 2;
    return [...lines.slice(0, half), `... ${lines.length - MAX_LINES} more ...`, ...lines.slice(-half)];
  }

  /** The ways between blocks that are shown. */
  edges(): { from: number; to: number; kind: EdgeKind }[] {
    return this.#graph.shown.flatMap(({ start, edges }) =>
      edges.flatMap(({ to, kind }) => (this.#shown.has(to) ? { from: start, to, kind } : [])),
    );
  }
}

function escapeDot(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}

/** Names come from the program, and may hold what Mermaid or a page would take for markup. */
function escapeMermaid(text: string): string {
  return text.replace(/[^ \w.,:=@+*/-]/g, (character) => `#${character.codePointAt(0)};`);
}
