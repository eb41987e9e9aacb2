import { encodeFunctionData, getAddress, keccak256, toHex, zeroHash } from 'viem';
import { expect } from 'vitest';
import type { Story } from './story.js';

const KEEPER = keccak256(toHex('KEEPER'));

const treasury: Story = {
  name: 'AccessControl: roles that are granted, used and given up',
  async play(stage) {
    const [admin, keeper, payee] = [stage.account(0), stage.account(1), stage.account(9)];
    const treasury = await stage.deploy('Treasury', [admin], { value: 1000n });
    expect(await stage.read(treasury, 'KEEPER')).toBe(KEEPER);

    expect((await stage.send(treasury, 'spend', [payee, 1n], { from: keeper })).error).toEqual({
      name: 'AccessControlUnauthorizedAccount',
      args: [getAddress(keeper), KEEPER],
    });
    expect((await stage.send(treasury, 'grantRole', [KEEPER, keeper])).events).toEqual([
      {
        address: treasury.address,
        name: 'RoleGranted',
        args: { role: KEEPER, account: getAddress(keeper), sender: getAddress(admin) },
      },
    ]);
    const before = await stage.balance(payee);
    await stage.send(treasury, 'spend', [payee, 400n], { from: keeper });
    expect((await stage.balance(payee)) - before).toBe(400n);
    expect((await stage.send(treasury, 'spend', [payee, 601n], { from: keeper })).error).toEqual({
      name: 'Insufficient',
      args: [601n, 600n],
    });
    expect((await stage.sendRaw(treasury.address, '0x', { value: 5n })).status).toBe('success');
    expect(await stage.balance(treasury.address)).toBe(605n);

    await stage.send(treasury, 'renounceRole', [KEEPER, keeper], { from: keeper });
    expect(await stage.read(treasury, 'hasRole', [KEEPER, keeper])).toBe(false);
    expect((await stage.send(treasury, 'renounceRole', [zeroHash, admin], { from: keeper })).error?.name).toBe(
      'AccessControlBadConfirmation',
    );
  },
};

const box: Story = {
  name: 'UUPS: a proxy keeps its storage when its owner gives it new code',
  async play(stage) {
    const [owner, stranger] = [stage.account(0), stage.account(1)];
    const first = await stage.deploy('BoxV1');
    const second = await stage.deploy('BoxV2');
    expect((await stage.send(first, 'initialize', [owner])).error?.name).toBe('InvalidInitialization');

    const initialize = encodeFunctionData({ abi: first.abi, functionName: 'initialize', args: [owner] });
    const { contract, events } = await stage.tryDeploy('BoxProxy', [first.address, initialize]);
    const { address } = contract!;
    expect(events).toEqual([
      { address, name: 'Upgraded', args: { implementation: getAddress(first.address) } },
      { address, name: 'Initialized', args: { version: 1n } },
    ]);
    const v1 = stage.at(address, 'BoxV1');
    expect((await stage.send(v1, 'store', [41n], { from: stranger })).events).toEqual([
      { address, name: 'Stored', args: { by: getAddress(stranger), value: 41n } },
    ]);
    expect(await stage.read(v1, 'version')).toBe(1n);
    expect(await stage.read(first, 'value')).toBe(0n);
    expect((await stage.send(v1, 'initialize', [stranger])).error?.name).toBe('InvalidInitialization');

    const migrate = encodeFunctionData({ abi: second.abi, functionName: 'migrate', args: [7n] });
    expect((await stage.send(v1, 'upgradeToAndCall', [second.address, migrate], { from: stranger })).error).toEqual({
      name: 'NotOwner',
      args: [getAddress(stranger)],
    });
    expect((await stage.send(first, 'upgradeToAndCall', [second.address, '0x'])).error?.name).toBe(
      'UUPSUnauthorizedCallContext',
    );
    await stage.send(v1, 'upgradeToAndCall', [second.address, migrate]);
    const v2 = stage.at(address, 'BoxV2');
    expect(await stage.read(v2, 'version')).toBe(2n);
    await stage.send(v2, 'increment');
    expect(await stage.read(v2, 'value')).toBe(42n);
    expect(await stage.read(v2, 'increments')).toBe(8n);
    // The slot of EIP-1967 for the implementation.
    const slot = BigInt(keccak256(toHex('eip1967.proxy.implementation'))) - 1n;
    expect(await stage.storage(v2, slot)).toBe(`0x${'00'.repeat(12)}${second.address.slice(2)}`);
  },
};

