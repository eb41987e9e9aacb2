import { MAX_SYSCALL_SYMBOL_LEN } from '../../virtualization/index.js';

const WORDS = MAX_SYSCALL_SYMBOL_LEN / 4;
/** Well over twice as many as there are syscalls, and a power of two. */
const SLOTS = 256;

/**
 * Finds what belongs to a symbol as the exec buffer has it: 32 bytes, zeros behind the symbol, and its length. A program stops
 * at a syscall every few microseconds, and making a string of the symbol each time takes longer than all the rest of
 * finding out what it wants.
 */
export class SymbolTable<T> {
  readonly #slots: ({ readonly words: Int32Array; readonly length: number; readonly value: T } | undefined)[];

  /** @throws RangeError for a symbol that a program cannot import */
  constructor(entries: Iterable<readonly [symbol: string, value: T]>) {
    this.#slots = new Array(SLOTS).fill(undefined);
    for (const [symbol, value] of entries) {
      const bytes = new TextEncoder().encode(symbol);
      if (bytes.length > MAX_SYSCALL_SYMBOL_LEN) {
        throw new RangeError(`symbol: expected at most ${MAX_SYSCALL_SYMBOL_LEN} bytes, got ${JSON.stringify(symbol)}`);
      }
      const padded = new Uint8Array(MAX_SYSCALL_SYMBOL_LEN);
      padded.set(bytes);
      const words = new Int32Array(padded.buffer);
      let slot = hash(words, 0);
      while (this.#slots[slot] !== undefined) slot = (slot + 1) % SLOTS;
      this.#slots[slot] = { words, length: bytes.length, value };
    }
  }

  /** What belongs to the symbol at `offset`, its words and then its length; undefined if nothing does. */
  find(words: Int32Array, offset: number): T | undefined {
    for (let slot = hash(words, offset); ; slot = (slot + 1) % SLOTS) {
      const entry = this.#slots[slot];
      if (entry === undefined) return undefined;
      if (entry.length === words[offset + WORDS] && isEqual(entry.words, words, offset)) return entry.value;
    }
  }
}

function hash(words: Int32Array, offset: number): number {
  let mixed = 0;
  for (let i = 0; i < WORDS; i++) mixed = Math.imul(mixed ^ words[offset + i]!, 0x9e3779b1);
  return (mixed >>> 16) % SLOTS;
}

function isEqual(symbol: Int32Array, words: Int32Array, offset: number): boolean {
  for (let i = 0; i < WORDS; i++) if (symbol[i] !== words[offset + i]) return false;
  return true;
}
