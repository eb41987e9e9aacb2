import { INSTRUCTIONS, ISA_NAMES, type IsaName } from './instructions.js';
import { Op } from './op.js';

/** An instruction set architecture: which opcode byte means which instruction, and how wide registers are. */
export interface Isa {
  readonly name: IsaName;
  /** Position in the reference's numbering, used by a program's unique hash. Not the blob's version byte. */
  readonly index: number;
  /** The version byte of a blob in this ISA. */
  readonly blobVersion: number;
  readonly is64Bit: boolean;
  /** How many opcodes are defined. */
  readonly count: number;
  /** Maps each of the 256 byte values to an {@link Op}; {@link Op.invalid} where the byte is no opcode. */
  readonly opOf: Uint8Array;
  /** Maps an {@link Op} to its opcode byte, or -1 where the ISA lacks the instruction. */
  readonly opcodeOf: Int16Array;
}

const BLOB_VERSIONS: Record<IsaName, number> = { revive_v1: 0, latest32: 1, latest64: 2, jam_v1: 3 };

function makeIsa(name: IsaName, index: number): Isa {
  const opOf = new Uint8Array(256).fill(Op.invalid);
  const opcodeOf = new Int16Array(INSTRUCTIONS.length).fill(-1);
  let count = 0;
  for (const { op, opcodes } of INSTRUCTIONS) {
    const opcode = opcodes[index];
    if (opcode === undefined) continue;
    opOf[opcode] = op;
    opcodeOf[op] = opcode;
    count++;
  }
  return { name, index, blobVersion: BLOB_VERSIONS[name], is64Bit: name !== 'latest32', count, opOf, opcodeOf };
}

const ALL: readonly Isa[] = ISA_NAMES.map(makeIsa);

/** Every ISA by its name. */
export const ISAS: Readonly<Record<IsaName, Isa>> = Object.fromEntries(ALL.map((isa) => [isa.name, isa])) as Record<
  IsaName,
  Isa
>;

/** The ISA that a blob's version byte selects, or undefined for an unknown version. */
export function isaOfBlobVersion(version: number): Isa | undefined {
  return ALL.find((isa) => isa.blobVersion === version);
}
