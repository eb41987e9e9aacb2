/**
 * How one instance lies in linear memory, which both backends share: a header with registers and gas, then the
 * regions, the growing one last.
 *
 * | bytes | contents |
 * |---|---|
 * | 0 | the 13 registers, 8 bytes each, little endian |
 * | 104 | a register that is always zero, the base of absolute addresses |
 * | 112 | gas, i64 |
 * | 120 | the gas that compiled code has not been given for its present portion, i64 |
 * | 128 | 8 bytes through which an access that crosses pages goes |
 * | 136 | accessible bytes from the read-write base on, u32 |
 * | 140 | where compiled code goes on if the host's stack overflows, u32 |
 * | 144 | the number of the inner loop that compiled code is on the way into, or 0, u32 |
 * | 4096 | read-only data, stack, aux data, in some order; read-write data and heap |
 */
import type { MemoryKind } from './linearMemory.js';
import type { MemoryMap } from './memoryMap.js';

/** Offset of the register file. */
export const REGISTERS_OFFSET = 0;
/** Index of the register that always reads as zero. */
export const ZERO_REGISTER = 13;
/** Offset of the gas counter. */
export const GAS_OFFSET = 112;
/** Offset of what compiled code keeps of the gas outside of its locals. */
export const GAS_REST_OFFSET = 120;
/** Offset of the bounce buffer for accesses that cross pages. */
export const BOUNCE_OFFSET = 128;
/** Offset of the length of the read-write region and the heap behind it. */
export const READ_WRITE_LENGTH_OFFSET = 136;
/** Offset of the result that compiled code has when what it calls next finds the host's stack full; 0 before that. */
export const OVERFLOW_RESULT_OFFSET = 140;
/** Offset of the number of the inner loop that is being resumed. */
export const RESUME_OFFSET = 144;
/** Size of the header: the first region starts here. */
export const HEADER_SIZE = 4096;

/** Offsets of the regions in linear memory. */
export interface LinearLayout {
  readonly readOnly: number;
  readonly stack: number;
  readonly aux: number;
  readonly readWrite: number;
  /** Bytes that are needed before the heap has grown. */
  readonly size: number;
}

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Places the regions of a memory map.
 *
 * In a buffer they lie one behind the other. In a WebAssembly memory, whose pages come into being when they are written,
 * data lies where it does for the guest, or behind that: compiled code accesses it by the guest's address then, plus a
 * constant, and does not have to wait for a subtraction. The stack and aux data fill gaps, if they fit.
 */
export function layOutLinearMemory(map: MemoryMap, kind: MemoryKind): LinearLayout {
  const { readOnlyBase, readOnlySize, readWriteBase, readWriteSize, stackSize, auxSize } = map;
  if (kind === 'buffer') {
    const stack = HEADER_SIZE + readOnlySize;
    const aux = stack + stackSize;
    const readWrite = aux + auxSize;
    return { readOnly: HEADER_SIZE, stack, aux, readWrite, size: readWrite + readWriteSize };
  }
  // Where the free bytes begin and end: in front of the data, and between read-only and read-write data.
  const gaps = [
    { start: HEADER_SIZE, end: readOnlyBase },
    { start: readOnlyBase + readOnlySize, end: readWriteBase },
  ];
  // What fits nowhere moves all data on.
  let moved = 0;
  const place = (size: number): number => {
    const gap = gaps.find(({ start, end }) => start + size <= end);
    if (gap === undefined) {
      moved += size;
      return -1;
    }
    gap.start += size;
    return gap.start - size;
  };
  const [stackInGap, auxInGap] = [place(stackSize), place(auxSize)];
  const placed = (inGap: number, behind: number): number => {
    if (inGap < 0) return readOnlyBase + behind;
    return inGap < readOnlyBase ? inGap : inGap + moved;
  };
  const stack = placed(stackInGap, 0);
  const aux = placed(auxInGap, stackInGap < 0 ? stackSize : 0);
  const readWrite = readWriteBase + moved;
  return { readOnly: readOnlyBase + moved, stack, aux, readWrite, size: readWrite + readWriteSize };
}
