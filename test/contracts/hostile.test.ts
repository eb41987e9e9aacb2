import { DEV_ACCOUNTS, fromHex, type Hex, Sandbox, type SandboxJson } from 'polkavm-js/contracts';
import { assemble } from 'polkavm-js/text';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A contract whose entry `call` is given as text; s1 is the start of its data. */
function contract(body: string, { data = 4096, stack = 4096, deploy = 'ret' } = {}): Uint8Array {
  return assemble(`
    %isa = revive_v1
    %rw_data_size = ${data}
    %stack_size = ${stack}
    pub @deploy:
    ${deploy}
    pub @call:
    s1 = 0x20000
    fallthrough
    ${body}
    ret
  `);
}

/** Calls the address at 0x20000 (20 bytes), allowing reentry, with no input and no output. */
const CALL = `
  a0 = i64 0x800020000
  a1 = -1
  a2 = -1
  a3 = i64 0x2004000020040
  a4 = 0
  a5 = i64 0x20080ffffffff
  ecalli 'call'
`;
/** Writes the contract's own address to 0x20000. */
const SELF = `
  a0 = s1
  ecalli 'address'
`;
/** Writes a byte under a key of 32 zeros, so that something would be there if it were not undone. */
const STORE = `
  a0 = 0
  a1 = 0x20100
  a2 = -1
  a3 = 0x20200
  a4 = 1
  ecalli 'set_storage'
`;
const SLOT: Hex = `0x${'00'.repeat(32)}`;

let sandbox: Sandbox;
let before: SandboxJson;

function deploy(code: Uint8Array): Hex {
  const result = sandbox.deploy(code);
  if (result.status !== 'success') throw new Error(JSON.stringify(result.failures));
  before = sandbox.toJSON();
  return result.address;
}

/** The state apart from the nonce of who sent a transaction. */
function withoutNonce(json: SandboxJson): unknown {
  const [sender] = DEV_ACCOUNTS as [Hex];
  return { ...json, accounts: { ...json.accounts, [sender]: { ...json.accounts[sender], nonce: undefined } } };
}

beforeEach(() => {
  sandbox = new Sandbox();
});

