/**
 * Runs a scenario on several backends side by side and compares all that a host can see after every action.
 */
import { LIMITS } from '../../src/compiler/index.js';
import { type Backend, Engine, type Instance, type Module, type ModuleOptions } from '../../src/engine/index.js';
import { REGISTER_COUNT, REGISTER_NAMES } from '../../src/isa/index.js';
import type { MemoryMap } from '../../src/memory/index.js';
import { InstructionCounter } from './instructionCounter.js';
import type { Action, Scenario } from './scenario.js';

/** Where two backends differ. */
export interface Difference {
  /** Position of the action after which they differ. */
  readonly action: number;
  readonly backend: Backend;
  /** What differs, what the interpreter has, and what the backend has. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

const CHANGES_MEMORY: ReadonlySet<Action['do']> = new Set([
  'run',
  'write',
  'heap',
  'aux',
  'reset',
  'resetMemory',
  'renew',
  'handOn',
]);

/** How a scenario went. */
export interface LockstepResult {
  readonly difference: Difference | undefined;
  /** How the actions went on the interpreter, in order, as far as they were carried out. */
  readonly outcomes: readonly string[];
  /** How many instructions the interpreter has executed. */
  readonly instructions: number;
}

/** Heaps are given up beyond this: whether the system has the memory could differ. */
const MAX_HEAP = 1 << 26;

/** The interpreter, against which the others are compared, and one or more of them. Their engines serve all scenarios. */
export class Lockstep {
  readonly #engines: readonly Engine[];

  /** @param others engines besides those of the backends */
  constructor(backends: readonly Backend[], others: readonly Engine[] = []) {
    const compared = backends.map((backend) => new Engine({ backend }));
    this.#engines = [new Engine({ backend: 'interpreter' }), ...compared, ...others];
  }

  /**
   * Carries out a scenario on each backend, action by action, up to the first difference.
   *
   * @throws InvalidProgramError when the program is refused
   */
  run({ blob, options, limits, actions }: Scenario): LockstepResult {
    const counters: InstructionCounter[] = [];
    const executed = (): number => counters.reduce((sum, counter) => sum + counter.executed, 0);
    const usual = { ...LIMITS };
    Object.assign(LIMITS, limits);
    const subjects: Subject[] = [];
    const outcomes: string[] = [];
    try {
      for (const [i, engine] of this.#engines.entries()) {
        const compile = (given: ModuleOptions): Module => engine.compile(blob, { ...options, ...given, cache: false });
        subjects.push(new Subject(engine.backend, compile, i === 0 ? counters : undefined));
      }
      const [reference, ...others] = subjects;
      for (const [index, action] of actions.entries()) {
        const outcome = reference.carryOut(action);
        outcomes.push(outcome);
        for (const subject of others) {
          const actual = subject.carryOut(action);
          const found =
            actual === outcome
              ? reference.compare(subject, CHANGES_MEMORY.has(action.do))
              : { what: 'outcome', expected: outcome, actual };
          if (found)
            return {
              difference: { action: index, backend: subject.backend, ...found },
              outcomes,
              instructions: executed(),
            };
        }
        if (reference.heapSize > MAX_HEAP) break;
      }
      return { difference: undefined, outcomes, instructions: executed() };
    } finally {
      for (const subject of subjects) subject.dispose();
      Object.assign(LIMITS, usual);
    }
  }
}

const EMPTY = new Uint8Array(0);

/** An instance on one backend. */
class Subject {
  readonly backend: Backend;
  readonly #compile: (options: ModuleOptions) => Module;
  readonly #counters: InstructionCounter[] | undefined;
  #module: Module;
  readonly #machine = new Uint8Array(8 * (REGISTER_COUNT + 1));
  #instance: Instance;
  #regions: readonly Uint8Array[] = [EMPTY, EMPTY, EMPTY, EMPTY];

  /** @param counters if given, is given the counters of this subject's instances */
  constructor(
    backend: Backend,
    compile: (options: ModuleOptions) => Module,
    counters: InstructionCounter[] | undefined,
  ) {
    this.backend = backend;
    this.#compile = compile;
    this.#counters = counters;
    this.#module = compile({});
    this.#instance = this.#instantiate();
  }

