import { HostPanicError } from './errors.js';
import { U32_MAX } from './wire/index.js';

/** Gives out u32 ids from 0 on, each once: an id that came back could reach what somebody else made. */
export class IdCounter {
  #next: number;

  constructor(first = 0) {
    this.#next = first;
  }

  /** @throws HostPanicError once all 2^32 ids were taken */
  take(): number {
    if (this.#next > U32_MAX)
      throw new HostPanicError(
        `ids: got a request for more than ${U32_MAX + 1}, expected a new manager for each block`,
      );
    return this.#next++;
  }
}