describe('a contract that', () => {
  afterEach(() => {
    // Whatever it was: nothing has changed, and the sandbox works.
    expect(withoutNonce(sandbox.toJSON())).toEqual(withoutNonce(before));
    const store = deploy(contract(STORE));
    expect(sandbox.call(store).status).toBe('success');
    expect(sandbox.storageAt(store, SLOT)).toBe('0x00');
  });

  it.each([
    ['jumps to itself', '@again:\njump @again'],
    ['counts', '@again:\na0 = a0 + 1\njump @again'],
    ['divides', '@again:\na1 = -1\na1 = a1 /u s1\na1 = a1 /u s1\njump @again'],
    ['asks for its address', `@again:\n${SELF}\njump @again`],
    ['hashes', "@again:\na0 = s1\na1 = 4096\na2 = s1\necalli 'hash_keccak_256'\njump @again"],
    ['writes storage', `@again:\nu64 [0x20100] = s0\ns0 = s0 + 1\n${STORE}\njump @again`],
    ['emits events', "@again:\na0 = s1\na1 = 4\na2 = s1\na3 = 4096\necalli 'deposit_event'\njump @again"],
    ['calls itself, again and again', `${SELF}\n@again:\n${CALL}\njump @again`],
    ['pays nobody', `@again:\n${CALL}\njump @again`],
  ])('never ends, and %s, is out of gas within bounds', { timeout: 60_000 }, (_, body) => {
    const address = deploy(contract(`${STORE}\n${body}`));
    const result = sandbox.call(address, '0x', { gas: 100_000_000n });
    expect(result).toMatchObject({ status: 'error', reason: 'OutOfGas', gasUsed: 100_000_000n, logs: [] });
    expect(result.failures.length).toBeLessThanOrEqual(64);
  });

  it.each([
    ['traps', 'trap', 'ContractTrapped', 'the program trapped'],
    ['reads memory that it has not', 'a0 = u8 [0x10]', 'ContractTrapped', 'the program trapped'],
    ['writes past its stack', 'u64 [sp + 0] = a0', 'ContractTrapped', 'the program trapped'],
    ['jumps nowhere', 'a0 = 0x1234\njump [a0]', 'ContractTrapped', 'the program trapped'],
    [
      'reads past its memory',
      "a0 = 0\na1 = 0x20fff\na2 = 2\necalli 'seal_return'",
      'OutOfBounds',
      '2 bytes at 0x20fff',
    ],
    [
      'returns a megabyte',
      "a0 = 0\na1 = s1\na2 = 1048576\necalli 'seal_return'",
      'ReturnDataTooLarge',
      'got 1048576 bytes, expected at most 131072',
    ],
    [
      'emits five topics',
      "a0 = s1\na1 = 5\na2 = s1\na3 = 0\necalli 'deposit_event'",
      'TooManyTopics',
      'got 5 topics, expected at most 4',
    ],
    ['lies about a length', "a0 = s1\na1 = -1\na2 = s1\necalli 'hash_keccak_256'", 'OutOfBounds', 'past 4 GiB'],
    [
      'wants a key of 4 GiB',
      "a0 = 0\na1 = s1\na2 = -2\na3 = s1\na4 = s1\necalli 'get_storage'",
      'DecodingFailed',
      'got a storage key of 4294967294 bytes',
    ],
    ['makes an ecalli that is no import', 'ecalli 77', 'InvalidSyscall', 'that the program does not declare'],
  ])('%s ends with an error that says where', (_, body, reason, message) => {
    const address = deploy(contract(`${STORE}\n${body}`));
    const result = sandbox.call(address);
    expect(result).toMatchObject({ status: 'error', reason, message: expect.stringContaining(message), data: '0x' });
    expect(result).toMatchObject({ frame: { depth: 0, address, codeAddress: address, entry: 'call' } });
    expect(result.status === 'error' && result.pc).toBeTypeOf('number');
    expect(result.gasUsed).toBeLessThan(100_000n);
  });

  it('calls itself 26 deep is told so in the innermost frame, and may go on', () => {
    const address = deploy(contract(`${SELF}\n${CALL}`));
    const result = sandbox.simulate(address);
    expect(result.status).toBe('success');
    expect(result.failures).toMatchObject([{ reason: 'MaxCallDepthReached', frame: { depth: 25, address } }]);
  });

  it('grows in every frame does not exhaust the host', () => {
    const large = contract(`${SELF}\n${CALL}`, { data: 2_000_000, stack: 2_000_000 });
    const address = deploy(large);
    expect(sandbox.simulate(address).failures).toMatchObject([{ reason: 'MaxCallDepthReached' }]);
    expect(sandbox.deploy(contract('', { data: 0x4000_0000 }))).toMatchObject({
      status: 'error',
      reason: 'CodeRejected',
      message: expect.stringMatching(/got \d+ bytes of data and stack, expected at most 4194304/),
    });
    // The nonce of a deployment that failed is the only thing that changed.
  });

  it('fails in its constructor has never been', () => {
    before = sandbox.toJSON();
    const result = sandbox.deploy(contract('', { deploy: `s1 = 0x20000\n${STORE}\ntrap` }), { value: 5n });
    expect(result).toMatchObject({ status: 'error', reason: 'ContractTrapped', frame: { depth: 0, entry: 'deploy' } });
  });

  it('does anything it likes in a frame of its own does not harm its caller', () => {
    const inner = deploy(contract(`${STORE}\n@again:\njump @again`));
    const code = contract(
      `a0 = s1\na1 = 20\na2 = 0\necalli 'call_data_copy'\n${CALL}\nu64 [0x20000] = a0\na0 = 0\na1 = s1\na2 = 8\necalli 'seal_return'`,
    );
    const outer = deploy(code);
    const result = sandbox.call(outer, inner, { gas: 10_000_000n });
    expect(result).toMatchObject({ status: 'success', data: '0x0500000000000000' });
    expect(result.gasUsed).toBeGreaterThan(9_700_000n);
    expect(fromHex(result.data)).toHaveLength(8);
  });
});
