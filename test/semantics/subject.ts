/** Runs single instructions on the engine and on the oracle, and tells where they differ. */
import { expect } from 'vitest';
import { type Backend, Engine, type Instance } from '../../src/engine/index.js';
import { INSTRUCTIONS, type Isa, Op, REGISTER_COUNT, REGISTER_NAMES } from '../../src/isa/index.js';
import { encodeInstruction, writeBlob } from '../../src/program/index.js';
import { type Outcome, type PlainInstruction, PlainMachine, PlainMemory, type PlainRegion } from '../support/oracle.js';

const PAGE = 0x1000;
const RO_SIZE = 100;
const RW_SIZE = 0x1100;
const STACK_SIZE = 0x2000;
const AUX_SIZE = 0x1000;

/** The regions of the subject's memory (spec: memory map, section 1), worked out by hand. */
export const REGIONS = {
  readOnly: { base: 0x10000, size: 0x1000 },
  readWrite: { base: 0x30000, size: 0x2000 },
  stack: { base: 0xfffce000, size: 0x2000 },
  aux: { base: 0xfffe0000, size: 0x1000 },
} as const;
const HEAP_BASE = 0x31100;
const MAX_HEAP_SIZE = 0xfffc0000 - 0x50000 + (0x40000 - HEAP_BASE);

/** Where jumps in the subject's code may go, and where dynamic jumps lead, by address. */
export const TARGET = 0;
export const DYNAMIC_TARGETS: ReadonlyMap<number, number> = new Map([[2, TARGET]]);
const RETURN_TO_HOST = 0xffff0000;

const noise = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) >>> 21) & 0xff);

/** The engine's instance and the oracle's machine, which start in the same state and are meant to stay so. */
export class Subject {
  readonly #machine: PlainMachine;
  readonly #instance: Instance;
  readonly #instructions: readonly PlainInstruction[];
  readonly #offsets: number[] = [];
  readonly #regions: readonly PlainRegion[];
  readonly #expected = new BigUint64Array(REGISTER_COUNT);
  readonly #actual = new BigUint64Array(REGISTER_COUNT);
  readonly #actualBytes = new Uint8Array(this.#actual.buffer);

  /** Each instruction stands alone: a trap before it makes it a jump target, a trap behind it tells when it is done. */
  constructor(backend: Backend, isa: Isa, instructions: readonly PlainInstruction[]) {
    this.#instructions = instructions;
    const trap = isa.opcodeOf[Op.trap];
    const code = [trap];
    const starts = [0];
    const scratch = new Uint8Array(16);
    for (const { op, registers, immediates, target } of instructions) {
      const [r0 = 0, r1 = 0, r2 = 0] = registers;
      const isWide = op === Op.load_imm64;
      const [first = 0n, second = 0n] = isWide ? [immediates[0], immediates[0] >> 32n] : immediates;
      const imm0 = Number(BigInt.asIntN(32, first));
      const imm1 = Number(BigInt.asIntN(32, second));
      const offset = code.length;
      const length = encodeInstruction(isa, { op, offset, r0, r1, r2, imm0, imm1, target }, scratch, 0);
      this.#offsets.push(offset);
      starts.push(offset, offset + length);
      code.push(...scratch.subarray(0, length), trap);
    }
    const bitmask = new Uint8Array(Math.ceil(code.length / 8));
    for (const offset of starts) bitmask[offset >> 3] |= 1 << (offset & 7);

    const readOnlyData = noise(RO_SIZE, 1);
    const readWriteData = noise(RW_SIZE, 2);
    const blob = writeBlob({
      isa,
      readOnlyData,
      readOnlyDataSize: RO_SIZE,
      readWriteData,
      readWriteDataSize: RW_SIZE,
      stackSize: STACK_SIZE,
      code: Uint8Array.from(code),
      bitmask,
      jumpTable: [TARGET, code.length],
    });
    const module = new Engine({ backend }).compile(blob, {
      gasMetering: 'none',
      pageSize: PAGE,
      auxDataSize: AUX_SIZE,
    });
    this.#instance = module.instantiate();

    const region = ({ base, size }: { base: number; size: number }, isWritable: boolean): PlainRegion => ({
      base,
      bytes: new Uint8Array(size),
      isWritable,
    });
    const readOnly = region(REGIONS.readOnly, false);
    const readWrite = region(REGIONS.readWrite, true);
    const stack = region(REGIONS.stack, true);
    const aux = region(REGIONS.aux, false);
    readOnly.bytes.set(readOnlyData);
    readWrite.bytes.set(readWriteData);
    stack.bytes.set(noise(STACK_SIZE, 3));
    aux.bytes.set(noise(AUX_SIZE, 4));
    for (const { base, bytes } of [stack, aux]) this.#instance.writeMemory(base, bytes);
    this.#regions = [readOnly, readWrite, stack, aux];
    this.#machine = new PlainMachine(isa, new PlainMemory(this.#regions, readWrite, HEAP_BASE, MAX_HEAP_SIZE, PAGE));
  }

