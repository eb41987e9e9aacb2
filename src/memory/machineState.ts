import { A0, ARGUMENT_REGISTERS, RA, REGISTER_NAMES, type RegisterName, registerIndex, SP } from '../isa/index.js';
import type { GuestMemory } from './guestMemory.js';
import { GAS_OFFSET, REGISTERS_OFFSET } from './layout.js';

/** Address to which the outermost function returns, which ends the run. */
export const RETURN_TO_HOST = 0xffff0000;

/** Why a backend stopped. */
export const enum Exit {
  finished = 0,
  trap = 1,
  ecalli = 2,
  outOfGas = 3,
  segfault = 4,
  step = 5,
  /** Only between backends: the interpreter has come to a basic block that the compiler has, or should have, code for. */
  handOver = 6,
}

/**
 * Everything that a program can see or change, in a form that both backends work on directly: registers and gas lie in
 * the header of the linear memory, where they are read and written as 32-bit halves.
 *
 * On the 32-bit ISA registers are kept sign-extended to 64 bits, so that most instructions need no second form; the
 * host sees their low halves.
 */
export class MachineState {
  readonly memory: GuestMemory;
  readonly is64Bit: boolean;
  /** Code offset of the instruction that the last interrupt is about; -1 when unset. */
  pc = -1;
  /** Code offset at which the next run starts; -1 when unset. */
  nextPc = -1;
  /** Whether the basic block at {@link nextPc} has been paid for already. */
  isPaid = false;
  /** Whether the step interrupt before {@link nextPc} has been given already. */
  isStepped = false;
  /** The number of the last ecalli. */
  hostcall = 0;

  #buffer: ArrayBuffer;
  #words: Int32Array;
  #quads: BigInt64Array;

  constructor(memory: GuestMemory, is64Bit: boolean) {
    this.memory = memory;
    this.is64Bit = is64Bit;
    this.#buffer = memory.buffer;
    this.#words = new Int32Array(memory.buffer, REGISTERS_OFFSET, GAS_OFFSET / 4 + 2);
    this.#quads = new BigInt64Array(memory.buffer, REGISTERS_OFFSET, GAS_OFFSET / 8 + 1);
  }

  /** The header as 32-bit words: the low and the high half of each register, then of the gas counter. */
  get words(): Int32Array {
    if (this.memory.buffer !== this.#buffer) this.#refresh();
    return this.#words;
  }

  // Not a getter: the engine calls its runtime for every access to a private one.
  #header(): BigInt64Array {
    if (this.memory.buffer !== this.#buffer) this.#refresh();
    return this.#quads;
  }

  #refresh(): void {
    this.#buffer = this.memory.buffer;
    this.#words = new Int32Array(this.#buffer, REGISTERS_OFFSET, GAS_OFFSET / 4 + 2);
    this.#quads = new BigInt64Array(this.#buffer, REGISTERS_OFFSET, GAS_OFFSET / 8 + 1);
  }

  get gas(): bigint {
    return this.#header()[GAS_OFFSET / 8]!;
  }

  set gas(value: bigint) {
    this.#header()[GAS_OFFSET / 8] = value;
  }

  /** Whether there is at least so much gas; `amount` is an exact integer. */
  hasGas(amount: number): boolean {
    const words = this.words;
    return words[GAS_OFFSET / 4 + 1]! * 0x100000000 + (words[GAS_OFFSET / 4]! >>> 0) >= amount;
  }

  /** Exchanges the gas counter for one that is kept elsewhere, as its low and its high half. */
  exchangeGas(halves: Int32Array): void {
    const words = this.words;
    for (let half = 0; half < 2; half++) {
      const held = words[GAS_OFFSET / 4 + half]!;
      words[GAS_OFFSET / 4 + half] = halves[half]!;
      halves[half] = held;
    }
  }

  get isGasNegative(): boolean {
    return this.words[GAS_OFFSET / 4 + 1]! < 0;
  }

