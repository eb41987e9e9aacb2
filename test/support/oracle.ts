/**
 * A second implementation of the instructions, slow and plain, to compare the fast ones with: bigints, and where
 * possible one line an instruction. It follows the specification (semantics) and shares no arithmetic with `src`.
 */
import { INSTRUCTIONS, type Isa, type Op } from '../../src/isa/index.js';

/** An instruction with its operands in decoding order, as the decoder gives them. */
export interface PlainInstruction {
  readonly op: Op;
  readonly registers: readonly number[];
  /** Sign-extended 32-bit values; `load_imm64` has one unsigned 64-bit value. */
  readonly immediates: readonly bigint[];
  readonly target: number;
}

/** Where control goes. */
export type Outcome =
  | { readonly kind: 'next' | 'trap' }
  | { readonly kind: 'jump'; readonly target: number }
  | { readonly kind: 'dynamicJump'; readonly address: number }
  | { readonly kind: 'ecalli'; readonly index: number };

/** A stretch of guest memory. */
export interface PlainRegion {
  readonly base: number;
  bytes: Uint8Array;
  readonly isWritable: boolean;
}

/** Guest memory as a list of regions, and a heap that begins inside the region that sbrk grows. */
export class PlainMemory {
  heapSize = 0;

  constructor(
    readonly regions: readonly PlainRegion[],
    readonly heap: PlainRegion,
    readonly heapBase: number,
    readonly maxHeapSize: number,
    readonly pageSize: number,
  ) {}

  load(address: number, length: number): bigint | undefined {
    const region = this.#regionOf(address, length);
    if (region === undefined) return undefined;
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(region.bytes[address - region.base + i]);
    return value;
  }

  store(address: number, length: number, value: bigint): boolean {
    const region = this.#regionOf(address, length);
    if (!region?.isWritable) return false;
    for (let i = 0; i < length; i++) region.bytes[address - region.base + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    return true;
  }

  /** The new top, or 0. */
  sbrk(size: number): number {
    if (this.heapSize + size > this.maxHeapSize) return 0;
    this.heapSize += size;
    const top = this.heapBase + this.heapSize;
    const length = Math.ceil((top - this.heap.base) / this.pageSize) * this.pageSize;
    if (length > this.heap.bytes.length) {
      const grown = new Uint8Array(length);
      grown.set(this.heap.bytes);
      this.heap.bytes = grown;
    }
    return top;
  }

  #regionOf(address: number, length: number): PlainRegion | undefined {
    return this.regions.find(({ base, bytes }) => address >= base && address + length <= base + bytes.length);
  }
}

const u = (n: number, x: bigint): bigint => BigInt.asUintN(n, x);
const s = (n: number, x: bigint): bigint => BigInt.asIntN(n, x);
const bool = (x: boolean): bigint => (x ? 1n : 0n);
const bits = (n: number, x: bigint): string => x.toString(2).padStart(n, '0');

type Binary = (a: bigint, b: bigint, n: number) => bigint;

/** Operations on two unsigned values of n bits; of the result, n bits count. */
const BINARY: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  negate_and_add: (a, b) => b - a,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  and_inverted: (a, b) => a & ~b,
  or_inverted: (a, b) => a | ~b,
  xnor: (a, b) => ~(a ^ b),
  mul_upper_signed_signed: (a, b, n) => (s(n, a) * s(n, b)) >> BigInt(n),
  mul_upper_unsigned_unsigned: (a, b, n) => (a * b) >> BigInt(n),
  mul_upper_signed_unsigned: (a, b, n) => (s(n, a) * b) >> BigInt(n),
  div_unsigned: (a, b) => (b === 0n ? -1n : a / b),
  div_signed: (a, b, n) => (b === 0n ? -1n : s(n, a) / s(n, b)),
  rem_unsigned: (a, b) => (b === 0n ? a : a % b),
  rem_signed: (a, b, n) => (b === 0n ? a : s(n, a) % s(n, b)),
  shift_logical_left: (a, b, n) => a << (b % BigInt(n)),
  shift_logical_right: (a, b, n) => a >> (b % BigInt(n)),
  shift_arithmetic_right: (a, b, n) => s(n, a) >> (b % BigInt(n)),
  rotate_left: (a, b, n) => (a << (b % BigInt(n))) | (a >> (BigInt(n) - (b % BigInt(n)))),
  rotate_right: (a, b, n) => (a >> (b % BigInt(n))) | (a << (BigInt(n) - (b % BigInt(n)))),
  set_less_than_unsigned: (a, b) => bool(a < b),
  set_less_than_signed: (a, b, n) => bool(s(n, a) < s(n, b)),
  set_greater_than_unsigned: (a, b) => bool(a > b),
  set_greater_than_signed: (a, b, n) => bool(s(n, a) > s(n, b)),
  maximum: (a, b, n) => (s(n, a) > s(n, b) ? a : b),
  maximum_unsigned: (a, b) => (a > b ? a : b),
  minimum: (a, b, n) => (s(n, a) < s(n, b) ? a : b),
  minimum_unsigned: (a, b) => (a < b ? a : b),
};

/** Operations on one unsigned value of n bits. */
const UNARY: Readonly<Record<string, (a: bigint, n: number) => bigint>> = {
  move_reg: (a) => a,
  count_leading_zero_bits: (a, n) => BigInt(bits(n, a).indexOf('1') < 0 ? n : bits(n, a).indexOf('1')),
  count_trailing_zero_bits: (a, n) => BigInt(a === 0n ? n : n - 1 - bits(n, a).lastIndexOf('1')),
  count_set_bits: (a, n) => BigInt(bits(n, a).split('1').length - 1),
  sign_extend_8: (a) => s(8, a),
  sign_extend_16: (a) => s(16, a),
  zero_extend_16: (a) => u(16, a),
  reverse_byte: (a, n) =>
    BigInt(
      `0x${(
        a
          .toString(16)
          .padStart(n / 4, '0')
          .match(/../g) ?? []
      )
        .reverse()
        .join('')}`,
    ),
};

