import { layOutMemory, type MemoryMap, MemoryMapError } from '../memory/index.js';
import { findInvalidInstruction, InstructionDecoder, InvalidProgramError, type Program } from '../program/index.js';

const PREFIX = 'module validation failed: ';

/**
 * Checks a parsed program and lays out its memory before it becomes a module (spec: blob format, errors raised by module
 * creation, in that order).
 *
 * @throws InvalidProgramError
 */
export function validateProgram(program: Program, options: ValidationOptions): MemoryMap {
  if (program.isa.name === 'jam_v1') validateCode(program);
  const map = memoryMapOf(program, options.pageSize, options.auxDataSize);
  if (options.isStrict) validateStrictly(program);
  return map;
}

/** What validity depends on besides the program. */
export interface ValidationOptions {
  readonly pageSize: number;
  readonly auxDataSize: number;
  readonly isStrict: boolean;
}

function memoryMapOf(program: Program, pageSize: number, auxDataSize: number): MemoryMap {
  const { readOnlyDataSize, readWriteDataSize, stackSize } = program;
  try {
    return layOutMemory({ pageSize, readOnlyDataSize, readWriteDataSize, stackSize, auxDataSize });
  } catch (error) {
    if (!(error instanceof MemoryMapError)) throw error;
    throw new InvalidProgramError(PREFIX + error.message, {
      section: 'memory map',
      found: `${readOnlyDataSize} bytes of read-only data, ${readWriteDataSize} of read-write data, ${stackSize} of stack, ${auxDataSize} of aux data in pages of ${pageSize}`,
      expected: 'regions that fit 32 bits of address space, in pages of a power of two from 4096 to 65536 bytes',
    });
  }
}

function validateCode(program: Program): void {
  const offset = findInvalidInstruction(new InstructionDecoder(program));
  if (offset < 0) return;
  const found = offset < program.code.length ? `byte 0x${program.code[offset]!.toString(16)}` : 'the end of the code';
  throw new InvalidProgramError(`${PREFIX}validation failed at offset ${offset}`, {
    section: 'code',
    offset,
    found,
    expected: 'an instruction of jam_v1',
  });
}

function validateStrictly(program: Program): void {
  const malformed = program.imports.indexOf(undefined);
  if (malformed >= 0) {
    throw new InvalidProgramError('found an invalid import', {
      section: 'imports',
      found: `a symbol offset of import ${malformed} outside of the symbols`,
      expected: 'offsets that ascend inside of the symbols',
    });
  }
  const { jumpTable, code } = program;
  for (let i = 0; i < jumpTable.length; i++) {
    const target = jumpTable.get(i)!;
    if (target >= code.length) {
      throw new InvalidProgramError('out of range jump table entry found', {
        section: 'code and jump table',
        found: `entry ${i} with code offset ${target}`,
        expected: `less than ${code.length}, the length of the code`,
      });
    }
  }
  for (const [i, { pc }] of program.exports.entries()) {
    if (pc >= code.length) {
      throw new InvalidProgramError('out of range export found', {
        section: 'exports',
        found: `export ${i} with code offset ${pc}`,
        expected: `less than ${code.length}, the length of the code`,
      });
    }
  }
}
