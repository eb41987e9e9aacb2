import { Engine } from 'polkavm-js';
import {
  createAddress,
  DEV_ACCOUNTS,
  DEV_BALANCE,
  FREE_SYSCALLS,
  fromHex,
  type Hex,
  keccakHex,
  Sandbox,
  type SandboxJson,
  SYSCALLS,
  toHex,
} from 'polkavm-js/contracts';
import { assemble } from 'polkavm-js/text';
import { describe, expect, it } from 'vitest';
import { DATA, readScriptOutput, type Step, scriptContract } from './script.js';

const SENTINEL = 0xffff_ffff;
const [ALICE, BOB] = DEV_ACCOUNTS as [Hex, Hex];
const SLOT: Hex = `0x${'07'.repeat(32)}`;
const slot = new Uint8Array(32).fill(7);

/** Stores its call data's first two bytes in a slot. */
const STORE: Step[] = [
  ['call_data_copy', DATA + 32, 2, 0],
  ['set_storage', 0, DATA, SENTINEL, DATA + 32, 2],
  ['deposit_event', 0, 0, DATA + 32, 2],
];

function deploy(sandbox: Sandbox, steps: readonly Step[], data: Uint8Array = slot): Hex {
  const result = sandbox.deploy(scriptContract(steps, data));
  if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
  return result.address;
}

