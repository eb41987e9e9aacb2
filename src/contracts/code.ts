import { Op } from '../isa/index.js';
import {
  declaredBlobLength,
  endsBlock,
  forEachInstruction,
  InstructionDecoder,
  InvalidProgramError,
  type Program,
  parseProgram,
} from '../program/index.js';
import { CodeRejectedError } from './errors.js';
import { MAX_BASIC_BLOCK, MAX_CODE_SIZE, MAX_STATIC_MEMORY } from './limits.js';
import { SYSCALLS } from './syscalls/index.js';

const ENTRY_POINTS = ['call', 'deploy'];
const KNOWN_SYMBOLS: ReadonlySet<string> = new Set(SYSCALLS.map(({ symbol }) => symbol));

/**
 * Checks a program as a chain does before it stores it (spec: contract syscalls, sections 1 and 7).
 *
 * @throws CodeRejectedError that says what is wrong
 */
export function checkCode(code: Uint8Array): void {
  if (code.length > MAX_CODE_SIZE) reject(`got ${code.length} bytes, expected at most ${MAX_CODE_SIZE}`);
  const program = parse(code);
  if (program.isa.name !== 'revive_v1') reject(`got a program for ${program.isa.name}, expected revive_v1`);
  checkExports(program);
  checkImports(program);
  const memory = program.readOnlyDataSize + program.readWriteDataSize + program.stackSize;
  if (memory > MAX_STATIC_MEMORY) {
    reject(`got ${memory} bytes of data and stack, expected at most ${MAX_STATIC_MEMORY}`);
  }
  checkInstructions(program);
}

function parse(code: Uint8Array): Program {
  try {
    return parseProgram(code);
  } catch (error) {
    if (!(error instanceof InvalidProgramError)) throw error;
    return reject(error.message);
  }
}

function checkExports({ exports }: Program): void {
  const names = exports.slice(0, 3).map(({ symbol }) => new TextDecoder().decode(symbol));
  if (exports.length !== 2 || ENTRY_POINTS.some((name) => !names.includes(name))) {
    const more = exports.length > 3 ? `, ... (${exports.length})` : '';
    reject(`got the exports ${names.map(quoted).join(', ') || 'none'}${more}, expected call and deploy`);
  }
}

function checkImports({ imports }: Program): void {
  for (const [index, symbol] of imports.entries()) {
    if (symbol === undefined) reject(`the offset of import ${index} is malformed`);
    const name = new TextDecoder().decode(symbol.subarray(0, 64));
    if (!KNOWN_SYMBOLS.has(name)) reject(`import ${index} is ${quoted(name)}, which is no syscall`);
  }
}

function checkInstructions(program: Program): void {
  let length = 0;
  forEachInstruction(new InstructionDecoder(program), ({ op, offset }) => {
    if (op === Op.sbrk) reject(`got the instruction sbrk at code offset ${offset}`);
    length++;
    if (length > MAX_BASIC_BLOCK) {
      reject(`got a basic block of more than ${MAX_BASIC_BLOCK} instructions at code offset ${offset}`);
    }
    if (endsBlock(op)) length = 0;
  });
}

/**
 * Splits what a transaction that deploys carries: a program, which tells its own length, and constructor data behind it
 * (spec: contract syscalls, section 4).
 *
 * @throws CodeRejectedError if it does not begin with a program
 */
export function splitDeployment(payload: Uint8Array): { code: Uint8Array; constructorData: Uint8Array } {
  const length = declaredBlobLength(payload);
  if (length === undefined || length > BigInt(payload.length)) {
    reject(`got ${payload.length} bytes, expected a program that tells its length, and constructor data behind it`);
  }
  const end = Number(length);
  return { code: payload.subarray(0, end), constructorData: payload.subarray(end) };
}

function reject(detail: string): never {
  throw new CodeRejectedError(`CodeRejected: ${detail}`);
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
