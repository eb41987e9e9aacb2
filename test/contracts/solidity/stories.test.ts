import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledContract, compileContracts } from '../../support/solidity/compile.js';
import { DIFFERENCES } from './differences.js';
import { createEvm } from './evm.js';
import { EXCHANGE_STORIES } from './exchangeStories.js';
import { FEATURE_STORIES } from './featureStories.js';
import { GOVERNANCE_STORIES } from './governanceStories.js';
import { createPolkaVm } from './polkavm.js';
import { SECURITY_STORIES } from './securityStories.js';
import { Stage } from './stage.js';
import { TOKEN_STORIES } from './tokenStories.js';

const STORIES = [...TOKEN_STORIES, ...GOVERNANCE_STORIES, ...EXCHANGE_STORIES, ...SECURITY_STORIES, ...FEATURE_STORIES];

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