describe('a sandbox', () => {
  it('starts with the accounts of development nodes', () => {
    const sandbox = new Sandbox();
    expect(sandbox.accounts).toHaveLength(10);
    expect(sandbox.balanceOf('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')).toBe(DEV_BALANCE);
    expect(sandbox.nonceOf(ALICE)).toBe(0n);
  });

  it('deploys, calls, simulates, and shows what came of it', () => {
    const sandbox = new Sandbox();
    const code = scriptContract(STORE, slot);
    const deployed = sandbox.deploy(code);
    expect(deployed).toMatchObject({
      status: 'success',
      address: createAddress(ALICE, 0n),
      codeHash: keccakHex(code),
      data: '0x',
      logs: [],
      failures: [],
      trace: undefined,
    });
    const address = createAddress(ALICE, 0n);

    expect(sandbox.simulate(address, '0x0102')).toMatchObject({ status: 'success', logs: [{ data: '0x0102' }] });
    expect(sandbox.storageAt(address, SLOT)).toBeUndefined();
    expect(sandbox.nonceOf(ALICE)).toBe(1n);

    const called = sandbox.call(address, '0x0102', { from: BOB, value: 3n });
    expect(called).toMatchObject({ status: 'success', logs: [{ address, topics: [], data: '0x0102' }] });
    expect(sandbox.storageAt(address, SLOT)).toBe('0x0102');
    expect(sandbox.storageOf(address)).toEqual([{ key: SLOT, isSlot: true, value: '0x0102' }]);
    expect(sandbox.balanceOf(address)).toBe(3n);
    expect(sandbox.balanceOf(BOB)).toBe(DEV_BALANCE - 3n);
    expect(sandbox.nonceOf(BOB)).toBe(1n);
    expect(sandbox.nonceOf(address)).toBe(1n);
    expect(sandbox.codeOf(address)).toEqual(code);
  });

  it('deploys code by its hash, and at the address of a salt', () => {
    const sandbox = new Sandbox();
    const hash = sandbox.upload(scriptContract([]));
    const salt: Hex = `0x${'5a'.repeat(32)}`;
    const first = sandbox.deploy(hash, { salt });
    expect(first).toMatchObject({ status: 'success', codeHash: hash });
    expect(sandbox.deploy(hash, { salt })).toMatchObject({ status: 'error', reason: 'DuplicateContract' });
    expect(sandbox.deploy(`0x${'11'.repeat(32)}`)).toMatchObject({ status: 'error', reason: 'CodeNotFound' });
  });

  it('takes transactions as nodes do: code and constructor data in one', () => {
    const sandbox = new Sandbox();
    const code = scriptContract([['call_data_size'], ['set_storage', 0, DATA, SENTINEL, DATA, 1]], slot, 'deploy');
    const deployed = sandbox.transact({ data: `${toHex(code)}aabb`, from: BOB });
    expect(deployed).toMatchObject({ status: 'success', address: createAddress(BOB, 0n) });
    expect(readScriptOutput(fromHex(deployed.data), 2).results[0]).toBe(2n);
    expect(sandbox.transact({ to: createAddress(BOB, 0n), data: '0x' }).status).toBe('success');
    expect(sandbox.transact({ to: BOB, value: 1n })).toMatchObject({ status: 'success', gasUsed: 0n, data: '0x' });

    const before = JSON.stringify(sandbox);
    expect(sandbox.simulateTransaction({ data: code }).status).toBe('success');
    expect(JSON.stringify(sandbox)).toBe(before);
    expect(sandbox.transact({ data: '0x0102' })).toMatchObject({ status: 'error', reason: 'CodeRejected' });
  });

  it('lets everything about the block be set', () => {
    const author: Hex = `0x${'0A'.repeat(20)}`;
    const sandbox = new Sandbox({ block: { number: 5n } });
    sandbox.setBlock({ timestamp: 6n, chainId: 7n, baseFee: 8n, author, gasLimit: 9n });
    const address = deploy(sandbox, [
      ...['block_number', 'now', 'chain_id', 'base_fee'].map((symbol, i): Step => [symbol, DATA + 32 * i]),
      ['block_author', DATA + 128],
      ['gas_limit'],
      ['gas_price'],
    ]);
    const { data, results } = readScriptOutput(fromHex(sandbox.call(address, '0x', { gasPrice: 10n }).data), 7);
    expect([0, 32, 64, 96].map((offset) => data[offset])).toEqual([5, 6, 7, 8]);
    expect(toHex(data.subarray(128, 148))).toBe(author.toLowerCase());
    expect(results.slice(5)).toEqual([9n, 10n]);
    const most = 2n ** 64n - 1n;
    sandbox.setBlock({ gasLimit: most });
    const limits = readScriptOutput(fromHex(sandbox.call(address, '0x', { gasPrice: most, trace: true }).data), 7);
    expect(limits.results.slice(5)).toEqual([most, most]);
    expect(() => sandbox.setBlock({ number: -1n })).toThrow('number: expected a bigint from 0 to 2^256 - 1, got -1');
  });

  it('goes back to snapshots, block included, and forgets later ones', () => {
    const sandbox = new Sandbox();
    const address = deploy(sandbox, STORE);
    const states = [JSON.stringify(sandbox)];
    const ids = [sandbox.snapshot()];
    sandbox.call(address, '0x0102');
    states.push(JSON.stringify(sandbox));
    ids.push(sandbox.snapshot());
    sandbox.setBlock({ number: 77n });
    sandbox.call(address, '0x0304');
    deploy(sandbox, []);

    expect(sandbox.revert(ids[1]!)).toBe(true);
    expect(JSON.stringify(sandbox)).toBe(states[1]);
    expect(sandbox.revert(ids[1]!)).toBe(false);
    expect(sandbox.call(address, '0x0506').status).toBe('success');
    expect(sandbox.revert(ids[0]!)).toBe(true);
    expect(JSON.stringify(sandbox)).toBe(states[0]);
    expect(sandbox.call(address, '0x0102').status).toBe('success');
  });

  it('becomes JSON and comes back as it was', () => {
    const sandbox = new Sandbox({ block: { number: 12n } });
    const immutable: Step[] = [['set_immutable_data', DATA, 32]];
    const withImmutables = sandbox.deploy(scriptContract(immutable, slot, 'deploy'));
    expect(withImmutables.status).toBe('success');
    const address = deploy(sandbox, [...STORE, ['set_storage', 0, DATA, 3, DATA, 1]]);
    sandbox.call(address, '0x0102', { value: 9n });

    const text = JSON.stringify(sandbox);
    const again = Sandbox.fromJSON(JSON.parse(text));
    expect(JSON.stringify(again)).toBe(text);
    expect(again.block.number).toBe(12n);
    expect(again.call(address, '0x0304')).toEqual(sandbox.call(address, '0x0304'));
    expect(JSON.stringify(again)).toBe(JSON.stringify(sandbox));
  });

  it('refuses JSON that is not its own', () => {
    const json: SandboxJson = JSON.parse(JSON.stringify(new Sandbox()));
    const wrong = `0x${'00'.repeat(32)}` as const;
    expect(() => Sandbox.fromJSON({ ...json, codes: { [wrong]: '0x01' } })).toThrow('expected code with the hash');
    expect(() => Sandbox.fromJSON({ ...json, accounts: { [ALICE]: { balance: '-1' } } })).toThrow(RangeError);
    expect(() => Sandbox.fromJSON({ ...json, accounts: { [ALICE]: { codeHash: wrong } } })).toThrow(
      'expected one of the codes',
    );
  });

  it('takes code from JSON that it would not take from anybody, and still ends it with an error', () => {
    const sandbox = new Sandbox();
    const address = deploy(sandbox, []);
    const code = scriptContract([['weight_to_fee', 1]]);
    const codeHash = keccakHex(code);
    const json: SandboxJson = JSON.parse(JSON.stringify(sandbox));
    const again = Sandbox.fromJSON({
      ...json,
      codes: { [codeHash]: toHex(code) },
      accounts: { [address]: { nonce: '1', codeHash } },
    });
    expect(again.call(address)).toMatchObject({ status: 'error', reason: 'InvalidSyscall', frame: { address } });
  });

  it('knows keys of 31 bytes from slots', () => {
    const sandbox = new Sandbox();
    const address = deploy(sandbox, [['set_storage', 0, DATA, 31, DATA, 1]]);
    sandbox.call(address);
    expect(sandbox.storageOf(address)).toEqual([{ key: `0x${'07'.repeat(31)}`, isSlot: false, value: '0x07' }]);
    expect(Sandbox.fromJSON(sandbox.toJSON()).storageOf(address)).toEqual(sandbox.storageOf(address));
  });

  it('gives the same results in the same order, whatever runs the code', () => {
    const story = (backend: 'interpreter' | 'compiler' | 'auto') => {
      const sandbox = new Sandbox({ engine: new Engine({ backend }) });
      const address = deploy(sandbox, STORE);
      return [sandbox.call(address, '0x01'), sandbox.call(address, '0x0203'), sandbox.toJSON()];
    };
    expect(story('compiler')).toEqual(story('interpreter'));
    expect(story('auto')).toEqual(story('interpreter'));
  });

  it('charges for syscalls by a table that can be replaced', () => {
    const gasOf = (sandbox: Sandbox): bigint => sandbox.call(deploy(sandbox, [['call_data_size']])).gasUsed;
    const free = gasOf(new Sandbox({ syscallGas: FREE_SYSCALLS }));
    const usual = gasOf(new Sandbox());
    const dear = gasOf(new Sandbox({ syscallGas: { call_data_size: { base: 5000, perByte: 0 } } }));
    expect(dear - usual).toBe(4000n);
    // call_data_size, and seal_return with its 4096 bytes.
    expect(usual - free).toBe(1000n + 1000n + 4n * 4096n);
    expect(() => new Sandbox({ syscallGas: { now: { base: 0.5, perByte: 0 } } })).toThrow('syscallGas: now');
  });

  it('says which frame of nested ones failed first, and why the outermost did', () => {
    const sandbox = new Sandbox();
    const inner = deploy(sandbox, [['seal_return', 2, 0, 0]]);
    const payload = new Uint8Array(128);
    payload.set(fromHex(inner));
    const pair = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
    const outer = deploy(
      sandbox,
      [
        ['call', pair(8, DATA), -1n, -1n, pair(DATA + 32, DATA + 32), 0n, pair(DATA + 64, SENTINEL)],
        ['now', 3],
      ],
      payload,
    );
    const result = sandbox.call(outer);
    expect(result).toMatchObject({ status: 'error', reason: 'OutOfBounds', frame: { depth: 0, address: outer } });
    expect(result.failures).toMatchObject([
      { reason: 'InvalidCallFlags', frame: { depth: 1, address: inner, codeAddress: inner, entry: 'call' } },
      { reason: 'OutOfBounds', frame: { depth: 0 } },
    ]);
  });

  it('refuses arguments that are none, and stays as it is', () => {
    const sandbox = new Sandbox();
    const before = JSON.stringify(sandbox);
    expect(() => sandbox.call('0x12')).toThrow('address: expected 0x and 40 hex digits, got "0x12"');
    expect(() => sandbox.call(BOB, '0x1')).toThrow('even number of hex digits');
    expect(() => sandbox.call(BOB, '0x', { value: -1n })).toThrow('value: expected a bigint');
    expect(() => sandbox.deploy(new Uint8Array(0), { salt: '0x00' })).toThrow('salt: expected 32 bytes, got 1');
    expect(() => sandbox.setBalance(BOB, 2n ** 256n)).toThrow(RangeError);
    expect(() => sandbox.setStorageAt(BOB, SLOT, new Uint8Array(417))).toThrow('at most 416 bytes, got 417');
    expect(JSON.stringify(sandbox)).toBe(before);
  });

  it('can be used after its memory was given back, and many times over', () => {
    using sandbox = new Sandbox();
    const address = deploy(sandbox, STORE);
    sandbox.dispose();
    for (let i = 0; i < 5000; i++) if (sandbox.call(address, '0x0102').status !== 'success') throw new Error('failed');
    expect(sandbox.nonceOf(ALICE)).toBe(5001n);
  });
});

