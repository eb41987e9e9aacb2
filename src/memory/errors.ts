/** What a memory access wanted to do. */
export type MemoryAccessKind = 'read' | 'write';

/** Thrown when the host reads or writes guest memory that it cannot access as a whole. Nothing was read or written. */
export class MemoryAccessError extends Error {
  override readonly name = 'MemoryAccessError';
  /** Guest address of the first byte, a u32. */
  readonly address: number;
  /** Number of bytes. */
  readonly length: number;
  readonly access: MemoryAccessKind;

  constructor(address: number, length: number, access: MemoryAccessKind, reason: string) {
    const end = address + length;
    super(
      `out of range memory ${access} in 0x${address.toString(16)}-0x${end.toString(16)} (${length} bytes): ${reason}`,
    );
    this.address = address;
    this.length = length;
    this.access = access;
  }
}
