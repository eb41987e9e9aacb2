import { bytesToHex } from '@noble/hashes/utils.js';
import type { Module } from '../engine/index.js';
import { INSTRUCTIONS, Op } from '../isa/index.js';
import {
  type BlobSection,
  blobSections,
  countFirst,
  forEachInstruction,
  functionsOf,
  InstructionDecoder,
  isJumpTarget,
  type Program,
  sourceRegions,
  uniqueHash,
} from '../program/index.js';
import { flowGraph } from './flowGraph.js';
import { suspicionsOf } from './suspicions.js';

/** What `pvm inspect --json` prints. Addresses, offsets and sizes are numbers, in bytes. */
export interface Inspection {
  readonly isa: string;
  /** The unique hash, debug information left out. */
  readonly hash: string;
  readonly size: number;
  readonly sections: readonly BlobSection[];
  readonly code: {
    readonly size: number;
    readonly instructions: number;
    readonly blocks: number;
    readonly jumpTableEntries: number;
  };
  readonly data: {
    readonly readOnly: { readonly declared: number; readonly present: number };
    readonly readWrite: { readonly declared: number; readonly present: number };
    readonly stack: number;
  };
  readonly memoryMap: Module['memoryMap'];
  /** Null where the import is malformed. */
  readonly imports: readonly (string | null)[];
  /** How often the code has an ecalli for each import. */
  readonly importUses: readonly number[];
  /** With what their first basic block costs; null where calls trap. */
  readonly exports: readonly { readonly symbol: string; readonly pc: number; readonly gas: number | null }[];
  /** The largest first. */
  readonly functions: readonly FunctionSize[];
  /** How often each instruction is in the code, the most frequent first. */
  readonly instructions: readonly { readonly name: string; readonly count: number }[];
  readonly hasDebugInfo: boolean;
  readonly debugInfo: { readonly functions: number; readonly files: number; readonly regions: number } | null;
  /** What a reader may want to look into, in words. */
  readonly suspicions: readonly string[];
}

/** A function and its code. */
export interface FunctionSize {
  readonly name: string;
  readonly pc: number;
  readonly size: number;
  readonly instructions: number;
}

/** Finds out what a program is made of. */
export function inspect(blob: Uint8Array, module: Module): Inspection {
  const { program } = module;
  const regions = sourceRegions(program);
  const functions = functionsOf(program, regions);
  const counts = countInstructions(program);
  const blocks = flowGraph(program);
  return {
    isa: program.isa.name,
    hash: `0x${bytesToHex(uniqueHash(program))}`,
    size: blob.length,
    sections: blobSections(blob),
    code: {
      size: program.code.length,
      instructions: counts.total,
      blocks: counts.blocks,
      jumpTableEntries: program.jumpTable.length,
    },
    data: {
      readOnly: { declared: program.readOnlyDataSize, present: program.readOnlyData.length },
      readWrite: { declared: program.readWriteDataSize, present: program.readWriteData.length },
      stack: program.stackSize,
    },
    memoryMap: module.memoryMap,
    imports: module.imports.map((entry) => entry?.name ?? null),
    importUses: module.imports.map((_, index) => counts.hostCalls.get(index) ?? 0),
    exports: module.exports.map(({ name, pc }) => ({ symbol: name, pc, gas: gasOfEntry(module, pc) })),
    functions: functions
      .map(({ name, pc }, index): FunctionSize => {
        const end = functions[index + 1]?.pc ?? program.code.length;
        return { name, pc, size: end - pc, instructions: counts.before(end) - counts.before(pc) };
      })
      .sort((a, b) => b.size - a.size),
    instructions: [...counts.ops]
      .map(([op, count]) => ({ name: op === Op.invalid ? 'invalid' : INSTRUCTIONS[op]!.name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    hasDebugInfo: program.debugLinePrograms.length > 0 && program.debugLineProgramRanges.length > 0,
    debugInfo:
      regions.length === 0
        ? null
        : {
            functions: functions.filter(({ knownBy }) => knownBy === 'debugInfo').length,
            files: new Set(regions.flatMap(({ frames }) => frames.flatMap(({ path }) => path ?? []))).size,
            regions: regions.length,
          },
    suspicions: suspicionsOf(module, blocks, counts.hostCalls),
  };
}

function gasOfEntry(module: Module, pc: number): number | null {
  return pc < module.program.code.length ? (module.gasCostOfBlock(pc) ?? null) : null;
}

interface InstructionCounts {
  readonly total: number;
  /** Basic blocks that can be jumped to. */
  readonly blocks: number;
  readonly ops: ReadonlyMap<Op, number>;
  /** How many ecallis there are of each number. */
  readonly hostCalls: ReadonlyMap<number, number>;
  /** How many instructions there are in front of a code offset. */
  readonly before: (offset: number) => number;
}

function countInstructions(program: Program): InstructionCounts {
  const ops = new Map<Op, number>();
  const hostCalls = new Map<number, number>();
  const offsets: number[] = [];
  const targets = new InstructionDecoder(program);
  let blocks = 0;
  forEachInstruction(new InstructionDecoder(program), ({ op, offset, imm0 }) => {
    offsets.push(offset);
    ops.set(op, (ops.get(op) ?? 0) + 1);
    if (op === Op.ecalli) hostCalls.set(imm0 >>> 0, (hostCalls.get(imm0 >>> 0) ?? 0) + 1);
    if (isJumpTarget(targets, offset)) blocks++;
  });
  const before = (offset: number): number => countFirst(offsets.length, (index) => offsets[index]! < offset);
  return { total: offsets.length, blocks, ops, hostCalls, before };
}
