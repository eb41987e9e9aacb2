/**
 * Every instruction of every ISA, with every kind of operand that could matter, against the oracle. These tests need
 * nothing but the repository.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, type Instruction, ISA_NAMES, ISAS, Op, type OperandRole } from '../../src/isa/index.js';
import { BACKENDS } from '../support/backends.js';
import type { PlainInstruction } from '../support/oracle.js';
import { DYNAMIC_TARGETS, REGIONS, Subject, TARGET } from './subject.js';

/** Values at which arithmetic changes its ways. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  0x7fn,
  0x80n,
  0xfffen,
  0x7fffffffn,
  0x80000000n,
  0x80000001n,
  0xffffffffn,
  0x100000000n,
  0x1fffffffffffffn,
  0x20000000000001n,
  0x123456789abcdef0n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffff00000000n,
  0xffffffff7fffffffn,
  0xffffffff80000000n,
  0xfffffffffffffffen,
  0xffffffffffffffffn,
];

const IMMEDIATES: readonly bigint[] = [
  0n,
  1n,
  -1n,
  31n,
  32n,
  33n,
  63n,
  64n,
  127n,
  -128n,
  0x1234n,
  -0x8000n,
  0x7fffffn,
  0x7fffffffn,
  -0x7fffffffn,
  -0x80000000n,
];

const OFFSETS: readonly bigint[] = [0n, 1n, -1n, 4096n, 0x7fffffffn, -0x80000000n];

/** Addresses at and around the ends of regions, and of the address space. */
const ADDRESSES: readonly bigint[] = [
  0n,
  0xffffn,
  0xfffffffcn,
  0xffffffffn,
  ...Object.values(REGIONS).flatMap(({ base, size }) =>
    [-9, -8, -1, 0, 1, 1001, size - 9, size - 8, size - 7, size - 4, size - 3, size - 2, size - 1, size, size + 1].map(
      (at) => BigInt(base + at),
    ),
  ),
];

const DYNAMIC_ADDRESSES: readonly bigint[] = [
  ...[...DYNAMIC_TARGETS.keys()].map(BigInt),
  ...[0n, 1n, 3n, 4n, 5n, 6n, 0x7ffffffen, 0xfffefffen, 0xffff0000n, 0xffff0001n, 0xfffffffen, 0xffffffffn],
];

/** Which registers to use for the operands of an instruction: all different, and every way of being the same. */
const REGISTERS: readonly (readonly (readonly number[])[])[] = [
  [[]],
  [[7], [0], [12]],
  [
    [7, 8],
    [7, 7],
    [12, 0],
  ],
  [
    [7, 8, 9],
    [7, 7, 8],
    [7, 8, 7],
    [7, 8, 8],
    [7, 7, 7],
    [12, 1, 0],
  ],
];

/** Registers that an instruction has no operand for. */
const BACKGROUND = (index: number): bigint => 0x0101010101010101n * BigInt(index + 1);

const REGISTER_ROLES: readonly OperandRole[] = ['dst', 'src', 'src1', 'src2', 'base', 'cond', 'size'];

function immediatesFor(role: OperandRole): readonly bigint[] {
  switch (role) {
    case 'value64':
      return EDGES;
    case 'address':
      return ADDRESSES.map((address) => BigInt.asIntN(32, address));
    case 'offset_imm':
      return OFFSETS;
    default:
      return IMMEDIATES;
  }
}

