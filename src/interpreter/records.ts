/**
 * The form in which the interpreter runs code: a stream of fixed-size records, made one basic block at a time when the
 * block is first entered, and shared by all instances of a module.
 *
 * A record is four words:
 *
 * | word | contents |
 * |---|---|
 * | 0 | what to do (8 bits), then up to three registers (5 bits each) as word indexes into the register file |
 * | 1 | first immediate; offsets of loads and stores are relative to the read-write region, which most of them hit |
 * | 2 | second immediate, or the record at which a taken branch goes on |
 * | 3 | code offset of the instruction, or the record at which a branch that is not taken goes on |
 *
 * One word for the registers instead of three makes the loop half as fast again: reading from a typed array costs V8
 * more than a shift and a mask.
 */
import { INSTRUCTIONS, instructionByName, Op } from '../isa/index.js';
import { ZERO_REGISTER } from '../memory/index.js';
import {
  blockStartOf,
  decodeFollowing,
  endsBlock,
  InstructionDecoder,
  isJumpTarget,
  type Program,
} from '../program/index.js';
import type { BlockObserver } from './blockObserver.js';

/** Words per record. */
export const RECORD_SIZE = 4;

/** Whether a record pays for a basic block. */
export function isCharge(word: number): boolean {
  const kind = recordKind(word);
  return kind === Record.charge || kind === Record.chargeLarge || kind === Record.count || kind === Record.observe;
}

/** What a record does: an {@link Op} or a {@link Record}. */
export function recordKind(word: number): number {
  return word & 0xff;
}

/** What a record can be besides an instruction; numbered behind the instructions of {@link Op}. */
export const enum Record {
  /** Pay for the basic block that follows: cost. */
  charge = 142,
  /** The same for a cost above 2^31 - 1: low word, high word. */
  chargeLarge = 143,
  /** Stop before the instruction, for step tracing. */
  step = 144,
  /** A jump to a block that has no records yet: index of the word to mend, code offset of the block. */
  resolve = 145,
  /** Instructions whose 32-bit form cannot be had from sign-extended 64-bit registers. */
  mulUpperSigned32 = 146,
  mulUpperUnsigned32 = 147,
  mulUpperSignedUnsigned32 = 148,
  reverseByte32 = 149,
  /** As `charge`, but hand over to the compiler when the block has been entered often enough: cost, entries left. */
  count = 150,
  /** As `chargeLarge`, and tell the observer: low word, high word. */
  observe = 151,
}

/** What the interpreter knows of the compiler. */
export interface HandOverPolicy {
  /** Whether there is compiled code that can be entered at the start of a basic block. */
  hasEntry(start: number): boolean;
  /** How often a block without compiled code is entered before the interpreter asks for some; 0 for at once. */
  readonly threshold: number;
}

/** What the records of a module depend on. */
export interface RecordOptions {
  /** What the basic block that starts at a code offset takes from the gas counter. */
  readonly costOfBlock: (start: number) => number;
  readonly stepTracing: boolean;
  /** When to hand over to compiled code; undefined where there is none. */
  readonly compiler: HandOverPolicy | undefined;
  /** Guest address of the read-write region. */
  readonly readWriteBase: number;
  /** Who is told of each basic block; without one the records know nothing of observers. */
  readonly observer?: BlockObserver | undefined;
}

const INITIAL_RECORDS = 64;
const NO_JUMP = -1;
const UNKNOWN_JUMP = 0;
const ZERO = 2 * ZERO_REGISTER;

/** For a load or store at an absolute address, the form with a base register, which then is the zero register. */
const INDIRECT_FORM: readonly (Op | undefined)[] = INSTRUCTIONS.map(
  ({ name }) => instructionByName(name.replace(/^(load|store_imm|store)_([iu]\d+)$/, '$1_indirect_$2'))?.op,
);

/** The records of one module. They only ever grow; an index once given out stays valid. */
export class RecordStream {
  /** The records. Replaced by a longer array when it is full. */
  words = new Int32Array(RECORD_SIZE * INITIAL_RECORDS);
  readonly observer: BlockObserver | undefined;
  readonly #decoder: InstructionDecoder;
  readonly #program: Program;
  readonly #options: RecordOptions;
  /** For each code offset the index of its first record plus one; 0 where nothing was decoded. */
  readonly #recordOf: Int32Array;
  /** For each jump table entry the index of its first record plus one, {@link UNKNOWN_JUMP} or {@link NO_JUMP}. */
  readonly #jumps: Int32Array;
  #length = 0;

  constructor(program: Program, options: RecordOptions) {
    this.#program = program;
    this.#options = options;
    this.observer = options.observer;
    this.#decoder = new InstructionDecoder(program);
    this.#recordOf = new Int32Array(program.code.length + 2);
    this.#jumps = new Int32Array(program.jumpTable.length);
  }

