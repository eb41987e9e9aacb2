import { invalidParams } from './rpcError.js';

/** Seconds that fit into a u64. */
const MAX_TIME = 2n ** 64n;

/** What a {@link Clock} is set to. */
export interface ClockSetting {
  readonly shift: bigint;
  readonly next: bigint | undefined;
}

/** Says when the next block is: never before the latest one, and later if somebody has asked for it. */
export class Clock {
  readonly #now: (() => bigint) | undefined;
  #shift = 0n;
  #next: bigint | undefined;

  /** @param now seconds since 1970; without it each block is a second after the one before */
  constructor(now: (() => bigint) | undefined) {
    this.#now = now;
  }

  /** The time of the next block. */
  next(latest: bigint): bigint {
    if (this.#next !== undefined) return this.#next;
    const earliest = latest + 1n;
    const now = this.#now === undefined ? earliest : this.#now();
    const shifted = now + this.#shift;
    return shifted < earliest ? earliest : shifted;
  }

  /** A block was made, at the time that {@link Clock.next} said. */
  advance(): void {
    this.#next = undefined;
    // Without a clock the latest block is what time is counted from, and it has the shift in it.
    if (this.#now === undefined) this.#shift = 0n;
  }

  /** Moves time on. Returns by how much in all, since there was a clock to differ from. @throws ProviderRpcError */
  increase(seconds: bigint, latest: bigint): bigint {
    if (this.next(latest) + seconds >= MAX_TIME) throw invalidParams(`seconds: got ${seconds}, beyond 64 bits`);
    if (this.#next !== undefined) this.#next += seconds;
    this.#shift += seconds;
    return this.#shift;
  }

  /** Sets the time of the next block; time goes on from there. @throws ProviderRpcError if that is not after the latest */
  setNext(timestamp: bigint, latest: bigint): void {
    if (timestamp <= latest) {
      throw invalidParams(`timestamp: expected more than the latest block's, ${latest}, got ${timestamp}`);
    }
    this.#next = timestamp;
    if (this.#now !== undefined) this.#shift = timestamp - this.#now();
  }

  /** What {@link Clock.restore} goes back to. */
  get setting(): ClockSetting {
    return { shift: this.#shift, next: this.#next };
  }

  restore({ shift, next }: ClockSetting): void {
    this.#shift = shift;
    this.#next = next;
  }
}
