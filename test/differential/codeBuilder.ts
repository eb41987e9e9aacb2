/** Code that is written one instruction after the other, with labels and a jump table. */
import { INSTRUCTIONS, ISAS, type IsaName, instructionByName, Op } from '../../src/isa/index.js';
import type { MemoryMap } from '../../src/memory/index.js';
import type { CodeItem, UnplacedInstruction } from '../../src/program/index.js';
import type { Random } from '../fuzz/random.js';
import type { Place } from './draft.js';

/** How a program comes out: each a probability from 0 to 1. */
export interface Temper {
  /** Accesses at the edges of memory and beyond. */
  readonly wildAccess: number;
  /** Jumps to what is no jump target, and code that is none. */
  readonly wildFlow: number;
  /** Jump table entries that lead nowhere. */
  readonly wildTable: number;
  readonly hostCalls: number;
  /** Jumps from one function into the middle of another. */
  readonly crossJumps: number;
  /** Bytes between instructions that belong to none. */
  readonly padding: number;
  /** Only jumps forward and only calls of later functions, so that the program comes to an end. */
  readonly endsSoon: boolean;
}

/** Code and what refers to it. */
export interface GeneratedCode {
  readonly items: readonly CodeItem[];
  readonly jumpTable: readonly Place[];
  /** First items of functions. */
  readonly functions: readonly number[];
  /** First items of all blocks. */
  readonly blocks: readonly number[];
}

type Draft = { -readonly [Key in keyof UnplacedInstruction]: UnplacedInstruction[Key] };

/** Writes the code of one program. */
export class CodeBuilder {
  readonly random: Random;
  readonly map: MemoryMap;
  readonly temper: Temper;
  readonly is64Bit: boolean;
  readonly #opcodeOf: Int16Array;
  readonly #items: CodeItem[] = [];
  /** Instructions whose jump goes to a label, until all labels have items. */
  readonly #jumps: { readonly instruction: Draft; readonly label: number }[] = [];
  readonly #itemOfLabel: number[] = [];
  #labelCount = 0;
  /** Labels that the jump table leads to; negative for entries that lead nowhere in particular. */
  readonly #jumpTable: number[] = [];

  constructor(random: Random, isa: IsaName, map: MemoryMap, temper: Temper) {
    this.random = random;
    this.map = map;
    this.temper = temper;
    this.is64Bit = ISAS[isa].is64Bit;
    this.#opcodeOf = ISAS[isa].opcodeOf;
  }

  has(op: Op): boolean {
    return this.#opcodeOf[op] >= 0;
  }

  available<T extends { readonly op: Op }>(rows: readonly T[]): readonly T[] {
    return rows.filter(({ op }) => this.has(op));
  }

  chance(probability: number): boolean {
    return this.random.below(1 << 20) < probability * (1 << 20);
  }

  /** Any 32-bit integer, signed. */
  bits32(): number {
    return (this.random.below(0x10000) << 16) | this.random.below(0x10000);
  }

  get labelCount(): number {
    return this.#labelCount;
  }

  get jumpTableLength(): number {
    return this.#jumpTable.length;
  }

  /** The first of some new labels, which must be placed later. */
  newLabels(count: number): number {
    this.#labelCount += count;
    return this.#labelCount - count;
  }

  /** Places a label at what comes next. */
  place(label: number): void {
    this.#itemOfLabel[label] = this.#items.length;
  }

  /** Places a label where a basic block starts. */
  placeBlock(label: number): void {
    const last = this.#items.at(-1);
    if (last !== undefined && 'op' in last && INSTRUCTIONS[last.op].flow === 'continues') this.emit(Op.fallthrough);
    this.place(label);
  }

  emit(op: Op, operands: Partial<Draft> = {}): Draft {
    const instruction = { op, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0, targetItem: undefined, ...operands };
    this.#items.push(instruction);
    return instruction;
  }

  emitBytes(bytes: Uint8Array, marked: boolean): void {
    this.#items.push({ bytes, marked });
  }

  emitJump(op: Op, label: number, operands: Partial<Draft> = {}): void {
    const instruction = this.emit(op, operands);
    if (this.chance(this.temper.wildFlow / 30)) instruction.target = this.random.below(4000) - 500;
    else this.#jumps.push({ instruction, label });
  }

  /** Adds to a register by whichever instruction the ISA has. */
  add(register: number, source: number, value: number): void {
    const op = this.is64Bit && this.chance(0.8) ? Op.add_imm_64 : Op.add_imm_32;
    this.emit(op, { r0: register, r1: source, imm0: value });
  }

  /** Loads or stores a whole register: in relation to another one, or at an address. */
  word(instruction: 'load_indirect' | 'store_indirect' | 'load' | 'store'): Op {
    const width = this.is64Bit ? 'u64' : instruction.startsWith('load') ? 'i32' : 'u32';
    return instructionByName(`${instruction}_${width}`)!.op;
  }

  /** A new jump table entry, as the address that jumps to it. */
  addressOf(label: number): number {
    this.#jumpTable.push(this.chance(this.temper.wildTable) ? -1 : label);
    return 2 * this.#jumpTable.length;
  }

  /** The code, once all labels are placed. */
  finish(functions: readonly number[]): GeneratedCode {
    const items = this.#items;
    for (const { instruction, label } of this.#jumps) {
      // A wild jump may miss the start of its block.
      const miss = this.chance(this.temper.wildFlow / 20) ? 1 + this.random.below(2) : 0;
      instruction.targetItem = Math.min(this.#itemOfLabel[label] + miss, items.length);
    }
    return {
      items,
      jumpTable: this.#jumpTable.map((label) =>
        label >= 0
          ? { item: this.#itemOfLabel[label], plus: 0 }
          : { item: this.random.below(items.length), plus: this.random.below(3) },
      ),
      functions: functions.map((label) => this.#itemOfLabel[label]),
      blocks: this.#itemOfLabel,
    };
  }
}