  /** Records of the block at `start`, entered by a jump or by falling into it. */
  enterBlock(start: number): number {
    const known = this.#recordOf[start]!;
    return known !== 0 ? known - 1 : this.#decodeBlock(start);
  }

  /** Records of the block that a dynamic jump goes to, or -1 when the jump traps (spec: decoding, section 5). */
  enterDynamic(address: number): number {
    const index = (address >>> 1) - 1;
    if ((address & 1) !== 0 || index < 0 || index >= this.#jumps.length) return -1;
    let jump = this.#jumps[index]!;
    if (jump === UNKNOWN_JUMP) {
      const target = this.#program.jumpTable.get(index)!;
      jump = isJumpTarget(this.#decoder, target) ? this.enterBlock(target) + 1 : NO_JUMP;
      this.#jumps[index] = jump;
    }
    return jump === NO_JUMP ? -1 : jump - 1;
  }

  /** Start of the block in which the host may start at a code offset, or -1 where it cannot. */
  blockStartOf(pc: number): number {
    return blockStartOf(this.#decoder, pc);
  }

  /** Whether there are records for the instruction at a code offset. */
  isDecoded(pc: number): boolean {
    return this.#recordOf[pc] !== 0;
  }

  /** What entering the middle of the block at `start` costs. */
  costOfBlock(start: number): number {
    return this.#options.costOfBlock(start);
  }

  /**
   * The record with which to go on at an instruction of the block at `start`, or -1 when that block does not reach it.
   *
   * @param isPaid leave out the record that charges for the block
   * @param isStepped leave out the record that stops before the instruction
   */
  resumeAt(pc: number, start: number, isPaid: boolean, isStepped: boolean): number {
    if (this.#recordOf[pc] === 0) this.enterBlock(start);
    let index = this.#recordOf[pc]! - 1;
    if (index < 0) return -1;
    if (isStepped && recordKind(this.words[index]!) === Record.step) index += RECORD_SIZE;
    if (isPaid && isCharge(this.words[index]!)) index += RECORD_SIZE;
    return index;
  }

  /** Makes the interpreter hand over at a basic block from the next time on, or, if `hasEntry` is false, never. */
  setEntry(start: number, hasEntry: boolean): void {
    const index = this.#recordOf[start]! - 1;
    if (index < 0 || recordKind(this.words[index]!) !== Record.count) return;
    if (hasEntry) this.words[index + 2] = 0;
    else this.words[index] = Record.charge;
  }

  /** Makes the interpreter enter a basic block so many times before it hands over there. */
  postpone(start: number, entries: number): void {
    const index = this.enterBlock(start);
    if (recordKind(this.words[index]!) === Record.count) this.words[index + 2] = entries;
  }

  /** Sends the jump of a `resolve` record to its block, for good, and returns the block's records. */
  resolve(index: number): number {
    const at = this.words[index + 1]!;
    const target = this.enterBlock(this.words[index + 2]!);
    this.words[at] = target;
    return target;
  }

  #decodeBlock(start: number): number {
    const { stepTracing } = this.#options;
    const decoder = this.#decoder;
    const first = this.#length;
    try {
      decoder.decode(start);
      for (;;) {
        this.#recordOf[decoder.offset] = this.#length + 1;
        if (stepTracing) this.#emit(Record.step, 0, 0, 0, 0, 0, decoder.offset);
        if (decoder.offset === start) this.#emitCharge(this.costOfBlock(start), start);
        this.#emitInstruction(decoder);
        if (endsBlock(decoder.op)) return first;
        decodeFollowing(decoder);
      }
    } catch (error) {
      // The stack of the host may be full. Half a block would be taken for a whole one by all who come after.
      for (let offset = start; offset <= decoder.offset; offset++) {
        if (this.#recordOf[offset]! > first) this.#recordOf[offset] = 0;
      }
      this.#length = first;
      throw error;
    }
  }

  #emitCharge(cost: number, pc: number): void {
    const { compiler, observer } = this.#options;
    if (observer !== undefined || cost > 0x7fffffff) {
      const kind = observer === undefined ? Record.chargeLarge : Record.observe;
      this.#emit(kind, 0, 0, 0, cost | 0, Math.floor(cost / 0x100000000), pc);
    } else if (compiler === undefined) {
      this.#emit(Record.charge, 0, 0, 0, cost, 0, pc);
    } else {
      this.#emit(Record.count, 0, 0, 0, cost, compiler.hasEntry(pc) ? 0 : compiler.threshold, pc);
    }
  }

  #emitInstruction(decoder: InstructionDecoder): void {
    const { op, offset: pc, imm0, imm1 } = decoder;
    const r0 = 2 * decoder.r0;
    const r1 = 2 * decoder.r1;
    switch (op) {
      case Op.unlikely:
        break;
      case Op.trap:
      case Op.invalid:
        this.#emitTrap(pc);
        break;
      case Op.memset:
      case Op.ecalli:
        this.#emit(op, 0, 0, 0, imm0, decoder.next, pc);
        break;
      case Op.fallthrough:
        if (decoder.next < decoder.codeLength) this.#emitJump(pc, decoder.next);
        else this.#emitTrap(pc);
        break;
      case Op.jump:
        this.#emitCheckedJump(pc, decoder.target);
        break;
      case Op.load_imm_and_jump:
        this.#emit(Op.load_imm64, r0, 0, 0, imm0, imm0 >> 31, pc);
        this.#emitCheckedJump(pc, decoder.target);
        break;
      case Op.load_imm:
        this.#emit(Op.load_imm64, r0, 0, 0, imm0, imm0 >> 31, pc);
        break;
      case Op.load_imm64:
        this.#emit(op, r0, 0, 0, imm0, imm1, pc);
        break;
      case Op.jump_indirect:
        this.#emit(op, 0, r0, 0, imm0, 0, pc);
        break;
      case Op.load_imm_and_jump_indirect:
        this.#emit(op, r0, r1, 0, imm1, imm0, pc);
        break;
      default:
        this.#emitOrdinary(decoder);
    }
  }

  /** Instructions that neither end a block nor leave the loop, and branches: their row's format says what to do. */
  #emitOrdinary(decoder: InstructionDecoder): void {
    const { op, offset: pc, imm0, imm1 } = decoder;
    const r0 = 2 * decoder.r0;
    const r1 = 2 * decoder.r1;
    const { format, memory } = INSTRUCTIONS[op]!;
    const base = memory === undefined ? 0 : this.#options.readWriteBase;
    switch (format) {
      case 'reg_imm':
        this.#emit(INDIRECT_FORM[op]!, r0, ZERO, 0, imm0 - base, 0, pc);
        break;
      case 'imm_imm':
        this.#emit(INDIRECT_FORM[op]!, 0, ZERO, 0, imm0 - base, imm1, pc);
        break;
      case 'reg_imm_imm':
        this.#emit(op, 0, r0, 0, imm0 - base, imm1, pc);
        break;
      case 'reg_imm_offset':
        this.#emitBranch(op, r0, 0, imm0, decoder);
        break;
      case 'reg_reg_offset':
        this.#emitBranch(op, r0, r1, 0, decoder);
        break;
      case 'reg_reg_reg':
        this.#emit(this.#formFor(op), r0, r1, 2 * decoder.r2, 0, 0, pc);
        break;
      default:
        this.#emit(this.#formFor(op), r0, r1, 0, imm0 - base, 0, pc);
    }
  }

  #formFor(op: Op): number {
    if (this.#program.isa.is64Bit) return op;
    switch (op) {
      case Op.mul_upper_signed_signed:
        return Record.mulUpperSigned32;
      case Op.mul_upper_unsigned_unsigned:
        return Record.mulUpperUnsigned32;
      case Op.mul_upper_signed_unsigned:
        return Record.mulUpperSignedUnsigned32;
      case Op.reverse_byte:
        return Record.reverseByte32;
      default:
        return op;
    }
  }

  /** A branch traps, whichever way it goes, when either of its ways is no valid jump target. */
  #emitBranch(op: Op, a: number, b: number, imm: number, decoder: InstructionDecoder): void {
    const { offset: pc, target, next } = decoder;
    if (!isJumpTarget(decoder, target) || !isJumpTarget(decoder, next)) {
      this.#emitTrap(pc);
      return;
    }
    const at = this.#length;
    this.#emit(op, 0, a, b, imm, 0, 0);
    this.#emitLink(at + 2, target);
    this.#emitLink(at + 3, next);
  }

