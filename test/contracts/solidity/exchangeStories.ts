import { create2Address, fromHex, type Hex } from 'polkavm-js/contracts';
import { type Address, encodePacked, getAddress, keccak256 } from 'viem';
import { expect } from 'vitest';
import type { DeployedContract, Stage } from './stage.js';
import type { Story } from './story.js';

/** Deploys two tokens and their pair, and names what is not the same on both machines. */
async function market(stage: Stage) {
  const one = await stage.deploy('Coin', ['One', 'ONE', 10n ** 24n]);
  const two = await stage.deploy('Coin', ['Two', 'TWO', 10n ** 24n]);
  const [token0, token1] = BigInt(one.address) < BigInt(two.address) ? [one, two] : [two, one];
  stage.upload('Pair');
  const factory = await stage.deploy('Factory');
  // Where the pair will be is not the same, and so the steps are compared with a name in its place.
  const result = await stage.differently('create2', () =>
    stage.read(factory, 'createPair', [one.address, two.address]),
  );
  stage.name(result as Address, 'pair');
  const created = await stage.send(factory, 'createPair', [one.address, two.address]);
  return { token0, token1, factory, created, pair: stage.at(result as Address, 'Pair') };
}

const factory: Story = {
  name: 'a factory: a pair for two tokens, at an address that follows from them',
  async play(stage) {
    const { token0, token1, factory, created, pair } = await market(stage);
    expect(created.result).toBe(getAddress(pair.address));
    expect(created.events).toEqual([
      {
        address: factory.address,
        name: 'PairCreated',
        args: {
          token0: getAddress(token0.address),
          token1: getAddress(token1.address),
          pair: getAddress(pair.address),
          number: 1n,
        },
      },
    ]);
    if (stage.machine.kind === 'polkavm') {
      const salt = keccak256(encodePacked(['address', 'address'], [token0.address, token1.address]));
      const tokens: Hex = `0x${[token0, token1].map(({ address }) => address.slice(2).padStart(64, '0')).join('')}`;
      const program = fromHex(stage.compiled('Pair').blob);
      expect(create2Address(factory.address, fromHex(salt), program, fromHex(tokens))).toBe(pair.address);
    }
    expect(await stage.read(factory, 'pairOf', [token1.address, token0.address])).toBe(getAddress(pair.address));
    expect(await stage.read(pair, 'token0')).toBe(getAddress(token0.address));
    expect(await stage.read(pair, 'token1')).toBe(getAddress(token1.address));
    expect(await stage.read(pair, 'factory')).toBe(getAddress(factory.address));
    expect((await stage.send(factory, 'createPair', [token1.address, token0.address])).error).toEqual({
      name: 'Exists',
      args: [getAddress(pair.address)],
    });
    expect((await stage.send(factory, 'createPair', [token0.address, token0.address])).error?.name).toBe('Identical');
  },
};

const trade: Story = {
  name: 'a pair: liquidity in, trades, liquidity out, and the product that must not shrink',
  async play(stage) {
    const { token0, token1, pair } = await market(stage);
    const [maker, trader] = [stage.account(0), stage.account(1)];
    const pay = (token: DeployedContract, from: Address, amount: bigint) =>
      stage.send(token, 'transfer', [pair.address, amount], { from });
    await stage.send(token0, 'transfer', [trader, 10n ** 20n]);

    await pay(token0, maker, 10n ** 21n);
    await pay(token1, maker, 4n * 10n ** 21n);
    const minted = await stage.send(pair, 'mint', [maker]);
    expect(minted.result).toBe(2n * 10n ** 21n - 1000n);
    expect(minted.events.map(({ name }) => name)).toEqual(['Transfer', 'Transfer', 'Sync', 'Mint']);
    expect(((await stage.read(pair, 'getReserves')) as bigint[]).slice(0, 2)).toEqual([10n ** 21n, 4n * 10n ** 21n]);

    const input = 10n ** 19n;
    await pay(token0, trader, input);
    const withFee = input * 997n;
    const output = (withFee * 4n * 10n ** 21n) / (10n ** 24n + withFee);
    const greedy = await stage.send(pair, 'swap', [0n, output + 1n, trader], { from: trader });
    expect(greedy.error?.name).toBe('ProductTooSmall');
    const swapped = await stage.send(pair, 'swap', [0n, output, trader], { from: trader });
    expect(swapped.events.at(-1)).toMatchObject({ name: 'Swap', args: { amount0In: input, amount1Out: output } });
    expect(await stage.read(token1, 'balanceOf', [trader])).toBe(output);
    expect((await stage.send(pair, 'swap', [0n, 1n, trader])).error?.name).toBe('InsufficientInput');
    expect((await stage.send(pair, 'swap', [10n ** 30n, 0n, trader])).error?.name).toBe('InsufficientLiquidity');
    expect((await stage.send(pair, 'swap', [1n, 0n, token0.address])).error?.name).toBe('InvalidTo');
    expect(await stage.read(pair, 'price0Cumulative')).toBeGreaterThan(0n);

    const liquidity = (await stage.read(pair, 'balanceOf', [maker])) as bigint;
    await pay(pair, maker, liquidity);
    const burned = await stage.send(pair, 'burn', [maker]);
    expect(burned.events.at(-1)).toMatchObject({ name: 'Burn', args: { sender: getAddress(maker) } });
    expect(await stage.read(pair, 'totalSupply')).toBe(1000n);
  },
};

/** Stories of the exchange. */
export const EXCHANGE_STORIES: readonly Story[] = [factory, trade];
