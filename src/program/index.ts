export {
  blockStartOf,
  decodeFollowing,
  findInvalidInstruction,
  forEachInstruction,
  forEachInstructionOfBlock,
  isJumpTarget,
} from './blocks.js';
export { BlockEnd, type BlockShape, shapeOfBlock } from './callSites.js';
export {
  type DebugFrame,
  type DebugRegion,
  debugFramesAt,
  debugRangeAt,
  debugRegions,
  type FrameKind,
} from './debugInfo.js';
export { canFallThrough, endsBlock, InstructionDecoder } from './decoder.js';
export { type EncodableInstruction, encodeInstruction, hasTarget, MAX_INSTRUCTION_LENGTH } from './encode.js';
export { type InvalidProgramDetails, InvalidProgramError } from './errors.js';
export { type FunctionEntry, functionsOf, unnamed } from './functionTable.js';
export { type CodeItem, layOut, type UnplacedInstruction } from './layout.js';
export { BLOB_MAGIC, declaredBlobLength, parseCodeAndJumpTable, parseProgram, Section } from './parse.js';
export { JumpTable, type Program, type ProgramExport } from './program.js';
export { countFirst } from './search.js';
export { type BlobSection, blobSections } from './sections.js';
export { RegionCursor, type SourceRegion, sourceRegions } from './sourceRegions.js';
export { uniqueHash } from './uniqueHash.js';
export { type BlobParts, jumpTableEntrySize, writeBlob } from './writeBlob.js';
export { type DebugFunction, type DebugLine, writeDebugInfo } from './writeDebugInfo.js';
