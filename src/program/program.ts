import type { Isa } from '../isa/index.js';

/** A function that the host can call by name. */
export interface ProgramExport {
  /** The name's bytes; any bytes are allowed. */
  readonly symbol: Uint8Array;
  /** Code offset at which it starts. Not checked: a wrong one traps when it is called. */
  readonly pc: number;
}

/** A parsed program. All byte arrays are views of the blob, which must not be changed afterwards. */
export interface Program {
  readonly isa: Isa;
  /** Initial contents of the read-only data; the rest up to {@link readOnlyDataSize} is zero. */
  readonly readOnlyData: Uint8Array;
  readonly readOnlyDataSize: number;
  /** Initial contents of the read-write data; the rest up to {@link readWriteDataSize} is zero. */
  readonly readWriteData: Uint8Array;
  readonly readWriteDataSize: number;
  readonly stackSize: number;
  /** Import symbols by index. Undefined where the symbol's offset is malformed: the index is taken nevertheless. */
  readonly imports: readonly (Uint8Array | undefined)[];
  /** The raw import offset table and symbol bytes, which the unique hash covers. */
  readonly importOffsets: Uint8Array;
  readonly importSymbols: Uint8Array;
  /** Exports in the order of the blob; duplicates are possible. */
  readonly exports: readonly ProgramExport[];
  readonly exportsPayload: Uint8Array;
  readonly jumpTable: JumpTable;
  readonly code: Uint8Array;
  /** One bit per code byte, least significant first: set where an instruction starts. */
  readonly bitmask: Uint8Array;
  readonly debugStrings: Uint8Array;
  readonly debugLinePrograms: Uint8Array;
  readonly debugLineProgramRanges: Uint8Array;
}

/** The targets of dynamic jumps. Guest address `2 * (index + 1)` means entry `index`. */
export class JumpTable {
  readonly bytes: Uint8Array;
  /** Bytes per entry, 0 to 4. */
  readonly entrySize: number;
  /** Number of entries that can be looked up: 0 when the entry size is 0, whatever the blob declares. */
  readonly length: number;

  constructor(bytes: Uint8Array, entrySize: number) {
    this.bytes = bytes;
    this.entrySize = entrySize;
    this.length = entrySize === 0 ? 0 : bytes.length / entrySize;
  }

  /** The code offset in an entry, or undefined past the end. */
  get(index: number): number | undefined {
    if (!(index >= 0 && index < this.length)) return undefined;
    let value = 0;
    const start = index * this.entrySize;
    for (let i = 0; i < this.entrySize; i++) value |= this.bytes[start + i]! << (8 * i);
    return value >>> 0;
  }
}
