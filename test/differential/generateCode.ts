/**
 * Random code that is mostly plausible: functions with frames, loops, calls and returns, tables of cases. What is not
 * plausible (wild pointers, jumps into the middle of blocks, opcodes that do not exist) is rare enough for the rest to run.
 */
import { INSTRUCTIONS, ISAS, type IsaName, instructionByName, Op, RA, SP } from '../../src/isa/index.js';
import { type MemoryMap, RETURN_TO_HOST } from '../../src/memory/index.js';
import type { CodeItem, UnplacedInstruction } from '../../src/program/index.js';
import type { Random } from '../fuzz/random.js';
import type { Place } from './draft.js';

const [T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const DATA = [T0, T1, T2, A0, A1, A2, A3, A4, A5];
const POINTERS = [S0, S1];

/** Everything that only computes a register from others and an immediate. */
const ARITHMETIC = INSTRUCTIONS.filter(
  ({ op, flow, memory, operands }) =>
    flow === 'continues' && memory === undefined && operands[0] === 'dst' && op !== Op.sbrk,
);
const LOADS = INSTRUCTIONS.filter(({ memory, operands }) => memory?.startsWith('load') && operands[1] === 'base');
const ABSOLUTE_LOADS = INSTRUCTIONS.filter(
  ({ memory, operands }) => memory?.startsWith('load') && operands.length === 2 && operands[1] === 'address',
);
const STORES = INSTRUCTIONS.filter(({ memory, operands }) => memory?.startsWith('store') && operands[1] === 'base');
const ABSOLUTE_STORES = INSTRUCTIONS.filter(
  ({ memory, operands }) => memory?.startsWith('store') && operands[0] === 'src' && operands[1] === 'address',
);
const IMMEDIATE_STORES = INSTRUCTIONS.filter(
  ({ memory, operands }) => memory?.startsWith('store') && operands[0] === 'base',
);
const ABSOLUTE_IMMEDIATE_STORES = INSTRUCTIONS.filter(
  ({ memory, operands }) => memory?.startsWith('store') && operands[0] === 'address',
);
const BRANCHES = INSTRUCTIONS.filter(({ name }) => name.startsWith('branch_') && !name.endsWith('_imm'));
const IMMEDIATE_BRANCHES = INSTRUCTIONS.filter(({ name }) => name.startsWith('branch_') && name.endsWith('_imm'));

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

/** Generates code of some functions of some blocks each. */
export function generateCode(
  random: Random,
  isa: IsaName,
  map: MemoryMap,
  temper: Temper,
  functions: readonly number[],
): GeneratedCode {
  return new CodeGenerator(random, isa, map, temper, functions).generate();
}

class CodeGenerator {
  readonly #random: Random;
  readonly #map: MemoryMap;
  readonly #temper: Temper;
  readonly #is64Bit: boolean;
  readonly #has: (op: Op) => boolean;
  readonly #functions: readonly number[];
  /** Label of each function's first block; labels are numbered through the program. */
  readonly #firstLabels: readonly number[];
  readonly #labelCount: number;
  readonly #items: CodeItem[] = [];
  /** Instructions whose jump goes to a label, until all labels have items. */
  readonly #jumps: { readonly instruction: Draft; readonly label: number }[] = [];
  readonly #itemOfLabel: number[] = [];
  /** Labels that the jump table leads to; negative for entries that lead nowhere in particular. */
  readonly #jumpTable: number[] = [];
  #function = 0;
  #label = 0;
  #frame = 0;
  #isProper = false;

  constructor(random: Random, isa: IsaName, map: MemoryMap, temper: Temper, functions: readonly number[]) {
    this.#random = random;
    this.#map = map;
    this.#temper = temper;
    this.#is64Bit = ISAS[isa].is64Bit;
    this.#has = (op) => ISAS[isa].opcodeOf[op] >= 0;
    this.#functions = functions;
    let labels = 0;
    this.#firstLabels = functions.map((count) => {
      labels += count;
      return labels - count;
    });
    this.#labelCount = labels;
  }

  generate(): GeneratedCode {
    for (const [index, count] of this.#functions.entries()) {
      this.#function = index;
      this.#isProper = this.#chance(0.6);
      this.#frame = 8 * (1 + this.#random.below(8));
      for (let i = 0; i < count; i++) {
        this.#label = this.#firstLabels[index] + i;
        this.#itemOfLabel.push(this.#items.length);
        if (i === 0) this.#prologue();
        this.#body();
        this.#terminator(i === count - 1);
      }
    }
    for (const { instruction, label } of this.#jumps) {
      // A wild jump may miss the start of its block.
      const miss = this.#chance(this.#temper.wildFlow / 20) ? 1 + this.#random.below(2) : 0;
      instruction.targetItem = Math.min(this.#itemOfLabel[label] + miss, this.#items.length);
    }
    return {
      items: this.#items,
      jumpTable: this.#jumpTable.map((label) =>
        label >= 0
          ? { item: this.#itemOfLabel[label], plus: 0 }
          : { item: this.#random.below(this.#items.length), plus: this.#random.below(3) },
      ),
      functions: this.#firstLabels.map((label) => this.#itemOfLabel[label]),
      blocks: this.#itemOfLabel,
    };
  }

  #chance(probability: number): boolean {
    return this.#random.below(1 << 20) < probability * (1 << 20);
  }

  #emit(op: Op, operands: Partial<Draft> = {}): Draft {
    const instruction = { op, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0, targetItem: undefined, ...operands };
    this.#items.push(instruction);
    return instruction;
  }

  #emitJump(op: Op, label: number, operands: Partial<Draft> = {}): void {
    const instruction = this.#emit(op, operands);
    if (this.#chance(this.#temper.wildFlow / 30)) instruction.target = this.#random.below(4000) - 500;
    else this.#jumps.push({ instruction, label });
  }

  /** Adds to a register by whichever instruction the ISA has. */
  #add(register: number, source: number, value: number): void {
    const op = this.#is64Bit && this.#chance(0.8) ? Op.add_imm_64 : Op.add_imm_32;
    this.#emit(op, { r0: register, r1: source, imm0: value });
  }

  #word(instruction: 'load' | 'store'): Op {
    const width = this.#is64Bit ? 'u64' : instruction === 'load' ? 'i32' : 'u32';
    return instructionByName(`${instruction}_indirect_${width}`)!.op;
  }

  #prologue(): void {
    if (this.#isProper) {
      this.#add(SP, SP, -this.#frame);
      this.#emit(this.#word('store'), { r0: RA, r1: SP, imm0: this.#frame - 8 });
    }
    for (const pointer of POINTERS) if (this.#chance(0.95)) this.#point(pointer);
    if (this.#chance(0.3)) this.#emit(Op.load_imm, { r0: T0, imm0: 1 + this.#random.below(20) });
  }

  /** Loads an address into a register. */
  #point(register: number): void {
    this.#emit(Op.load_imm, { r0: register, imm0: this.#address() | 0 });
  }

  /** An address: mostly well inside of a region that can be written. */
  #address(): number {
    const {
      readOnlyBase,
      readOnlySize,
      readWriteBase,
      readWriteSize,
      stackLow,
      stackSize,
      auxBase,
      auxSize,
      heapBase,
    } = this.#map;
    if (this.#chance(this.#temper.wildAccess)) {
      const edges = [
        readOnlyBase,
        readOnlyBase + readOnlySize,
        readWriteBase,
        readWriteBase + readWriteSize,
        heapBase,
        stackLow,
        stackLow + stackSize,
        auxBase,
        auxBase + auxSize,
        0,
        2 ** 32,
      ];
      return this.#random.pick(edges) + this.#random.below(33) - 16;
    }
    const regions = [
      { base: readWriteBase, size: readWriteSize },
      { base: stackLow, size: stackSize },
    ].filter(({ size }) => size >= 512);
    if (regions.length === 0 || this.#chance(0.1))
      return readOnlyBase + this.#random.below(Math.max(readOnlySize - 64, 1));
    const { base, size } = this.#random.pick(regions);
    return base + 128 + this.#random.below(Math.min(size, 1 << 16) - 384);
  }

  #immediate(): number {
    const random = this.#random;
    switch (random.below(6)) {
      case 0:
        return random.pick([0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65]);
      case 1:
        return random.pick([0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff]);
      case 2:
        return this.#bits32();
      default:
        return random.below(256) - 64;
    }
  }

  #bits32(): number {
    return (this.#random.below(0x10000) << 16) | this.#random.below(0x10000);
  }

  #data(): number {
    return this.#chance(0.03) ? this.#random.below(13) : this.#random.pick(DATA);
  }

  #destination(): number {
    return this.#chance(0.01 + 0.02 * this.#temper.wildAccess) ? this.#random.below(13) : this.#random.pick(DATA);
  }

  #body(): void {
    const count = this.#chance(0.03) ? 20 + this.#random.below(40) : this.#random.below(7);
    for (let i = 0; i < count; i++) this.#statement();
  }

  #statement(): void {
    const choice = this.#random.below(100);
    if (choice < 44) this.#arithmetic();
    else if (choice < 66) this.#access();
    else if (choice < 72) this.#indexedAccess();
    else if (choice < 77) this.#point(this.#random.pick(POINTERS));
    else if (choice < 83) this.#noise();
    else if (choice < 86) this.#absoluteAccess();
    else if (choice < 91) this.#hostCall();
    else if (choice < 93) this.#growHeap();
    else if (choice < 95) this.#fill();
    else if (choice < 96) this.#moveStack();
    else if (choice < 97) this.#pad();
    else if (choice < 98) this.#unknownCode();
    else this.#movePointer();
  }

  #available<T extends { readonly op: Op }>(rows: readonly T[]): readonly T[] {
    return rows.filter(({ op }) => this.#has(op));
  }

  #arithmetic(): void {
    const { op } = this.#random.pick(this.#available(ARITHMETIC));
    const imm0 = this.#immediate();
    const imm1 = this.#chance(0.3) ? imm0 >> 31 : this.#bits32();
    this.#emit(op, { r0: this.#destination(), r1: this.#data(), r2: this.#data(), imm0, imm1 });
    if (INSTRUCTIONS[op].format === 'reg_reg_reg' && this.#chance(this.#temper.padding)) this.#padding();
  }

  /** A step of a pseudo-random sequence, so that branches do not always go the same way. */
  #noise(): void {
    const register = this.#random.pick(DATA);
    const multiply = this.#is64Bit && this.#chance(0.5) ? Op.mul_imm_64 : Op.mul_imm_32;
    this.#emit(multiply, { r0: register, r1: register, imm0: 1664525 });
    this.#add(register, register, 1013904223);
    this.#emit(Op.shift_logical_right_imm_32, { r0: this.#random.pick(DATA), r1: register, imm0: 16 });
  }

  #base(): number {
    if (this.#chance(0.05 * this.#temper.wildAccess)) return this.#random.below(13);
    return this.#chance(0.5) ? SP : this.#random.pick(POINTERS);
  }

  #offset(base: number): number {
    if (this.#chance(0.2 * this.#temper.wildAccess)) return this.#chance(0.5) ? this.#immediate() : this.#bits32();
    if (base === SP && !this.#chance(0.2)) return this.#random.below(this.#frame - 7);
    return this.#random.below(128) - 64;
  }

  #access(): void {
    const base = this.#base();
    const offset = this.#offset(base);
    switch (this.#random.below(5)) {
      case 0:
      case 1:
        this.#emit(this.#random.pick(this.#available(LOADS)).op, { r0: this.#destination(), r1: base, imm0: offset });
        break;
      case 2:
      case 3:
        this.#emit(this.#random.pick(this.#available(STORES)).op, { r0: this.#data(), r1: base, imm0: offset });
        break;
      default:
        this.#emit(this.#random.pick(this.#available(IMMEDIATE_STORES)).op, {
          r0: base,
          imm0: offset,
          imm1: this.#immediate(),
        });
    }
  }

  /** An access at a pointer plus a masked index. */
  #indexedAccess(): void {
    this.#emit(Op.and_imm, { r0: T1, r1: this.#data(), imm0: this.#random.pick([0x38, 0x7f, 0x78]) });
    const add = this.#is64Bit ? Op.add_64 : Op.add_32;
    this.#emit(add, { r0: T1, r1: this.#random.pick(POINTERS), r2: T1 });
    if (this.#chance(0.5))
      this.#emit(this.#random.pick(this.#available(LOADS)).op, { r0: this.#destination(), r1: T1, imm0: 8 });
    else this.#emit(this.#random.pick(this.#available(STORES)).op, { r0: this.#data(), r1: T1 });
  }

  #absoluteAccess(): void {
    const address = this.#address() | 0;
    switch (this.#random.below(3)) {
      case 0:
        this.#emit(this.#random.pick(this.#available(ABSOLUTE_LOADS)).op, { r0: this.#destination(), imm0: address });
        break;
      case 1:
        this.#emit(this.#random.pick(this.#available(ABSOLUTE_STORES)).op, { r0: this.#data(), imm0: address });
        break;
      default:
        this.#emit(this.#random.pick(this.#available(ABSOLUTE_IMMEDIATE_STORES)).op, {
          imm0: address,
          imm1: this.#immediate(),
        });
    }
  }

  #hostCall(): void {
    if (!this.#chance(this.#temper.hostCalls)) return;
    this.#emit(Op.ecalli, { imm0: this.#chance(0.9) ? this.#random.below(300) : this.#bits32() });
  }

  #growHeap(): void {
    if (!this.#has(Op.sbrk)) return;
    // Much too much, or little: nothing that the system might not have.
    const size = this.#chance(0.2)
      ? -1 - this.#random.below(0x10000)
      : this.#random.below(this.#chance(0.5) ? 64 : 20000);
    const size32 = this.#chance(0.2) ? 0 : size;
    this.#emit(Op.load_imm, { r0: T2, imm0: size32 });
    const top = this.#random.pick([A0, T2, S0]);
    this.#emit(Op.sbrk, { r0: top, r1: T2 });
    if (this.#chance(0.6)) {
      const offset = -8 + this.#random.below(2 + 64 * this.#temper.wildAccess);
      this.#emit(this.#random.pick(this.#available(STORES)).op, { r0: this.#data(), r1: top, imm0: offset });
    }
  }

  #fill(): void {
    if (!this.#has(Op.memset)) return;
    this.#point(A0);
    if (this.#is64Bit && this.#chance(0.3))
      this.#emit(Op.load_imm64, { r0: A2, imm0: this.#random.below(40), imm1: this.#bits32() });
    else
      this.#emit(Op.load_imm, { r0: A2, imm0: this.#chance(0.1) ? this.#random.below(6000) : this.#random.below(40) });
    this.#emit(Op.memset);
  }

  /** Sets the stack pointer: to a place near an end of the stack, if wild. */
  #moveStack(): void {
    const { stackLow, stackHigh, stackSize } = this.#map;
    const room = Math.max(stackSize - 512, 1);
    if (this.#chance(this.#temper.wildAccess)) {
      const edge = this.#random.pick([stackLow, stackHigh]) + this.#random.below(129) - 64;
      this.#emit(Op.load_imm, { r0: SP, imm0: edge | 0 });
    } else if (this.#chance(0.3)) {
      this.#emit(Op.load_imm, { r0: SP, imm0: (stackLow + 256 + this.#random.below(room)) | 0 });
    } else if (this.#chance(0.5)) {
      this.#emit(Op.move_reg, { r0: this.#random.pick(POINTERS), r1: SP });
      this.#add(SP, SP, -16);
    }
  }

  #movePointer(): void {
    const pointer = this.#random.pick(POINTERS);
    const delta = this.#chance(0.1 * this.#temper.wildAccess) ? this.#immediate() : this.#random.below(33) - 16;
    if (this.#chance(0.3)) this.#emit(Op.move_reg, { r0: pointer, r1: this.#random.pick([S0, S1, SP]) });
    else this.#add(pointer, pointer, delta);
  }

  #padding(): void {
    // The longest ones reach the limits of what an instruction can skip.
    const length = this.#chance(0.5) ? 18 + this.#random.below(8) : 1 + this.#random.below(24);
    this.#items.push({ bytes: Uint8Array.from({ length }, () => this.#random.below(256)), marked: false });
  }

  #pad(): void {
    if (this.#has(Op.unlikely)) this.#emit(Op.unlikely);
    else this.#emit(Op.move_reg, { r0: T0, r1: T0 });
    if (this.#chance(this.#temper.padding)) this.#padding();
  }

  #unknownCode(): void {
    if (!this.#chance(this.#temper.wildFlow)) return;
    const length = 1 + this.#random.below(3);
    this.#items.push({
      bytes: Uint8Array.from({ length }, () => (this.#chance(0.5) ? 255 : this.#random.below(256))),
      marked: this.#chance(0.8),
    });
  }

  /** A label in this function, often one nearby. */
  #nearLabel(): number {
    const first = this.#firstLabels[this.#function];
    const count = this.#functions[this.#function];
    if (this.#temper.endsSoon) {
      const ahead = first + count - this.#label - 1;
      return ahead > 0 ? this.#label + 1 + this.#random.below(Math.min(ahead, 5)) : this.#label;
    }
    if (this.#chance(this.#temper.crossJumps)) return this.#random.below(this.#labelCount);
    if (this.#chance(0.7)) return Math.min(Math.max(this.#label + this.#random.below(9) - 4, first), first + count - 1);
    return first + this.#random.below(count);
  }

  #callee(): number | undefined {
    const count = this.#functions.length;
    if (!this.#temper.endsSoon) return this.#firstLabels[this.#random.below(count)];
    const later = count - this.#function - 1;
    return later > 0 ? this.#firstLabels[this.#function + 1 + this.#random.below(later)] : undefined;
  }

  /** A new jump table entry, as the address that jumps to it. */
  #addressOf(label: number): number {
    this.#jumpTable.push(this.#chance(this.#temper.wildTable) ? -1 : label);
    return 2 * this.#jumpTable.length;
  }

  #terminator(isLast: boolean): void {
    const choice = this.#random.below(100);
    if (isLast) {
      if (this.#chance(0.1 * this.#temper.wildFlow)) return;
      if (choice < 60) this.#return();
      else if (choice < 70) this.#emit(Op.trap);
      else if (this.#temper.endsSoon) this.#return();
      else this.#emitJump(Op.jump, this.#nearLabel());
    } else if (choice < 45) this.#branch();
    else if (choice < 55) this.#emitJump(Op.jump, this.#nearLabel());
    else if (choice < 68) this.#fallThrough();
    else if (choice < 82) this.#call();
    else if (choice < 88) this.#return();
    else if (choice < 95) this.#cases();
    else if (choice < 97) this.#dynamicJump();
    else if (choice < 98 && this.#chance(0.4)) this.#emit(Op.trap);
    else this.#countedLoop();
  }

  #fallThrough(): void {
    this.#emit(Op.fallthrough);
    if (this.#chance(this.#temper.padding / 2)) this.#padding();
  }

  #branch(): void {
    const label = this.#nearLabel();
    const choice = this.#random.below(4);
    if (choice < 2) {
      const bits = this.#random.pick([1, 3, 7, 0x10, 0x70]);
      this.#emit(Op.and_imm, { r0: T1, r1: this.#data(), imm0: bits });
      const { op } = this.#random.pick(IMMEDIATE_BRANCHES);
      this.#emitJump(op, label, { r0: T1, imm0: this.#random.below(bits + 1) & bits });
    } else if (choice === 2) {
      this.#emitJump(this.#random.pick(IMMEDIATE_BRANCHES).op, label, { r0: this.#data(), imm0: this.#immediate() });
    } else {
      this.#emitJump(this.#random.pick(BRANCHES).op, label, { r0: this.#data(), r1: this.#data() });
    }
  }

  #countedLoop(): void {
    const counter = this.#random.pick([T0, A5]);
    this.#add(counter, counter, -1);
    const label = this.#nearLabel();
    this.#emitJump(Op.branch_not_eq_imm, label, { r0: counter });
  }

  #call(): void {
    const callee = this.#callee();
    if (callee === undefined) {
      this.#emit(Op.fallthrough);
      return;
    }
    const returnAddress = this.#addressOf(this.#label + 1);
    if (this.#chance(0.75)) {
      this.#emitJump(Op.load_imm_and_jump, callee, { r0: this.#chance(0.95) ? RA : T0, imm0: returnAddress });
    } else {
      const pointer = this.#random.pick([T2, RA]);
      this.#emit(Op.load_imm, { r0: pointer, imm0: this.#addressOf(callee) - 6 });
      this.#emit(Op.load_imm_and_jump_indirect, { r0: RA, r1: pointer, imm0: returnAddress, imm1: 6 });
    }
  }

  #return(): void {
    if (this.#isProper) {
      this.#emit(this.#word('load'), { r0: RA, r1: SP, imm0: this.#frame - 8 });
      this.#add(SP, SP, this.#frame);
    }
    this.#emit(Op.jump_indirect, { r0: RA });
  }

  /** A jump through one of four consecutive entries of the jump table. */
  #cases(): void {
    this.#emit(Op.and_imm, { r0: T1, r1: this.#data(), imm0: 6 });
    const first = this.#addressOf(this.#nearLabel());
    for (let i = 0; i < 3; i++) this.#addressOf(this.#nearLabel());
    this.#emit(Op.jump_indirect, { r0: T1, imm0: first });
  }

  #dynamicJump(): void {
    const wild = [RETURN_TO_HOST | 0, 0, 1, 3, 2 * this.#jumpTable.length + 2];
    const known = 2 + 2 * this.#random.below(this.#jumpTable.length);
    const address = this.#jumpTable.length === 0 || this.#chance(0.2) ? this.#random.pick(wild) : known;
    if (this.#temper.endsSoon) {
      this.#emit(Op.load_imm, { r0: A0, imm0: RETURN_TO_HOST | 0 });
      this.#emit(Op.jump_indirect, { r0: A0 });
    } else if (this.#chance(0.3 * this.#temper.wildFlow)) {
      this.#emit(Op.jump_indirect, { r0: this.#data(), imm0: this.#immediate() });
    } else {
      this.#emit(Op.load_imm, { r0: A0, imm0: address });
      this.#emit(Op.load_imm_and_jump_indirect, { r0: A1, r1: A0, imm0: this.#immediate() });
    }
  }
}
