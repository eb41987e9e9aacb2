/** Random code that is mostly plausible: functions with frames, loops, calls and returns, tables of cases. */
import { INSTRUCTIONS, Op, RA, SP } from '../../src/isa/index.js';
import { RETURN_TO_HOST } from '../../src/memory/index.js';
import type { Random } from '../fuzz/random.js';
import type { CodeBuilder, GeneratedCode, Temper } from './codeBuilder.js';
import { emitCountedRounds } from './countedRounds.js';
import { A0, A1, A5, POINTERS, StraightCode, T0, T1, T2 } from './straightCode.js';

/** Branches that compare two registers. */
export const BRANCHES = INSTRUCTIONS.filter(({ name }) => name.startsWith('branch_') && !name.endsWith('_imm'));
/** Branches that compare a register with an immediate. */
const IMMEDIATE_BRANCHES = INSTRUCTIONS.filter(({ name }) => name.startsWith('branch_') && name.endsWith('_imm'));

/** Generates code of some functions of some blocks each. */
export function generateCode(code: CodeBuilder, functions: readonly number[]): GeneratedCode {
  return new CodeGenerator(code, functions).generate();
}

class CodeGenerator {
  readonly #code: CodeBuilder;
  readonly #straight: StraightCode;
  readonly #random: Random;
  readonly #temper: Temper;
  readonly #functions: readonly number[];
  /** Label of each function's first block; labels are numbered through the program. */
  readonly #firstLabels: readonly number[];
  #function = 0;
  #label = 0;
  #frame = 0;
  #isProper = false;

  constructor(code: CodeBuilder, functions: readonly number[]) {
    this.#code = code;
    this.#straight = new StraightCode(code, POINTERS, false);
    this.#random = code.random;
    this.#temper = code.temper;
    this.#functions = functions;
    this.#firstLabels = functions.map((count) => code.newLabels(count));
  }

