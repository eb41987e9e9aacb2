import { blake2b } from '@noble/hashes/blake2.js';
import { DEFAULT_BLOCK, DEV_KEYS } from 'polkavm-js/contracts';
import {
  type Address,
  bytesToHex,
  concatHex,
  encodeAbiParameters,
  getAddress,
  hexToBytes,
  keccak256,
  pad,
  sha256,
  stringToHex,
  toHex,
  zeroAddress,
  zeroHash,
} from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { expect } from 'vitest';
import type { Story } from './story.js';

const EMPTY_CODE_HASH = keccak256('0x');
const NOBODY: Address = '0x00000000000000000000000000000000000000aa';
const word = (value: bigint) => toHex(value, { size: 32 });

const environment: Story = {
  name: 'msg, tx, block and accounts',
  async play(stage) {
    const [alice, bob] = [stage.account(0), stage.account(1)];
    const contract = await stage.deploy('Environment');
    const isPolkaVm = stage.machine.kind === 'polkavm';

    const { result, events } = await stage.send(contract, 'message', [], { from: bob, value: 9n });
    const selector = keccak256(toHex('message()')).slice(0, 10);
    const self = getAddress(contract.address);
    expect(result).toEqual([self, getAddress(bob), getAddress(bob), 9n, selector, selector]);
    expect(events).toMatchObject([{ name: 'Data', args: { data: selector } }]);

    const { number, timestamp, chainId, gasLimit, baseFee } = DEFAULT_BLOCK;
    expect(await stage.read(contract, 'clock')).toEqual([number + 2n, timestamp + 2n, chainId]);
    const surroundings = await stage.differently('prevrandao', () => stage.read(contract, 'surroundings'));
    const randomness = isPolkaVm ? 2_500_000_000_000_000n : 0n;
    expect(surroundings).toEqual([zeroAddress, gasLimit, baseFee, randomness, 0n]);
    expect(await stage.read(contract, 'hashOf', [number + 2n])).toBe(zeroHash);
    expect(await stage.read(contract, 'hashOf', [10n ** 30n])).toBe(zeroHash);
    expect(await stage.read(contract, 'gasDecreases')).toBe(true);

    expect(await stage.read(contract, 'account', [NOBODY])).toEqual([0n, 0n, zeroHash]);
    expect(await stage.read(contract, 'account', [alice])).toEqual([await stage.balance(alice), 0n, EMPTY_CODE_HASH]);
    const [balance, size, hash] = (await stage.differently('codeHash', () =>
      stage.read(contract, 'account', [contract.address]),
    )) as [bigint, bigint, string];
    expect(balance).toBe(9n);
    if (isPolkaVm) {
      const { blob } = stage.compiled('Environment');
      expect({ size, hash }).toEqual({ size: BigInt(blob.length / 2 - 1), hash: keccak256(blob) });
    }
    expect((await stage.send(contract, 'ownBalance', [], { value: 2n })).result).toBe(11n);
  },
};

const precompiles: Story = {
  name: 'hashes, and the precompiled contracts',
  async play(stage) {
    const contract = await stage.deploy('Precompiles');
    const run = (number: number, input: `0x${string}`) =>
      stage.read(contract, 'run', [pad(toHex(number), { size: 20 }), input]);

    const text = stringToHex('The quick brown fox jumps over the lazy dog');
    expect(await stage.read(contract, 'hashes', [text])).toEqual([
      keccak256(text),
      sha256(text),
      '0x37f332f68db77bd9d7edd4969571ad671cf9dd3b',
    ]);
    const signer = privateKeyToAccount(DEV_KEYS[4]!);
    const { r, s, yParity } = await sign({ hash: keccak256(text), privateKey: DEV_KEYS[4]! });
    expect(await stage.read(contract, 'recover', [keccak256(text), 27 + yParity!, r, s])).toBe(signer.address);
    expect(await stage.read(contract, 'recover', [keccak256(text), 29, r, s])).toBe(zeroAddress);
    expect(await stage.read(contract, 'recover', [keccak256(text), 27, zeroHash, s])).toBe(zeroAddress);

    expect(await run(4, text)).toEqual([true, text]);
    // 3 ** (2 ** 256 - 2 ** 32 - 978) modulo the field of secp256k1 is the inverse of 3 (EIP-198).
    const modexp = concatHex([word(1n), word(32n), word(32n), '0x03', word(SECP256K1_P - 2n), word(SECP256K1_P)]);
    const [ok, inverse] = (await run(5, modexp)) as [boolean, `0x${string}`];
    expect([ok, (BigInt(inverse) * 3n) % SECP256K1_P]).toEqual([true, 1n]);

    const g1 = concatHex([word(1n), word(2n)]);
    const double = (await run(6, concatHex([g1, g1]))) as [boolean, `0x${string}`];
    expect(await run(7, concatHex([g1, word(2n)]))).toEqual(double);
    expect(await run(6, concatHex([word(1n), word(1n)]))).toEqual([false, '0x']);
    // e(G1, G2) e(-G1, G2) = 1 (EIP-197).
    const negative = concatHex([word(1n), word(BN254_P - 2n)]);
    expect(await run(8, concatHex([g1, G2, negative, G2]))).toEqual([true, word(1n)]);
    expect(await run(8, concatHex([g1, G2, g1, G2]))).toEqual([true, word(0n)]);
    expect(await run(8, '0x01')).toEqual([false, '0x']);
    expect(await run(9, BLAKE2F_ABC)).toEqual([true, bytesToHex(blake2b(hexToBytes('0x616263')))]);
    expect(await run(9, '0x00')).toEqual([false, '0x']);

    await stage.differently('precompiles', async () => {
      // With input of the wrong size a P-256 verification says nothing; where there is none, so does the empty account.
      expect(await run(0x100, '0x01')).toEqual([true, '0x']);
      const [, answer] = (await run(0x100, P256_SIGNATURE)) as [boolean, string];
      expect(answer).toBe(stage.machine.kind === 'polkavm' ? word(1n) : '0x');
    });
  },
};

