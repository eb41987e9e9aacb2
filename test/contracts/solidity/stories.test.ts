import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledContract, compileContracts } from '../../support/solidity/compile.js';
import { DIFFERENCES } from './differences.js';
import { createEvm } from './evm.js';
import { createPolkaVm } from './polkavm.js';
import { Stage } from './stage.js';
import { STORIES } from './stories.js';

/** Compiling takes minutes where nothing is cached. */
const COMPILE_TIMEOUT = 15 * 60_000;

describe('Solidity contracts, on PolkaVM through viem and on an EVM', () => {
  let contracts: ReadonlyMap<string, CompiledContract>;
  const seen = new Set<string>();

  beforeAll(async () => {
    contracts = await compileContracts();
  }, COMPILE_TIMEOUT);

  it.each(STORIES)(
    '$name',
    async (story) => {
      const pvm = new Stage(await createPolkaVm(), contracts);
      await story.play(pvm);
      const evm = new Stage(await createEvm(), contracts);
      await story.play(evm);

      const isAlike = ({ difference }: { difference: string | undefined }) => difference === undefined;
      expect(pvm.steps.filter(isAlike)).toEqual(evm.steps.filter(isAlike));
      for (const [i, { difference, outcome }] of pvm.steps.entries()) {
        if (difference !== undefined && outcome !== evm.steps[i]!.outcome) seen.add(difference);
      }
    },
    60_000,
  );

  it('and each difference between the machines is there', () => {
    expect([...seen].sort()).toEqual(Object.keys(DIFFERENCES).sort());
  });
});