  getRegister(index: number): bigint {
    return BigInt.asUintN(this.is64Bit ? 64 : 32, this.#header()[index]!);
  }

  /** Sets a register to the low bits of a value. */
  setRegister(index: number, value: bigint): void {
    const quads = this.#header();
    // In two statements, since the engine makes an object of what either of two expressions gives.
    if (this.is64Bit) quads[index] = value;
    else quads[index] = BigInt.asIntN(32, value);
  }

  /** Sets a register to a u32. */
  setRegister32(index: number, value: number): void {
    const words = this.words;
    words[2 * index] = value;
    words[2 * index + 1] = this.is64Bit ? 0 : value >> 31;
  }

  /** Copies registers as 8 little-endian bytes each, without making bigints. */
  copyRegisters(target: Uint8Array, targetOffset: number, first: number, count: number): void {
    const { words, is64Bit } = this;
    for (let i = 0; i < count; i++) {
      const register = first + i;
      putWord(target, targetOffset + 8 * i, words[2 * register]!);
      putWord(target, targetOffset + 8 * i + 4, is64Bit ? words[2 * register + 1]! : 0);
    }
  }

  /**
   * Copies the gas counter, and from `argumentsIndex` on a0 to a5. Written out, since the engine then moves each with one
   * instruction: ten times as fast as a loop over their halves.
   */
  copyCall(target: BigInt64Array, gasIndex: number, argumentsIndex: number): void {
    const quads = this.#header();
    target[gasIndex] = quads[GAS_OFFSET / 8]!;
    if (this.is64Bit) {
      target[argumentsIndex] = quads[A0]!;
      target[argumentsIndex + 1] = quads[A0 + 1]!;
      target[argumentsIndex + 2] = quads[A0 + 2]!;
      target[argumentsIndex + 3] = quads[A0 + 3]!;
      target[argumentsIndex + 4] = quads[A0 + 4]!;
      target[argumentsIndex + 5] = quads[A0 + 5]!;
    } else {
      target[argumentsIndex] = BigInt.asUintN(32, quads[A0]!);
      target[argumentsIndex + 1] = BigInt.asUintN(32, quads[A0 + 1]!);
      target[argumentsIndex + 2] = BigInt.asUintN(32, quads[A0 + 2]!);
      target[argumentsIndex + 3] = BigInt.asUintN(32, quads[A0 + 3]!);
      target[argumentsIndex + 4] = BigInt.asUintN(32, quads[A0 + 4]!);
      target[argumentsIndex + 5] = BigInt.asUintN(32, quads[A0 + 5]!);
    }
  }

  /** Copies the gas counter as 8 little-endian bytes. */
  copyGas(target: Uint8Array, targetOffset: number): void {
    putWord(target, targetOffset, this.words[GAS_OFFSET / 4]!);
    putWord(target, targetOffset + 4, this.words[GAS_OFFSET / 4 + 1]!);
  }

  /** Clears registers, gas and program counters. */
  clear(): void {
    this.words.fill(0);
    this.setNextPc(-1);
  }

  /** Makes the next run start at a code offset, as a fresh entry that pays for its basic block. */
  setNextPc(pc: number): void {
    this.pc = -1;
    this.nextPc = pc;
    this.isPaid = false;
    this.isStepped = false;
  }

  /** Sets up a call: clears the registers, then sets stack pointer, return address and arguments. */
  prepareCall(pc: number, args: readonly bigint[]): void {
    this.words.fill(0, 0, 2 * REGISTER_NAMES.length);
    this.setRegister32(SP, this.memory.map.stackHigh);
    this.setRegister32(RA, RETURN_TO_HOST);
    for (const [i, value] of args.entries()) this.setRegister(ARGUMENT_REGISTERS[i]!, value);
    this.setNextPc(pc);
  }
}

/** Four stores: to copy byte by byte takes four times as long, and a view to copy from would be garbage. */
function putWord(target: Uint8Array, offset: number, word: number): void {
  target[offset] = word;
  target[offset + 1] = word >>> 8;
  target[offset + 2] = word >>> 16;
  target[offset + 3] = word >>> 24;
}

/** The index of a register. @throws RangeError for a name that is no register */
export function requireRegister(name: RegisterName): number {
  const index = registerIndex(name);
  if (index === undefined)
    throw new RangeError(`register: got ${String(name)}, expected one of ${REGISTER_NAMES.join(' ')}`);
  return index;
}
