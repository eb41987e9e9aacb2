/**
 * The AssemblyScript interpreter anan-as, for comparison. It takes a program as the payload of the blob's section for
 * code and jump table, and the memory as pages and their contents.
 */
import { HasMetadata, InputKind, prepareProgram, runProgram } from '@fluffylabs/anan-as';
import type { Module } from 'polkavm-js';

const BLOB_HEADER_SIZE = 13;
const Section = { readOnlyData: 2, readWriteData: 3, codeAndJumpTable: 6 } as const;
const Access = { read: 1, write: 2 } as const;
const HALT = 0;
const A0 = 7;
const RETURN_ADDRESS = 0xffff0000n;
const PREALLOCATED_PAGES = 128;

/** Runs the program's first export on an argument and gives a0. */
export function runOnAnanAs(blob: Uint8Array, { memoryMap: map, exports }: Module, argument: bigint): bigint {
  const sections = sectionsOf(blob);
  const registers = new Array<bigint>(13).fill(0n);
  registers[0] = RETURN_ADDRESS;
  registers[1] = BigInt(map.stackHigh);
  registers[A0] = argument;
  const pages = [
    { address: map.readOnlyBase, length: map.readOnlySize, access: Access.read },
    { address: map.readWriteBase, length: map.readWriteSize, access: Access.write },
    { address: map.stackLow, length: map.stackSize, access: Access.write },
  ].filter(({ length }) => length > 0);
  const contents = [
    { address: map.readOnlyBase, data: [...(sections.get(Section.readOnlyData) ?? [])] },
    { address: map.readWriteBase, data: [...(sections.get(Section.readWriteData) ?? [])] },
  ].filter(({ data }) => data.length > 0);
  const program = prepareProgram(
    InputKind.Generic,
    HasMetadata.No,
    [...sections.get(Section.codeAndJumpTable)!],
    registers,
    pages,
    contents,
    [],
    PREALLOCATED_PAGES,
  );
  const result = runProgram(program, 2n ** 62n, exports[0]!.pc, false, false, false);
  if (result.status !== HALT) throw new Error(`anan-as ended with status ${result.status} at ${result.pc}`);
  return BigInt.asUintN(64, result.registers[A0]!);
}

function sectionsOf(blob: Uint8Array): Map<number, Uint8Array> {
  const sections = new Map<number, Uint8Array>();
  let at = BLOB_HEADER_SIZE;
  while (blob[at] !== 0) {
    const id = blob[at]!;
    const { value: length, next } = varint(blob, at + 1);
    sections.set(id, blob.subarray(next, next + length));
    at = next + length;
  }
  return sections;
}

/** The leading one bits of the first byte count the bytes that follow, which are the low part of the number. */
function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  const first = bytes[at]!;
  const extra = Math.clz32(~(first << 24));
  let value = (first & (0xff >> (extra + 1))) * 2 ** (8 * extra);
  for (let index = 0; index < extra; index++) value += bytes[at + 1 + index]! * 2 ** (8 * index);
  return { value, next: at + 1 + extra };
}
