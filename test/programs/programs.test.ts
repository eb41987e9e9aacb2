/** Real programs in all instruction sets, compared with what the reference's interpreter did with them. */
import { describe, expect, it } from 'vitest';
import { Engine, type Instance, type Module } from '../../src/engine/index.js';
import { REGISTER_NAMES, type RegisterName } from '../../src/isa/index.js';
import { BACKENDS } from '../support/backends.js';
import { fnv1a64 } from '../support/fnv.js';
import { readShared, readSharedJson, sharedDir } from '../support/shared.js';

interface Row {
  readonly blob: string;
  readonly isa: Module['isa'];
  readonly export: string;
  readonly args: readonly string[];
  readonly costModel: 'naive' | 'full-l2';
  readonly gas: string;
  readonly status: 'finished' | 'outOfGas';
  readonly pc: number | null;
  readonly gasLeft: string;
  readonly registers: Readonly<Record<RegisterName, string>>;
  /** FNV-1a 64 of the read-write region as declared, and of the stack. */
  readonly rwHash: string;
  readonly stackHash: string;
}

describe.runIf(sharedDir)('real programs', () => {
  const rows = sharedDir ? readSharedJson<Row[]>('programs/expected.json') : [];

  it('are all there', () => {
    expect(rows.length).toBe(196);
    expect(new Set(rows.map(({ isa }) => isa)).size).toBe(4);
  });

  for (const backend of BACKENDS) {
    const engine = new Engine({ backend });
    const modules = new Map<string, Module>();

    const moduleOf = ({ blob, costModel }: Row): Module => {
      const key = `${blob} ${costModel}`;
      const module = modules.get(key) ?? engine.compile(readShared(`programs/blobs/${blob}`), { costModel });
      modules.set(key, module);
      return module;
    };

    describe(backend, () => {
      it.each(rows)(
        '$blob $export($args), $costModel, gas $gas',
        (row) => {
          const module = moduleOf(row);
          expect(module.isa).toBe(row.isa);
          using instance = module.instantiate();
          instance.gas = BigInt(row.gas);
          instance.prepareCall(row.export, row.args.map(BigInt));

          expect(instance.run().kind).toBe(row.status);
          expect(instance.programCounter ?? null).toBe(row.pc);
          expect(instance.gas).toBe(BigInt(row.gasLeft));
          expect(registersOf(instance)).toEqual(row.registers);
          const { readWriteBase, readWriteSize, stackLow, stackSize } = module.memoryMap;
          expect(fnv1a64(instance.readMemory(readWriteBase, readWriteSize))).toBe(row.rwHash);
          expect(fnv1a64(instance.readMemory(stackLow, stackSize))).toBe(row.stackHash);
        },
        120_000,
      );
    });
  }
});

function registersOf(instance: Instance): Record<string, string> {
  return Object.fromEntries(REGISTER_NAMES.map((name) => [name, `0x${instance.getRegister(name).toString(16)}`]));
}
