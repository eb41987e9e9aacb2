import { DEV_KEYS } from 'polkavm-js/contracts';
import { getAddress as checksum, maxUint256, parseSignature, zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { expect } from 'vitest';
import type { Story } from './story.js';

const coin: Story = {
  name: 'ERC20: transfer, approve, burn and their errors',
  async play(stage) {
    const [alice, bob, carol] = [stage.account(0), stage.account(1), stage.account(2)];
    const token = await stage.deploy('Coin', ['Gold', 'GLD', 1000n]);
    expect(await stage.read(token, 'name')).toBe('Gold');
    expect(await stage.read(token, 'symbol')).toBe('GLD');
    expect(await stage.read(token, 'decimals')).toBe(18);
    expect(await stage.read(token, 'totalSupply')).toBe(1000n);

    const transfer = await stage.send(token, 'transfer', [bob, 300n]);
    expect(transfer.result).toBe(true);
    expect(transfer.events).toEqual([
      { address: token.address, name: 'Transfer', args: { from: checksum(alice), to: checksum(bob), value: 300n } },
    ]);
    const poor = await stage.send(token, 'transfer', [bob, 5000n]);
    expect(poor.error).toEqual({ name: 'ERC20InsufficientBalance', args: [checksum(alice), 700n, 5000n] });
    expect(poor.events).toEqual([]);
    const nowhere = await stage.send(token, 'transfer', [zeroAddress, 1n]);
    expect(nowhere.error).toEqual({ name: 'ERC20InvalidReceiver', args: [zeroAddress] });

    await stage.send(token, 'approve', [carol, 100n], { from: bob });
    expect(await stage.read(token, 'allowance', [bob, carol])).toBe(100n);
    expect((await stage.send(token, 'transferFrom', [bob, carol, 60n], { from: carol })).result).toBe(true);
    expect((await stage.send(token, 'transferFrom', [bob, carol, 60n], { from: carol })).error).toEqual({
      name: 'ERC20InsufficientAllowance',
      args: [checksum(carol), 40n, 60n],
    });
    await stage.send(token, 'approve', [carol, maxUint256], { from: bob });
    await stage.send(token, 'transferFrom', [bob, carol, 40n], { from: carol });
    expect(await stage.read(token, 'allowance', [bob, carol])).toBe(maxUint256);

    await stage.send(token, 'burn', [50n], { from: carol });
    const balances = await Promise.all([alice, bob, carol].map((who) => stage.read(token, 'balanceOf', [who])));
    expect(balances).toEqual([700n, 200n, 50n]);
    expect(await stage.read(token, 'totalSupply')).toBe(950n);
    // totalSupply is in the third slot.
    expect(BigInt(await stage.storage(token, 2n))).toBe(950n);

    const payment = await stage.send(token, 'transfer', [bob, 1n], { value: 1n });
    expect(payment).toMatchObject({ status: 'revert', output: '0x' });
  },
};

const permit: Story = {
  name: 'ERC20Permit: an approval by signature, which is good once',
  async play(stage) {
    const owner = privateKeyToAccount(DEV_KEYS[1]!);
    const spender = stage.account(2);
    const token = await stage.deploy('Share', [1000n]);
    const signature = await owner.signTypedData({
      domain: { name: 'Share', version: '1', chainId: 31337, verifyingContract: token.address },
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner: owner.address, spender, value: 77n, nonce: 0n, deadline: maxUint256 },
    });
    const { r, s, yParity } = parseSignature(signature);
    const args = [owner.address, spender, 77n, maxUint256, 27 + yParity, r, s];
    const late = await stage.send(token, 'permit', [owner.address, spender, 77n, 1n, 27 + yParity, r, s]);
    expect(late.error).toEqual({ name: 'ERC2612ExpiredSignature', args: [1n] });
    expect((await stage.send(token, 'permit', args)).events).toMatchObject([
      { name: 'Approval', args: { owner: owner.address, value: 77n } },
    ]);
    expect(await stage.read(token, 'allowance', [owner.address, spender])).toBe(77n);
    expect(await stage.read(token, 'nonces', [owner.address])).toBe(1n);
    expect((await stage.send(token, 'permit', args)).error?.name).toBe('ERC2612InvalidSigner');
  },
};

const art: Story = {
  name: 'ERC721: minting, metadata, transfers to contracts that take them and to ones that do not',
  async play(stage) {
    const [alice, bob] = [stage.account(0), stage.account(1)];
    const works = await stage.deploy('Art');
    const gallery = await stage.deploy('Gallery');
    const deaf = await stage.deploy('Deep');

    const made = await stage.send(works, 'make', ['ipfs://a-name-that-is-longer-than-thirty-one-bytes'], {
      from: alice,
    });
    expect(made.result).toBe(1n);
    expect(made.events.map(({ name }) => name)).toEqual(['Transfer', 'MetadataUpdate']);
    expect(await stage.read(works, 'tokenURI', [1n])).toBe('ipfs://a-name-that-is-longer-than-thirty-one-bytes');
    expect(await stage.read(works, 'ownerOf', [1n])).toBe(checksum(alice));
    expect(await stage.read(works, 'supportsInterface', ['0x80ac58cd'])).toBe(true);
    expect(await stage.read(works, 'supportsInterface', ['0xffffffff'])).toBe(false);

    const given = 'safeTransferFrom';
    const stolen = await stage.send(works, 'transferFrom', [alice, bob, 1n], { from: bob });
    expect(stolen.error).toEqual({ name: 'ERC721InsufficientApproval', args: [checksum(bob), 1n] });
    expect((await stage.tryRead(works, 'ownerOf', [2n])).error).toEqual({ name: 'ERC721NonexistentToken', args: [2n] });
    expect((await stage.send(works, given, [alice, deaf.address, 1n, '0x'])).error).toEqual({
      name: 'ERC721InvalidReceiver',
      args: [checksum(deaf.address)],
    });
    await stage.send(works, 'approve', [bob, 1n]);
    const shown = await stage.send(works, given, [alice, gallery.address, 1n, '0xc0ffee'], { from: bob });
    expect(shown.events).toHaveLength(1);
    expect(await stage.read(works, 'ownerOf', [1n])).toBe(checksum(gallery.address));
    expect(await stage.read(gallery, 'lastFrom')).toBe(checksum(alice));
    expect(await stage.read(gallery, 'lastNote')).toBe('0xc0ffee');
  },
};

/** Stories of tokens. */
export const TOKEN_STORIES: readonly Story[] = [coin, permit, art];
