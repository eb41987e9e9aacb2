import { expect, it, vi } from 'vitest';
import { abi, bytecode } from '../../../examples/counter.js';
import { compileContracts } from '../../support/solidity/compile.js';

it('the example does what its output says', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import('../../../examples/contract.js');
    expect(log.mock.calls).toEqual([[42n]]);
  } finally {
    log.mockRestore();
  }
}, 60_000);

it(
  "the example's program is what resolc makes of its source",
  async () => {
    const counter = (await compileContracts()).get('Counter')!;
    expect({ abi, blob: bytecode }).toEqual({ abi: counter.abi, blob: counter.blob });
  },
  15 * 60_000,
);
