/**
 * Random code without jumps: arithmetic, memory accesses, host calls. Mostly plausible; wild pointers and opcodes that do not
 * exist are rare enough for the rest to run.
 */
import { INSTRUCTIONS, Op, SP } from '../../src/isa/index.js';
import type { MemoryMap } from '../../src/memory/index.js';
import type { Random } from '../fuzz/random.js';
import type { CodeBuilder, Temper } from './codeBuilder.js';

/** Indexes of registers. */
export const [T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
/** Registers that statements compute with. */
const DATA: readonly number[] = [T0, T1, T2, A0, A1, A2, A3, A4, A5];
/** Registers that point into memory. */
export const POINTERS: readonly number[] = [S0, S1];

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

/** Writes statements. */
export class StraightCode {
  readonly #code: CodeBuilder;
  readonly #random: Random;
  readonly #map: MemoryMap;
  readonly #temper: Temper;
  readonly #pointers: readonly number[];
  readonly #isTidy: boolean;
  readonly #strayStackAccess: number;
  /** Bytes above the stack pointer that statements may use. */
  frame = 8;

  /**
   * @param pointers registers that point into memory
   * @param isTidy whether to leave the stack pointer alone, and mostly what is on the stack outside of the frame
   */
  constructor(code: CodeBuilder, pointers: readonly number[], isTidy: boolean) {
    this.#code = code;
    this.#random = code.random;
    this.#map = code.map;
    this.#temper = code.temper;
    this.#pointers = pointers;
    this.#isTidy = isTidy;
    this.#strayStackAccess = isTidy ? 0.02 : 0.2;
  }

  /** Loads an address into a register. */
  point(register: number): void {
    this.#code.emit(Op.load_imm, { r0: register, imm0: this.address() | 0 });
  }

  /** An address: mostly well inside of a region that can be written. */
  address(): number {
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
    if (this.#code.chance(this.#temper.wildAccess)) {
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
    const data = { base: readWriteBase, size: readWriteSize };
    const stack = { base: stackLow, size: stackSize };
    const isInStack = !this.#isTidy || this.#code.chance(0.1);
    const regions = (isInStack ? [data, stack] : [data]).filter(({ size }) => size >= 512);
    if (regions.length === 0 || this.#code.chance(0.1))
      return readOnlyBase + this.#random.below(Math.max(readOnlySize - 64, 1));
    const { base, size } = this.#random.pick(regions);
    return base + 128 + this.#random.below(Math.min(size, 1 << 16) - 384);
  }

  /** An immediate, often one at an edge of some width. */
  immediate(): number {
    const random = this.#random;
    switch (random.below(6)) {
      case 0:
        return random.pick([0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65]);
      case 1:
        return random.pick([0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff]);
      case 2:
        return this.#code.bits32();
      default:
        return random.below(256) - 64;
    }
  }

  /** A register to read: mostly one of {@link DATA}. */
  data(): number {
    return this.#code.chance(0.03) ? this.#random.below(13) : this.#random.pick(DATA);
  }

  #destination(): number {
    return this.#code.chance(0.01 + 0.02 * this.#temper.wildAccess) ? this.#random.below(13) : this.#random.pick(DATA);
  }

  /** Some statements. */
  body(): void {
    const count = this.#code.chance(0.03) ? 20 + this.#random.below(40) : this.#random.below(7);
    for (let i = 0; i < count; i++) this.statement();
  }

  /** A statement: one or a few instructions. */
  statement(): void {
    const choice = this.#random.below(100);
    if (choice < 44) this.#arithmetic();
    else if (choice < 66) this.#access();
    else if (choice < 72) this.#indexedAccess();
    else if (choice < 77) this.point(this.#random.pick(this.#pointers));
    else if (choice < 80) this.noise();
    else if (choice < 83) this.#keptConstant();
    else if (choice < 86) this.#absoluteAccess();
    else if (choice < 91) this.hostCall();
    else if (choice < 93) this.growHeap();
    else if (choice < 95) this.#fill();
    else if (choice < 96 && !this.#isTidy) this.#moveStack();
    else if (choice < 97) this.#pad();
    else if (choice < 98) this.#unknownCode();
    else this.#movePointer();
  }

  #arithmetic(): void {
    const { op } = this.#random.pick(this.#code.available(ARITHMETIC));
    const imm0 = this.immediate();
    const imm1 = this.#code.chance(0.3) ? imm0 >> 31 : this.#code.bits32();
    this.#code.emit(op, { r0: this.#destination(), r1: this.data(), r2: this.data(), imm0, imm1 });
    if (INSTRUCTIONS[op].format === 'reg_reg_reg' && this.#code.chance(this.#temper.padding)) this.padding();
  }

  /** A step of a pseudo-random sequence, so that branches do not always go the same way. */
  noise(): void {
    const register = this.#random.pick(DATA);
    const multiply = this.#code.is64Bit && this.#code.chance(0.5) ? Op.mul_imm_64 : Op.mul_imm_32;
    this.#code.emit(multiply, { r0: register, r1: register, imm0: 1664525 });
    this.#code.add(register, register, 1013904223);
    this.#code.emit(Op.shift_logical_right_imm_32, { r0: this.#random.pick(DATA), r1: register, imm0: 16 });
  }

  #base(): number {
    if (this.#code.chance(0.05 * this.#temper.wildAccess)) return this.#random.below(13);
    return this.#code.chance(0.5) ? SP : this.#random.pick(this.#pointers);
  }

  #offset(base: number): number {
    if (this.#code.chance(0.2 * this.#temper.wildAccess))
      return this.#code.chance(0.5) ? this.immediate() : this.#code.bits32();
    if (base === SP && !this.#code.chance(this.#strayStackAccess)) return this.#random.below(this.frame - 7);
    return this.#random.below(128) - 64;
  }

  #access(): void {
    const base = this.#base();
    this.#accessAt(base, this.#offset(base), this.data(), this.#destination());
  }

  /** An access near to where a register points. */
  accessBy(base: number, data: number): void {
    this.#accessAt(base, this.#code.chance(0.7) ? 0 : this.#offset(base), data, data);
  }

  #accessAt(base: number, offset: number, source: number, destination: number): void {
    switch (this.#random.below(5)) {
      case 0:
      case 1:
        this.#code.emit(this.#random.pick(this.#code.available(LOADS)).op, {
          r0: destination,
          r1: base,
          imm0: offset,
        });
        break;
      case 2:
      case 3:
        this.#code.emit(this.#random.pick(this.#code.available(STORES)).op, {
          r0: source,
          r1: base,
          imm0: offset,
        });
        break;
      default:
        this.#code.emit(this.#random.pick(this.#code.available(IMMEDIATE_STORES)).op, {
          r0: base,
          imm0: offset,
          imm1: this.immediate(),
        });
    }
  }

  /** Keeps a mask or an address on the stack, or uses one that may be there. */
  #keptConstant(): void {
    const code = this.#code;
    const slot = (): number => 8 * this.#random.below(Math.max(1, this.frame >> 3));
    const load = (register: number, offset: number): void => {
      code.emit(code.word('load_indirect'), { r0: register, r1: SP, imm0: offset });
    };
    const offset = slot();
    if (code.chance(0.5)) {
      this.#keepConstant(offset);
      if (code.chance(0.5)) return;
    }
    load(T1, offset);
    if (code.chance(0.7)) {
      code.emit(Op.and, { r0: T1, r1: T1, r2: this.data() });
      if (code.chance(0.3)) return;
      load(T2, slot());
      code.emit(code.is64Bit ? Op.add_64 : Op.add_32, { r0: T1, r1: T1, r2: T2 });
    }
    this.accessBy(T1, this.#destination());
  }

  #keepConstant(offset: number): void {
    const code = this.#code;
    const constants = [7, 0x38, 0xff, 0x7fff, this.address() | 0, this.address() | 0, this.immediate()];
    const constant = this.#random.pick(constants);
    if (code.chance(0.5)) {
      const op = code.is64Bit ? Op.store_imm_indirect_u64 : Op.store_imm_indirect_u32;
      code.emit(op, { r0: SP, imm0: offset, imm1: constant });
    } else {
      code.emit(Op.load_imm, { r0: T1, imm0: constant });
      code.emit(code.word('store_indirect'), { r0: T1, r1: SP, imm0: offset });
    }
    if (!code.chance(0.3)) return;
    // Another constant comes in its place, which the compiler does not follow.
    code.emit(Op.move_reg, { r0: T2, r1: SP });
    code.emit(Op.load_imm, { r0: T1, imm0: this.#random.pick(constants) });
    code.emit(code.word('store_indirect'), { r0: T1, r1: T2, imm0: offset });
  }

  /** An access at a pointer plus a masked index. */
  #indexedAccess(): void {
    this.#code.emit(Op.and_imm, { r0: T1, r1: this.data(), imm0: this.#random.pick([0x38, 0x7f, 0x78]) });
    const add = this.#code.is64Bit ? Op.add_64 : Op.add_32;
    this.#code.emit(add, { r0: T1, r1: this.#random.pick(this.#pointers), r2: T1 });
    if (this.#code.chance(0.5))
      this.#code.emit(this.#random.pick(this.#code.available(LOADS)).op, { r0: this.#destination(), r1: T1, imm0: 8 });
    else this.#code.emit(this.#random.pick(this.#code.available(STORES)).op, { r0: this.data(), r1: T1 });
  }

  #absoluteAccess(): void {
    const address = this.address() | 0;
    switch (this.#random.below(3)) {
      case 0:
        this.#code.emit(this.#random.pick(this.#code.available(ABSOLUTE_LOADS)).op, {
          r0: this.#destination(),
          imm0: address,
        });
        break;
      case 1:
        this.#code.emit(this.#random.pick(this.#code.available(ABSOLUTE_STORES)).op, {
          r0: this.data(),
          imm0: address,
        });
        break;
      default:
        this.#code.emit(this.#random.pick(this.#code.available(ABSOLUTE_IMMEDIATE_STORES)).op, {
          imm0: address,
          imm1: this.immediate(),
        });
    }
  }

  /** A host call, or nothing. */
  hostCall(): void {
    if (!this.#code.chance(this.#temper.hostCalls)) return;
    this.#code.emit(Op.ecalli, { imm0: this.#code.chance(0.9) ? this.#random.below(300) : this.#code.bits32() });
  }

  /** Grows the heap, mostly by little, and uses what it got. */
  growHeap(): void {
    if (!this.#code.has(Op.sbrk)) return;
    // Much too much, or little: nothing that the system might not have.
    const size = this.#code.chance(0.2)
      ? -1 - this.#random.below(0x10000)
      : this.#random.below(this.#code.chance(0.5) ? 64 : 20000);
    const size32 = this.#code.chance(0.2) ? 0 : size;
    this.#code.emit(Op.load_imm, { r0: T2, imm0: size32 });
    const top = this.#random.pick([A0, T2, ...this.#pointers]);
    this.#code.emit(Op.sbrk, { r0: top, r1: T2 });
    if (this.#code.chance(0.6)) {
      const offset = -8 + this.#random.below(2 + 64 * this.#temper.wildAccess);
      this.#code.emit(this.#random.pick(this.#code.available(STORES)).op, { r0: this.data(), r1: top, imm0: offset });
    }
  }

  #fill(): void {
    if (!this.#code.has(Op.memset)) return;
    this.point(A0);
    if (this.#code.is64Bit && this.#code.chance(0.3))
      this.#code.emit(Op.load_imm64, { r0: A2, imm0: this.#random.below(40), imm1: this.#code.bits32() });
    else
      this.#code.emit(Op.load_imm, {
        r0: A2,
        imm0: this.#code.chance(0.1) ? this.#random.below(6000) : this.#random.below(40),
      });
    this.#code.emit(Op.memset);
  }

  /** Sets the stack pointer: to a place near an end of the stack, if wild. */
  #moveStack(): void {
    const { stackLow, stackHigh, stackSize } = this.#map;
    const room = Math.max(stackSize - 512, 1);
    if (this.#code.chance(this.#temper.wildAccess)) {
      const edge = this.#random.pick([stackLow, stackHigh]) + this.#random.below(129) - 64;
      this.#code.emit(Op.load_imm, { r0: SP, imm0: edge | 0 });
    } else if (this.#code.chance(0.3)) {
      this.#code.emit(Op.load_imm, { r0: SP, imm0: (stackLow + 256 + this.#random.below(room)) | 0 });
    } else if (this.#code.chance(0.5)) {
      this.#code.emit(Op.move_reg, { r0: this.#random.pick(this.#pointers), r1: SP });
      this.#code.add(SP, SP, -16);
    }
  }

  #movePointer(): void {
    const pointer = this.#random.pick(this.#pointers);
    const delta = this.#code.chance(0.1 * this.#temper.wildAccess) ? this.immediate() : this.#random.below(33) - 16;
    if (this.#code.chance(0.3))
      this.#code.emit(Op.move_reg, { r0: pointer, r1: this.#random.pick([...this.#pointers, SP]) });
    else this.#code.add(pointer, pointer, delta);
  }

  /** Bytes that belong to no instruction. */
  padding(): void {
    // The longest ones reach the limits of what an instruction can skip.
    const length = this.#code.chance(0.5) ? 18 + this.#random.below(8) : 1 + this.#random.below(24);
    this.#code.emitBytes(
      Uint8Array.from({ length }, () => this.#random.below(256)),
      false,
    );
  }

  #pad(): void {
    if (this.#code.has(Op.unlikely)) this.#code.emit(Op.unlikely);
    else this.#code.emit(Op.move_reg, { r0: T0, r1: T0 });
    if (this.#code.chance(this.#temper.padding)) this.padding();
  }

  #unknownCode(): void {
    if (!this.#code.chance(this.#temper.wildFlow)) return;
    const length = 1 + this.#random.below(3);
    const bytes = Uint8Array.from({ length }, () => (this.#code.chance(0.5) ? 255 : this.#random.below(256)));
    this.#code.emitBytes(bytes, this.#code.chance(0.8));
  }
}
