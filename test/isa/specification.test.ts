/** The instruction table against the machine-readable specification, from which it was not generated. */
import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, ISA_NAMES, ISAS, type IsaName } from '../../src/isa/index.js';
import { readSharedJson, sharedDir } from '../support/shared.js';

interface IsaSpecification {
  readonly isas: Readonly<
    Record<IsaName, { readonly blob_version: number; readonly bits: number; readonly count: number }>
  >;
  readonly instructions: readonly {
    readonly name: string;
    readonly format: string;
    readonly operands: readonly string[];
    readonly opcode: Readonly<Record<IsaName, number | null>>;
    readonly terminates_block: boolean;
    readonly can_fall_through: boolean;
    readonly memory: { readonly kind: string; readonly width: number; readonly signed: boolean } | null;
  }[];
}

interface GasSpecification {
  readonly instructions: Readonly<
    Record<string, { readonly class: string; readonly dst?: number; readonly src?: readonly number[] }>
  >;
}

describe.runIf(sharedDir)('the instruction table says what the specification says', () => {
  const isa = sharedDir ? readSharedJson<IsaSpecification>('spec/isa.json') : undefined;
  const gas = sharedDir ? readSharedJson<GasSpecification>('spec/gas-table.json') : undefined;

  it('about formats, operands, opcodes, control flow and memory', () => {
    const ours = INSTRUCTIONS.map(({ name, format, operands, opcodes, flow, memory }) => ({
      name,
      format,
      operands,
      opcode: Object.fromEntries(ISA_NAMES.map((isaName, i) => [isaName, opcodes[i] ?? null])),
      terminates_block: flow !== 'continues',
      can_fall_through: flow !== 'ends',
      memory: memory ?? null,
    }));
    const theirs = isa?.instructions.map(({ memory, ...rest }) => ({
      ...rest,
      memory: memory && `${memory.kind} ${memory.signed ? 'i' : 'u'}${8 * memory.width}`,
    }));
    expect(ours).toEqual(theirs);
  });

  it('about the instruction sets', () => {
    const ours = ISA_NAMES.map((name) => {
      const { blobVersion, is64Bit, count } = ISAS[name];
      return [name, { blob_version: blobVersion, bits: is64Bit ? 64 : 32, count }];
    });
    expect(Object.fromEntries(ours)).toEqual(isa?.isas);
  });

  it('about gas classes and register dependencies', () => {
    const ours = INSTRUCTIONS.map(({ name, gasClass, gasReads, gasWrites }) => ({
      name,
      class: gasClass,
      dst: gasWrites ? 0 : undefined,
      src: gasReads,
    }));
    const theirs = INSTRUCTIONS.map(({ name }) => {
      const row = gas?.instructions[name];
      return { name, class: row?.class, dst: row?.dst, src: row?.src ?? [] };
    });
    expect(ours).toEqual(theirs);
  });
});
