/** The step vectors of the reference's own tool: jam_v1, full gas model with loads from L2 (spec: vectors, section 2). */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/index.js';
import { BlockCostCalculator } from '../../src/gas/index.js';
import { ISAS } from '../../src/isa/index.js';
import { BACKENDS } from '../support/backends.js';
import { readSharedJson, sharedDir } from '../support/shared.js';
import { checkWithPages, checkWithRegions, fitsRegions, programOf, type StepVector } from './stepVector.js';

interface SpectoolVector extends StepVector {
  readonly 'block-gas-costs': readonly { readonly pc: number; readonly cost: number }[];
}

const ISA = ISAS.jam_v1;
const OPTIONS = { costModel: 'full-l2', strict: true } as const;

describe.runIf(sharedDir)('spectool vectors', () => {
  const vectors = sharedDir
    ? readdirSync(`${sharedDir}/vectors/spectool`).map((file) =>
        readSharedJson<SpectoolVector>(`vectors/spectool/${file}`),
      )
    : [];

  it('are all there', () => {
    expect(vectors.length).toBe(363);
    // Two map pages between runs, which only works with paging.
    const misfits = vectors.filter((vector) => !fitsRegions(vector)).map(({ name }) => name);
    expect(misfits).toEqual(['multistep_paging_at_the_start_of_block', 'multistep_paging_in_the_middle_of_block']);
  });

  describe('block costs', () => {
    it.each(vectors)('$name', (vector) => {
      const calculator = new BlockCostCalculator(programOf(vector, ISA), 'full-l2');
      const expected = vector['block-gas-costs'];
      expect(expected.map(({ pc }) => ({ pc, cost: calculator.costOfBlock(pc) }))).toEqual(expected);
    });
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
