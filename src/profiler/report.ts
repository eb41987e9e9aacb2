import type { Module } from '../engine/index.js';
import type { Unexecuted } from './callTracker.js';
import { type CallTree, ROOT } from './callTree.js';
import type { CodeMap, Cut } from './codeMap.js';
import { lineProfiles } from './lineProfile.js';
import type { BlockProfile, CallNode, Cost, FunctionProfile, Profile, SyscallProfile } from './profile.js';

/** Sums up what has been counted. */
export function reportOf(module: Module, code: CodeMap, tree: CallTree, unexecuted: readonly Unexecuted[]): Profile {
  return new Report(module, code, tree, unexecuted).profile();
}

interface MutableCost {
  gas: number;
  instructions: number;
}

interface MutableNode extends CallNode {
  readonly function: MutableFunction | undefined;
  readonly self: MutableCost;
  readonly total: MutableCost;
  readonly children: MutableNode[];
}

interface MutableFunction extends FunctionProfile {
  calls: number;
  readonly self: MutableCost;
  readonly total: MutableCost;
}

class Report {
  readonly #module: Module;
  readonly #code: CodeMap;
  readonly #tree: CallTree;
  readonly #unexecuted: readonly Unexecuted[];
  /** Programs that pay nothing count a block as 1, and that is no gas. */
  readonly #gasUnit: number;
  /** The rests of blocks that instances stand inside of, by block. */
  readonly #rests = new Map<number, Cut[]>();
  /** By number. */
  readonly #functions: readonly MutableFunction[];

  constructor(module: Module, code: CodeMap, tree: CallTree, unexecuted: readonly Unexecuted[]) {
    this.#module = module;
    this.#code = code;
    this.#tree = tree;
    this.#unexecuted = unexecuted;
    for (const { block, from } of unexecuted) {
      const rests = this.#rests.get(block) ?? [];
      rests.push({ from, to: Number.POSITIVE_INFINITY, count: 1 });
      this.#rests.set(block, rests);
    }
    this.#gasUnit = module.isMetered ? 1 : 0;
    this.#functions = code.functions.map(({ name, pc, path, line }) => ({
      ...{ name, pc, path, line, calls: 0 },
      self: { gas: 0, instructions: 0 },
      total: { gas: 0, instructions: 0 },
    }));
  }

  profile(): Profile {
    const nodes = this.#nodes();
    const root = nodes[ROOT]!;
    this.#sumUpFunctions(root);
    return {
      total: root.total,
      functions: [...this.#functions].sort(
        (a, b) => b.self.gas - a.self.gas || b.self.instructions - a.self.instructions || a.pc - b.pc,
      ),
      lines: lineProfiles(this.#code, this.#cutsOf, this.#gasUnit),
      syscalls: this.#syscalls(nodes),
      blocks: this.#blocks(),
      root,
    };
  }

  /** All nodes by number, linked to their children and with their totals. */
  #nodes(): MutableNode[] {
    const { codes, parents, calls, gas, instructions, nodeCount } = this.#tree;
    const nodes: MutableNode[] = [];
    for (let node = 0; node < nodeCount; node++) {
      const self = { gas: gas[node]! * this.#gasUnit, instructions: instructions[node]! };
      nodes.push({
        ...this.#identityOf(node, codes[node]!),
        calls: calls[node]!,
        self,
        total: { ...self },
        children: [],
      });
    }
    for (const { node, instructions: missing } of this.#unexecuted) {
      nodes[node]!.self.instructions -= missing;
      nodes[node]!.total.instructions -= missing;
    }
    // A node comes behind its parent, so that from the last to the first all totals below a node are complete.
    for (let node = nodeCount - 1; node > ROOT; node--) {
      const parent = nodes[parents[node]!]!;
      add(parent.total, nodes[node]!.total);
      parent.children.push(nodes[node]!);
    }
    for (const { children } of nodes)
      children.sort((a, b) => b.total.gas - a.total.gas || b.total.instructions - a.total.instructions);
    return nodes;
  }

  #identityOf(node: number, code: number): Pick<MutableNode, 'function' | 'name' | 'kind'> {
    if (node === ROOT) return { kind: 'root', function: undefined, name: 'all' };
    if (this.#tree.isElsewhere(node)) return { kind: 'elsewhere', function: undefined, name: 'other ways of calls' };
    const index = this.#tree.syscallOf(node);
    if (index !== undefined) {
      return { kind: 'syscall', function: undefined, name: this.#module.imports[index]?.name ?? `ecalli ${index}` };
    }
    const called = this.#functions[code]!;
    return { kind: 'function', function: called, name: called.name };
  }

  #sumUpFunctions(root: MutableNode): void {
    // How many calls of a function are above the node that is looked at.
    const above = new Map<FunctionProfile, number>();
    const visit = ({ function: called, calls, self, total, children }: MutableNode): void => {
      if (called === undefined) {
        for (const child of children) visit(child);
        return;
      }
      const depth = above.get(called) ?? 0;
      called.calls += calls;
      add(called.self, self);
      if (depth === 0) add(called.total, total);
      above.set(called, depth + 1);
      for (const child of children) visit(child);
      above.set(called, depth);
    };
    visit(root);
  }

  #syscalls(nodes: readonly MutableNode[]): SyscallProfile[] {
    const syscalls = new Map<number, { calls: number; gas: number }>();
    for (const [node, { calls, self }] of nodes.entries()) {
      const index = this.#tree.syscallOf(node);
      if (index === undefined) continue;
      const known = syscalls.get(index) ?? { calls: 0, gas: 0 };
      syscalls.set(index, { calls: known.calls + calls, gas: known.gas + self.gas });
    }
    return [...syscalls]
      .map(([index, { calls, gas }]) => ({ index, name: this.#module.imports[index]?.name, calls, gas }))
      .sort((a, b) => a.index - b.index);
  }

  #blocks(): BlockProfile[] {
    const { starts, counts, costs, blockCount } = this.#code;
    const blocks: BlockProfile[] = [];
    for (let block = 1; block < blockCount; block++) {
      blocks.push({
        pc: starts[block]!,
        count: counts[block]!,
        gas: counts[block]! * costs[block]! * this.#gasUnit,
        instructions: counts[block]! * this.#code.instructions[block]! - this.#cutInstructions(block),
      });
    }
    return blocks.sort((a, b) => a.pc - b.pc);
  }

  /** What entries of a block have left out, those among them that are not over. */
  readonly #cutsOf = (block: number): readonly Cut[] => {
    const rests = this.#rests.get(block);
    return rests === undefined ? this.#code.cutsOf(block) : [...this.#code.cutsOf(block), ...rests];
  };

  #cutInstructions(block: number): number {
    let instructions = 0;
    for (const { from, to, count } of this.#cutsOf(block)) {
      instructions += count * (this.#code.instructionsBefore(block, to) - this.#code.instructionsBefore(block, from));
    }
    return instructions;
  }
}

function add(sum: MutableCost, { gas, instructions }: Cost): void {
  sum.gas += gas;
  sum.instructions += instructions;
}