const failing: Story = {
  name: 'each way to fail: reasons, custom errors, panics, traps',
  async play(stage) {
    const contract = await stage.deploy('Failing');
    const error = async (name: string, args: readonly unknown[] = []) =>
      (await stage.tryRead(contract, name, args)).error;
    expect(await stage.tryRead(contract, 'plain')).toMatchObject({ status: 'revert', output: '0x' });
    expect(await error('reason', ['a reason that is longer than thirty-two bytes'])).toEqual({
      name: 'Error',
      args: ['a reason that is longer than thirty-two bytes'],
    });
    expect(await error('custom', [7n])).toEqual({
      name: 'Refused',
      args: [getAddress(stage.account(0)), 7n, 'because'],
    });
    expect(await error('overflow', [1n])).toEqual({ name: 'Panic', args: [0x11n] });
    expect(await error('divide', [0n])).toEqual({ name: 'Panic', args: [0x12n] });
    expect(await error('element', [0n])).toEqual({ name: 'Panic', args: [0x32n] });
    expect(await error('assertFalse')).toEqual({ name: 'Panic', args: [1n] });
    expect(await stage.read(contract, 'divide', [7n])).toBe(14n);

    expect(
      await stage.sendRaw(contract.address, keccak256(toHex('stopped()')).slice(0, 10) as `0x${string}`),
    ).toMatchObject({ status: 'success', output: '0x' });
    expect((await stage.tryRead(contract, 'invalid')).status).toBe('error');
    expect(await stage.sendRaw(contract.address, '0xdeadbeef')).toMatchObject({ status: 'revert', output: '0x' });
    expect((await stage.send(contract, 'reason', ['undone'])).status).toBe('revert');
    expect(await stage.read(contract, 'counter')).toBe(0n);
    expect(await stage.read(contract, 'allocate', [32_000n])).toBe(32_000n);
    await stage.differently('heap', async () => {
      const { status } = await stage.tryRead(contract, 'allocate', [100_000n]);
      expect(status).toBe(stage.machine.kind === 'polkavm' ? 'error' : 'success');
    });
  },
};

const catching: Story = {
  name: 'try and catch: reasons, panics, custom errors, traps',
  async play(stage) {
    const failing = await stage.deploy('Failing');
    const contract = await stage.deploy('Catching', [failing.address]);
    const reason = await stage.send(contract, 'tryReason', ['unlucky']);
    expect(reason.result).toBe('unlucky');
    expect(reason.events).toMatchObject([{ args: { kind: 'Error', data: stringToHex('unlucky') } }]);
    expect((await stage.send(contract, 'tryPanic', [0n])).result).toBe(0x12n);
    expect((await stage.send(contract, 'tryPanic', [3n])).result).toBe(33n);
    const refused = concatHex([
      keccak256(toHex('Refused(address,uint256,string)')).slice(0, 10) as `0x${string}`,
      encodeAbiParameters(
        [{ type: 'address' }, { type: 'uint256' }, { type: 'string' }],
        [contract.address, 5n, 'because'],
      ),
    ]);
    expect((await stage.send(contract, 'tryCustom', [5n])).result).toBe(refused);
    expect((await stage.send(contract, 'tryInvalid')).result).toBe('0x');
    expect((await stage.tryRead(contract, 'bubble', [5n])).output).toBe(refused);
    expect(await stage.read(failing, 'counter')).toBe(0n);
  },
};

