import { HEADER_LENGTH, Section } from './parse.js';
import { BlobReader } from './reader.js';

/** A section of a blob. */
export interface BlobSection {
  readonly id: number;
  readonly name: string;
  /** Where its payload starts in the blob. */
  readonly offset: number;
  /** Bytes of its payload. */
  readonly size: number;
}

const NAMES = new Map<number, string>([
  [Section.memoryConfig, 'memory config'],
  [Section.readOnlyData, 'read-only data'],
  [Section.readWriteData, 'read-write data'],
  [Section.imports, 'imports'],
  [Section.exports, 'exports'],
  [Section.codeAndJumpTable, 'code and jump table'],
  [Section.debugStrings, 'debug strings'],
  [Section.debugLinePrograms, 'debug line programs'],
  [Section.debugLineProgramRanges, 'debug line program ranges'],
]);

/**
 * The sections of a blob that parses, in its order, optional ones included (spec: blob format, sections).
 *
 * @throws InvalidProgramError for a blob that ends inside of a section
 */
export function blobSections(blob: Uint8Array): BlobSection[] {
  const reader = new BlobReader(blob, HEADER_LENGTH);
  reader.section = 'sections';
  const sections: BlobSection[] = [];
  for (let id = reader.readByte(); id !== Section.end; id = reader.readByte()) {
    const size = reader.readVarint();
    sections.push({ id, name: NAMES.get(id) ?? `optional section ${id}`, offset: reader.position, size });
    reader.skip(size);
  }
  return sections;
}
