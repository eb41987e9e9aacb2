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
 * | 4096 | read-only data, stack, aux data, read-write data and heap |
 */
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

/** Places the regions of a memory map. */
export function layOutLinearMemory(map: MemoryMap): LinearLayout {
  const stack = HEADER_SIZE;
  const aux = stack + map.stackSize;
  const readOnly = Math.max(aux + map.auxSize, map.readOnlyBase);
  const readWrite = Math.max(readOnly + map.readOnlySize, map.readWriteBase);
  return { readOnly, stack, aux, readWrite, size: readWrite + map.readWriteSize };
}
