import { INSTRUCTIONS, type Isa, Op } from '../isa/index.js';
import { writeBlob, writeDebugInfo } from '../program/index.js';
import { AssemblyError, abbreviate, quote } from './assemblyError.js';
import { CodeBuilder, type DraftInstruction, type Place } from './codeBuilder.js';
import { DataSection } from './dataSection.js';
import { recognize, type Slot } from './grammar.js';
import { ImportTable } from './importTable.js';
import { parseInteger, toImmediate, toPattern64 } from './integers.js';
import { type Token, tokenize } from './lexer.js';
import { contentEnd, isBlank } from './lines.js';
import { debugFunctionsOf } from './sourceMap.js';
import { parseBytes, parseName, parseSymbol } from './symbols.js';

// None of these may take more than linear time on a line of any length: whoever sends the text may be hostile.
/** What a listing puts in front of a line: the offset of an instruction, or blanks in front of a label. */
const LISTING_PREFIX = /^\s*(?:(\d+)\s*)?:\s*/;
const DIRECTIVE = /^%(\w+)\s*(\+?=)\s*/;
/** The bytes of an instruction in front of its text, in a listing that has them. A hex pair in front of = is a register. */
const RAW_BYTES = /^(?:[0-9a-f]{2} (?!=))+ */;
const RAW_BYTES_WIDTH = 25;
const NO_FALLTHROUGH = '%no_fallthrough';
/** What points at a place in a listing, and what a listing tells about it. */
const ANNOTATION = /\s*(?:\[@dyn (\d+)\]|\[export #(\d+): ('(?:[^'\\]|\\.)*'|0x[0-9a-f]*)\]|\(gas: -?\d+\))/y;
const EXPECTED_ANNOTATION = "[@dyn N], [export #N: 'name'] or (gas: N)";

/** Reads a program line by line. */
export class Assembler {
  readonly #isa: Isa;
  readonly #code: CodeBuilder;
  readonly #imports = new ImportTable();
  readonly #readOnlyData = new DataSection();
  readonly #readWriteData = new DataSection();
  #stackSize = 0;
  #jumpTableEntrySize: number | undefined;
  /** Where a listing showed that the code had run off its end. */
  #codeEnd: Place | undefined;

  constructor(isa: Isa) {
    this.#isa = isa;
    this.#code = new CodeBuilder(isa);
  }

  /**
   * Reads the next line.
   *
   * @throws AssemblyError for a line that is not understood.
   */
  addLine(line: string, lineNumber: number): void {
    const end = contentEnd(line);
    const prefix = LISTING_PREFIX.exec(line);
    let start = prefix === null ? 0 : prefix[0].length;
    while (start < end && isBlank(line, start)) start++;
    const rawBytes = RAW_BYTES.exec(line.slice(start, end))?.[0].length ?? 0;
    if (rawBytes >= RAW_BYTES_WIDTH) start += rawBytes;
    if (start >= end) return;

    this.#code.line = lineNumber;
    const place = { line: lineNumber, column: start + 1 };
    const content = line.slice(start, end);
    if (content.startsWith('%')) {
      this.#addDirective(content, place);
    } else if (content.startsWith('@') || content.startsWith('pub ')) {
      this.#addLabel(content, place);
    } else if (content.startsWith('[@dyn ') || content.startsWith('[export ') || content.startsWith('(gas: ')) {
      this.#addAnnotations(content, 0, place, prefix?.[1]);
    } else if (!(content.startsWith('<') && content.endsWith('>:'))) {
      this.#addInstruction(tokenize(line, start, end, lineNumber), lineNumber);
    }
  }

  /**
   * Completes the program.
   *
   * @param debugPath the file that debug information names; without one there is no debug information
   * @throws AssemblyError for what only the whole program shows, such as an undefined label.
   */
  finish(debugPath?: string): Uint8Array {
    const imports = this.#imports.finish();
    const { offsets, sources, ...code } = this.#code.build();
    const readOnly = this.#readOnlyData.finish();
    const readWrite = this.#readWriteData.finish();
    return writeBlob({
      isa: this.#isa,
      readOnlyData: readOnly.contents,
      readOnlyDataSize: readOnly.size,
      readWriteData: readWrite.contents,
      readWriteDataSize: readWrite.size,
      stackSize: this.#stackSize,
      imports,
      ...code,
      ...(debugPath === undefined
        ? {}
        : { extraSections: writeDebugInfo(debugFunctionsOf(sources, offsets, debugPath)) }),
      ...(this.#jumpTableEntrySize === undefined ? {} : { jumpTableEntrySize: this.#jumpTableEntrySize }),
    });
  }

  #addDirective(content: string, place: Place): void {
    const match = DIRECTIVE.exec(content);
    if (match === null) {
      throw new AssemblyError({ ...place, found: quote(content), expected: 'a directive such as "%isa = jam_v1"' });
    }
    const [head, name, assignment] = match;
    const value = content.slice(head.length);
    const at = { line: place.line, column: place.column + head.length };
    const isAppended = assignment === '+=';
    if (isAppended && name !== 'ro_data' && name !== 'rw_data') {
      throw new AssemblyError({ ...place, found: `"+=" after %${name}`, expected: '"="' });
    }
    switch (name) {
      case 'isa': // Read ahead of all other lines.
        break;
      case 'ro_data_size':
        this.#readOnlyData.setSize(parseSize(value, 0xffffffff, at));
        break;
      case 'rw_data_size':
        this.#readWriteData.setSize(parseSize(value, 0xffffffff, at));
        break;
      case 'stack_size':
        this.#stackSize = parseSize(value, 0xffffffff, at);
        break;
      case 'ro_data':
        this.#readOnlyData.write(value, isAppended, at, this.#code);
        break;
      case 'rw_data':
        this.#readWriteData.write(value, isAppended, at, this.#code);
        break;
      case 'import':
        this.#imports.declare(parseSymbolAt(value, at), at);
        break;
      case 'jump_table_entry_size':
        this.#jumpTableEntrySize = parseSize(value, 4, at);
        break;
      case 'bytes':
        this.#code.addBytes(parseBytesAt(value, at));
        break;
      case 'unmarked_bytes':
        this.#code.addUnmarkedBytes(parseBytesAt(value, at));
        break;
      default:
        throw new AssemblyError({
          ...place,
          found: `%${name}`,
          expected:
            '%isa, %ro_data, %ro_data_size, %rw_data, %rw_data_size, %stack_size, %import, %jump_table_entry_size, %bytes or %unmarked_bytes',
        });
    }
  }

  #addLabel(content: string, place: Place): void {
    const isExported = content.startsWith('pub ');
    let definition = isExported ? content.slice(4).trimStart() : content;
    const isMidBlock = definition.endsWith(NO_FALLTHROUGH);
    if (isMidBlock) definition = definition.slice(0, -NO_FALLTHROUGH.length).trimEnd();
    if (!definition.startsWith('@')) {
      throw new AssemblyError({ ...place, found: quote(content), expected: '"pub @name:"' });
    }
    if (definition.endsWith(':')) {
      const name = labelName(definition.slice(1, -1).trimEnd(), place);
      this.#code.defineLabel(name, place, isMidBlock);
      if (isExported) this.#code.addExport(new TextEncoder().encode(name));
      return;
    }
    if (isExported || isMidBlock) {
      const column = place.column + content.length;
      throw new AssemblyError({ line: place.line, column, found: 'the end of the line', expected: '":"' });
    }
    const length = /^\S+/.exec(definition)![0].length;
    this.#code.defineLabel(labelName(definition.slice(1, length), place), place, false);
    this.#addAnnotations(content, length, place, undefined);
  }

  /** Reads the exports and jump table entries that point here, or at `offset` if that is given. */
  #addAnnotations(content: string, start: number, place: Place, offset: string | undefined): void {
    const position = offset === undefined ? this.#code.here : { offset: parseSize(offset, 0xffffffff, place) };
    let index = start;
    while (index < content.length) {
      ANNOTATION.lastIndex = index;
      const match = ANNOTATION.exec(content);
      const at = { line: place.line, column: place.column + index };
      const symbol = match?.[3] === undefined ? undefined : parseSymbol(match[3]);
      if (match === null || (match[2] !== undefined && symbol === undefined)) {
        throw new AssemblyError({ ...at, found: quote(content.slice(index).trim()), expected: EXPECTED_ANNOTATION });
      }
      if (match[1] !== undefined) {
        const number = parseSize(match[1], 0xffffffff, at);
        if (number === 0) throw new AssemblyError({ ...at, found: '0', expected: 'a number from 1' });
        this.#code.setJumpTableEntry(number - 1, position, at);
      } else if (symbol !== undefined) {
        this.#code.setExport(parseSize(match[2], 0xffffffff, at), symbol, position, at);
      }
      index = ANNOTATION.lastIndex;
    }
  }

  #addInstruction(tokens: readonly Token[], line: number): void {
    const place = placeOf(tokens[0], line);
    if (this.#codeEnd !== undefined) {
      const found = '"invalid" in the middle of the code';
      throw new AssemblyError({ ...this.#codeEnd, found, expected: 'an instruction, or "%bytes =" and its bytes' });
    }
    if (tokens.length === 2 && tokens[0].text === 'invalid') {
      this.#codeEnd = place;
      return;
    }
    const recognition = recognize(tokens);
    if (recognition.meaning === undefined) {
      const { unexpected, expected } = recognition;
      throw new AssemblyError({ ...placeOf(unexpected, line), found: describe(unexpected), expected });
    }
    const { meaning, operands } = recognition;
    let op = this.#isa.is64Bit ? meaning.op : meaning.opOn32Bit;
    if (
      op === Op.load_imm &&
      meaning.slots[1]?.kind === 'immediate' &&
      this.#immediate(meaning.slots[1], operands[1]) === undefined
    ) {
      op = Op.load_imm64;
    }
    if (this.#isa.opcodeOf[op] < 0) {
      const found = `${INSTRUCTIONS[op].name}, which the ISA ${this.#isa.name} does not have`;
      throw new AssemblyError({ ...place, found, expected: 'an instruction of this ISA' });
    }
    if (isJumpViaOwnBase(op, tokens, operands)) {
      // The text would read as if the jump used the new value.
      const base = operands[2].text;
      throw new AssemblyError({
        ...placeOf(operands[2], line),
        found: `"${base}", which this line also assigns`,
        expected: `"tmp = ${base}, ${base} = ..., jump [tmp]", as the jump uses the value from before`,
      });
    }
    const instruction = this.#code.addInstruction(op);
    meaning.slots.forEach((slot, i) => {
      this.#fillIn(instruction, slot, operands[i], line);
    });
  }

  #fillIn(instruction: DraftInstruction, slot: Slot, token: Token, line: number): void {
    const place = placeOf(token, line);
    switch (slot.kind) {
      case 'register':
        instruction[slot.field] = token.register;
        break;
      case 'target':
        if (token.kind === 'label') this.#code.jumpTo(token.text, place, instruction);
        else instruction.target = this.#inRange(parseSigned(token), 0, 0xffffffff, token, line);
        break;
      case 'hostcall':
        instruction.imm0 = this.#inRange(parseSigned(token), 0, 0xffffffff, token, line) | 0;
        break;
      case 'import':
        this.#imports.call(new TextEncoder().encode(token.text), instruction, place);
        break;
      case 'labelAddress':
        this.#code.dynamicAddressOf(token.text, place, (address) => {
          instruction.imm0 = address;
        });
        break;
      case 'zero':
        this.#inRange(parseSigned(token), 0, 0, token, line);
        break;
      case 'value64':
        this.#fillInWide(instruction, token, line);
        break;
      case 'immediate': {
        if (instruction.op === Op.load_imm64) {
          this.#fillInWide(instruction, token, line);
          break;
        }
        const value = this.#immediate(slot, token);
        if (value === undefined) throw outOfRange(token, line, this.#expectedImmediate(slot));
        instruction[slot.field] = value;
        break;
      }
      default:
        slot.kind satisfies never;
    }
  }

  #fillInWide(instruction: DraftInstruction, token: Token, line: number): void {
    const pattern = toPattern64(parseSigned(token));
    if (pattern === undefined) throw outOfRange(token, line, 'an integer of 64 bits');
    instruction.imm0 = Number(BigInt.asIntN(32, pattern));
    instruction.imm1 = Number(BigInt.asIntN(32, pattern >> 32n));
  }

  /** The immediate that a number means in a slot, or undefined when it does not fit. */
  #immediate(slot: Slot, token: Token): number | undefined {
    const isNarrow = slot.bits === 32 || !this.#isa.is64Bit;
    const value = toImmediate(parseSigned(token), isNarrow, slot.isNegated);
    if (value === undefined || slot.bits >= 32) return value;
    return value >= -(2 ** (slot.bits - 1)) && value < 2 ** slot.bits ? value : undefined;
  }

  #expectedImmediate({ bits }: Slot): string {
    if (bits < 32) return `an integer of ${bits} bits`;
    if (bits === 32 || !this.#isa.is64Bit) return 'an integer of 32 bits';
    return 'an integer from -2147483648 to 2147483647, or its 64-bit pattern';
  }

  #inRange(value: bigint, least: number, most: number, token: Token, line: number): number {
    if (value >= least && value <= most) return Number(value);
    throw outOfRange(token, line, least === most ? `${least}` : `an integer from ${least} to ${most}`);
  }
}