/** All combinations of one element of each list. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

function variantsOf({ op, operands, format }: Instruction): PlainInstruction[] {
  const registerCount = operands.filter((role) => REGISTER_ROLES.includes(role)).length;
  const immediateRoles = operands.filter((role) => role !== 'target' && !REGISTER_ROLES.includes(role));
  let immediates = product(immediateRoles.map(immediatesFor));
  // Where two immediates meet, a third of the combinations is enough.
  if (format === 'imm_imm' || format === 'reg_imm_imm') immediates = immediates.filter((_, i) => i % 3 === 0);
  return product<readonly number[] | readonly bigint[]>([REGISTERS[registerCount], immediates]).map(
    ([registers, values]) => ({
      op,
      registers: registers as readonly number[],
      immediates: values as readonly bigint[],
      target: TARGET,
    }),
  );
}

/** The values to try for a register operand. */
function valuesFor(
  { flow, memory, name }: Instruction,
  role: OperandRole,
  instruction: PlainInstruction,
): readonly bigint[] {
  if (role === 'base') {
    const addresses = flow === 'continues' ? ADDRESSES : DYNAMIC_ADDRESSES;
    const offset = instruction.immediates[name === 'load_imm_and_jump_indirect' ? 1 : 0];
    // Above 32 bits an address has no meaning.
    return addresses.map((address, i) => BigInt.asUintN(32, address - offset) | (i % 3 === 0 ? 0xabcdn << 48n : 0n));
  }
  if (role === 'size') return [0n, 1n, 0xeffn, 0x1000n, 0x1001n, 0xffffffffn, 0x100000001n, 0xffffffffffffffffn];
  if (role === 'dst') return [0x5555555555555555n];
  return memory === undefined ? EDGES : EDGES.slice(-3);
}

/** Register files for an instruction: every combination of values of its register operands. */
function registerFiles(row: Instruction, instruction: PlainInstruction, mask: bigint): bigint[][] {
  const roles = row.operands.filter((role) => REGISTER_ROLES.includes(role));
  return product(roles.map((role) => valuesFor(row, role, instruction))).map((values) => {
    const file = Array.from({ length: 13 }, (_, index) => BACKGROUND(index) & mask);
    // Sources last, so that they decide where a register is source and destination.
    for (let i = roles.length - 1; i >= 0; i--) file[instruction.registers[i]] = values[i] & mask;
    if (roles[0] === 'dst' && instruction.registers.indexOf(instruction.registers[0], 1) > 0) {
      const source = instruction.registers.indexOf(instruction.registers[0], 1);
      file[instruction.registers[0]] = values[source] & mask;
    }
    return file;
  });
}

function memsetFiles(mask: bigint): bigint[][] {
  const counts = [0n, 1n, 7n, 4097n, 0xffffffffn, 0x500000003n];
  return product([ADDRESSES, [0x11n, 0xfffffffffffffff0n, 0x1234n], counts]).map(([address, value, count]) => {
    const file = Array.from({ length: 13 }, (_, index) => BACKGROUND(index) & mask);
    file[7] = (address | (value << 32n)) & mask;
    file[8] = value & mask;
    file[9] = count & mask;
    return file;
  });
}

describe.each(BACKENDS)('on the %s', (backend) => {
  describe.each(ISA_NAMES)('%s', (name) => {
    const isa = ISAS[name];
    const mask = isa.is64Bit ? 0xffffffffffffffffn : 0xffffffffn;
    const rows = INSTRUCTIONS.filter(({ op }) => isa.opcodeOf[op] >= 0);
    const covered = new Set<Op>();

    it.each(rows.map((row) => [row.name, row] as const))('%s', (_, row) => {
      const variants = variantsOf(row);
      const subject = new Subject(backend, isa, variants);
      let count = 0;
      variants.forEach((variant, index) => {
        const files = row.op === Op.memset ? memsetFiles(mask) : registerFiles(row, variant, mask);
        // All values with the first choice of registers; with the others the values matter less.
        const isFirstChoice = variant.registers === REGISTERS[variant.registers.length][0];
        for (let i = 0; i < files.length; i += isFirstChoice ? 1 : 5) {
          subject.check(index, files[i]);
          count++;
        }
      });
      subject.checkMemory();
      expect(count).toBeGreaterThan(0);
      covered.add(row.op);
    });

    const arithmetic = rows.filter(({ memory, flow, name: rowName }) => {
      return memory === undefined && flow === 'continues' && rowName !== 'sbrk' && rowName !== 'ecalli';
    });

    it.each(arithmetic.map((row) => [row.name, row] as const))('%s of random values', (_, row) => {
      const subject = new Subject(backend, isa, variantsOf(row));
      const variants = variantsOf(row).length;
      const value = fc.bigInt({ min: 0n, max: mask });
      fc.assert(
        fc.property(fc.nat(variants - 1), fc.array(value, { minLength: 13, maxLength: 13 }), (index, file) => {
          subject.check(index, file);
        }),
        { numRuns: 40 },
      );
    });

    it('has every instruction covered', () => {
      expect(covered.size).toBe(isa.count);
    });
  });
});
