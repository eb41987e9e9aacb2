/** Random drafts: a program, the options it is compiled with, and what its host does. */
import type { CompilerLimits } from '../../src/compiler/index.js';
import type { ModuleOptions } from '../../src/engine/index.js';
import { type CostModel, CostTable } from '../../src/gas/index.js';
import { INSTRUCTIONS, ISA_NAMES, REGISTER_NAMES } from '../../src/isa/index.js';
import { layOutMemory, type MemoryMap } from '../../src/memory/index.js';
import type { Random } from '../fuzz/random.js';
import { CodeBuilder, type GeneratedCode, type Temper } from './codeBuilder.js';
import type { Draft, DraftAction, DraftData, Place } from './draft.js';
import { generateCalls } from './generateCalls.js';
import { generateCode } from './generateCode.js';

/** Above this, compiled code does not get all the gas at a time. */
const MORE_THAN_A_PORTION = 4_500_000n;
/** Enough for `auto` to compile what loops. */
const HOT = 40_000n;

/** What a program is about. */
type Subject = 'anything' | 'calls';

/** Generates a draft. The same random numbers make the same draft. */
export function generateDraft(random: Random): Draft {
  const isa = random.pick(ISA_NAMES);
  const subject: Subject = chance(random, 0.5) ? 'calls' : 'anything';
  const temper = subject === 'calls' && chance(random, 0.8) ? TAME : generateTemper(random);
  const data = subject === 'calls' ? withStack(random, generateData(random)) : generateData(random);
  const options = generateOptions(random);
  const map = layOutMemory({ ...data, pageSize: options.pageSize ?? 4096, auxDataSize: options.auxDataSize ?? 0 });
  const builder = new CodeBuilder(random, isa, map, temper);
  const code = subject === 'calls' ? generateCalls(builder) : generateCode(builder, generateFunctions(random));
  const flips = chance(random, 0.04) ? Array.from({ length: 1 + random.below(3) }, () => random.below(200)) : [];
  const exports = code.functions.slice(0, 4).map(place);
  if (chance(random, 0.1)) exports.push({ item: random.below(code.items.length), plus: random.below(3) });
  const actions = new ScriptGenerator(random, code, map, temper, subject).generate();
  const limits = generateLimits(random);
  return { isa, data, items: code.items, jumpTable: code.jumpTable, exports, flips, options, limits, actions };
}

function chance(random: Random, probability: number): boolean {
  return random.below(1 << 20) < probability * (1 << 20);
}

function place(item: number): Place {
  return { item, plus: 0 };
}

/** For programs that come to what they are about. */
const TAME: Temper = {
  wildAccess: 0,
  wildFlow: 0,
  wildTable: 0,
  hostCalls: 0.02,
  crossJumps: 0,
  padding: 0,
  endsSoon: false,
};

function generateTemper(random: Random): Temper {
  const some = (probability: number, much: number): number => (chance(random, probability) ? much : 0);
  return {
    wildAccess: some(0.4, random.pick([0.05, 0.2, 1])),
    wildFlow: some(0.25, random.pick([0.2, 1])),
    wildTable: some(0.15, 0.2),
    hostCalls: some(0.6, random.pick([0.3, 1])),
    crossJumps: some(0.25, random.pick([0.02, 0.3])),
    padding: some(0.3, random.pick([0.1, 0.5])),
    endsSoon: chance(random, 0.2),
  };
}

/** How many functions of how many blocks: mostly few, since small programs find as much in less time. */
function generateFunctions(random: Random): number[] {
  const choice = random.below(1000);
  const blocks = (limit: number): (() => number) => {
    return () => 1 + random.below(limit);
  };
  const several = (count: number, of: () => number): number[] => Array.from({ length: count }, of);
  if (choice < 600) return several(1 + random.below(3), blocks(6));
  if (choice < 970) return several(1 + random.below(6), blocks(chance(random, 0.2) ? 24 : 9));
  // More functions than stand beside each other in one region, or than one batch has room for.
  if (choice < 990) return several(10 + random.below(60), blocks(12));
  return several(1 + random.below(3), () => (chance(random, 0.5) ? 60 + random.below(800) : 1 + random.below(9)));
}

function generateData(random: Random): DraftData {
  const size = (): number => random.pick([0, 1, 8, 100, 4095, 4096, 4097, 12_000, 12_288, 20_000, 66_000]);
  const bytes = (limit: number): Uint8Array =>
    Uint8Array.from({ length: Math.min(limit, random.below(300)) }, () => random.below(256));
  const readOnlyDataSize = chance(random, 0.5) ? size() : 4096;
  const readWriteDataSize = chance(random, 0.5) ? size() : 8192;
  return {
    readOnlyDataSize,
    readWriteDataSize,
    stackSize: chance(random, 0.5) ? size() : random.pick([4096, 8192, 12_288, 40_000]),
    readOnlyData: bytes(readOnlyDataSize),
    readWriteData: bytes(readWriteDataSize),
  };
}

/** Data with room for global variables and, mostly, for deep recursion. */
function withStack(random: Random, data: DraftData): DraftData {
  const size = random.pick([4096, 40_000, 66_000, 66_000, 200_000]);
  const stackSize = chance(random, 0.95) ? size : random.pick([1_000_000, 4_000_000]);
  return { ...data, readWriteDataSize: Math.max(data.readWriteDataSize, 4096), stackSize };
}

function generateOptions(random: Random): ModuleOptions {
  return {
    gasMetering: 'sync',
    costModel: generateCostModel(random),
    ...(chance(random, 0.3) && { pageSize: random.pick([4096, 8192, 16_384, 65_536]) }),
    ...(chance(random, 0.3) && { auxDataSize: random.pick([1, 4096, 5000, 70_000]) }),
  };
}