/** Whether a jump loads the register that it also jumps by, and the text does not spell out that it uses the old value. */
function isJumpViaOwnBase(op: Op, tokens: readonly Token[], operands: readonly Token[]): boolean {
  return (
    op === Op.load_imm_and_jump_indirect && tokens[0].text !== 'tmp' && operands[0].register === operands[2].register
  );
}

function placeOf(token: Token, line: number): Place {
  return { line, column: token.column + 1 };
}

function parseSigned(token: Token): bigint {
  return parseInteger(token.text, token.isNegative);
}

function outOfRange(token: Token, line: number, expected: string): AssemblyError {
  const found = abbreviate(`${token.isNegative ? '-' : ''}${token.text}`);
  return new AssemblyError({ ...placeOf(token, line), found, expected });
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the line';
  if (token.kind === 'label') return `label ${quote(token.text)}`;
  return quote(`${token.isNegative ? '-' : ''}${token.text}`);
}

function labelName(text: string, place: Place): string {
  const name = parseName(text);
  if (name === '') throw new AssemblyError({ ...place, found: 'a label without a name', expected: '"@name:"' });
  return name;
}

function parseSize(text: string, most: number, place: Place): number {
  const value = /^(?:\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new AssemblyError({ ...place, found: quote(text), expected: `an integer from 0 to ${most}` });
}

function parseSymbolAt(text: string, place: Place): Uint8Array {
  const symbol = parseSymbol(text);
  if (symbol !== undefined && text !== '') return symbol;
  throw new AssemblyError({
    ...place,
    found: quote(text),
    expected: "a name, a 'quoted name', or 0x and pairs of hex digits",
  });
}

function parseBytesAt(text: string, place: Place): Uint8Array {
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes.length > 0) return bytes;
  throw new AssemblyError({ ...place, found: quote(text), expected: 'pairs of hex digits' });
}
