/**
 * Basic blocks and jump targets (spec: decoding, sections 3 and 4).
 */
import { Op } from '../isa/index.js';
import { canFallThrough, endsBlock, type InstructionDecoder } from './decoder.js';

/** How far back the search for the instruction before `offset` looks; the reference's bitmask words show through. */
function reach(offset: number): number {
  return Math.min(25, 24 + (offset % 8));
}

/** Code offset of the instruction before `offset`, or -1 when there is none within reach. */
function previousInstruction(decoder: InstructionDecoder, offset: number): number {
  const limit = Math.max(0, offset - reach(offset));
  for (let at = offset - 1; at >= limit; at--) {
    if (decoder.isMarked(at)) return at;
  }
  return -1;
}

/** Whether jumps, branches and jump table entries may go to a code offset: it must start a basic block. */
export function isJumpTarget(decoder: InstructionDecoder, offset: number): boolean {
  if (!decoder.isMarked(offset)) return false;
  if (offset === 0) return true;
  const previous = previousInstruction(decoder, offset);
  if (previous < 0) return false;
  const op = decoder.opAt(previous);
  return op !== Op.invalid && endsBlock(op);
}

/**
 * Start of the basic block that contains the instruction at `offset`, or -1 when nothing is marked there or no start is
 * within reach. Behind an unknown opcode a block starts too, although jumps cannot go there.
 */
export function blockStartOf(decoder: InstructionDecoder, offset: number): number {
  if (!decoder.isMarked(offset)) return -1;
  let start = offset;
  while (start !== 0) {
    const previous = previousInstruction(decoder, start);
    if (previous < 0) return -1;
    if (endsBlock(decoder.opAt(previous))) return start;
    start = previous;
  }
  return start;
}

/**
 * Decodes the instructions of the basic block at `start`, calling `visit` after each one was decoded into `decoder`.
 * Where the code runs off its end or into a gap the last one visited is the invalid instruction.
 */
export function forEachInstructionOfBlock(
  decoder: InstructionDecoder,
  start: number,
  visit: (decoder: InstructionDecoder) => void,
): void {
  decoder.decode(start);
  visit(decoder);
  while (!endsBlock(decoder.op)) {
    decodeFollowing(decoder);
    visit(decoder);
  }
}

/**
 * Decodes what follows the current instruction of `decoder` in the same stream: the next instruction, or the invalid
 * one where none follows.
 */
export function decodeFollowing(decoder: InstructionDecoder): void {
  const next = decoder.next;
  if (decoder.nextIsInvalid || next >= decoder.codeLength) {
    decoder.op = Op.invalid;
    decoder.offset = next;
    decoder.next = next === decoder.codeLength ? next + 1 : decoder.codeLength;
    decoder.nextIsInvalid = false;
  } else {
    decoder.decode(next);
  }
}

/**
 * Visits every instruction of the code from offset 0 on, as a listing shows it: over gaps, with an invalid instruction
 * for each stretch of bytes that no instruction covers, and a last one at the end when the code can run off it. Where
 * a quirk of the reference ends the block before a marked byte, the invalid instruction there has no length.
 */
export function forEachInstruction(decoder: InstructionDecoder, visit: (decoder: InstructionDecoder) => void): void {
  const end = decoder.codeLength;
  let offset = 0;
  do {
    decoder.decode(offset);
    if (!decoder.isMarked(offset)) decoder.next = nextMarked(decoder, offset);
    visit(decoder);
    const isGap = decoder.nextIsInvalid;
    const next = decoder.next;
    if (isGap && canFallThrough(decoder.op)) {
      decodeFollowing(decoder);
      decoder.next = next >= end ? end + 1 : nextMarked(decoder, next);
      visit(decoder);
      offset = decoder.next;
    } else {
      offset = isGap ? nextMarked(decoder, next) : next;
    }
  } while (offset < end);
}

function nextMarked(decoder: InstructionDecoder, from: number): number {
  let offset = from;
  while (offset < decoder.codeLength && !decoder.isMarked(offset)) offset++;
  return offset;
}

/** Code offset of the first invalid instruction that code without gaps would not have, or -1; jam_v1 programs need -1. */
export function findInvalidInstruction(decoder: InstructionDecoder): number {
  let offset = 0;
  while (offset < decoder.codeLength || offset === 0) {
    decoder.decode(offset);
    if (decoder.op === Op.invalid) return offset;
    if (decoder.nextIsInvalid) return canFallThrough(decoder.op) ? decoder.next : -1;
    offset = decoder.next;
  }
  return -1;
}
