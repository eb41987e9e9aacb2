import { Op } from '../isa/index.js';
import {
  endsBlock,
  forEachInstruction,
  InstructionDecoder,
  jumpTableEntrySize,
  type Program,
  parseProgram,
} from '../program/index.js';
import { type FormatOptions, formatInstruction } from './format.js';
import { FunctionNames } from './functionNames.js';
import { indexProgram, type ListingIndex } from './listingIndex.js';
import { reproducibleIn } from './reproducible.js';
import { SourceLines } from './sourceLines.js';
import { formatSymbol } from './symbols.js';

/** Options of {@link disassemble}. */
export interface DisassembleOptions {
  /**
   * `assembly`, the default: the listing has all that `assemble` needs to make the same program again. `guest`: what
   * the reference's disassembler prints, which leaves out data, imports that are not called, and more.
   */
  readonly format?: 'assembly' | 'guest';
  /** Whether to begin with the sizes of the program, as comments. Default true. */
  readonly header?: boolean;
  /** Whether to put code offsets in front of instructions. Default true. */
  readonly offsets?: boolean;
  /** Whether to put the bytes of instructions in front of them. Default false. */
  readonly rawBytes?: boolean;
  /** Register names: `ra`, `sp`, `a0`... or `r0` to `r12`. Default `abi`. */
  readonly registers?: 'abi' | 'numbered';
  /** Whether to prefer short forms such as `ret`, `a0 - 8` and `[sp]` to the plain ones. Default true. */
  readonly aliases?: boolean;
  /** Whether to tell in comments which lines of the sources instructions come from, as far as the program knows. Default false. */
  readonly sourceLines?: boolean;
  /** List only the code between two offsets, the latter excluded. Such a listing is not for assembling. Default: all. */
  readonly range?: { readonly start: number; readonly end: number };
  /** The gas cost of the basic block at a code offset, to be shown with the block; undefined for no cost. */
  readonly gasCost?: (pc: number) => number | undefined;
}

const DATA_BYTES_PER_LINE = 32;
const OFFSET_WIDTH = 6;
const RAW_BYTES_WIDTH = 24;

/**
 * Lists a program as assembly text.
 *
 * The layout is that of the reference's disassembler. In the default format the listing assembles to a program of the
 * same code, bitmask, jump table, data, imports and exports; debug information and optional sections are left out.
 *
 * @throws InvalidProgramError for a blob that does not parse.
 */
export function disassemble(blob: Uint8Array, options: DisassembleOptions = {}): string {
  return new Disassembler(parseProgram(blob), options).list();
}

class Disassembler {
  readonly #program: Program;
  readonly #options: DisassembleOptions;
  readonly #index: ListingIndex;
  readonly #isAssembly: boolean;
  readonly #format: FormatOptions;
  readonly #isReproducible: (decoder: InstructionDecoder) => boolean;
  readonly #lines: string[] = [];

