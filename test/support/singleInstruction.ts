/** Single instructions, and what the interpreter makes of them. */
import { expect } from 'vitest';
import type { BlockInstruction } from '../../src/compiler/blockInstruction.js';
import { Engine } from '../../src/engine/index.js';
import { type Instruction, ISAS, instructionByName, type Op, REGISTER_NAMES } from '../../src/isa/index.js';
import { encodeInstruction, MAX_INSTRUCTION_LENGTH, writeBlob } from '../../src/program/index.js';

export const isa = ISAS.latest64;
const engine = new Engine({ backend: 'interpreter' });
/** Address of the read-write data. */
export const DATA = 0x20000;

export function instruction(op: Op, operands: Partial<BlockInstruction> = {}): BlockInstruction {
  return { op, pc: 0, next: 0, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, ...operands };
}

export function named(name: string, operands: Partial<BlockInstruction> = {}): BlockInstruction {
  return instruction((instructionByName(name) as Instruction).op, operands);
}

/** The registers after an instruction, according to the interpreter. */
export function execute(what: BlockInstruction, registers: readonly bigint[], data: Uint8Array): bigint[] {
  const code = new Uint8Array(MAX_INSTRUCTION_LENGTH + 1);
  const length = encodeInstruction(isa, { ...what, offset: 0, target: 0 }, code, 0);
  const bitmask = new Uint8Array(2);
  bitmask[0] = 1;
  // Behind it comes a zero, which is the opcode of trap.
  bitmask[length >> 3] |= 1 << (length & 7);
  const blob = writeBlob({
    isa,
    code: code.subarray(0, length + 1),
    bitmask: bitmask.subarray(0, Math.ceil((length + 1) / 8)),
    readWriteData: data,
    readWriteDataSize: data.length,
  });
  using machine = engine.compile(blob, { gasMetering: 'none' }).instantiate();
  for (const [i, value] of registers.entries()) machine.setRegister(REGISTER_NAMES[i], value);
  machine.nextProgramCounter = 0;
  expect(machine.run()).toEqual({ kind: 'trap', pc: length });
  return REGISTER_NAMES.map((name) => machine.getRegister(name));
}
