import { AssemblyError } from './assemblyError.js';
import type { DraftInstruction, Place } from './codeBuilder.js';
import { formatSymbol } from './symbols.js';

/** How many imports a program can have (spec: blob format, errors). */
const MAX_IMPORTS = 1024;

interface ImportCall {
  readonly key: string;
  readonly symbol: Uint8Array;
  readonly instruction: DraftInstruction;
  readonly place: Place;
}

/** The imports of a program under assembly: those declared, in order, then those that are only called by name. */
export class ImportTable {
  readonly #symbols: Uint8Array[] = [];
  /** Index of each symbol, by its text; of equal ones the first. */
  readonly #indexes = new Map<string, number>();
  readonly #calls: ImportCall[] = [];

  /** Declares the next import. */
  declare(symbol: Uint8Array, place: Place): void {
    this.#add(formatSymbol(symbol), symbol, place);
  }

  /** Lets an ecalli call an import by its symbol. It may be declared later, or not at all. */
  call(symbol: Uint8Array, instruction: DraftInstruction, place: Place): void {
    this.#calls.push({ key: formatSymbol(symbol), symbol, instruction, place });
  }

  /** Numbers the imports and tells the calls their numbers. */
  finish(): readonly Uint8Array[] {
    for (const { key, symbol, instruction, place } of this.#calls) {
      instruction.imm0 = this.#indexes.get(key) ?? this.#add(key, symbol, place);
    }
    return this.#symbols;
  }

  #add(key: string, symbol: Uint8Array, place: Place): number {
    const index = this.#symbols.push(symbol) - 1;
    if (index >= MAX_IMPORTS) {
      throw new AssemblyError({
        ...place,
        found: `import number ${index + 1}`,
        expected: `at most ${MAX_IMPORTS} imports`,
      });
    }
    if (!this.#indexes.has(key)) this.#indexes.set(key, index);
    return index;
  }
}
