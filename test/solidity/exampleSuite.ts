import { Engine } from 'polkavm-js';
import {
  createHostFunctions,
  InMemoryExternalities,
  silentLogger,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';
import { describe, expect, it } from 'vitest';
import { runSolidityExample } from '../../examples/solidity/main.js';
import type { Backend } from './stage.js';

/** The example as a whole: what `examples/solidity/main.ts` prints and returns. */
export function exampleSuite(backend: Backend): void {
  describe('the example', () => {
    it('ends with the balances that its transfers make, and tells them', async () => {
      const externalities = new InMemoryExternalities();
      externalities.extensions.register(new VirtManagerExt(new VirtManager({ engine: new Engine({ backend }) })));
      const lines: string[] = [];
      const result = await runSolidityExample(
        (line) => lines.push(line),
        createHostFunctions(externalities, { logger: silentLogger }),
      );

      expect([...result.balances]).toEqual([
        ['Alice', 450n],
        ['Bob', 350n],
        ['Treasury', 200n],
      ]);
      expect(result.flipped).toBe(true);
      expect(lines.slice(-4)).toEqual([
        'Alice      450 EXT',
        'Bob        350 EXT',
        'Treasury   200 EXT',
        'Flipper   true',
      ]);

      const text = lines.join('\n');
      expect(text).toContain('compileFromBytes() = module 0, compiled from');
      expect(text).toMatch(/15 x run\(\) = call_data_size, call_data_load, .*deposit_event, seal_return/);
      expect(text).toMatch(/= success; gas used \d+\n {4}event Transfer\(Alice, Bob, 250\)/);
      expect(text).toMatch(/= reverted: InsufficientBalance\(Alice, 750, 5000\); gas used \d+/);
      expect(text).toContain('event PaymentRefused(Bob, 999, InsufficientBalance(Treasury, 200, 999))');
    });
  });
}