const making: Story = {
  name: 'new, new with a salt, try new: immutables, money, and creations that fail',
  async play(stage) {
    const direct = await stage.deploy('Fixed', [5n, stringToHex('direct', { size: 32 })], { value: 3n });
    expect(await stage.read(direct, 'maker')).toBe(getAddress(stage.account(0)));
    expect(await stage.read(direct, 'number')).toBe(5n);
    expect(await stage.read(direct, 'label')).toBe(stringToHex('direct', { size: 32 }));
    expect(await stage.read(direct, 'money')).toBe(3n);
    expect((await stage.send(direct, 'pay', [], { value: 4n })).result).toBe(7n);
    expect((await stage.tryDeploy('Fixed', [13n, zeroHash])).error).toEqual({ name: 'Unlucky', args: [13n] });
    // A constructor that does not take money.
    expect(await stage.tryDeploy('Maker', [], { value: 1n })).toMatchObject({ status: 'revert', output: '0x' });

    stage.upload('Fixed');
    const maker = await stage.deploy('Maker');
    const { result, events } = await stage.send(maker, 'plain', [6n], { value: 11n });
    const child = stage.at(result as Address, 'Fixed');
    expect(events).toMatchObject([{ name: 'Made', args: { at: result, number: 6n } }]);
    expect(await stage.balance(child.address)).toBe(11n);
    expect(await stage.read(child, 'maker')).toBe(getAddress(maker.address));
    expect(await stage.read(child, 'label')).toBe(stringToHex('plain', { size: 32 }));

    const salt = keccak256('0x01');
    const salted = await stage.differently('create2', () => stage.read(maker, 'salted', [7n, salt]));
    stage.name(salted as Address, 'salted');
    await stage.send(maker, 'salted', [7n, salt]);
    expect(await stage.read(stage.at(salted as Address, 'Fixed'), 'number')).toBe(7n);
    expect((await stage.send(maker, 'salted', [7n, salt])).status).toBe('revert');
    expect((await stage.send(maker, 'plain', [13n])).error).toEqual({ name: 'Unlucky', args: [13n] });

    const failed = await stage.send(maker, 'tried', [13n]);
    expect(failed.result).toBe(zeroAddress);
    expect(failed.events).toMatchObject([
      { name: 'Failed', args: { reason: `0x${failed.logs[0]!.data.slice(130, 202)}` } },
    ]);
    await stage.differently('failedCreation', async () => {
      const tried = await stage.send(maker, 'tried', [8n]);
      expect(await stage.read(stage.at(tried.result as Address, 'Fixed'), 'number')).toBe(8n);
    });
  },
};

const keeping: Story = {
  name: 'storage of all shapes, transient storage, events of all shapes',
  async play(stage) {
    const contract = await stage.deploy('Keeping');
    expect((await stage.send(contract, 'transient_', [1n, 55n])).result).toEqual([0n, 55n]);
    // The next transaction starts without it.
    expect((await stage.send(contract, 'transient_', [1n, 56n])).result).toEqual([0n, 56n]);
    expect((await stage.send(contract, 'transientAcrossCalls', [2n, 57n])).result).toBe(57n);

    const { logs, events } = await stage.send(contract, 'emitAll', [[1n, 2n, 3n]]);
    expect(logs.map(({ topics, data }) => [topics.length, data.length / 2 - 1])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [4, 160],
    ]);
    expect(events.slice(2)).toMatchObject([
      { name: 'One', args: { a: 2n ** 256n - 1n } },
      { name: 'Three', args: { a: getAddress(stage.account(0)), c: keccak256(toHex('c')), d: [1n, 2n, 3n] } },
    ]);

    const text = 'a text that does not fit into one slot of storage, and is kept elsewhere';
    const item = { low: 2n ** 128n - 1n, middle: 7n, flag: true, text };
    await stage.send(contract, 'setItem', [item]);
    expect(await stage.read(contract, 'item')).toEqual([item.low, item.middle, true, text]);
    expect(await stage.storage(contract, 0n)).toBe(word((1n << 192n) | (7n << 128n) | item.low));
    expect(await stage.storage(contract, 1n)).toBe(word(BigInt(text.length * 2 + 1)));
    await stage.send(contract, 'clearItem');
    expect(await stage.read(contract, 'item')).toEqual([0n, 0n, false, '']);
    expect(await stage.storage(contract, 0n)).toBe(zeroHash);

    const key = keccak256('0x02');
    expect((await stage.send(contract, 'append', [key, -5n])).result).toBe(1n);
    expect((await stage.send(contract, 'append', [key, 6n])).result).toBe(2n);
    expect(await stage.read(contract, 'listOf', [key])).toEqual([-5n, 6n]);
    const data = bytesToHex(Uint8Array.from({ length: 1000 }, (_, i) => i & 255));
    await stage.send(contract, 'setBlob', [data]);
    expect(await stage.read(contract, 'blob')).toBe(data);
    expect(hexToBytes(data)).toHaveLength(1000);
  },
};