/** Conditions of branches on two unsigned values of n bits. */
const CONDITIONS: Readonly<Record<string, (a: bigint, b: bigint, n: number) => boolean>> = {
  eq: (a, b) => a === b,
  not_eq: (a, b) => a !== b,
  less_unsigned: (a, b) => a < b,
  less_signed: (a, b, n) => s(n, a) < s(n, b),
  greater_or_equal_unsigned: (a, b) => a >= b,
  greater_or_equal_signed: (a, b, n) => s(n, a) >= s(n, b),
  less_or_equal_unsigned: (a, b) => a <= b,
  less_or_equal_signed: (a, b, n) => s(n, a) <= s(n, b),
  greater_unsigned: (a, b) => a > b,
  greater_signed: (a, b, n) => s(n, a) > s(n, b),
};

const A0 = 7;
const A1 = 8;
const A2 = 9;

const NEXT: Outcome = { kind: 'next' };
const TRAP: Outcome = { kind: 'trap' };

/** Registers and memory, changed by one instruction at a time. Nothing is charged for. */
export class PlainMachine {
  /** Unsigned values at the register width. */
  readonly registers = new Array<bigint>(13).fill(0n);
  readonly #width: number;

  constructor(
    isa: Isa,
    readonly memory: PlainMemory,
  ) {
    this.#width = isa.is64Bit ? 64 : 32;
  }

  /** @throws Error for an instruction that the oracle does not know */
  execute(instruction: PlainInstruction): Outcome {
    const { name, operands } = INSTRUCTIONS[instruction.op];
    const { target } = instruction;
    const n = this.#width;
    // Every operand by its role: registers as values, immediates sign-extended to the register width.
    const registers = [...instruction.registers];
    const immediates = [...instruction.immediates];
    const of: Record<string, bigint> = {};
    let dst = 0;
    for (const role of operands) {
      if (role === 'dst') dst = registers.shift() as number;
      else if (/^(src|src1|src2|base|cond|size)$/.test(role)) of[role] = this.registers[registers.shift() as number];
      else if (role !== 'target') of[role] = u(n, immediates.shift() as bigint);
    }
    const set = (value: bigint): Outcome => {
      this.registers[dst] = u(n, value);
      return NEXT;
    };

    const access = /^(load|store_imm|store)_(?:indirect_)?([iu])(\d+)$/.exec(name);
    if (access !== null) {
      const [, kind, sign, width] = access;
      const address = Number(u(32, of.address ?? of.base + of.offset_imm));
      const length = Number(width) / 8;
      if (kind !== 'load') return this.memory.store(address, length, of.value ?? of.src) ? NEXT : TRAP;
      const value = this.memory.load(address, length);
      if (value === undefined) return TRAP;
      return set(sign === 'i' ? s(Number(width), value) : value);
    }
    const branch = /^branch_(.*?)(_imm)?$/.exec(name);
    if (branch !== null) return CONDITIONS[branch[1]](of.src1, of.src2 ?? of.imm, n) ? { kind: 'jump', target } : NEXT;

    switch (name) {
      case 'trap':
        return TRAP;
      case 'fallthrough':
      case 'unlikely':
        return NEXT;
      case 'load_imm':
        return set(of.value);
      case 'load_imm64':
        return set(of.value64);
      case 'cmov_if_zero':
      case 'cmov_if_zero_imm':
        return of.cond === 0n ? set(of.src ?? of.imm) : NEXT;
      case 'cmov_if_not_zero':
      case 'cmov_if_not_zero_imm':
        return of.cond !== 0n ? set(of.src ?? of.imm) : NEXT;
      case 'jump':
        return { kind: 'jump', target };
      case 'load_imm_and_jump':
        set(of.value);
        return { kind: 'jump', target };
      case 'jump_indirect':
        return { kind: 'dynamicJump', address: Number(u(32, of.base + of.offset_imm)) };
      case 'load_imm_and_jump_indirect':
        set(of.value);
        return { kind: 'dynamicJump', address: Number(u(32, of.base + of.offset_imm)) };
      case 'ecalli':
        return { kind: 'ecalli', index: Number(u(32, of.hostcall)) };
      case 'sbrk':
        return set(s(32, BigInt(this.memory.sbrk(of.size > 0xffffffffn ? 0 : Number(of.size)))));
      case 'memset':
        return this.#memset();
    }

    // What is left has a name such as add_32 or shift_logical_left_imm_alt_64.
    const [, operation, immediate, suffix] = /^(.*?)(_imm_alt|_imm)?(?:_(32|64))?$/.exec(name) as RegExpExecArray;
    const width = suffix === undefined ? n : Number(suffix);
    const unary = UNARY[name] ?? UNARY[operation];
    if (unary !== undefined) return set(s(width, unary(u(width, of.src), width)));
    const a = immediate === '_imm_alt' ? of.imm_as_src1 : of.src1;
    const b = immediate === '_imm' ? of.imm : of.src2;
    return set(s(width, BINARY[operation](u(width, a), u(width, b), width)));
  }

  #memset(): Outcome {
    let count = u(32, this.registers[A2]);
    let outcome = NEXT;
    for (; count > 0n; count--) {
      if (!this.memory.store(Number(u(32, this.registers[A0])), 1, this.registers[A1])) {
        outcome = TRAP;
        break;
      }
      this.registers[A0] = u(this.#width, this.registers[A0] + 1n);
    }
    this.registers[A2] = count;
    return outcome;
  }
}
