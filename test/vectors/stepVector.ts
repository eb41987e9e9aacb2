/**
 * Conformance vectors as lists of steps, and two ways to go through one: with pages that the host maps, which is how the
 * vectors are meant, and with the memory regions of an ordinary program.
 */
import { expect } from 'vitest';
import type { Engine, Instance, ModuleOptions } from '../../src/engine/index.js';
import { type Isa, REGISTER_NAMES } from '../../src/isa/index.js';
import { type Program, parseCodeAndJumpTable } from '../../src/program/index.js';

/** An integer of a vector: a bigint where a number might not hold it. */
export type Integer = number | bigint;

export interface Pages {
  readonly address: number;
  readonly length: number;
  readonly 'is-writable': boolean;
}

export interface Chunk {
  readonly address: number;
  readonly contents: readonly number[];
}

export interface Expected {
  readonly status: 'halt' | 'panic' | 'out-of-gas' | 'page-fault' | 'ecalli';
  readonly hostcall?: number;
  readonly 'page-fault-address'?: number;
  readonly gas: Integer;
  readonly pc: number;
  readonly regs: readonly Integer[];
  /** What differs from zero in all mapped pages. */
  readonly memory: readonly Chunk[];
}

export interface Step {
  readonly run?: object;
  readonly map?: Pages;
  readonly write?: Chunk;
  readonly 'set-reg'?: { readonly reg: number; readonly value: Integer };
  readonly assert?: Expected;
}

export interface StepVector {
  readonly name: string;
  readonly 'initial-pc': number;
  readonly 'initial-gas': Integer;
  /** The code and jump table section alone. */
  readonly program: readonly number[];
  readonly steps: readonly Step[];
}

/** Where the vectors' interpreter stops asking the host for missing pages: below, an access traps. */
const REGIONS_START = 0x10000;

/** Parses a vector's program. */
export function programOf(vector: { readonly program: readonly number[] }, isa: Isa): Program {
  return parseCodeAndJumpTable(Uint8Array.from(vector.program), isa);
}

/** Goes through a vector with dynamic paging, instruction by instruction, and checks everything that it asserts. */
export function checkWithPages(engine: Engine, vector: StepVector, isa: Isa, options: ModuleOptions): void {
  const module = engine.compileProgram(programOf(vector, isa), { ...options, dynamicPaging: true, stepTracing: true });
  using instance = module.instantiate();
  start(instance, vector);
  const mapped: Pages[] = [];
  let outcome: Outcome | undefined;
  for (const { run, map, write, 'set-reg': register, assert } of vector.steps) {
    if (map) {
      instance.mapPages(map.address, map.length, map['is-writable']);
      mapped.push(map);
    }
    if (write) writeAnywhere(instance, write, module.memoryMap.pageSize);
    if (register) setRegister(instance, register.reg, register.value);
    if (run) outcome = runToInterrupt(instance);
    if (assert) {
      const { hostcall, 'page-fault-address': pageFaultAddress } = assert;
      expect(outcome).toEqual({ status: assert.status, pc: assert.pc, hostcall, pageFaultAddress });
      checkState(instance, assert, mapped);
    }
  }
}

/** Whether the pages of a vector can be the regions of a program: they lie in the same places, and do not change. */
export function fitsRegions({ steps }: StepVector): boolean {
  const firstRun = steps.findIndex(({ run }) => run !== undefined);
  if (steps.slice(firstRun).some(({ map, write }) => map || write)) return false;
  const { readOnly, readWrite } = pagesOf(steps);
  if (readOnly.length > 1 || readWrite.length > 1) return false;
  const readWriteBase = readOnly.length === 0 ? 2 * REGIONS_START : 3 * REGIONS_START;
  return (
    readOnly.every(({ address }) => address === REGIONS_START) &&
    readWrite.every(({ address }) => address === readWriteBase)
  );
}

/** Goes through a vector with its pages as the regions of a program, without step tracing. */
export function checkWithRegions(engine: Engine, vector: StepVector, isa: Isa, options: ModuleOptions): void {
  const { steps } = vector;
  const program = withRegions(programOf(vector, isa), steps);
  const module = engine.compileProgram(program, options);
  using instance = module.instantiate();
  start(instance, vector);
  const mapped = steps.flatMap(({ map }) => map ?? []);
  let outcome: Outcome | undefined;
  for (const { run, 'set-reg': register, assert } of steps) {
    if (register) setRegister(instance, register.reg, register.value);
    if (run) outcome = runToInterrupt(instance);
    if (assert) {
      const { hostcall } = assert;
      // Without paging a missing page is a trap, and without tracing nothing tells where the program returned.
      const status = assert.status === 'page-fault' ? 'panic' : assert.status;
      const pc = status === 'halt' ? undefined : assert.pc;
      expect(outcome).toEqual({ status, pc, hostcall, pageFaultAddress: undefined });
      checkState(instance, assert, mapped);
    }
  }
}

