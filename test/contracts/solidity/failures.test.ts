import { type ErrorReason, Sandbox } from 'polkavm-js/contracts';
import { encodeDeployData, encodeFunctionData, type Hex } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledContract, compilationError, compileContracts } from '../../support/solidity/compile.js';

describe('what stops a contract', () => {
  let contracts: ReadonlyMap<string, CompiledContract>;

  beforeAll(async () => {
    contracts = await compileContracts();
  }, 15 * 60_000);

  const stage = () => {
    const sandbox = new Sandbox();
    const deploy = (name: string, args: readonly unknown[] = []): Hex => {
      const { abi, blob } = contracts.get(name)!;
      const result = sandbox.transact({ data: encodeDeployData({ abi, bytecode: blob, args }) });
      if (!('address' in result)) throw new Error(`${name} was not deployed: ${result.status}`);
      return result.address;
    };
    /** Why frames failed, the innermost first. */
    const reasons = (name: string, address: Hex, functionName: string, args: readonly unknown[], value = 0n) => {
      const data = encodeFunctionData({ abi: contracts.get(name)!.abi, functionName, args });
      const { failures } = sandbox.call(address, data, { value });
      return failures.map(({ reason }): ErrorReason => reason);
    };
    return { deploy, reasons };
  };

  it('is ReentranceDenied where a robber comes back through transfer()', () => {
    const { deploy, reasons } = stage();
    const robber = deploy('Robber', [deploy('TransferBank')]);
    expect(reasons('Robber', robber, 'rob', [3n], 1n)[0]).toBe('ReentranceDenied');
    const other = deploy('Robber', [deploy('OpenBank')]);
    expect(reasons('Robber', other, 'rob', [0n], 1n)).toEqual([]);
  });

  it('is MaxCallDepthReached where it calls itself too often', () => {
    const { deploy, reasons } = stage();
    const deep = deploy('Deep');
    expect(reasons('Deep', deep, 'dive', [25n])).toEqual([]);
    expect(reasons('Deep', deep, 'dive', [26n])).toEqual(['MaxCallDepthReached']);
  });

  it('is a trap where it wants more memory than there is, or ends in invalid()', () => {
    const { deploy, reasons } = stage();
    const failing = deploy('Failing');
    expect(reasons('Failing', failing, 'allocate', [100_000n])).toEqual(['ContractTrapped']);
    expect(reasons('Failing', failing, 'invalid', [])).toEqual(['ContractTrapped']);
    expect(reasons('Failing', failing, 'spin', [])).toEqual(['OutOfGas']);
    expect(reasons('Failing', failing, 'plain', [])).toEqual([]);
  });

  it(
    'is the compiler where it would destroy itself',
    async () => {
      const message = await compilationError(
        'pragma solidity ^0.8.24; contract Gone { function f() external { selfdestruct(payable(msg.sender)); } }',
      );
      expect(message).toContain('The `SELFDESTRUCT` instruction is not supported');
    },
    15 * 60_000,
  );
});
