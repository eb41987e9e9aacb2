/**
 * Constants that functions keep on their stack: compilers that are short of registers store addresses of tables and masks
 * there, and load them again each time. To know them saves checks of the addresses that are made from them.
 *
 * All of this is guessed. Other functions, or stores whose address comes from elsewhere, may have written to the stack in
 * between, so what is loaded has to be compared with what was guessed.
 */
import { INSTRUCTIONS, Op, SP } from '../isa/index.js';
import { accessWidth, type BlockInstruction, baseRegister, WRITES_R0 } from './blockInstruction.js';
import type { Ranges } from './ranges.js';

const enum Kind {
  none = 0,
  load = 1,
  store = 2,
  storeImmediate = 3,
}

/** What instructions with an address in a register do. Narrow loads have nothing that is worth to be known. */
const KIND: readonly Kind[] = INSTRUCTIONS.map(({ name }) => {
  if (/^load_indirect_[iu](32|64)$/.test(name)) return Kind.load;
  if (/^store_indirect_/.test(name)) return Kind.store;
  return /^store_imm_indirect_/.test(name) ? Kind.storeImmediate : Kind.none;
});

/** More are not remembered. */
const MAX_CONSTANTS = 32;

interface StackConstant {
  /** Relative to the stack pointer as it is. */
  readonly offset: number;
  /** In bytes. */
  readonly width: number;
  readonly value: number;
}

/** What is guessed to be on the stack at one point of a function. */
export class StackConstants {
  readonly #constants: readonly StackConstant[];

  constructor(constants: readonly StackConstant[]) {
    this.#constants = constants;
  }

  /** What both agree on; this, if that is all of it. */
  meet(other: StackConstants): StackConstants {
    if (this === other || this.#constants.length === 0) return this;
    const common = this.#constants.filter((constant) =>
      other.#constants.some(
        ({ offset, width, value }) =>
          offset === constant.offset && width === constant.width && value === constant.value,
      ),
    );
    if (common.length === this.#constants.length) return this;
    return common.length === 0 ? NO_CONSTANTS : new StackConstants(common);
  }

  /**
   * What is guessed after an instruction that {@link mayChangeStack}.
   *
   * @param ranges what is known of registers before it
   */
  after(instruction: BlockInstruction, ranges: Ranges): StackConstants {
    const { op, imm0 } = instruction;
    const kind = KIND[op]!;
    if (kind >= Kind.store) return this.#withStore(instruction, kind, ranges);
    if (this.#constants.length === 0) return this;
    const isMoved = (op === Op.add_imm_64 || op === Op.add_imm_32) && instruction.r1 === SP;
    if (!isMoved) return NO_CONSTANTS;
    return new StackConstants(this.#constants.map((constant) => ({ ...constant, offset: constant.offset - imm0 })));
  }

  #withStore({ op, r0, imm0, imm1 }: BlockInstruction, kind: Kind, ranges: Ranges): StackConstants {
    const width = accessWidth(op);
    const end = imm0 + width;
    const others = this.#constants.filter(({ offset, width }) => offset >= end || offset + width <= imm0);
    const isConstant = kind === Kind.storeImmediate || ranges.isConstant(r0);
    const value = kind === Kind.storeImmediate ? imm1 : ranges.low(r0);
    if (width >= 4 && isConstant && isWorthKnowing(value) && others.length < MAX_CONSTANTS) {
      return new StackConstants([...others, { offset: imm0, width, value }]);
    }
    if (others.length === this.#constants.length) return this;
    return others.length === 0 ? NO_CONSTANTS : new StackConstants(others);
  }

  /** What an instruction would load, or undefined if nothing is known of that. */
  loadedBy({ op, r0, r1, imm0 }: BlockInstruction): number | undefined {
    // The check comes behind the load, which has to be one that can be repeated.
    if (this.#constants.length === 0 || KIND[op] !== Kind.load || r1 !== SP || r0 === SP) return undefined;
    const width = accessWidth(op);
    return this.#constants.find((constant) => constant.offset === imm0 && constant.width === width)?.value;
  }
}

/** Whether an instruction writes to the stack by the stack pointer, or moves that. */
export function mayChangeStack(instruction: BlockInstruction): boolean {
  const { op, r0 } = instruction;
  if (KIND[op]! >= Kind.store) return baseRegister(instruction) === SP;
  return r0 === SP && WRITES_R0[op]!;
}

/** Where nothing is known. */
export const NO_CONSTANTS = new StackConstants([]);

/** Whether a number may be an address or a mask. Smaller ones are mostly counters and flags, which change. */
export function isWorthKnowing(value: number): boolean {
  return value >= 0x10000 || (value >= 3 && (value & (value + 1)) === 0);
}
