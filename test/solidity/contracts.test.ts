import { beforeAll, describe } from 'vitest';
import type { CompiledContracts } from '../../examples/solidity/compile.js';
import { BACKENDS } from '../support/backends.js';
import { exampleSuite } from './exampleSuite.js';
import { frameSuite } from './frameSuite.js';
import { serviceSuite } from './serviceSuite.js';
import { compileContracts, Stage } from './stage.js';
import { tokenSuite } from './tokenSuite.js';

// All that needs compiled contracts is in this one file: the compiler takes half a minute and most of a gigabyte, and
// test files run side by side.
const COMPILER_TIMEOUT = 300_000;

let contracts: CompiledContracts;

beforeAll(async () => {
  contracts = await compileContracts();
}, COMPILER_TIMEOUT);

describe.each(BACKENDS)('contracts compiled from Solidity, on the %s', (backend) => {
  const newStage = (block = {}): Stage => new Stage(backend, contracts, block);
  tokenSuite(newStage);
  frameSuite(newStage);
  serviceSuite(newStage);
  exampleSuite(backend);
});
