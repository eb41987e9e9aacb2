/** The older flat vectors: the naive cost model, opcodes that revive_v1 shares (spec: vectors, section 3). */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/index.js';
import { ISAS } from '../../src/isa/index.js';
import { BACKENDS } from '../support/backends.js';
import { readSharedJson, sharedDir } from '../support/shared.js';
import {
  type Chunk,
  checkWithPages,
  checkWithRegions,
  type Expected,
  fitsRegions,
  type Integer,
  type Pages,
  type StepVector,
} from './stepVector.js';

interface FlatVector {
  readonly name: string;
  readonly 'initial-regs': readonly Integer[];
  readonly 'initial-pc': number;
  readonly 'initial-page-map': readonly Pages[];
  readonly 'initial-memory': readonly Chunk[];
  readonly 'initial-gas': Integer;
  readonly program: readonly number[];
  readonly 'expected-status': Expected['status'];
  readonly 'expected-regs': readonly Integer[];
  readonly 'expected-pc': number;
  readonly 'expected-memory': readonly Chunk[];
  readonly 'expected-gas': Integer;
  readonly 'expected-page-fault-address'?: number;
}

const ISA = ISAS.revive_v1;
const OPTIONS = { costModel: 'naive', strict: true } as const;

/**
 * What today's rule says where a vector encodes an older one: a fallthrough at the end of the code trapped as a block of
 * its own behind it, now it is the fallthrough itself that traps.
 */
const CURRENT: Readonly<Record<string, Partial<FlatVector>>> = {
  inst_fallthrough: { 'expected-pc': 0, 'expected-gas': 9999 },
};

function toSteps(flat: FlatVector): StepVector {
  const vector = { ...flat, ...CURRENT[flat.name] };
  const pageFaultAddress = vector['expected-page-fault-address'];
  return {
    name: vector.name,
    'initial-pc': vector['initial-pc'],
    'initial-gas': vector['initial-gas'],
    program: vector.program,
    steps: [
      ...vector['initial-page-map'].map((map) => ({ map })),
      ...vector['initial-memory'].map((write) => ({ write })),
      ...vector['initial-regs'].map((value, reg) => ({ 'set-reg': { reg, value } })),
      { run: {} },
      {
        assert: {
          status: vector['expected-status'],
          gas: vector['expected-gas'],
          pc: vector['expected-pc'],
          regs: vector['expected-regs'],
          memory: vector['expected-memory'],
          ...(pageFaultAddress === undefined ? {} : { 'page-fault-address': pageFaultAddress }),
        },
      },
    ],
  };
}

describe.runIf(sharedDir)('w3f vectors', () => {
  const vectors = sharedDir
    ? readdirSync(`${sharedDir}/vectors/w3f`).map((file) => toSteps(readSharedJson<FlatVector>(`vectors/w3f/${file}`)))
    : [];

  it('are all there', () => {
    expect(vectors.length).toBe(307);
    expect(vectors.every(fitsRegions)).toBe(true);
    for (const name of Object.keys(CURRENT)) expect(vectors.map((vector) => vector.name)).toContain(name);
  });

  for (const backend of BACKENDS) {
    const engine = new Engine({ backend });

    describe(`${backend}, pages`, () => {
      it.each(vectors)('$name', (vector) => {
        checkWithPages(engine, vector, ISA, OPTIONS);
      });
    });

    describe(`${backend}, regions`, () => {
      it.each(vectors.filter(fitsRegions))('$name', (vector) => {
        checkWithRegions(engine, vector, ISA, OPTIONS);
      });
    });
  }
});
