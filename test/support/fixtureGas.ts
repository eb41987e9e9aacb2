/**
 * What runs of the fixture program must cost, worked out from the program and the gas model without running anything.
 *
 * The path that an export takes follows from the code alone: the fixture branches only into a panic, which a host that
 * answers its syscalls as it should never sees, and it jumps only through registers that hold constants.
 */

import { fixtureProgram } from '../../fixtures/index.js';
import { BlockCostCalculator } from '../../src/gas/index.js';
import { Op, RA, REGISTER_COUNT } from '../../src/isa/index.js';
import { forEachInstructionOfBlock, InstructionDecoder, parseProgram } from '../../src/program/index.js';

/** Where a call from the host returns to; a jump there ends the run. */
const RETURN_TO_HOST = 0xffff0000;

const program = parseProgram(fixtureProgram());
const costs = new BlockCostCalculator(program, 'full-l2');

interface Block {
  /** Gas charged on entry. */
  readonly cost: number;
  /** The symbols of the syscalls that the block makes. */
  readonly syscalls: readonly string[];
}

/** The basic blocks that an export enters, in order; without end for `increment_forever`. */
function* path(exportName: string): Generator<Block> {
  const text = new TextDecoder();
  const decoder = new InstructionDecoder(program);
  const constants = new Array<number | undefined>(REGISTER_COUNT).fill(undefined);
  constants[RA] = RETURN_TO_HOST;
  let pc = program.exports.find(({ symbol }) => text.decode(symbol) === exportName)?.pc;
  while (pc !== undefined) {
    const syscalls: string[] = [];
    forEachInstructionOfBlock(decoder, pc, ({ op, r0, r1, imm0 }) => {
      if (op === Op.ecalli) syscalls.push(text.decode(program.imports[imm0]));
      else if (op === Op.load_imm) constants[r0] = imm0;
      else if (op === Op.move_reg) constants[r0] = constants[r1];
    });
    yield { cost: costs.costOfBlock(pc), syscalls };
    pc = following(decoder, constants);
  }
}

/** Where control goes after a block's last instruction; undefined when the run ends with it. */
function following(last: InstructionDecoder, constants: readonly (number | undefined)[]): number | undefined {
  switch (last.op) {
    case Op.trap:
      return undefined;
    case Op.jump:
      return last.target;
    case Op.branch_not_eq:
    case Op.branch_not_eq_imm:
    case Op.fallthrough:
      return last.next;
    case Op.jump_indirect: {
      const address = constants[last.r0];
      if (address === undefined) throw new Error(`the jump at ${last.offset} goes through a register of unknown value`);
      return address >>> 0 === RETURN_TO_HOST ? undefined : program.jumpTable.get(address / 2 - 1);
    }
    default:
      throw new Error(`the walk does not expect instruction ${last.op} at ${last.offset}`);
  }
}

/** What an export that ends costs, all of its syscalls answered. */
export function gasOf(exportName: string): bigint {
  let gas = 0n;
  for (const { cost } of path(exportName)) gas += BigInt(cost);
  return gas;
}

/** What an export has paid when it makes its first call of `syscall`. */
export function gasUntil(exportName: string, syscall: string): bigint {
  let gas = 0n;
  for (const { cost, syscalls } of path(exportName)) {
    gas += BigInt(cost);
    if (syscalls.includes(syscall)) return gas;
  }
  throw new Error(`${exportName} does not call ${syscall}`);
}

/** How often an export gets to increment the counter before `gas` no longer pays for its next block. */
export function incrementsWithin(exportName: string, gas: bigint): bigint {
  let left = gas;
  let increments = 0n;
  for (const { cost, syscalls } of path(exportName)) {
    left -= BigInt(cost);
    if (left < 0n) break;
    for (const symbol of syscalls) if (symbol === 'increment_counter') increments += 1n;
  }
  return increments;
}
