import { expect } from 'vitest';
import type { Stage } from './stage.js';
import type { Story } from './story.js';

/** Puts 10 of somebody's money into a bank, and lets a robber who brings 1 withdraw as often as it can. */
async function robbery(stage: Stage, bankName: string) {
  const bank = await stage.deploy(bankName);
  await stage.send(bank, 'deposit', [], { from: stage.account(1), value: 10n });
  const robber = await stage.deploy('Robber', [bank.address]);
  const outcome = await stage.send(robber, 'rob', [3n], { value: 1n });
  return { ...outcome, bank: await stage.balance(bank.address), robber: await stage.balance(robber.address) };
}

const transfer: Story = {
  name: 'reentrancy through transfer() is stopped',
  async play(stage) {
    const { status, output, bank, robber } = await robbery(stage, 'TransferBank');
    expect({ status, output, bank, robber }).toEqual({ status: 'revert', output: '0x', bank: 10n, robber: 0n });
  },
};

const open: Story = {
  name: 'reentrancy through call{value}() happens, as the language has it',
  async play(stage) {
    const { status, bank, robber } = await robbery(stage, 'OpenBank');
    expect({ status, bank, robber }).toEqual({ status: 'success', bank: 7n, robber: 4n });
  },
};

const guarded: Story = {
  name: 'reentrancy is stopped by a guard',
  async play(stage) {
    const { error, bank, robber } = await robbery(stage, 'GuardedBank');
    expect({ error, bank, robber }).toEqual({
      error: { name: 'Error', args: ['payment failed'] },
      bank: 10n,
      robber: 0n,
    });
  },
};

const deep: Story = {
  name: 'recursion ends at the depth limit, and what was done above stays',
  async play(stage) {
    const contract = await stage.deploy('Deep');
    expect((await stage.send(contract, 'dive', [24n])).result).toBe(24n);
    expect((await stage.send(contract, 'dive', [25n])).result).toBe(25n);
    expect(await stage.read(contract, 'reached')).toBe(51n);
    await stage.differently('depth', async () => {
      const { result } = await stage.send(contract, 'dive', [40n]);
      // The frame at depth 25 fails as it tries to go on, and the one above it catches that.
      expect(result).toBe(stage.machine.kind === 'polkavm' ? 24n : 40n);
      expect(await stage.read(contract, 'reached')).toBe(stage.machine.kind === 'polkavm' ? 51n + 25n : 51n + 41n);
    });
  },
};

/** Stories of attacks and limits. */
export const SECURITY_STORIES: readonly Story[] = [transfer, open, guarded, deep];
