import { readFileSync } from 'node:fs';
import { type CostModel, Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';
import { expect, it } from 'vitest';

const blob = assemble(readFileSync(new URL('fibonacci.pvmasm', import.meta.url), 'utf8'));

/** What a call of `main` costs when its host functions do nothing. */
function gasOf(argument: bigint, costModel: CostModel): bigint {
  const instance = new Engine({ costModel }).compile(blob).instantiate();
  const gas = 1_000_000n;
  instance.gas = gas;
  instance.prepareCall('main', [argument]);
  while (instance.run().kind === 'ecalli');
  return gas - instance.gas;
}

it('costs 44 gas and 120 more for each number', () => {
  expect(gasOf(0n, 'full-l2')).toBe(44n);
  for (const n of [1n, 2n, 10n, 93n]) expect(gasOf(n, 'full-l2')).toBe(44n + 120n * n);
});

it('executes 6 instructions and 7 more for each number', () => {
  expect(gasOf(10n, 'naive')).toBe(6n + 7n * 10n);
});
