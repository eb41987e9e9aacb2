const MAX_LENGTH = 256;

/**
 * Arrays of up to 256 bytes, one of each length, to pass part of a larger array to a function that takes whole ones:
 * a view of the part would be a new object on each call, and copying so few bytes costs less than making one.
 */
export class Scratch {
  readonly #arrays: Uint8Array[] = [];

  /** An array of that length, with anything in it; undefined if it is too long to be worth it. */
  ofLength(length: number): Uint8Array | undefined {
    if (length > MAX_LENGTH) return undefined;
    while (this.#arrays.length <= length) this.#arrays.push(new Uint8Array(this.#arrays.length));
    return this.#arrays[length];
  }
}
