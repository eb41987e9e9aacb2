import { create2Address, createAddress, fromHex, type Hex, keccakHex, ZERO_ADDRESS } from 'polkavm-js/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeValues, encodeCall, encodeValues, formatRevert } from '../../examples/solidity/abi.js';
import { ALICE, BOB, failureOf, NOBODY, type Stage } from './stage.js';

const REFUSED = 'Refused(uint256,address)';

/** How frames begin, nest and end: calls of every kind, creation, failure, and what is undone. */
export function frameSuite(newStage: () => Stage): void {
  let stage: Stage;
  let probe: Hex;
  let child: Hex;

  beforeEach(() => {
    stage = newStage();
    probe = stage.deploy('Probe', [], [], { value: 100n });
    child = stage.deploy('Child', ['uint256'], [5n]);
    stage.takeMostLive();
  });

  const stored = (contract: Hex): unknown => stage.returned(contract, 'stored()', ['uint256'])[0];

  /** Has Probe call, and returns whether that went well and what came back. */
  function forwarded(kind: 'forward' | 'forwardStatic' | 'forwardDelegate', target: Hex, data: Hex, value = 0n) {
    const [signature, values] =
      kind === 'forward'
        ? ([`${kind}(address,uint256,bytes)`, [target, value, data]] as const)
        : ([`${kind}(address,bytes)`, [target, data]] as const);
    const [ok, output] = stage.returned(probe, signature, ['bool', 'bytes'], [...values]);
    return { ok, output: output as Hex };
  }

  describe('a call', () => {
    it('carries value, which the callee has when it starts', () => {
      const { ok, output } = forwarded('forward', child, encodeCall('set(uint256)', 9n), 3n);
      expect(ok).toBe(true);
      expect(decodeValues(['uint256'], output)).toEqual([3n]);
      expect(stage.sandbox.balanceOf(child)).toBe(3n);
      expect(stage.sandbox.balanceOf(probe)).toBe(97n);
      expect(stored(child)).toBe(9n);
    });

    it('undoes all that a callee did that reverts, and delivers its reason', () => {
      const { ok, output } = forwarded('forward', child, encodeCall('refuse(uint256)', 7n));
      expect(ok).toBe(false);
      expect(formatRevert(output, [REFUSED])).toBe(`Refused(7, ${probe})`);
      expect(stored(child)).toBe(6n);
    });

    it('undoes all that a callee did that traps, with nothing to deliver', () => {
      const { ok, output } = forwarded('forward', child, encodeCall('trap()'));
      expect(ok).toBe(false);
      expect(output).toBe('0x');
      expect(stored(child)).toBe(6n);
      expect(stage.live).toBe(0);
    });

    it('leaves the caller a 64th of the gas when the callee uses up all it gets', () => {
      const receipt = stage.call(probe, 'forward(address,uint256,bytes)', [child, 0n, encodeCall('spin()')], {
        gas: 3_000_000n,
      });
      expect(receipt.status).toBe('success');
      expect(decodeValues(['bool'], receipt.data)).toEqual([false]);
      expect(receipt.gasUsed).toBeGreaterThan(2_900_000n);
      expect(receipt.gasUsed).toBeLessThan(3_000_000n);
      expect(stored(child)).toBe(6n);
    });

    it('undoes the payment with the rest', () => {
      expect(forwarded('forward', child, encodeCall('refuse(uint256)', 7n), 5n).ok).toBe(false);
      expect(stage.sandbox.balanceOf(child)).toBe(0n);
      expect(stage.sandbox.balanceOf(probe)).toBe(100n);
    });

    it('fails if the caller cannot pay, without a frame', () => {
      expect(forwarded('forward', child, encodeCall('set(uint256)', 1n), 101n).ok).toBe(false);
      expect(stage.takeMostLive()).toBe(1);
    });

    it('to an account without code is a payment', () => {
      expect(forwarded('forward', NOBODY, '0x1234', 4n)).toEqual({ ok: true, output: '0x' });
      expect(stage.sandbox.balanceOf(NOBODY)).toBe(4n);
      expect(stage.takeMostLive()).toBe(1);
    });

    it('reaches a division by zero as Solidity reports it', () => {
      const { output } = forwarded('forward', child, encodeCall('checked(uint256,uint256)', 1n, 0n));
      expect(formatRevert(output)).toBe('Panic(18)');
    });
  });

  describe('a transfer with 2300 gas', () => {
    it('pays an account', () => {
      expect(stage.call(probe, 'pay(address,uint256)', [BOB, 5n]).status).toBe('success');
      expect(stage.sandbox.balanceOf(BOB)).toBe(5n);
    });

    it('pays a contract that takes money', () => {
      expect(stage.call(probe, 'pay(address,uint256)', [child, 5n]).status).toBe('success');
      expect(stage.sandbox.balanceOf(child)).toBe(5n);
    });

    it('must not come back to the payer', () => {
      expect(failureOf(stage.call(probe, 'pay(address,uint256)', [probe, 5n]))).toBe('ReentranceDenied');
    });
  });

  describe('a call back', () => {
    it('is allowed where the caller allows it', () => {
      const write = encodeCall('write(uint256)', 42n);
      const { ok } = forwarded('forward', child, encodeCall('callBack(address,bytes)', probe, write));
      expect(ok).toBe(true);
      expect(stored(probe)).toBe(42n);
      expect(stage.takeMostLive()).toBe(3);
    });

    it('may go 25 calls deep', () => {
      expect(stage.returned(probe, 'descend(uint256)', ['uint256'], [25n])).toEqual([25n]);
      expect(stage.takeMostLive()).toBe(26);
      expect(stored(probe)).toBe(26n);
    });

    it('fails 26 calls deep, and is undone', () => {
      expect(stage.call(probe, 'descend(uint256)', [26n]).status).toBe('revert');
      expect(stored(probe)).toBe(0n);
      expect(stage.live).toBe(0);
    });
  });

  describe('a static call', () => {
    it('reads', () => {
      const { ok, output } = forwarded('forwardStatic', child, encodeCall('stored()'));
      expect(ok).toBe(true);
      expect(decodeValues(['uint256'], output)).toEqual([6n]);
    });

    it.each([
      ['a storage write', 'write(uint256)', [1n]],
      ['an event', 'events()', []],
      ['transient storage', 'transientRoundTrip(uint256,uint256)', [1n, 2n]],
      ['a new contract', 'create(uint256)', [1n]],
      ['a payment', 'forward(address,uint256,bytes)', [BOB, 1n, '0x']],
      ['a write further down', 'forward(address,uint256,bytes)', [ALICE, 0n, '0x']],
    ] as const)('refuses %s', (name, signature, values) => {
      const other = stage.deploy('Probe', [], [], { value: 10n });
      const inner =
        name === 'a write further down'
          ? encodeCall(signature, child, 0n, encodeCall('set(uint256)', 1n))
          : encodeCall(signature, ...values);
      const { ok, output } = forwarded('forwardStatic', other, inner);
      // Probe passes on whether its own call went well: there the write fails one frame further down.
      const failed = name === 'a write further down' ? decodeValues(['bool'], output)[0] === false : ok === false;
      expect(failed).toBe(true);
      expect(stored(child)).toBe(6n);
      expect(stored(other)).toBe(0n);
    });
  });

  describe('a delegate call', () => {
    it("runs the callee's code and immutables with the caller's storage, address, caller and value", () => {
      const receipt = stage.call(probe, 'forwardDelegate(address,bytes)', [child, encodeCall('plant(uint256)', 77n)], {
        value: 8n,
      });
      const [ok, output] = decodeValues(['bool', 'bytes'], receipt.data);
      expect(ok).toBe(true);
      expect(decodeValues(['address', 'address', 'uint256', 'uint256'], output as Hex)).toEqual([probe, ALICE, 8n, 5n]);
      expect(stored(probe)).toBe(77n);
      expect(stored(child)).toBe(6n);
      expect(stage.sandbox.balanceOf(child)).toBe(0n);
    });

    it('to an account without code does nothing and succeeds', () => {
      expect(forwarded('forwardDelegate', NOBODY, '0x12')).toEqual({ ok: true, output: '0x' });
    });
  });

  describe('a new contract', () => {
    beforeEach(() => {
      stage.sandbox.upload(stage.code('Child'));
    });

    it('has an address by nonce, what was paid, its own nonce 1 and its immutables', () => {
      const [address] = stage.returned(probe, 'create(uint256)', ['address'], [30n], { value: 7n });
      expect(address).toBe(createAddress(probe, 1n));
      const created = address as Hex;
      expect(stage.sandbox.balanceOf(created)).toBe(7n);
      expect(stage.sandbox.nonceOf(created)).toBe(1n);
      expect(stage.sandbox.codeHashOf(created)).toBe(keccakHex(stage.code('Child')));
      expect(stage.returned(created, 'seed()', ['uint256'])).toEqual([30n]);
      expect(stage.returned(created, 'creator()', ['address'])).toEqual([probe]);
      expect(stored(created)).toBe(31n);
      expect(stage.returned(probe, 'create(uint256)', ['address'], [31n])).toEqual([createAddress(probe, 2n)]);
    });

    it('has an address by salt, code and constructor data', () => {
      const salt: Hex = `0x${'5a'.repeat(32)}`;
      const [address] = stage.returned(probe, 'create2(uint256,bytes32)', ['address'], [30n, salt]);
      expect(address).toBe(
        create2Address(probe, fromHex(salt), stage.code('Child'), fromHex(encodeValues(['uint256'], [30n]))),
      );
    });

    it('cannot be where one is already', () => {
      const salt: Hex = `0x${'5a'.repeat(32)}`;
      stage.returned(probe, 'create2(uint256,bytes32)', ['address'], [30n, salt]);
      const again = stage.call(probe, 'create2(uint256,bytes32)', [30n, salt]);
      expect(again.status).toBe('revert');
      expect(stage.sandbox.nonceOf(probe)).toBe(2n);
    });

    it('is not there if its constructor refuses; the reason comes back and the nonce is not used up', () => {
      const [address, reason] = stage.returned(probe, 'tryCreate(uint256)', ['address', 'bytes'], [13n]);
      expect(address).toBe(ZERO_ADDRESS);
      expect(formatRevert(reason as Hex)).toBe('Error("unlucky")');
      expect(stage.sandbox.nonceOf(probe)).toBe(1n);
      expect(stage.sandbox.codeHashOf(createAddress(probe, 1n))).toBeUndefined();
      expect(stage.sandbox.nonceOf(createAddress(probe, 1n))).toBe(0n);
    });

    it('ends the frame that asks for code that nobody has uploaded', () => {
      const fresh = newStage();
      const lonely = fresh.deploy('Probe');
      expect(failureOf(fresh.call(lonely, 'create(uint256)', [1n]))).toBe('CodeNotFound');
    });

    it("has an address by its deployer's nonce if a transaction makes it, which counts once", () => {
      const nonce = stage.sandbox.nonceOf(ALICE);
      expect(stage.deploy('Flipper', ['bool'], [true])).toBe(createAddress(ALICE, nonce));
      expect(stage.deploy('Flipper', ['bool'], [true])).toBe(createAddress(ALICE, nonce + 1n));
    });

    it('cannot be deployed twice at an address, or with money that is not there', () => {
      const options = { data: new Uint8Array(32), salt: new Uint8Array(32) };
      const deploy = () => stage.sandbox.deploy(stage.code('Flipper'), options);
      expect(deploy().status).toBe('success');
      expect(failureOf(deploy())).toBe('DuplicateContract');
      expect(failureOf(stage.sandbox.deploy(stage.code('Probe'), { from: BOB, value: 1n }))).toBe('TransferFailed');
    });

    it('refuses constructor data that is too short, and money that its constructor does not take', () => {
      const code = stage.code('Flipper');
      expect(stage.sandbox.deploy(code, { data: new Uint8Array(3) }).status).toBe('revert');
      const paid = stage.sandbox.deploy(code, { data: new Uint8Array(32), value: 1n });
      expect(paid.status).toBe('revert');
      expect(stage.sandbox.balanceOf(ALICE)).toBe(1_000_000n - 100n);
    });
  });
}
