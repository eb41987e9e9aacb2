import { beforeEach, describe, expect, it } from 'vitest';
import { decodeValues, encodeCall, formatRevert } from '../../examples/solidity/abi.js';
import { create2Address, createAddress, keccakHex, ZERO_ADDRESS } from '../../examples/solidity/addresses.js';
import { fromHex, type Hex, toBigEndian, toHex } from '../../examples/solidity/bytes.js';
import { ReturnCode } from '../../examples/solidity/errors.js';
import { ALICE, BOB, NOBODY, type Stage } from './stage.js';

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
  function forwarded(kind: 'forward' | 'forwardStatic' | 'forwardDelegate', target: Hex, data: Uint8Array, value = 0n) {
    const [signature, values] =
      kind === 'forward'
        ? ([`${kind}(address,uint256,bytes)`, [target, value, toHex(data)]] as const)
        : ([`${kind}(address,bytes)`, [target, toHex(data)]] as const);
    const [ok, output] = stage.returned(probe, signature, ['bool', 'bytes'], [...values]);
    return { ok, output: fromHex(output as Hex) };
  }

  describe('a call', () => {
    it('carries value, which the callee has when it starts', () => {
      const { ok, output } = forwarded('forward', child, encodeCall('set(uint256)', 9n), 3n);
      expect(ok).toBe(true);
      expect(decodeValues(['uint256'], output)).toEqual([3n]);
      expect(stage.host.state.balance(child)).toBe(3n);
      expect(stage.host.state.balance(probe)).toBe(97n);
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
      expect(output).toHaveLength(0);
      expect(stored(child)).toBe(6n);
      expect(stage.live).toBe(0);
    });

    it('leaves the caller a 64th of the gas when the callee uses up all it gets', () => {
      const receipt = stage.call(probe, 'forward(address,uint256,bytes)', [child, 0n, toHex(encodeCall('spin()'))], {
        gasLimit: 3_000_000n,
      });
      expect(receipt.code).toBe(ReturnCode.Success);
      expect(decodeValues(['bool'], receipt.output)).toEqual([false]);
      expect(receipt.gasUsed).toBeGreaterThan(2_900_000n);
      expect(receipt.gasUsed).toBeLessThan(3_000_000n);
      expect(stored(child)).toBe(6n);
    });

    it('undoes the payment with the rest', () => {
      expect(forwarded('forward', child, encodeCall('refuse(uint256)', 7n), 5n).ok).toBe(false);
      expect(stage.host.state.balance(child)).toBe(0n);
      expect(stage.host.state.balance(probe)).toBe(100n);
    });

    it('fails if the caller cannot pay, without a frame', () => {
      expect(forwarded('forward', child, encodeCall('set(uint256)', 1n), 101n).ok).toBe(false);
      expect(stage.takeMostLive()).toBe(1);
    });

    it('to an account without code is a payment', () => {
      expect(forwarded('forward', NOBODY, fromHex('0x1234'), 4n)).toEqual({ ok: true, output: new Uint8Array(0) });
      expect(stage.host.state.balance(NOBODY)).toBe(4n);
      expect(stage.takeMostLive()).toBe(1);
    });

    it('reaches a division by zero as Solidity reports it', () => {
      const { output } = forwarded('forward', child, encodeCall('checked(uint256,uint256)', 1n, 0n));
      expect(formatRevert(output)).toBe('Panic(18)');
    });
  });

  describe('a transfer with 2300 gas', () => {
    it('pays an account', () => {
      expect(stage.call(probe, 'pay(address,uint256)', [BOB, 5n]).code).toBe(ReturnCode.Success);
      expect(stage.host.state.balance(BOB)).toBe(5n);
    });

    it('pays a contract that takes money', () => {
      expect(stage.call(probe, 'pay(address,uint256)', [child, 5n]).code).toBe(ReturnCode.Success);
      expect(stage.host.state.balance(child)).toBe(5n);
    });

    it('must not come back to the payer', () => {
      expect(stage.call(probe, 'pay(address,uint256)', [probe, 5n]).error?.reason).toBe('ReentranceDenied');
    });
  });

  describe('a call back', () => {
    it('is allowed where the caller allows it', () => {
      const write = encodeCall('write(uint256)', 42n);
      const { ok } = forwarded('forward', child, encodeCall('callBack(address,bytes)', probe, toHex(write)));
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
      expect(stage.call(probe, 'descend(uint256)', [26n]).code).toBe(ReturnCode.CalleeReverted);
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
          ? encodeCall(signature, child, 0n, toHex(encodeCall('set(uint256)', 1n)))
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
      const receipt = stage.call(
        probe,
        'forwardDelegate(address,bytes)',
        [child, toHex(encodeCall('plant(uint256)', 77n))],
        { value: 8n },
      );
      const [ok, output] = decodeValues(['bool', 'bytes'], receipt.output);
      expect(ok).toBe(true);
      expect(decodeValues(['address', 'address', 'uint256', 'uint256'], fromHex(output as Hex))).toEqual([
        probe,
        ALICE,
        8n,
        5n,
      ]);
      expect(stored(probe)).toBe(77n);
      expect(stored(child)).toBe(6n);
      expect(stage.host.state.balance(child)).toBe(0n);
    });

    it('to an account without code does nothing and succeeds', () => {
      expect(forwarded('forwardDelegate', NOBODY, fromHex('0x12'))).toEqual({ ok: true, output: new Uint8Array(0) });
    });
  });

  describe('a new contract', () => {
    beforeEach(() => {
      stage.host.upload(stage.code('Child'));
    });

    it('has an address by nonce, what was paid, its own nonce 1 and its immutables', () => {
      const [address] = stage.returned(probe, 'create(uint256)', ['address'], [30n], { value: 7n });
      expect(address).toBe(createAddress(probe, 1n));
      const created = address as Hex;
      expect(stage.host.state.balance(created)).toBe(7n);
      expect(stage.host.state.nonce(created)).toBe(1n);
      expect(stage.host.state.codeHash(created)).toBe(keccakHex(stage.code('Child')));
      expect(stage.returned(created, 'seed()', ['uint256'])).toEqual([30n]);
      expect(stage.returned(created, 'creator()', ['address'])).toEqual([probe]);
      expect(stored(created)).toBe(31n);
      expect(stage.returned(probe, 'create(uint256)', ['address'], [31n])).toEqual([createAddress(probe, 2n)]);
    });

    it('has an address by salt, code and constructor data', () => {
      const salt: Hex = `0x${'5a'.repeat(32)}`;
      const [address] = stage.returned(probe, 'create2(uint256,bytes32)', ['address'], [30n, salt]);
      expect(address).toBe(create2Address(probe, fromHex(salt), stage.code('Child'), toBigEndian(30n, 32)));
    });

    it('cannot be where one is already', () => {
      const salt: Hex = `0x${'5a'.repeat(32)}`;
      stage.returned(probe, 'create2(uint256,bytes32)', ['address'], [30n, salt]);
      const again = stage.call(probe, 'create2(uint256,bytes32)', [30n, salt]);
      expect(again.code).toBe(ReturnCode.CalleeReverted);
      expect(stage.host.state.nonce(probe)).toBe(2n);
    });

    it('is not there if its constructor refuses; the reason comes back and the nonce is not used up', () => {
      const [address, reason] = stage.returned(probe, 'tryCreate(uint256)', ['address', 'bytes'], [13n]);
      expect(address).toBe(ZERO_ADDRESS);
      expect(formatRevert(fromHex(reason as Hex))).toBe('Error("unlucky")');
      expect(stage.host.state.nonce(probe)).toBe(1n);
      expect(stage.host.state.exists(createAddress(probe, 1n))).toBe(false);
    });

    it('ends the frame that asks for code that nobody has uploaded', () => {
      const fresh = newStage();
      const lonely = fresh.deploy('Probe');
      expect(fresh.call(lonely, 'create(uint256)', [1n]).error?.reason).toBe('CodeNotFound');
    });

    it("has an address by its deployer's nonce if a transaction makes it, which counts once", () => {
      const nonce = stage.host.state.nonce(ALICE);
      expect(stage.deploy('Flipper', ['bool'], [true])).toBe(createAddress(ALICE, nonce));
      expect(stage.deploy('Flipper', ['bool'], [true])).toBe(createAddress(ALICE, nonce + 1n));
    });

    it('cannot be deployed twice at an address, or with money that is not there', () => {
      const salt = new Uint8Array(32);
      const deployment = { from: ALICE, code: stage.code('Flipper'), input: new Uint8Array(32), salt };
      expect(stage.host.deploy(deployment).code).toBe(ReturnCode.Success);
      expect(stage.host.deploy(deployment).code).toBe(ReturnCode.DuplicateContractAddress);
      const probeForBob = { from: BOB, code: stage.code('Probe'), value: 1n };
      expect(stage.host.deploy(probeForBob).code).toBe(ReturnCode.TransferFailed);
    });

    it('refuses constructor data that is too short, and money that its constructor does not take', () => {
      const code = stage.code('Flipper');
      expect(stage.host.deploy({ from: ALICE, code, input: new Uint8Array(3) }).code).toBe(ReturnCode.CalleeReverted);
      const paid = stage.host.deploy({ from: ALICE, code, input: new Uint8Array(32), value: 1n });
      expect(paid.code).toBe(ReturnCode.CalleeReverted);
      expect(stage.host.state.exists(paid.address)).toBe(false);
    });
  });
}