  /** Executes an instruction with registers set to the values given, on both sides. */
  check(index: number, registers: readonly bigint[]): void {
    const instance = this.#instance;
    const machine = this.#machine;
    for (let i = 0; i < REGISTER_COUNT; i++) {
      machine.registers[i] = registers[i];
      instance.setRegister(REGISTER_NAMES[i], registers[i]);
    }
    const offset = this.#offsets[index];
    instance.nextProgramCounter = offset;
    const outcome = machine.execute(this.#instructions[index]);
    const interrupt = instance.run();
    const expected = this.#interruptOf(outcome, index);
    const actual = interrupt.kind === 'trap' ? `trap at ${interrupt.pc}` : JSON.stringify(interrupt);
    instance.readRegisters(this.#actualBytes, 0, 0, REGISTER_COUNT);
    this.#expected.set(machine.registers);
    const isSame = this.#actual.every((value, i) => value === this.#expected[i]);
    if (isSame && actual === expected) return;
    const describe = (values: readonly bigint[]): string => values.map((value) => `0x${value.toString(16)}`).join(' ');
    const { op, ...operands } = this.#instructions[index];
    const title = `${INSTRUCTIONS[op].name} ${JSON.stringify(operands, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}, registers ${describe(registers)}`;
    expect({ interrupt: actual, registers: describe([...this.#actual]) }, title).toEqual({
      interrupt: expected,
      registers: describe([...this.#expected]),
    });
  }

  /** Compares the memories. */
  checkMemory(): void {
    expect(this.#instance.heapSize).toBe(this.#machine.memory.heapSize);
    for (const { base, bytes } of this.#regions) {
      const actual = this.#instance.readMemory(base, bytes.length);
      const at = actual.findIndex((byte, i) => byte !== bytes[i]);
      expect(at < 0 ? 'the same' : `0x${(base + at).toString(16)}: ${actual[at]}, expected ${bytes[at]}`).toBe(
        'the same',
      );
      expect(this.#instance.isMemoryAccessible(base, bytes.length + 1, 'read')).toBe(false);
    }
  }

  #interruptOf(outcome: Outcome, index: number): string {
    const next = index + 1 < this.#offsets.length ? this.#offsets[index + 1] - 1 : this.#end;
    switch (outcome.kind) {
      case 'trap':
        return `trap at ${this.#offsets[index]}`;
      case 'next':
        return `trap at ${next}`;
      case 'jump':
        return `trap at ${outcome.target}`;
      case 'dynamicJump': {
        if (outcome.address === RETURN_TO_HOST) return JSON.stringify({ kind: 'finished' });
        return `trap at ${DYNAMIC_TARGETS.get(outcome.address) ?? this.#offsets[index]}`;
      }
      case 'ecalli':
        return JSON.stringify({ kind: 'ecalli', index: outcome.index });
    }
  }

  get #end(): number {
    return this.#instance.module.program.code.length - 1;
  }
}
