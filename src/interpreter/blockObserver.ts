/**
 * Is told which way a program takes, one basic block after the other. What it is told is a copy: an observer cannot
 * change registers, memory or gas.
 */
export interface BlockObserver {
  /**
   * A basic block has been paid for and is about to be executed from its start.
   *
   * @param start code offset of the block
   * @param cost what was taken from the gas counter; 1 without metering
   * @param stackPointer low 32 bits of sp
   */
  enterBlock(start: number, cost: number, stackPointer: number): void;
  /** As {@link enterBlock}, where the host made the program start at `pc`, behind the start of the block. */
  enterInside(start: number, pc: number, cost: number, stackPointer: number): void;
  /** `memset` has filled so many bytes, each of which costs 1 gas on top of its block. */
  fill(bytes: number): void;
}
