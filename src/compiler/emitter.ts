import { REGISTER_COUNT } from '../isa/index.js';
import { REGISTERS_OFFSET } from '../memory/index.js';
import { CodeWriter } from './codeWriter.js';
import type { Ranges } from './ranges.js';
import { EXIT_BITS, type RegionExit } from './regionContext.js';
import { PARAMETER, PARAMETER_COUNT, PASSED_REGISTERS } from './runtime.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

/** Indexes of a region function's own locals: registers that are not passed, temporaries. */
const FIRST_REGISTER = PARAMETER_COUNT;
const FIRST_TEMPORARY = FIRST_REGISTER + REGISTER_COUNT - PASSED_REGISTERS.length;

/** The local of each register. */
const REGISTER_LOCAL = Array.from({ length: REGISTER_COUNT }, (_, register) => {
  const passed = PASSED_REGISTERS.indexOf(register);
  if (passed >= 0) return PARAMETER.registers + passed;
  const before = PASSED_REGISTERS.filter((other) => other < register).length;
  return FIRST_REGISTER + register - before;
});

/** What holds of registers and gas at a point of the code. */
export interface EmitterState {
  readonly changed: number;
  readonly pendingGas: number;
  readonly native: number;
  readonly extended: number;
}

/** At a point to which different ways lead. */
export const FRESH: EmitterState = { changed: 0, pendingGas: 0, native: 0, extended: 0 };

/**
 * Guest registers as WebAssembly locals, and temporaries.
 *
 * On the 64-bit ISAs a register is an i64, and 32-bit instructions work on its low half; on latest32 it is an i32.
 */
export class Emitter {
  readonly code = new CodeWriter();
  readonly is64Bit: boolean;
  /** Types of the temporary locals, which come last. */
  readonly temporaries: ValueType[] = [];
  /** The registers, as a set of bits, that hold sign extensions of 32 bits at this point. */
  extended = 0;
  /**
   * The registers, as a set of bits, whose value was made by extending 32 bits: engines take those 32 bits, where the low
   * half of any other register takes them an instruction.
   */
  native = 0;
  /** The registers, as a set of bits, that may have changed since the region was entered. */
  changed = 0;
  /** What is known of registers at this point: those of which all is known are constants in the code. */
  ranges: Ranges | undefined;
  /** Gas that has been used but not yet subtracted: a path settles it where it meets others, or leaves. */
  pendingGas = 0;
  /** For each set of changed registers the label of the block that takes the region's result and stores them. */
  readonly exitLabels = new Map<number, number>();
  readonly #i64Temporaries: number[] = [];
  readonly #freeI32: number[] = [];
  /** Those to be freed at the end of the node: a few at a time, so that looking one up takes no time. */
  readonly #usedI32: number[] = [];

  constructor(is64Bit: boolean) {
    this.is64Bit = is64Bit;
  }

  /** What holds at this point, for code that goes on from it later. */
  state(): EmitterState {
    const { changed, pendingGas, native, extended } = this;
    return { changed, pendingGas, native, extended };
  }

  /** Goes on from another point, with registers in their locals. */
  goOn(state: EmitterState, changed = state.changed): void {
    this.changed = changed;
    this.pendingGas = state.pendingGas;
    this.native = state.native;
    this.extended = state.extended;
    this.ranges = undefined;
  }

  /** Subtracts the pending gas, on the path that is being emitted. */
  settleGas(): void {
    if (this.pendingGas === 0) return;
    this.code.localGet(PARAMETER.gas);
    this.gasConstant(this.pendingGas);
    this.code.op(Wasm.i64Sub);
    this.code.localSet(PARAMETER.gas);
  }

  /** Pushes an amount of gas. */
  gasConstant(value: number): void {
    this.code.i64ConstHalves(value | 0, Math.floor(value / 0x100000000));
  }

  /** Leaves compiled code. */
  exit(reason: RegionExit, offset: number): void {
    this.settleGas();
    this.code.i32Const((offset << EXIT_BITS) | reason);
    this.leave();
  }

  /** Returns with the result on the stack. The gas has to be settled. */
  leave(): void {
    this.code.br(this.exitLabels.get(this.changed)!);
  }

  /** Types of the function's own locals. */
  get locals(): readonly ValueType[] {
    const register = this.is64Bit ? ValueType.i64 : ValueType.i32;
    const registers = Array.from({ length: FIRST_TEMPORARY - FIRST_REGISTER }, () => register);
    return [...registers, ...this.temporaries];
  }