const calling: Story = {
  name: 'calls of every kind, and money by all of its ways',
  async play(stage) {
    const [alice, payee] = [stage.account(0), stage.account(9)];
    const caller = await stage.deploy('Calling');
    const other = await stage.deploy('Calling');
    const set = (value: bigint) => `0x${keccak256(toHex('set(uint256)')).slice(2, 10)}${word(value).slice(2)}` as const;
    const called = (outcome: { events: readonly { args: unknown }[] }) => outcome.events[0]!.args;

    expect(called(await stage.send(caller, 'normally', [other.address, set(5n)], { value: 2n }))).toEqual({
      ok: true,
      output: word(2n),
    });
    expect(await stage.read(other, 'stored')).toBe(5n);
    expect(await stage.read(other, 'lastSender')).toBe(getAddress(caller.address));
    expect(await stage.balance(other.address)).toBe(2n);

    expect(called(await stage.send(caller, 'delegated', [other.address, set(6n)], { value: 3n }))).toEqual({
      ok: true,
      output: word(3n),
    });
    expect(await stage.read(caller, 'stored')).toBe(6n);
    expect(await stage.read(caller, 'lastSender')).toBe(getAddress(alice));
    expect(await stage.read(other, 'stored')).toBe(5n);
    expect(await stage.balance(caller.address)).toBe(3n);

    // Nothing may be written in a static call.
    expect(called(await stage.send(caller, 'statically', [other.address, set(7n)]))).toEqual({
      ok: false,
      output: '0x',
    });
    expect(await stage.read(other, 'stored')).toBe(5n);
    const fallback = toHex('fallback:\u0001\u0002');
    expect(called(await stage.send(caller, 'statically', [other.address, '0x0102']))).toEqual({
      ok: true,
      output: fallback,
    });
    expect(await stage.sendRaw(other.address, '0x0102')).toMatchObject({ status: 'success', output: fallback });

    const before = await stage.balance(payee);
    expect((await stage.send(caller, 'transferred', [payee], { value: 10n })).status).toBe('success');
    expect((await stage.send(caller, 'sent', [payee, 1n])).result).toBe(true);
    expect((await stage.send(caller, 'sent', [payee, 1000n])).result).toBe(false);
    expect((await stage.send(caller, 'normally', [payee, '0x1234'], { value: 4n })).status).toBe('success');
    expect((await stage.balance(payee)) - before).toBe(15n);
    expect((await stage.sendRaw(caller.address, '0x', { value: 1n })).status).toBe('success');

    // Where there is no contract, a plain call succeeds, and one of a typed function does not.
    expect(called(await stage.send(caller, 'normally', [NOBODY, set(1n)]))).toEqual({ ok: true, output: '0x' });
    expect(called(await stage.send(caller, 'delegated', [NOBODY, set(1n)]))).toEqual({ ok: true, output: '0x' });
    expect(await stage.send(caller, 'absent', [NOBODY])).toMatchObject({ status: 'revert', output: '0x' });
  },
};

const SECP256K1_P = 2n ** 256n - 2n ** 32n - 977n;
const BN254_P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** The generator of the second group of alt_bn128, imaginary parts first (EIP-197). */
const G2 = concatHex([
  word(11559732032986387107991004021392285783925812861821192530917403151452391805634n),
  word(10857046999023057135944570762232829481370756359578518086990519993285655852781n),
  word(4082367875863433681332203403145435568316851327593401208105741076214120093531n),
  word(8495653923123431417604973247489272438418190587263600148770280649306958101930n),
]);
/** The compression of the message "abc" (EIP-152, test vector 5). */
const BLAKE2F_ABC: `0x${string}` = `0x0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b616263${'00'.repeat(125)}0300000000000000${'00'.repeat(8)}01`;
/** Hash, signature and key of an ECDSA signature on P-256 (Wycheproof, ecdsa_secp256r1_sha256, test 1). */
const P256_SIGNATURE = concatHex([
  '0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023',
  '0x2ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18',
  '0x4cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76',
  '0x2927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838',
  '0xc7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e',
]);

/** Stories of what the language has. */
export const FEATURE_STORIES: readonly Story[] = [
  environment,
  precompiles,
  failing,
  catching,
  making,
  keeping,
  calling,
];