const notebook: Story = {
  name: 'Multicall: several calls in one, all or none',
  async play(stage) {
    const writer = stage.account(3);
    const book = await stage.deploy('Notebook');
    const note = (page: bigint, text: string) =>
      encodeFunctionData({ abi: book.abi, functionName: 'note', args: [page, text] });
    const { result, events } = await stage.send(book, 'multicall', [[note(1n, 'one'), note(2n, 'twelve')]], {
      from: writer,
    });
    expect(result).toEqual([toHex(3n, { size: 32 }), toHex(6n, { size: 32 })]);
    expect(events).toMatchObject([
      { args: { page: 1n, text: 'one', writer: getAddress(writer) } },
      { args: { page: 2n } },
    ]);
    const failed = await stage.send(book, 'multicall', [[note(3n, 'three'), note(1n, 'again')]], { from: writer });
    expect(failed.error).toEqual({ name: 'Taken', args: [1n] });
    expect(await stage.read(book, 'noteOf', [writer, 3n])).toBe('');
    expect(await stage.read(book, 'noteOf', [writer, 2n])).toBe('twelve');
  },
};

const parliament: Story = {
  name: 'Governor: shareholders propose, vote, and spend what they own together',
  async play(stage) {
    const [founder, second, third, payee] = [stage.account(0), stage.account(1), stage.account(2), stage.account(9)];
    const share = await stage.deploy('Share', [1000n]);
    const house = await stage.deploy('Parliament', [share.address]);
    const fund = await stage.deploy('Treasury', [house.address], { value: 500n });
    await stage.send(share, 'transfer', [second, 300n]);
    await stage.send(share, 'transfer', [third, 200n]);
    for (const voter of [founder, second, third]) await stage.send(share, 'delegate', [voter], { from: voter });
    expect(await stage.read(share, 'getVotes', [founder])).toBe(500n);
    await stage.mine(1);

    // Two steps that only the house may take: make the second shareholder a keeper, and pay by its own hand.
    const grant = encodeFunctionData({ abi: fund.abi, functionName: 'grantRole', args: [KEEPER, house.address] });
    const spend = encodeFunctionData({ abi: fund.abi, functionName: 'spend', args: [payee, 123n] });
    const proposal = [[fund.address, fund.address], [0n, 0n], [grant, spend], 'Pay the ninth'];
    const described = [...proposal.slice(0, 3), keccak256(toHex('Pay the ninth'))];

    expect((await stage.send(house, 'propose', proposal, { from: payee })).error).toEqual({
      name: 'GovernorInsufficientProposerVotes',
      args: [getAddress(payee), 0n, 100n],
    });
    const { result: id, events } = await stage.send(house, 'propose', proposal, { from: second });
    expect(events).toMatchObject([{ name: 'ProposalCreated', args: { proposalId: id, description: 'Pay the ninth' } }]);
    expect(await stage.read(house, 'state', [id])).toBe(0);
    expect((await stage.tryRead(house, 'castVote', [id, 1], { from: second })).error?.name).toBe(
      'GovernorUnexpectedProposalState',
    );
    await stage.mine(2);
    expect(await stage.read(house, 'state', [id])).toBe(1);
    expect((await stage.send(house, 'castVote', [id, 1], { from: second })).events).toMatchObject([
      { name: 'VoteCast', args: { weight: 300n, support: 1, reason: '' } },
    ]);
    await stage.send(house, 'castVoteWithReason', [id, 0, 'too much'], { from: third });
    expect((await stage.tryRead(house, 'castVote', [id, 1], { from: second })).error?.name).toBe(
      'GovernorAlreadyCastVote',
    );
    // Selling shares now changes nothing: votes are counted as of the proposal.
    await stage.send(share, 'transfer', [payee, 500n], { from: founder });
    expect((await stage.send(house, 'castVote', [id, 2], { from: founder })).error).toBeUndefined();
    expect(await stage.read(house, 'proposalVotes', [id])).toEqual([200n, 300n, 500n]);
    expect((await stage.tryRead(house, 'execute', described)).error?.name).toBe('GovernorUnexpectedProposalState');

    await stage.mine(6);
    expect(await stage.read(house, 'state', [id])).toBe(4);
    const before = await stage.balance(payee);
    const executed = await stage.send(house, 'execute', described);
    expect(executed.events.map(({ name }) => name)).toEqual(['RoleGranted', 'Spent', 'ProposalExecuted']);
    expect((await stage.balance(payee)) - before).toBe(123n);
    expect(await stage.read(house, 'state', [id])).toBe(7);

    // The same again does not pass without votes.
    const again = [...proposal.slice(0, 3), 'Once more'];
    const { result: secondId } = await stage.send(house, 'propose', again, { from: second });
    await stage.mine(8);
    expect(await stage.read(house, 'state', [secondId])).toBe(3);
  },
};

/** Stories of who may do what. */
export const GOVERNANCE_STORIES: readonly Story[] = [treasury, box, notebook, parliament];
