import type { Instance, InstanceObserver, Interrupt, Yielded } from '../../src/engine/index.js';
import { forEachInstructionOfBlock, InstructionDecoder, type Program } from '../../src/program/index.js';

/**
 * Counts the instructions that an instance executes, those that trap included: block by block, and at a stop in the middle of a
 * block without the rest of it. (A `memset` that runs out of gas counts with all of its block.)
 */
export class InstructionCounter implements InstanceObserver {
  executed = 0;
  readonly #decoder: InstructionDecoder;
  /** Numbers of instructions from a code offset to the end of its block. */
  readonly #lengths = new Map<number, number>();
  /** What is left of the block that a host call has interrupted. */
  #rest = 0;
  /** Whether the present run has come to any block, which one that starts where nothing can start has not. */
  #hasEntered = false;

  constructor(program: Program) {
    this.#decoder = new InstructionDecoder(program);
  }

  enterBlock(start: number): void {
    this.executed += this.#lengthFrom(start);
    this.#hasEntered = true;
  }

  enterInside(_start: number, pc: number): void {
    this.executed += this.#lengthFrom(pc);
    this.#hasEntered = true;
  }

  fill(): void {}

  begin(_instance: Instance, isEntry: boolean): void {
    if (!isEntry) this.executed += this.#rest;
    this.#hasEntered = !isEntry;
    this.#rest = 0;
  }

  end({ programCounter }: Instance, { kind }: Interrupt | Yielded): void {
    if ((kind !== 'trap' && kind !== 'ecalli') || programCounter === undefined || !this.#hasEntered) return;
    const rest = this.#lengthFrom(programCounter) - 1;
    this.executed -= rest;
    if (kind === 'ecalli') this.#rest = rest;
  }

  #lengthFrom(pc: number): number {
    let length = this.#lengths.get(pc);
    if (length === undefined) {
      length = 0;
      forEachInstructionOfBlock(this.#decoder, pc, () => length!++);
      this.#lengths.set(pc, length);
    }
    return length;
  }
}