describe('code', () => {
  const entries = 'pub @call:\nret\npub @deploy:\nret';
  it.each([
    ['no program', new Uint8Array([1, 2, 3]), /doesn't start with the expected magic/],
    ['a program of another instruction set', assemble(`%isa = latest64\n${entries}`), /latest64, expected revive_v1/],
    ['a program without an entry', assemble('%isa = revive_v1\npub @call:\nret'), /exports "call", expected call and/],
    [
      'a program with another export',
      assemble(`%isa = revive_v1\n${entries}\npub @more:\nret`),
      /expected call and deploy/,
    ],
    ['imports that nobody serves', scriptContract([['sr25519_verify']]), /"sr25519_verify", which is no syscall/],
    ['what every object has as an import', scriptContract([['constructor']]), /"constructor"/],
    ['an import without a name', scriptContract([['']]), /import 0 is ""/],
    ['more memory than is good', assemble(`%isa = revive_v1\n%stack_size = 8000000\n${entries}`), /8003584|8000000/],
    [
      'too long a basic block',
      assemble(`%isa = revive_v1\n${'a0 = a0 + 1\n'.repeat(1001)}${entries}`),
      /more than 1000/,
    ],
    ['more than a megabyte', new Uint8Array(1_048_577), /expected at most 1048576/],
  ])('is refused: %s', (_, code, message) => {
    const sandbox = new Sandbox();
    const before = JSON.stringify(sandbox.toJSON().codes);
    expect(() => sandbox.upload(code)).toThrow(message);
    const result = sandbox.deploy(code);
    expect(result).toMatchObject({ status: 'error', reason: 'CodeRejected', message: expect.stringMatching(message) });
    expect(JSON.stringify(sandbox.toJSON().codes)).toBe(before);
    expect(sandbox.deploy(scriptContract([])).status).toBe('success');
  });

  it('is gone if its constructor fails', () => {
    const sandbox = new Sandbox();
    const code = scriptContract([['seal_return', 1, DATA, 2]], Uint8Array.of(9, 8), 'deploy');
    expect(sandbox.deploy(code)).toMatchObject({ status: 'revert', data: '0x0908' });
    expect(sandbox.toJSON().codes).toEqual({});
    expect(sandbox.codeHashOf(createAddress(ALICE, 0n))).toBeUndefined();
  });
});

describe('the table of syscalls', () => {
  it('says of each syscall as many arguments as its handler takes', () => {
    for (const { symbol, parameters, run } of SYSCALLS)
      expect([symbol, run.length - 1]).toEqual([symbol, parameters.length]);
  });

  it('names parameters once, and lengths that are parameters', () => {
    for (const { symbol, parameters, registers } of SYSCALLS) {
      const names = parameters.map(({ name }) => name);
      expect(new Set(names).size, symbol).toBe(names.length);
      expect(registers.length, symbol).toBeLessThanOrEqual(6);
      for (const { pointee } of parameters) if (pointee?.length !== undefined) expect(names).toContain(pointee.length);
    }
  });
});
