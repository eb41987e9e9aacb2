import { type Hex, ZERO_ADDRESS } from 'polkavm-js/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeEvent, decodeValues, encodeCall, formatRevert } from '../../examples/solidity/abi.js';
import { ALICE, BOB, failureOf, type Stage } from './stage.js';

const TRANSFER = 'transfer(address,uint256)';
const TRANSFER_EVENT = 'Transfer(address indexed,address indexed,uint256)';
const INSUFFICIENT_BALANCE = 'InsufficientBalance(address,uint256,uint256)';

/** The example's contracts: ERC-20, Flipper, and a treasury that calls the token. */
export function tokenSuite(newStage: () => Stage): void {
  describe('Token', () => {
    let stage: Stage;
    let token: Hex;
    const balanceOf = (owner: Hex): unknown => stage.returned(token, 'balanceOf(address)', ['uint256'], [owner])[0];

    beforeEach(() => {
      stage = newStage();
      token = stage.deploy('Token', ['uint256'], [1000n]);
      stage.calls.length = 0;
    });

    it('gives its supply to the deployer and says so in an event', () => {
      const { logs } = stage.sandbox.deploy(stage.code('Token'), { from: BOB, data: `0x${'0f'.repeat(32)}` });
      expect(logs.map((event) => decodeEvent(event, TRANSFER_EVENT))).toEqual([
        [ZERO_ADDRESS, BOB, BigInt(`0x${'0f'.repeat(32)}`)],
      ]);
      expect(balanceOf(ALICE)).toBe(1000n);
      expect(balanceOf(BOB)).toBe(0n);
      expect(stage.returned(token, 'totalSupply()', ['uint256'])).toEqual([1000n]);
      expect(stage.returned(token, 'name()', ['string'])).toEqual(['Example Token']);
    });

    it('moves tokens', () => {
      const receipt = stage.call(token, TRANSFER, [BOB, 250n]);
      expect(receipt.status).toBe('success');
      expect(decodeValues(['bool'], receipt.data)).toEqual([true]);
      expect(receipt.logs.map((event) => event.address)).toEqual([token]);
      expect(receipt.logs.map((event) => decodeEvent(event, TRANSFER_EVENT))).toEqual([[ALICE, BOB, 250n]]);
      expect(balanceOf(ALICE)).toBe(750n);
      expect(balanceOf(BOB)).toBe(250n);
    });

    it('runs between the syscalls that its source asks for', () => {
      stage.call(token, TRANSFER, [BOB, 250n]);
      expect(stage.stops).toEqual([
        ...['call_data_size', 'call_data_load', 'value_transferred', 'call_data_load', 'call_data_load', 'caller'],
        ...['hash_keccak_256', 'get_storage', 'hash_keccak_256', 'set_storage'],
        ...['hash_keccak_256', 'get_storage', 'set_storage', 'deposit_event', 'seal_return'],
      ]);
    });

    it('refuses a transfer of more than there is, with an error that says how much is missing', () => {
      const receipt = stage.call(token, TRANSFER, [BOB, 1001n]);
      expect(receipt.status).toBe('revert');
      expect(formatRevert(receipt.data, [INSUFFICIENT_BALANCE])).toBe(`InsufficientBalance(${ALICE}, 1000, 1001)`);
      expect(receipt.logs).toEqual([]);
      expect(balanceOf(ALICE)).toBe(1000n);
    });

    it('lets an allowance be spent, and no more', () => {
      const transferFrom = 'transferFrom(address,address,uint256)';
      stage.call(token, 'approve(address,uint256)', [BOB, 100n]);
      expect(stage.call(token, transferFrom, [ALICE, BOB, 60n], { from: BOB }).status).toBe('success');
      const refused = stage.call(token, transferFrom, [ALICE, BOB, 41n], { from: BOB });
      expect(formatRevert(refused.data)).toBe('Error("allowance too low")');
      expect(balanceOf(BOB)).toBe(60n);
      expect(stage.returned(token, 'allowance(address,address)', ['uint256'], [ALICE, BOB])).toEqual([40n]);
    });

    it('refuses money, and functions that it does not have, without a word', () => {
      for (const receipt of [
        stage.call(token, TRANSFER, [BOB, 1n], { value: 1n }),
        stage.call(token, 'mint(uint256)', [1n]),
        stage.sandbox.call(token, new Uint8Array(3)),
      ]) {
        expect(receipt.status).toBe('revert');
        expect(receipt.data).toBe('0x');
      }
      expect(stage.sandbox.balanceOf(ALICE)).toBe(1_000_000n);
    });

    it('is compiled once and looked up in the cache from then on', () => {
      stage.call(token, TRANSFER, [BOB, 1n]);
      expect(stage.calls.map(({ name }) => name)).not.toContain('compileFromBytes');
      stage.calls.length = 0;
      stage.deploy('Flipper', ['bool'], [true]);
      expect(stage.calls.slice(0, 2)).toMatchObject([
        { name: 'lookup', outcome: 'NotCached' },
        { name: 'compileFromBytes', outcome: expect.stringContaining('compiled from') },
      ]);
    });

    it('costs the same gas for the same call', () => {
      const first = stage.call(token, TRANSFER, [BOB, 0n]).gasUsed;
      const second = stage.call(token, TRANSFER, [BOB, 0n]).gasUsed;
      const elsewhere = newStage();
      const other = elsewhere.deploy('Token', ['uint256'], [1000n]);
      expect(first).toBeGreaterThan(1000n);
      expect(second).toBe(first);
      expect(elsewhere.call(other, TRANSFER, [BOB, 0n]).gasUsed).toBe(first);
    });

    it('needs just the gas that it uses: one less is too little, and all is undone', () => {
      const input = encodeCall(TRANSFER, BOB, 5n);
      const { gasUsed } = stage.sandbox.simulate(token, input);
      const tooLittle = stage.call(token, TRANSFER, [BOB, 5n], { gas: gasUsed - 1n });
      expect(tooLittle).toMatchObject({ status: 'error', gasUsed: gasUsed - 1n, logs: [] });
      expect(failureOf(tooLittle)).toBe('OutOfGas');
      expect(balanceOf(BOB)).toBe(0n);

      const enough = stage.call(token, TRANSFER, [BOB, 5n], { gas: gasUsed });
      expect(enough).toMatchObject({ status: 'success', gasUsed });
      expect(balanceOf(BOB)).toBe(5n);
    });
  });

  describe('Flipper', () => {
    it('flips its bit', () => {
      const stage = newStage();
      const flipper = stage.deploy('Flipper', ['bool'], [false]);
      const bits = [0, 1, 2].map(() => {
        const [bit] = stage.returned(flipper, 'value()', ['bool']);
        stage.call(flipper, 'flip()');
        return bit;
      });
      expect(bits).toEqual([false, true, false]);
    });

    it('is not changed by a query', () => {
      const stage = newStage();
      const flipper = stage.deploy('Flipper', ['bool'], [true]);
      const query = stage.sandbox.simulate(flipper, encodeCall('flip()'));
      expect(query.status).toBe('success');
      expect(stage.returned(flipper, 'value()', ['bool'])).toEqual([true]);
    });
  });

  describe('Treasury, which calls Token', () => {
    let stage: Stage;
    let token: Hex;
    let treasury: Hex;
    const balanceOf = (owner: Hex): unknown => stage.returned(token, 'balanceOf(address)', ['uint256'], [owner])[0];

    beforeEach(() => {
      stage = newStage();
      token = stage.deploy('Token', ['uint256'], [1000n]);
      treasury = stage.deploy('Treasury', ['address'], [token]);
      stage.call(token, TRANSFER, [treasury, 300n]);
      stage.takeMostLive();
      stage.calls.length = 0;
    });

    it('has one instance wait while another runs, and none when all is done', () => {
      const receipt = stage.call(treasury, 'pay(address,uint256)', [BOB, 100n]);
      expect(receipt.status).toBe('success');
      expect(stage.takeMostLive()).toBe(2);
      expect(stage.live).toBe(0);
      const [outer, inner] = stage.calls.filter(({ name }) => name === 'instantiate').map(({ instance }) => instance);
      const runs = stage.calls.filter(({ name }) => name === 'run');
      const callsToken = runs.findIndex(({ outcome }) => outcome === 'call');
      const tokenReturns = runs.findIndex(({ outcome }) => outcome === 'seal_return');
      expect(runs.slice(0, callsToken + 1).every(({ instance }) => instance === outer)).toBe(true);
      expect(runs.slice(callsToken + 1, tokenReturns + 1).every(({ instance }) => instance === inner)).toBe(true);
      expect(runs.slice(tokenReturns + 1).every(({ instance }) => instance === outer)).toBe(true);
      expect(runs.at(-1)?.outcome).toBe('seal_return');

      expect(balanceOf(treasury)).toBe(200n);
      expect(balanceOf(BOB)).toBe(100n);
    });

    it('pays as itself, and events come in the order of what happened', () => {
      const { logs } = stage.call(treasury, 'pay(address,uint256)', [BOB, 100n]);
      expect(logs.map((event) => event.address)).toEqual([token, treasury]);
      expect(decodeEvent(logs[0]!, TRANSFER_EVENT)).toEqual([treasury, BOB, 100n]);
      expect(decodeEvent(logs[1]!, 'Paid(address indexed,uint256)')).toEqual([BOB, 100n]);
    });

    it('costs more than its own part, the same each time, and all of it comes from one budget', () => {
      const pay = (gas?: bigint) =>
        stage.call(treasury, 'pay(address,uint256)', [BOB, 0n], gas === undefined ? {} : { gas });
      const { gasUsed } = pay();
      expect(pay().gasUsed).toBe(gasUsed);
      expect(gasUsed).toBeGreaterThan(stage.call(token, TRANSFER, [BOB, 0n]).gasUsed);
      expect(pay(gasUsed - 1n).status).not.toBe('success');
    });

    it("passes the token's refusal on", () => {
      const receipt = stage.call(treasury, 'pay(address,uint256)', [BOB, 301n]);
      expect(receipt.status).toBe('revert');
      expect(formatRevert(receipt.data, [INSUFFICIENT_BALANCE])).toBe(`InsufficientBalance(${treasury}, 300, 301)`);
      expect(stage.live).toBe(0);
    });

    it("survives the token's refusal if it tries", () => {
      const receipt = stage.call(treasury, 'tryPay(address,uint256)', [BOB, 301n]);
      expect(decodeValues(['bool'], receipt.data)).toEqual([false]);
      const [event] = receipt.logs.map((each) => decodeEvent(each, 'PaymentRefused(address indexed,uint256,bytes)'));
      expect(event?.slice(0, 2)).toEqual([BOB, 301n]);
      expect(formatRevert(event?.[2] as Hex, [INSUFFICIENT_BALANCE])).toBe(
        `InsufficientBalance(${treasury}, 300, 301)`,
      );
    });

    it('is run by its owner only', () => {
      const receipt = stage.call(treasury, 'pay(address,uint256)', [BOB, 1n], { from: BOB });
      expect(formatRevert(receipt.data)).toBe('Error("only the owner pays")');
    });

    it('reads through a call that must not change anything', () => {
      expect(stage.returned(treasury, 'holdings()', ['uint256'])).toEqual([300n]);
    });
  });
}