  generate(): GeneratedCode {
    for (const [index, count] of this.#functions.entries()) {
      this.#function = index;
      this.#isProper = this.#code.chance(0.6);
      this.#frame = 8 * (1 + this.#random.below(8));
      this.#straight.frame = this.#frame;
      for (let i = 0; i < count; i++) {
        this.#label = this.#firstLabels[index] + i;
        this.#code.place(this.#label);
        if (i === 0) this.#prologue();
        this.#straight.body();
        if (this.#code.chance(0.04)) emitCountedRounds(this.#code, this.#straight);
        this.#terminator(i === count - 1);
      }
    }
    return this.#code.finish(this.#firstLabels);
  }

  #prologue(): void {
    if (this.#isProper) {
      this.#code.add(SP, SP, -this.#frame);
      this.#code.emit(this.#code.word('store_indirect'), { r0: RA, r1: SP, imm0: this.#frame - 8 });
    }
    for (const pointer of POINTERS) if (this.#code.chance(0.95)) this.#straight.point(pointer);
    if (this.#code.chance(0.3)) this.#code.emit(Op.load_imm, { r0: T0, imm0: 1 + this.#random.below(20) });
  }
  /** A label in this function, often one nearby. */
  #nearLabel(): number {
    const first = this.#firstLabels[this.#function];
    const count = this.#functions[this.#function];
    if (this.#temper.endsSoon) {
      const ahead = first + count - this.#label - 1;
      return ahead > 0 ? this.#label + 1 + this.#random.below(Math.min(ahead, 5)) : this.#label;
    }
    if (this.#code.chance(this.#temper.crossJumps)) return this.#random.below(this.#code.labelCount);
    if (this.#code.chance(0.7))
      return Math.min(Math.max(this.#label + this.#random.below(9) - 4, first), first + count - 1);
    return first + this.#random.below(count);
  }

  #callee(): number | undefined {
    const count = this.#functions.length;
    if (!this.#temper.endsSoon) return this.#firstLabels[this.#random.below(count)];
    const later = count - this.#function - 1;
    return later > 0 ? this.#firstLabels[this.#function + 1 + this.#random.below(later)] : undefined;
  }

  #terminator(isLast: boolean): void {
    const choice = this.#random.below(100);
    if (isLast) {
      if (this.#code.chance(0.1 * this.#temper.wildFlow)) return;
      if (choice < 60) this.#return();
      else if (choice < 70) this.#code.emit(Op.trap);
      else if (this.#temper.endsSoon) this.#return();
      else this.#code.emitJump(Op.jump, this.#nearLabel());
    } else if (choice < 45) this.#branch();
    else if (choice < 55) this.#code.emitJump(Op.jump, this.#nearLabel());
    else if (choice < 68) this.#fallThrough();
    else if (choice < 82) this.#call();
    else if (choice < 88) this.#return();
    else if (choice < 95) this.#cases();
    else if (choice < 97) this.#dynamicJump();
    else if (choice < 98 && this.#code.chance(0.4)) this.#code.emit(Op.trap);
    else this.#countedLoop();
  }

  #fallThrough(): void {
    this.#code.emit(Op.fallthrough);
    if (this.#code.chance(this.#temper.padding / 2)) this.#straight.padding();
  }

  #branch(): void {
    const label = this.#nearLabel();
    const choice = this.#random.below(4);
    if (choice < 2) {
      const bits = this.#random.pick([1, 3, 7, 0x10, 0x70]);
      this.#code.emit(Op.and_imm, { r0: T1, r1: this.#straight.data(), imm0: bits });
      const { op } = this.#random.pick(IMMEDIATE_BRANCHES);
      this.#code.emitJump(op, label, { r0: T1, imm0: this.#random.below(bits + 1) & bits });
    } else if (choice === 2) {
      this.#code.emitJump(this.#random.pick(IMMEDIATE_BRANCHES).op, label, {
        r0: this.#straight.data(),
        imm0: this.#straight.immediate(),
      });
    } else {
      this.#code.emitJump(this.#random.pick(BRANCHES).op, label, {
        r0: this.#straight.data(),
        r1: this.#straight.data(),
      });
    }
  }

  #countedLoop(): void {
    const counter = this.#random.pick([T0, A5]);
    this.#code.add(counter, counter, -1);
    const label = this.#nearLabel();
    this.#code.emitJump(Op.branch_not_eq_imm, label, { r0: counter });
  }

  #call(): void {
    const callee = this.#callee();
    if (callee === undefined) {
      this.#code.emit(Op.fallthrough);
      return;
    }
    const returnAddress = this.#code.addressOf(this.#label + 1);
    if (this.#code.chance(0.75)) {
      this.#code.emitJump(Op.load_imm_and_jump, callee, { r0: this.#code.chance(0.95) ? RA : T0, imm0: returnAddress });
    } else {
      const pointer = this.#random.pick([T2, RA]);
      this.#code.emit(Op.load_imm, { r0: pointer, imm0: this.#code.addressOf(callee) - 6 });
      this.#code.emit(Op.load_imm_and_jump_indirect, { r0: RA, r1: pointer, imm0: returnAddress, imm1: 6 });
    }
  }

  #return(): void {
    if (this.#isProper) {
      this.#code.emit(this.#code.word('load_indirect'), { r0: RA, r1: SP, imm0: this.#frame - 8 });
      this.#code.add(SP, SP, this.#frame);
    }
    this.#code.emit(Op.jump_indirect, { r0: RA });
  }

  /** A jump through one of four consecutive entries of the jump table. */
  #cases(): void {
    this.#code.emit(Op.and_imm, { r0: T1, r1: this.#straight.data(), imm0: 6 });
    const first = this.#code.addressOf(this.#nearLabel());
    for (let i = 0; i < 3; i++) this.#code.addressOf(this.#nearLabel());
    this.#code.emit(Op.jump_indirect, { r0: T1, imm0: first });
  }

  #dynamicJump(): void {
    const wild = [RETURN_TO_HOST | 0, 0, 1, 3, 2 * this.#code.jumpTableLength + 2];
    const known = 2 + 2 * this.#random.below(this.#code.jumpTableLength);
    const address = this.#code.jumpTableLength === 0 || this.#code.chance(0.2) ? this.#random.pick(wild) : known;
    if (this.#temper.endsSoon) {
      this.#code.emit(Op.load_imm, { r0: A0, imm0: RETURN_TO_HOST | 0 });
      this.#code.emit(Op.jump_indirect, { r0: A0 });
    } else if (this.#code.chance(0.3 * this.#temper.wildFlow)) {
      this.#code.emit(Op.jump_indirect, { r0: this.#straight.data(), imm0: this.#straight.immediate() });
    } else {
      this.#code.emit(Op.load_imm, { r0: A0, imm0: address });
      this.#code.emit(Op.load_imm_and_jump_indirect, { r0: A1, r1: A0, imm0: this.#straight.immediate() });
    }
  }
}