  constructor(program: Program, options: DisassembleOptions) {
    this.#program = program;
    this.#options = options;
    this.#index = indexProgram(program);
    this.#isAssembly = options.format !== 'guest' && options.range === undefined;
    this.#format = {
      is64Bit: program.isa.is64Bit,
      registers: options.registers ?? 'abi',
      aliases: options.aliases ?? true,
      target: (offset) => {
        const block = this.#index.blocks.get(offset);
        return block === undefined ? `${offset}` : `@${block}`;
      },
    };
    this.#isReproducible = this.#isAssembly ? reproducibleIn(program, this.#index.blocks) : () => true;
  }

  list(): string {
    if (this.#options.header ?? true) this.#listHeader();
    if (this.#isAssembly) this.#listDirectives();
    this.#listCode();
    // Without a header there is nothing that a first function has to be apart from.
    if (this.#options.range !== undefined && this.#lines[0] === '') this.#lines.shift();
    return `${this.#lines.join('\n')}\n`;
  }

  #listHeader(): void {
    const { readOnlyData, readOnlyDataSize, readWriteData, readWriteDataSize, stackSize, code } = this.#program;
    this.#lines.push(
      `// RO data = ${readOnlyData.length}/${readOnlyDataSize} bytes`,
      `// RW data = ${readWriteData.length}/${readWriteDataSize} bytes`,
      `// Stack size = ${stackSize} bytes`,
      '',
      `// Instructions = ${this.#index.instructionCount}`,
      `// Code size = ${code.length} bytes`,
      '',
    );
  }

  #listDirectives(): void {
    const { isa, readOnlyData, readOnlyDataSize, readWriteData, readWriteDataSize, stackSize, imports, jumpTable } =
      this.#program;
    const lines = this.#lines;
    lines.push(`%isa = ${isa.name}`);
    if (readOnlyDataSize > 0) lines.push(`%ro_data_size = ${readOnlyDataSize}`);
    if (readWriteDataSize > 0) lines.push(`%rw_data_size = ${readWriteDataSize}`);
    if (stackSize > 0) lines.push(`%stack_size = ${stackSize}`);
    this.#listData('ro_data', readOnlyData);
    this.#listData('rw_data', readWriteData);
    for (const symbol of imports) {
      lines.push(
        symbol === undefined ? "%import = '' // malformed in the program" : `%import = ${formatSymbol(symbol)}`,
      );
    }
    const entries = Array.from({ length: jumpTable.length }, (_, index) => jumpTable.get(index)!);
    if (jumpTable.entrySize !== jumpTableEntrySize(entries)) {
      lines.push(`%jump_table_entry_size = ${jumpTable.entrySize}`);
    }
    lines.push('');
  }

  #listData(name: string, data: Uint8Array): void {
    for (let offset = 0; offset < data.length; offset += DATA_BYTES_PER_LINE) {
      const assignment = offset === 0 ? '=' : '+=';
      this.#lines.push(`%${name} ${assignment} ${hexBytes(data.subarray(offset, offset + DATA_BYTES_PER_LINE))}`);
    }
  }

  #listCode(): void {
    const { code } = this.#program;
    const { instructionCount, references } = this.#index;
    const functions = new FunctionNames(this.#program);
    const sources = this.#options.sourceLines ? new SourceLines(this.#program) : undefined;
    const { start: first, end: last } = this.#options.range ?? { start: 0, end: Number.POSITIVE_INFINITY };
    const unlisted = new Set(references.keys());
    let startsBlock = true;
    let listed = 0;
    let end = 0;
    forEachInstruction(new InstructionDecoder(this.#program), (decoder) => {
      const { op, offset } = decoder;
      if (offset < first || offset >= last) {
        startsBlock = endsBlock(op);
        listed++;
        return;
      }
      // The listing passes over bytes that are never reached, but they are part of the program.
      if (this.#isAssembly && offset > end) this.#listUnmarkedBytes(end, offset);
      end = Math.min(decoder.next, code.length);
      this.#lines.push(...functions.linesBefore(offset));
      if (startsBlock) {
        this.#listBlock(offset);
      } else if (this.#isAssembly && references.has(offset)) {
        this.#listLine(undefined, undefined, this.#referencesText(offset).trimStart());
      }
      if (sources !== undefined) this.#lines.push(...sources.linesBefore(offset));
      unlisted.delete(offset);
      this.#listInstruction(decoder, end);
      listed++;
      startsBlock = endsBlock(op) && listed < instructionCount;
    });
    if (!this.#isAssembly) return;
    if (end < code.length) this.#listUnmarkedBytes(end, code.length);
    for (const offset of unlisted) {
      this.#lines.push(`${`${offset}`.padStart(OFFSET_WIDTH)}: ${this.#referencesText(offset).trimStart()}`);
    }
  }

  #listBlock(offset: number): void {
    const cost = this.#options.gasCost?.(offset);
    const gas = cost === undefined ? '' : ` (gas: ${cost})`;
    this.#listLine(undefined, undefined, `@${this.#index.blocks.get(offset)}${this.#referencesText(offset)}${gas}`);
  }

  #referencesText(offset: number): string {
    let text = '';
    for (const { kind, index } of this.#index.references.get(offset) ?? []) {
      text +=
        kind === 'export'
          ? ` [export #${index}: ${formatSymbol(this.#program.exports[index].symbol)}]`
          : ` [@dyn ${index + 1}]`;
    }
    return text;
  }

  #listInstruction(decoder: InstructionDecoder, end: number): void {
    const { op, offset } = decoder;
    const bytes = this.#program.code.subarray(offset, end);
    let text = formatInstruction(decoder, this.#format);
    if (this.#isAssembly && bytes.length > 0 && !this.#isReproducible(decoder)) {
      const directive = decoder.isMarked(offset) ? 'bytes' : 'unmarked_bytes';
      text = `%${directive} = ${hexBytes(bytes)} // ${text}`;
    } else if (op === Op.ecalli) {
      const symbol = this.#program.imports[decoder.imm0 >>> 0];
      text += ` // ${symbol === undefined ? 'INVALID' : formatSymbol(symbol)}`;
    }
    this.#listLine(offset, bytes, text);
  }

  #listUnmarkedBytes(start: number, end: number): void {
    const bytes = this.#program.code.subarray(start, end);
    this.#listLine(start, bytes, `%unmarked_bytes = ${hexBytes(bytes)}`);
  }

  #listLine(offset: number | undefined, bytes: Uint8Array | undefined, text: string): void {
    const { offsets = true, rawBytes = false } = this.#options;
    const offsetColumn = offsets ? `${`${offset ?? ''}`.padStart(OFFSET_WIDTH)}: ` : '';
    const bytesColumn = rawBytes ? `${(bytes === undefined ? '' : hexBytes(bytes)).padEnd(RAW_BYTES_WIDTH)} ` : '';
    this.#lines.push(offsetColumn + bytesColumn + text);
  }
}

function hexBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `${text === '' ? '' : ' '}${byte < 16 ? '0' : ''}${byte.toString(16)}`;
  return text;
}