interface Outcome {
  readonly status: Expected['status'];
  readonly pc: number | undefined;
  readonly hostcall: number | undefined;
  readonly pageFaultAddress: number | undefined;
}

/** Runs until something else than a step happens. The program counter of a halt is that of the last step. */
function runToInterrupt(instance: Instance): Outcome {
  let lastStep: number | undefined;
  for (;;) {
    const interrupt = instance.run();
    const outcome = { pc: instance.programCounter, hostcall: undefined, pageFaultAddress: undefined };
    switch (interrupt.kind) {
      case 'step':
        lastStep = interrupt.pc;
        break;
      case 'finished':
        return { ...outcome, status: 'halt', pc: lastStep };
      case 'trap':
        expect(interrupt.pc).toBe(outcome.pc);
        return { ...outcome, status: 'panic' };
      case 'outOfGas':
        return { ...outcome, status: 'out-of-gas' };
      case 'ecalli':
        return { ...outcome, status: 'ecalli', hostcall: interrupt.index };
      case 'segfault':
        if (interrupt.address < REGIONS_START) return { ...outcome, status: 'panic' };
        return { ...outcome, status: 'page-fault', pageFaultAddress: interrupt.address };
    }
  }
}

function start(instance: Instance, vector: StepVector): void {
  instance.gas = BigInt(vector['initial-gas']);
  instance.nextProgramCounter = vector['initial-pc'];
}

function setRegister(instance: Instance, register: number, value: Integer): void {
  instance.setRegister(REGISTER_NAMES[register], BigInt(value));
}

function checkState(instance: Instance, expected: Expected, mapped: readonly Pages[]): void {
  expect(instance.gas).toBe(BigInt(expected.gas));
  expect(REGISTER_NAMES.map((name) => instance.getRegister(name))).toEqual(expected.regs.map(BigInt));
  for (const pages of mapped) {
    const contents = new Uint8Array(pages.length);
    for (const chunk of expected.memory) {
      if (contains(pages, chunk)) contents.set(chunk.contents, chunk.address - pages.address);
    }
    expect(nonZeroBytes(instance.readMemory(pages.address, pages.length))).toEqual(nonZeroBytes(contents));
  }
  for (const chunk of expected.memory) expect(mapped.some((pages) => contains(pages, chunk))).toBe(true);
}

/** The bytes other than zero, as `offset: value`; comparing whole pages takes the test runner milliseconds. */
function nonZeroBytes(contents: Uint8Array): string[] {
  return Array.from(contents.entries()).flatMap(([offset, byte]) => (byte === 0 ? [] : `${offset}: ${byte}`));
}

function contains(pages: Pages, chunk: Chunk): boolean {
  const offset = chunk.address - pages.address;
  return offset >= 0 && offset + chunk.contents.length <= pages.length;
}

/** Writes into one page, also into a read-only one. */
function writeAnywhere(instance: Instance, { address, contents }: Chunk, pageSize: number): void {
  const page = address - (address % pageSize);
  const isReadOnly = !instance.isMemoryAccessible(page, pageSize, 'write');
  if (isReadOnly) instance.protectPages(page, pageSize, true);
  instance.writeMemory(address, Uint8Array.from(contents));
  if (isReadOnly) instance.protectPages(page, pageSize, false);
}

function pagesOf(steps: readonly Step[]): { readOnly: readonly Pages[]; readWrite: readonly Pages[] } {
  const mapped = steps.flatMap(({ map }) => map ?? []);
  return {
    readOnly: mapped.filter((pages) => !pages['is-writable']),
    readWrite: mapped.filter((pages) => pages['is-writable']),
  };
}

/** Makes the pages of a vector the data of its program. */
function withRegions(program: Program, steps: readonly Step[]): Program {
  const contentsOf = ([pages]: readonly Pages[]): Uint8Array => {
    const contents = new Uint8Array(pages?.length ?? 0);
    for (const { write } of steps) {
      if (write && pages && contains(pages, write)) contents.set(write.contents, write.address - pages.address);
    }
    return contents;
  };
  const { readOnly, readWrite } = pagesOf(steps);
  const readOnlyData = contentsOf(readOnly);
  const readWriteData = contentsOf(readWrite);
  return {
    ...program,
    readOnlyData,
    readOnlyDataSize: readOnlyData.length,
    readWriteData,
    readWriteDataSize: readWriteData.length,
  };
}
