import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, type Instruction, ISA_NAMES, instructionByName } from './instructions.js';
import { ISAS } from './isa.js';
import { Op } from './op.js';

const names = INSTRUCTIONS.map(({ name }) => name);

function named(name: string): Instruction {
  const instruction = instructionByName(name);
  if (instruction === undefined) throw new Error(`no instruction ${name}`);
  return instruction;
}

describe('the instruction table', () => {
  it('has a row for each of the 141 instructions and no name twice', () => {
    expect(new Set(names).size).toBe(141);
    expect(names.length).toBe(141);
  });

  it('is numbered by position, and the enum says the same', () => {
    expect(INSTRUCTIONS.map(({ op }) => op)).toEqual(INSTRUCTIONS.map((_, position) => position));
    const source = readFileSync(new URL('./op.ts', import.meta.url), 'utf8');
    const members = [...source.matchAll(/^ {2}(\w+) = (\d+),$/gm)].map(([, name, value]) => [name, Number(value)]);
    expect(members).toEqual([...names.map((name, position) => [name, position]), ['invalid', 141]]);
    expect(Op.invalid).toBe(141);
  });

  it('finds rows by name only', () => {
    expect(named('add_imm_64').op).toBe(Op.add_imm_64);
    expect(instructionByName('add_imm')).toBeUndefined();
    expect(instructionByName('invalid')).toBeUndefined();
    expect(instructionByName('constructor')).toBeUndefined();
  });

  it.each(ISA_NAMES)('gives no opcode of %s to two instructions, and never uses byte 255', (isa) => {
    const position = ISA_NAMES.indexOf(isa);
    const opcodes = INSTRUCTIONS.flatMap(({ opcodes }) => opcodes[position] ?? []);
    expect(new Set(opcodes).size).toBe(opcodes.length);
    expect(opcodes.length).toBe(ISAS[isa].count);
    expect(Math.min(...opcodes)).toBe(0);
    expect(Math.max(...opcodes)).toBeLessThan(255);
  });

  it('lists registers before immediates, as many as the format holds', () => {
    const registerRoles = new Set(['dst', 'src', 'src1', 'src2', 'base', 'cond', 'size']);
    for (const { name, format, operands } of INSTRUCTIONS) {
      const shape = operands.map((role) => {
        if (registerRoles.has(role)) return 'reg';
        return role === 'target' ? 'offset' : role === 'value64' ? 'imm64' : 'imm';
      });
      expect(shape.join('_') || 'argless', name).toBe(format);
    }
  });

  it('ends blocks with 22 instructions, of which 17 can go on with the next one', () => {
    const ends = INSTRUCTIONS.filter(({ flow }) => flow === 'ends').map(({ name }) => name);
    const falls = INSTRUCTIONS.filter(({ flow }) => flow === 'endsFallsThrough').map(({ name }) => name);
    expect(ends.sort()).toEqual(
      ['jump', 'jump_indirect', 'load_imm_and_jump', 'load_imm_and_jump_indirect', 'trap'].sort(),
    );
    expect(falls.filter((name) => name.startsWith('branch_')).length).toBe(16);
    expect(falls.filter((name) => !name.startsWith('branch_'))).toEqual(['fallthrough']);
  });

  it('knows what each load and store moves', () => {
    for (const { name, memory } of INSTRUCTIONS) {
      const match = /^(load|store|store_imm)(?:_indirect|_imm_indirect)?_([iu](?:8|16|32|64))$/.exec(name);
      if (match === null) expect(memory, name).toBe(name === 'memset' ? 'store u8' : undefined);
      else expect(memory, name).toBe(`${match[1]?.startsWith('load') ? 'load' : 'store'} ${match[2]}`);
    }
  });

  it('has 64-bit instructions in the 64-bit ISAs only', () => {
    const only64 = INSTRUCTIONS.filter(({ opcodes }) => opcodes[2] === undefined).map(({ name }) => name);
    // The only load of 4 bytes that 32-bit registers need is the signed one.
    const expected = names.filter((name) => /_64$|_u64$|load_(indirect_)?u32$|^load_imm64$/.test(name));
    expect(only64).toEqual(expected);
  });

  it('has host-like instructions where the ISA has them', () => {
    const isasOf = (name: string): string[] => ISA_NAMES.filter((_, i) => named(name).opcodes[i] !== undefined);
    expect(isasOf('memset')).toEqual(['latest32', 'latest64']);
    expect(isasOf('sbrk')).toEqual(['latest32', 'latest64']);
    expect(isasOf('unlikely')).toEqual(['jam_v1', 'latest32', 'latest64']);
  });

  it('reads and writes registers that exist', () => {
    for (const { name, operands, gasReads, gasWrites } of INSTRUCTIONS) {
      for (const position of gasReads) expect(position, name).toBeLessThan(operands.length);
      if (gasWrites) expect(operands[0], name).toBe('dst');
    }
  });
});
