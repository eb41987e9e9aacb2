import { type Isa, Op } from '../isa/index.js';
import { type CodeItem, endsBlock, layOut, type UnplacedInstruction } from '../program/index.js';
import { AssemblyError, quote } from './assemblyError.js';
import type { ItemSources } from './sourceMap.js';
import { compareBytes } from './symbols.js';

/** A place in the text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** An instruction that can still be given its target or its immediate. */
export type DraftInstruction = { -readonly [Field in keyof UnplacedInstruction]: UnplacedInstruction[Field] };

/** Where in the code something points: at an item (see `layOut`) or at an offset. */
type Position = { readonly item: number } | { readonly offset: number };

interface Label {
  /** First item of the block that contains the label: where jumps to it go. */
  readonly block: number;
  readonly line: number;
}

interface LabelUse extends Place {
  readonly name: string;
  /** Receives the item that the label stands for. */
  readonly resolve: (item: number) => void;
}

interface Indexed<T> extends Place {
  readonly value: T;
}

/** What the code of a program consists of, once every label is known. */
export interface BuiltCode {
  readonly code: Uint8Array;
  readonly bitmask: Uint8Array;
  readonly jumpTable: readonly number[];
  readonly exports: readonly { readonly symbol: Uint8Array; readonly pc: number }[];
  /** Code offset of each item, and of the code's end. */
  readonly offsets: ArrayLike<number>;
  readonly sources: ItemSources;
}

/** Guest addresses of jump table entries are multiples of this, the first entry's is this. */
const CODE_ADDRESS_ALIGNMENT = 2;

/** Collects instructions, labels, exports and jump table entries in the order of the text. */
export class CodeBuilder {
  readonly #isa: Isa;
  readonly #items: CodeItem[] = [];
  /** The line of each item. */
  readonly #lines: number[] = [];
  /** The line that is being read. */
  line = 0;
  /** The first item of the current basic block. */
  #block = 0;
  readonly #labels = new Map<string, Label>();
  readonly #labelUses: LabelUse[] = [];
  /** Uses of a label's dynamic address; each takes a jump table entry. */
  readonly #dynamicAddresses: { item: number; usedBy: number; receive: (address: number) => void }[] = [];
  readonly #jumpTable = new Map<number, Indexed<Position>>();
  readonly #numberedExports = new Map<number, Indexed<{ symbol: Uint8Array; position: Position }>>();
  readonly #namedExports: { symbol: Uint8Array; position: Position }[] = [];

  constructor(isa: Isa) {
    this.#isa = isa;
  }