  #emitCheckedJump(pc: number, target: number): void {
    if (isJumpTarget(this.#decoder, target)) this.#emitJump(pc, target);
    else this.#emitTrap(pc);
  }

  #emitJump(pc: number, target: number): void {
    const at = this.#length;
    this.#emit(Op.jump, 0, 0, 0, 0, 0, pc);
    this.#emitLink(at + 1, target);
  }

  #emitTrap(pc: number): void {
    this.#emit(Op.trap, 0, 0, 0, 0, 0, pc);
  }

  /** Makes the word at `at` lead to the block at `target`, by way of a `resolve` record while that has no records. */
  #emitLink(at: number, target: number): void {
    const known = this.#recordOf[target]!;
    if (known !== 0) {
      this.words[at] = known - 1;
    } else {
      this.words[at] = this.#length;
      this.#emit(Record.resolve, 0, 0, 0, at, target, target);
    }
  }

  #emit(kind: number, d: number, a: number, b: number, first: number, second: number, third: number): void {
    const at = this.#length;
    if (at + RECORD_SIZE > this.words.length) {
      const longer = new Int32Array(2 * this.words.length);
      longer.set(this.words);
      this.words = longer;
    }
    const { words } = this;
    words[at] = kind | (d << 8) | (a << 13) | (b << 18);
    words[at + 1] = first;
    words[at + 2] = second;
    words[at + 3] = third;
    this.#length = at + RECORD_SIZE;
  }
}