/** Mostly such that even small programs are of several regions and batches. */
function generateLimits(random: Random): Partial<CompilerLimits> {
  if (chance(random, 0.2)) return {};
  return {
    entriesBeforeCompiling: 1 + random.below(8),
    targetBlocks: 1 + random.below(8),
    maxBlocks: random.pick([1, 3, 10, 600]),
    maxInstructions: random.pick([1, 20, 12_000]),
    batchInstructions: 1 + random.below(60),
    maxMisses: 1 + random.below(4),
    portion: random.pick([1, 100, 2_000_000]),
    usesTailCalls: chance(random, 0.8),
  };
}

function generateCostModel(random: Random): CostModel {
  if (!chance(random, 0.15))
    return random.pick(['naive', 'naive', 'full-l1', 'full-l2', 'full-l2', 'full-l3'] as const);
  // What ends a block is never free, so that every loop comes to an end.
  const limit = random.pick([3, 100, 100_000]);
  const costs = INSTRUCTIONS.map(({ name, flow }) => [name, random.below(limit) + (flow === 'continues' ? 0 : 1)]);
  return CostTable.of(Object.fromEntries(costs), 1);
}

class ScriptGenerator {
  readonly #random: Random;
  readonly #code: GeneratedCode;
  readonly #map: MemoryMap;
  readonly #temper: Temper;
  readonly #subject: Subject;

  constructor(random: Random, code: GeneratedCode, map: MemoryMap, temper: Temper, subject: Subject) {
    this.#random = random;
    this.#code = code;
    this.#map = map;
    this.#temper = temper;
    this.#subject = subject;
  }

  generate(): DraftAction[] {
    const random = this.#random;
    const actions: DraftAction[] = [];
    // Little gas makes many stops, much of it makes long runs.
    const isAboutCalls = this.#subject === 'calls';
    const gas = isAboutCalls
      ? random.pick([100, 1000, 10_000, 50_000, 300_000, 1_000_000])
      : random.pick([40, 300, 1500]);
    const runs = 2 + random.below(chance(random, 0.1) ? 40 : 9);
    const first = isAboutCalls ? place(this.#code.functions[0]) : this.#start();
    actions.push({ do: 'call', at: first, args: this.#args() }, { do: 'gas', value: this.#gas(gas) });
    const slice = chance(random, 0.15) ? 1 + random.below(random.pick([10, 300, gas])) : undefined;
    for (let run = 0; run < runs; run++) {
      const isSliced = slice !== undefined && chance(random, 0.8);
      actions.push({ do: 'run', at: this.#start(), ...(isSliced && { slice }) });
      if (chance(random, 0.7)) actions.push({ do: 'gas', value: this.#gas(gas) });
      while (chance(random, 0.3)) actions.push(this.#interference());
    }
    // The same again, once everything has been compiled.
    return chance(random, 0.15) ? [...actions, { do: 'renew' }, ...actions] : actions;
  }

  #gas(usual: number): bigint {
    const random = this.#random;
    if (chance(random, 0.02)) return random.pick([0n, 1n, -1n, -(2n ** 63n)]);
    if (chance(random, 0.006)) return HOT;
    if (chance(random, 0.0005)) return MORE_THAN_A_PORTION;
    return BigInt(random.below(usual));
  }

  #start(): Place {
    const random = this.#random;
    const { functions, blocks, items } = this.#code;
    // What programs about calls start with prepares all the rest.
    if (this.#subject === 'calls' && chance(random, 0.6)) return place(functions[0]);
    if (chance(random, 0.7)) return place(random.pick(functions));
    if (chance(random, 0.5)) return place(random.pick(blocks));
    return { item: random.below(items.length + 1), plus: chance(random, 0.1) ? random.below(30) : 0 };
  }

  #args(): bigint[] {
    return Array.from({ length: this.#random.below(10) }, () => this.#value());
  }

  #value(): bigint {
    const random = this.#random;
    switch (random.below(5)) {
      case 0:
        return BigInt(random.below(300));
      case 1:
        return random.pick([0n, -1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 32n, 2n ** 32n - 1n, 2n ** 31n, -(2n ** 31n)]);
      case 2:
        return BigInt(this.#address());
      default:
        return (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
    }
  }

  #address(): number {
    const { readWriteBase, readWriteSize, stackLow, stackSize, readOnlyBase, auxBase } = this.#map;
    const edges = [readWriteBase, readWriteBase + readWriteSize, stackLow, stackLow + stackSize, readOnlyBase, auxBase];
    return Math.max(0, this.#random.pick(edges) + this.#random.below(257) - 128);
  }

  #interference(): DraftAction {
    const random = this.#random;
    const choice = random.below(100);
    if (choice < 45) {
      // The stack pointer less often: most of what runs needs a good one.
      const name = chance(random, 0.9) ? random.pick(REGISTER_NAMES.slice(2)) : random.pick(REGISTER_NAMES);
      return { do: 'register', name, value: this.#value() };
    }
    if (choice < 60) {
      const bytes = Array.from({ length: 1 + random.below(16) }, () => random.below(256));
      return { do: 'write', address: this.#address(), bytes };
    }
    if (choice < 80) return { do: 'jump', at: this.#start() };
    if (choice < 85) return { do: 'call', at: this.#start(), args: this.#args() };
    if (choice < 88) return { do: 'heap', size: random.pick([0, 1, 4096, 100_000]) };
    if (choice < 91) return { do: 'aux', size: random.pick([0, 1, 4096, 8192]) };
    if (choice < 94) return { do: 'resetMemory' };
    if (choice < 97) return { do: 'gas', value: this.#gas(this.#temper.endsSoon ? 100 : 1000) };
    return random.pick([{ do: 'reset' }, { do: 'renew' }, { do: 'handOn' }] as const);
  }
}
