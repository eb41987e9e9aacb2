/**
 * Debug information: which function, and which line of which file, a code offset comes from (spec: blob format, debug
 * info). The line programs are read on demand; a program without them, or with broken ones, runs all the same.
 */
import { InvalidProgramError } from './errors.js';
import type { Program } from './program.js';
import { BlobReader } from './reader.js';
import { countFirst } from './search.js';

/** What a frame's location means: the place of a call, the entry of a function, or a line being executed. */
export type FrameKind = 'enter' | 'call' | 'line';

/** One function of the call chain at a code offset. */
export interface DebugFrame {
  readonly kind: FrameKind;
  /** Namespace and function, joined by `::`; empty when neither is known. */
  readonly functionName: string;
  /** Source file, or undefined. */
  readonly path: string | undefined;
  /** Line and column from 1, or undefined. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** A stretch of code that shares its frames. */
export interface DebugRegion {
  /** Code offsets `start` to `end`, the latter excluded. */
  readonly start: number;
  readonly end: number;
  /** The function whose code it is, then those inlined into it, innermost last. To be called before the next region is taken. */
  readonly frames: () => DebugFrame[];
}

/** Bytes that the section of line program ranges has for each range. */
export const RANGE_SIZE = 12;
/** The first byte of the section of line programs. */
export const LINE_PROGRAM_VERSION = 1;
const MAX_FRAMES = 16;
const MAX_OPS_PER_REGION = 512;
const KINDS: readonly FrameKind[] = ['enter', 'call', 'line'];

/** Opcodes of line programs. */
export const LineOp = {
  finishProgram: 0,
  setMutationDepth: 1,
  setKindEnter: 2,
  setKindCall: 3,
  setKindLine: 4,
  setNamespace: 5,
  setFunction: 6,
  setPath: 7,
  setLine: 8,
  setColumn: 9,
  setStackDepth: 10,
  incrementLine: 11,
  addLine: 12,
  subtractLine: 13,
  finishByte: 14,
  finishBytes: 15,
  finishByteAndPush: 16,
  finishBytesAndPush: 17,
  finishByteAndPop: 18,
  finishBytesAndPop: 19,
} as const;

interface RawFrame {
  kind: FrameKind;
  namespace: number;
  function: number;
  path: number;
  line: number;
  column: number;
}

/**
 * Number of the debug range (a function, as a rule) that contains a code offset; undefined when there is none.
 *
 * @throws InvalidProgramError for malformed debug sections.
 */
export function debugRangeAt(program: Program, offset: number): number | undefined {
  const { debugLineProgramRanges: ranges, debugLinePrograms: programs } = program;
  if (ranges.length === 0 || programs.length === 0) return undefined;
  if (programs[0] !== LINE_PROGRAM_VERSION) {
    throw new InvalidProgramError('the debug line programs section has an unsupported version', {
      section: 'debug line programs',
      offset: 0,
      found: `version ${programs[0]}`,
      expected: `version ${LINE_PROGRAM_VERSION}`,
    });
  }
  if (ranges.length % RANGE_SIZE !== 0) {
    throw new InvalidProgramError('the debug function ranges section has an invalid size', {
      section: 'debug line program ranges',
      found: `${ranges.length} bytes`,
      expected: `a multiple of ${RANGE_SIZE}`,
    });
  }
  // The first range that ends behind the offset: ranges are sorted and do not overlap, but equal ones are possible.
  const count = ranges.length / RANGE_SIZE;
  const range = countFirst(count, (index) => rangeOf(program, index).end <= offset);
  const isInside = range < count && offset >= rangeOf(program, range).begin;
  return isInside ? range : undefined;
}

/**
 * Runs the line program of a debug range and yields its regions in order.
 *
 * @throws InvalidProgramError for a malformed line program, after the regions before the fault.
 */
export function* debugRegions(program: Program, range: number): Generator<DebugRegion, void, undefined> {
  const { begin, info } = rangeOf(program, range);
  const reader = new BlobReader(program.debugLinePrograms);
  reader.section = 'debug line programs';
  reader.skip(info);
  const stack = Array.from({ length: MAX_FRAMES }, emptyFrame);
  // Changes to frames beyond the supported depth are read and have no effect.
  const beyond = emptyFrame();
  let frame = stack[0];
  let stackDepth = 0;
  let position = begin;
  let opsSinceRegion = 0;
  for (;;) {
    const at = reader.position;
    const op = reader.readByte();
    if (++opsSinceRegion > MAX_OPS_PER_REGION) {
      const found = `${opsSinceRegion} opcodes without a region`;
      throw reader.error('found a line program that is too long', found, `at most ${MAX_OPS_PER_REGION}`, at);
    }
    let count = 0;
    let push = 0;
    switch (op) {
      case LineOp.finishProgram:
        return;
      case LineOp.setMutationDepth:
        frame = stack[reader.readVarint()] ?? beyond;
        continue;
      case LineOp.setKindEnter:
      case LineOp.setKindCall:
      case LineOp.setKindLine:
        frame.kind = KINDS[op - LineOp.setKindEnter];
        continue;
      case LineOp.setNamespace:
        frame.namespace = reader.readVarint();
        continue;
      case LineOp.setFunction:
        frame.function = reader.readVarint();
        continue;
      case LineOp.setPath:
        frame.path = reader.readVarint();
        continue;
      case LineOp.setLine:
        frame.line = reader.readVarint();
        continue;
      case LineOp.setColumn:
        frame.column = reader.readVarint();
        continue;
      case LineOp.setStackDepth:
        stackDepth = reader.readVarint();
        continue;
      case LineOp.incrementLine:
        frame.line = (frame.line + 1) >>> 0;
        continue;
      case LineOp.addLine:
        frame.line = (frame.line + reader.readVarint()) >>> 0;
        continue;
      case LineOp.subtractLine:
        frame.line = (frame.line - reader.readVarint()) >>> 0;
        continue;
      case LineOp.finishByte:
        count = 1;
        break;
      case LineOp.finishBytes:
        count = reader.readVarint();
        break;
      case LineOp.finishByteAndPush:
        count = 1;
        push = 1;
        break;
      case LineOp.finishBytesAndPush:
        count = reader.readVarint();
        push = 1;
        break;
      case LineOp.finishByteAndPop:
        count = 1;
        push = -1;
        break;
      case LineOp.finishBytesAndPop:
        count = reader.readVarint();
        push = -1;
        break;
      default:
        throw reader.error('found an unrecognized line program opcode', `opcode ${op}`, 'an opcode from 0 to 19', at);
    }
    const frames = stack.slice(0, stackDepth);
    const end = (position + count) >>> 0;
    yield { start: position, end, frames: () => frames.map((raw) => resolve(program, raw)) };
    position = end;
    stackDepth = Math.min(Math.max(0, stackDepth + push), 0xffffffff);
    opsSinceRegion = 0;
  }
}

/**
 * The frames at a code offset, the function whose code it is first and the innermost inlined one last; none where there
 * is no debug information. At most `limit` regions are looked at.
 *
 * @throws InvalidProgramError for malformed debug information.
 */
export function debugFramesAt(
  program: Program,
  offset: number,
  limit = program.debugLinePrograms.length,
): readonly DebugFrame[] {
  const range = debugRangeAt(program, offset);
  if (range === undefined) return [];
  let looked = 0;
  for (const { start, end, frames } of debugRegions(program, range)) {
    if (offset >= start && offset < end) return frames();
    if (++looked >= limit) break;
  }
  return [];
}

function rangeOf({ debugLineProgramRanges }: Program, index: number): { begin: number; end: number; info: number } {
  const view = new DataView(
    debugLineProgramRanges.buffer,
    debugLineProgramRanges.byteOffset + index * RANGE_SIZE,
    RANGE_SIZE,
  );
  return { begin: view.getUint32(0, true), end: view.getUint32(4, true), info: view.getUint32(8, true) };
}

function emptyFrame(): RawFrame {
  return { kind: 'line', namespace: 0, function: 0, path: 0, line: 0, column: 0 };
}

function resolve(program: Program, raw: RawFrame): DebugFrame {
  const namespace = stringAt(program, raw.namespace);
  const name = stringAt(program, raw.function);
  const path = stringAt(program, raw.path);
  return {
    kind: raw.kind,
    functionName: namespace === '' ? name : `${namespace}::${name}`,
    path: path === '' ? undefined : path,
    line: raw.line === 0 ? undefined : raw.line,
    column: raw.column === 0 ? undefined : raw.column,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The debug string at an offset of its section; offset 0 means none. */
function stringAt({ debugStrings }: Program, offset: number): string {
  if (offset === 0) return '';
  const reader = new BlobReader(debugStrings);
  reader.section = 'debug strings';
  reader.skip(offset);
  const bytes = reader.readBytes(reader.readVarint());
  try {
    return utf8.decode(bytes);
  } catch {
    throw reader.error(
      `failed to parse a string at offset 0x${offset.toString(16)} (not valid UTF-8)`,
      `${bytes.length} bytes that are not UTF-8`,
      'UTF-8',
      offset,
    );
  }
}