  /** Stores registers, given as a set of bits. */
  storeRegisters(registers: number): void {
    forEachRegister(registers, (register, offset) => {
      this.code.i32Const(0);
      this.get(register);
      if (!this.is64Bit) this.code.op(Wasm.i64ExtendI32S);
      this.code.memory(Wasm.i64Store, offset);
    });
  }

  /** Loads registers, given as a set of bits. */
  loadRegisters(registers: number): void {
    forEachRegister(registers, (register) => {
      this.load(register);
      this.set(register);
    });
  }

  /** Pushes a register as it is in memory. */
  load(register: number): void {
    this.code.i32Const(0);
    this.code.memory(this.is64Bit ? Wasm.i64Load : Wasm.i32Load, REGISTERS_OFFSET + 8 * register);
  }

  /** Pushes a register. */
  get(register: number): void {
    if (this.ranges?.isConstant(register) === true) this.constant(this.ranges.low(register));
    else this.code.localGet(REGISTER_LOCAL[register]!);
  }

  /** Pops a register. */
  set(register: number): void {
    this.native &= ~(1 << register);
    this.code.localSet(REGISTER_LOCAL[register]!);
  }

  /** Pushes the low 32 bits of a register. */
  get32(register: number): void {
    if (this.ranges?.isConstant(register) === true) {
      this.code.i32Const(this.ranges.low(register));
      return;
    }
    this.get(register);
    if (this.is64Bit) this.code.op(Wasm.i32WrapI64);
  }

  /** Pops 32 bits into a register, sign-extended. */
  set32(register: number): void {
    if (this.is64Bit) this.code.op(Wasm.i64ExtendI32S);
    this.set(register);
    this.native |= 1 << register;
  }

  /** Pops 32 bits into a register, zero-extended. */
  setU32(register: number): void {
    if (this.is64Bit) this.code.op(Wasm.i64ExtendI32U);
    this.set(register);
    this.native |= 1 << register;
  }

  /** Pushes an immediate, sign-extended to the width of a register. */
  constant(value: number): void {
    if (this.is64Bit) this.code.i64Const(value);
    else this.code.i32Const(value);
  }

  /**
   * Whether an operation on sign extensions is best done on the 32 bits: where registers have 32 bits always, else if both
   * are known to be extended, and one was just made so.
   */
  isNarrow(register: number, other = register): boolean {
    if (!this.is64Bit) return true;
    const isNative = ((this.native >>> register) | (this.native >>> other)) & 1;
    return isNative === 1 && this.isExtended(register) && this.isExtended(other);
  }

  /** Whether a register is known to hold a sign extension of 32 bits. */
  isExtended(register: number): boolean {
    return ((this.extended >>> register) & 1) === 1 || this.ranges?.isKnown(register) === true;
  }

  /** Appends the form of an instruction for the width of a register. */
  wide(code32: Wasm, code64: Wasm): void {
    this.code.op(this.is64Bit ? code64 : code32);
  }

  /** A local for 32 bits, to be used until {@link release} or {@link endNode}. */
  temporaryI32(): number {
    const local = this.heldI32();
    this.#usedI32.push(local);
    return local;
  }

  /** A local for 32 bits, to be used until {@link release}. */
  heldI32(): number {
    return this.#freeI32.pop() ?? this.#newTemporary(ValueType.i32);
  }

  /** Makes 32-bit locals free: engines take time for each local at each branch. */
  release(locals: readonly number[]): void {
    for (const local of locals) {
      const at = this.#usedI32.indexOf(local);
      if (at >= 0) this.#usedI32.splice(at, 1);
    }
    this.#freeI32.push(...locals);
  }

  /** One of the locals for 64 bits, to be used within an instruction. */
  temporaryI64(index: number): number {
    while (this.#i64Temporaries.length <= index) this.#i64Temporaries.push(this.#newTemporary(ValueType.i64));
    return this.#i64Temporaries[index]!;
  }

  /** Makes all 32-bit temporaries free. */
  endNode(): void {
    if (this.#usedI32.length === 0) return;
    this.#freeI32.push(...this.#usedI32);
    this.#usedI32.length = 0;
  }

  #newTemporary(type: ValueType): number {
    this.temporaries.push(type);
    return FIRST_TEMPORARY + this.temporaries.length - 1;
  }
}

function forEachRegister(registers: number, visit: (register: number, offset: number) => void): void {
  for (let register = 0; register < REGISTER_COUNT; register++) {
    if ((registers >>> register) & 1) visit(register, REGISTERS_OFFSET + 8 * register);
  }
}