  #instantiate(): Instance {
    if (this.#counters === undefined) return this.#module.instantiate();
    const observer = new InstructionCounter(this.#module.program);
    this.#counters.push(observer);
    return this.#module.instantiate({ observer });
  }

  get heapSize(): number {
    return this.#instance.heapSize;
  }

  dispose(): void {
    this.#instance.dispose();
  }

  /** Carries out an action and tells how that went. */
  carryOut(action: Action): string {
    try {
      return this.#attempt(action);
    } catch (error) {
      return String(error);
    }
  }

  #attempt(action: Action): string {
    const instance = this.#instance;
    switch (action.do) {
      case 'call':
        instance.prepareCall(action.pc, action.args);
        break;
      case 'jump':
        instance.nextProgramCounter = action.pc;
        break;
      case 'run':
        if (instance.nextProgramCounter === undefined) instance.prepareCall(action.otherwise);
        return JSON.stringify(instance.run({ gasSlice: action.slice }));
      case 'gas':
        instance.gas = action.value;
        break;
      case 'register':
        instance.setRegister(action.name, action.value);
        break;
      case 'write':
        instance.writeMemory(action.address, Uint8Array.from(action.bytes));
        break;
      case 'heap':
        return `${instance.growHeap(action.size)}`;
      case 'aux':
        instance.accessibleAuxSize = action.size;
        break;
      case 'reset':
        instance.reset();
        break;
      case 'resetMemory':
        instance.resetMemory();
        break;
      case 'renew':
        instance.dispose();
        this.#instance = this.#instantiate();
        break;
      case 'handOn': {
        const { compiledCode } = this.#module;
        instance.dispose();
        this.#module = this.#compile(compiledCode === undefined ? {} : { compiledCode });
        this.#instance = this.#instantiate();
      }
    }
    return 'done';
  }

  /** Compares all that the host can see; memory only if it may have changed. */
  compare(other: Subject, alsoMemory: boolean): Pick<Difference, 'what' | 'expected' | 'actual'> | undefined {
    const a = this.#instance;
    const b = other.#instance;
    for (const property of ['programCounter', 'nextProgramCounter', 'heapSize'] as const) {
      if (a[property] !== b[property]) {
        return { what: property, expected: `${a[property]}`, actual: `${b[property]}` };
      }
    }
    if (Buffer.compare(this.#look(), other.#look()) !== 0) {
      const name = REGISTER_NAMES.find((register) => a.getRegister(register) !== b.getRegister(register));
      return name === undefined
        ? { what: 'gas', expected: `${a.gas}`, actual: `${b.gas}` }
        : { what: name, expected: hex(a.getRegister(name)), actual: hex(b.getRegister(name)) };
    }
    if (!alsoMemory) return undefined;
    this.#lookAtMemory();
    other.#lookAtMemory();
    const { memoryMap } = this.#module;
    for (const [i, bytes] of this.#regions.entries()) {
      const others = other.#regions[i];
      if (Buffer.compare(bytes, others) === 0) continue;
      const at = bytes.findIndex((byte, offset) => byte !== others[offset]);
      const address = regionsOf(memoryMap, a)[i].address + at;
      return { what: `byte at ${hex(BigInt(address))}`, expected: `${bytes[at]}`, actual: `${others[at]}` };
    }
    return undefined;
  }

  /** Registers and gas. */
  #look(): Uint8Array {
    this.#instance.readRegisters(this.#machine, 0, 0, REGISTER_COUNT);
    this.#instance.readGas(this.#machine, 8 * REGISTER_COUNT);
    return this.#machine;
  }

  #lookAtMemory(): void {
    const instance = this.#instance;
    this.#regions = regionsOf(this.#module.memoryMap, instance).map(({ address, length }, i) => {
      const bytes = this.#regions[i].length === length ? this.#regions[i] : new Uint8Array(length);
      instance.readMemoryInto(address, bytes);
      return bytes;
    });
  }
}

/** The regions of guest memory at their present lengths. */
function regionsOf(map: MemoryMap, instance: Instance): readonly { address: number; length: number }[] {
  const heapEnd = Math.ceil((map.heapBase + instance.heapSize) / map.pageSize) * map.pageSize;
  return [
    { address: map.readOnlyBase, length: map.readOnlySize },
    { address: map.readWriteBase, length: Math.max(heapEnd - map.readWriteBase, map.readWriteSize) },
    { address: map.stackLow, length: map.stackSize },
    { address: map.auxBase, length: instance.accessibleAuxSize },
  ];
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
