/** Random programs under the profiler: it changes nothing, and whatever they do, its sums are right. */
import { expect, it } from 'vitest';
import { Engine, type Module, type ModuleOptions } from '../../src/engine/index.js';
import { type CallNode, flameGraph, lcov, type Profile, Profiler, speedscope } from '../../src/profiler/index.js';
import { InvalidProgramError } from '../../src/program/index.js';
import { finishDraft } from './draft.js';
import { draftAt } from './fuzzer.js';
import { Lockstep } from './lockstep.js';

const SEED = 77;
const PROGRAMS = 250;

/** An engine all of whose instances are profiled. */
class ProfilingEngine extends Engine {
  readonly profilers: Profiler[] = [];

  override compile(blob: Uint8Array, options?: ModuleOptions): Module {
    const module = super.compile(blob, options);
    const instantiate = module.instantiate.bind(module);
    const profiler = new Profiler(module);
    this.profilers.push(profiler);
    module.instantiate = (given = {}) => (given.observer === undefined ? profiler.instantiate() : instantiate(given));
    return module;
  }
}

function checkSums(profile: Profile): void {
  const { root, total, blocks, functions } = profile;
  const instructions = blocks.reduce((sum, block) => sum + block.instructions, 0);
  expect(instructions).toBe(total.instructions);
  expect(functions.reduce((sum, { self }) => sum + self.instructions, 0)).toBe(total.instructions);
  for (const { instructions: executed, count } of blocks) {
    expect(executed).toBeGreaterThanOrEqual(0);
    expect(count).toBeGreaterThan(0);
  }
  const check = (node: CallNode): void => {
    expect(node.self.instructions).toBeGreaterThanOrEqual(0);
    const below = node.children.reduce((sum, child) => sum + child.total.instructions, 0);
    expect(node.total.instructions).toBe(node.self.instructions + below);
    for (const child of node.children) check(child);
  };
  check(root);
}

it('comes to the same states as without the profiler, and to sums that are right', { timeout: 120_000 }, () => {
  let executed = 0;
  let deepest = 0;
  for (let index = 0; index < PROGRAMS; index++) {
    const engine = new ProfilingEngine({ backend: 'interpreter' });
    try {
      const { difference } = new Lockstep([], [engine]).run(finishDraft(draftAt(SEED, index)));
      expect(difference, `program ${index} of seed ${SEED}`).toBeUndefined();
    } catch (error) {
      if (!(error instanceof InvalidProgramError)) throw error;
      continue;
    }
    for (const profiler of engine.profilers) {
      const profile = profiler.profile();
      checkSums(profile);
      expect(flameGraph(profile)).toContain('</svg>');
      expect(speedscope(profile, 'random').profiles).toHaveLength(2);
      expect(lcov(profile)).toBe('');
      executed += profile.total.instructions;
      let depth = 0;
      for (let node: CallNode | undefined = profile.root; node !== undefined; node = node.children[0]) depth++;
      deepest = Math.max(deepest, depth);
    }
  }
  // Otherwise the programs would have tested little.
  expect(executed).toBeGreaterThan(100 * PROGRAMS);
  expect(deepest).toBeGreaterThan(3);
});
