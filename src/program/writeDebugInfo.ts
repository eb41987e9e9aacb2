import { ByteWriter } from './byteWriter.js';
import { LINE_PROGRAM_VERSION, LineOp } from './debugInfo.js';
import { Section } from './parse.js';

/** A function and the lines that its code comes from. */
export interface DebugFunction {
  readonly name: string;
  readonly path: string;
  /** Stretches of code that follow each other, in the order of the code; the first one starts the function. */
  readonly lines: readonly DebugLine[];
  /** Code offset behind the last one. */
  readonly end: number;
}

/** Code of one line: from a code offset to where the next line starts. */
export interface DebugLine {
  readonly start: number;
  /** From 1. */
  readonly line: number;
}

/**
 * The sections that tell which function and which line code comes from, for {@link BlobParts.extraSections}
 * (spec: blob format, debug info).
 *
 * @param functions in the order of the code
 */
export function writeDebugInfo(functions: readonly DebugFunction[]): { id: number; payload: Uint8Array }[] {
  const strings = new StringTable();
  const programs = new ByteWriter();
  const ranges = new ByteWriter();
  programs.byte(LINE_PROGRAM_VERSION);
  for (const { name, path, lines, end } of functions) {
    ranges.u32(lines[0]!.start);
    ranges.u32(end);
    ranges.u32(programs.written().length);
    programs.byte(LineOp.setStackDepth);
    programs.varint(1);
    programs.byte(LineOp.setFunction);
    programs.varint(strings.offsetOf(name));
    programs.byte(LineOp.setPath);
    programs.varint(strings.offsetOf(path));
    for (const [index, { start, line }] of lines.entries()) {
      programs.byte(LineOp.setLine);
      programs.varint(line);
      programs.byte(LineOp.finishBytes);
      programs.varint((lines[index + 1]?.start ?? end) - start);
    }
    programs.byte(LineOp.finishProgram);
  }
  return [
    { id: Section.debugStrings, payload: strings.written() },
    { id: Section.debugLinePrograms, payload: programs.written() },
    { id: Section.debugLineProgramRanges, payload: ranges.written() },
  ];
}

/** Strings, each of them once. Offset 0 means none. */
class StringTable {
  readonly #bytes = new ByteWriter();
  readonly #offsets = new Map<string, number>([['', 0]]);

  constructor() {
    this.#bytes.byte(0);
  }

  offsetOf(text: string): number {
    let offset = this.#offsets.get(text);
    if (offset === undefined) {
      offset = this.#bytes.written().length;
      const bytes = new TextEncoder().encode(text);
      this.#bytes.varint(bytes.length);
      this.#bytes.bytes(bytes);
      this.#offsets.set(text, offset);
    }
    return offset;
  }

  written(): Uint8Array {
    return this.#bytes.written();
  }
}