  /** Where the next instruction will be. */
  get here(): Position {
    return { item: this.#items.length };
  }

  /** Adds an instruction without operands and returns it for its operands to be filled in. */
  addInstruction(op: Op): DraftInstruction {
    const instruction: DraftInstruction = {
      op,
      r0: 0,
      r1: 0,
      r2: 0,
      imm0: 0,
      imm1: 0,
      target: 0,
      targetItem: undefined,
    };
    this.#add(instruction);
    if (endsBlock(op)) this.#block = this.#items.length;
    return instruction;
  }

  /** Adds an instruction given by its bytes. */
  addBytes(bytes: Uint8Array): void {
    this.#add({ bytes, marked: true });
    if (endsBlock(this.#isa.opOf[bytes[0]])) this.#block = this.#items.length;
  }

  /** Adds bytes of which none is the start of an instruction. Where such bytes are executed they end their block. */
  addUnmarkedBytes(bytes: Uint8Array): void {
    this.#add({ bytes, marked: false });
    this.#block = this.#items.length;
  }

  #add(item: CodeItem): void {
    this.#items.push(item);
    this.#lines.push(this.line);
  }

  /** Defines a label here. Unless `midBlock`, a block that is open is closed, so that the label starts one. */
  defineLabel(name: string, place: Place, midBlock: boolean): void {
    const earlier = this.#labels.get(name);
    if (earlier !== undefined) {
      const found = `duplicate label ${quote(name)}`;
      throw new AssemblyError({
        ...place,
        found,
        expected: `another name than that of the label on line ${earlier.line}`,
      });
    }
    if (!midBlock && this.#block !== this.#items.length) this.addInstruction(Op.fallthrough);
    this.#labels.set(name, { block: this.#block, line: place.line });
  }

  /** Lets a jump go to a label, which may be defined later. */
  jumpTo(name: string, place: Place, jump: DraftInstruction): void {
    this.#labelUses.push({
      name,
      ...place,
      resolve: (item) => {
        jump.targetItem = item;
      },
    });
  }

  /** Takes a jump table entry for a label, and hands over the guest address that stands for it in dynamic jumps. */
  dynamicAddressOf(name: string, place: Place, receive: (address: number) => void): void {
    const usedBy = this.#items.length - 1;
    this.#labelUses.push({
      name,
      ...place,
      resolve: (item) => {
        this.#dynamicAddresses.push({ item, usedBy, receive });
      },
    });
  }

  /** Exports what is here. Exports without a number come after those with one, sorted by their symbols. */
  addExport(symbol: Uint8Array): void {
    this.#namedExports.push({ symbol, position: this.here });
  }

  /** Sets export number `index`. */
  setExport(index: number, symbol: Uint8Array, position: Position, place: Place): void {
    setOnce(this.#numberedExports, index, { value: { symbol, position }, ...place }, 'export');
  }

  /** Sets entry number `index` of the jump table, counted from 0. */
  setJumpTableEntry(index: number, position: Position, place: Place): void {
    setOnce(this.#jumpTable, index, { value: position, ...place }, 'jump table entry');
  }

  /** Resolves the labels and lays out the code. */
  build(): BuiltCode {
    for (const { name, line, column, resolve } of this.#labelUses) {
      const label = this.#labels.get(name);
      if (label === undefined) {
        throw new AssemblyError({
          line,
          column,
          found: `label ${quote(name)}, which is not defined`,
          expected: 'a label of this program',
        });
      }
      resolve(label.block);
    }
    const jumpTable = inOrder(this.#jumpTable, 'jump table entry', 1);
    for (const { item, receive } of this.#dynamicAddresses) {
      receive(CODE_ADDRESS_ALIGNMENT * jumpTable.push({ item }));
    }
    const { code, bitmask, offsets } = layOut(this.#isa, this.#items);
    const offsetOf = (position: Position) => ('item' in position ? offsets[position.item] : position.offset);
    const named = this.#namedExports.sort((a, b) => compareBytes(a.symbol, b.symbol));
    const exports = [...inOrder(this.#numberedExports, 'export', 0), ...named].map(({ symbol, position }) => ({
      symbol,
      pc: offsetOf(position),
    }));
    return { code, bitmask, jumpTable: jumpTable.map(offsetOf), exports, offsets, sources: this.#sources() };
  }

  #sources(): ItemSources {
    const labels = new Map<number, string>();
    for (const [name, { block }] of this.#labels) if (!labels.has(block)) labels.set(block, name);
    const exports = [...this.#numberedExports.values()].map(({ value }) => value);
    return {
      items: this.#items,
      lines: this.#lines,
      labels,
      exported: [...exports, ...this.#namedExports].flatMap(({ position }) =>
        'item' in position ? position.item : [],
      ),
      addresses: new Map(this.#dynamicAddresses.map(({ item, usedBy }) => [usedBy, item])),
    };
  }
}

function setOnce<T>(entries: Map<number, Indexed<T>>, index: number, entry: Indexed<T>, what: string): void {
  const earlier = entries.get(index);
  if (earlier !== undefined) {
    const { line, column } = entry;
    const found = `a second definition of this ${what}`;
    throw new AssemblyError({ line, column, found, expected: `only the one on line ${earlier.line}` });
  }
  entries.set(index, entry);
}

/** The values by their numbers, none of which may be left out. Messages count from `first`. */
function inOrder<T>(entries: Map<number, Indexed<T>>, what: string, first: number): T[] {
  const values: T[] = [];
  for (let index = 0; index < entries.size; index++) {
    const entry = entries.get(index);
    if (entry === undefined) {
      let highest = 0;
      for (const key of entries.keys()) highest = Math.max(highest, key);
      const { line, column } = entries.get(highest)!;
      const found = `${what} ${highest + first}`;
      throw new AssemblyError({ line, column, found, expected: `${what} ${index + first} as well` });
    }
    values.push(entry.value);
  }
  return values;
}
