import { fileURLToPath } from 'node:url';
import { Engine } from 'polkavm-js';
import { type CallResult, type DeployResult, type Hex, type Log, Sandbox, ZERO_ADDRESS } from 'polkavm-js/contracts';
import {
  createHostFunctions,
  type HostFunctions,
  InMemoryExternalities,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';
import { type AbiValue, decodeEvent, decodeValues, encodeCall, encodeValues, formatRevert } from './abi.js';
import { HostCallAccount } from './account.js';
import { type CompiledContracts, compileSolidity } from './compile.js';
import { CONTRACT_FILES } from './contracts.js';
import { observeHostFunctions } from './observe.js';

/** What the example ends with. */
export interface SolidityExampleResult {
  /** Token balances by name of the owner. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** The Flipper's bit. */
  readonly flipped: boolean;
}

const ALICE: Hex = `0x${'a1'.repeat(20)}`;
const BOB: Hex = `0x${'b0'.repeat(20)}`;

const TOKEN_ERRORS = ['InsufficientBalance(address,uint256,uint256)'];
const EVENTS = [
  'Transfer(address indexed,address indexed,uint256)',
  'Paid(address indexed,uint256)',
  'PaymentRefused(address indexed,uint256,bytes)',
];

/**
 * Compiles three Solidity contracts, runs them behind the nine host functions and tells what happens: a token that moves,
 * a payment that fails, and a treasury that calls the token, so that two instances live at a time.
 *
 * @param print gets the account, line by line
 * @param hostFunctions what to run the contracts on
 */
export async function runSolidityExample(
  print: (line: string) => void,
  hostFunctions: HostFunctions = newHostFunctions(),
): Promise<SolidityExampleResult> {
  const contracts = await compileSolidity(CONTRACT_FILES, (names) => {
    print(`Compiling ${names.join(', ')} with resolc: this takes half a minute, once.`);
  });
  const names = new Map([
    [ALICE, 'Alice'],
    [BOB, 'Bob'],
    [ZERO_ADDRESS, 'nobody'],
  ]);
  const tellNamed = (line: string): void => {
    print([...names].reduce((text, [address, name]) => text.replaceAll(address, name), line));
  };
  const sandbox = new Sandbox({
    accounts: { [ALICE]: 0n },
    hostFunctions: observeHostFunctions(hostFunctions, new HostCallAccount(print).add),
  });

  function tell<T extends CallResult | DeployResult>(title: string, act: () => T): T {
    print('');
    tellNamed(title);
    const receipt = act();
    tellNamed(`  = ${outcomeOf(receipt)}; gas used ${receipt.gasUsed}`);
    for (const event of receipt.logs) tellNamed(`    event ${describeEvent(event)}`);
    return receipt;
  }
  function deploy(name: string, types: string[], values: AbiValue[]): Hex {
    const deployed = tell(`deploy ${name}(${values.join(', ')})`, () =>
      sandbox.deploy(programOf(contracts, name), { data: encodeValues(types, values) }),
    );
    if (deployed.status !== 'success') throw new Error(`${name}: ${outcomeOf(deployed)}`);
    names.set(deployed.address, name);
    return deployed.address;
  }
  function call(title: string, to: Hex, signature: string, ...values: AbiValue[]): CallResult {
    return tell(title, () => sandbox.call(to, encodeCall(signature, ...values)));
  }

  const token = deploy('Token', ['uint256'], [1000n]);
  call('Alice: Token.transfer(Bob, 250)', token, 'transfer(address,uint256)', BOB, 250n);
  call('Alice: Token.transfer(Bob, 5000), more than she has', token, 'transfer(address,uint256)', BOB, 5000n);

  const treasury = deploy('Treasury', ['address'], [token]);
  call('Alice: Token.transfer(Treasury, 300)', token, 'transfer(address,uint256)', treasury, 300n);
  call('Alice: Treasury.pay(Bob, 100), which calls the token', treasury, 'pay(address,uint256)', BOB, 100n);
  call('Alice: Treasury.tryPay(Bob, 999), which the token refuses', treasury, 'tryPay(address,uint256)', BOB, 999n);

  const flipper = deploy('Flipper', ['bool'], [false]);
  call('Alice: Flipper.flip()', flipper, 'flip()');

  const ask = (title: string, to: Hex, signature: string, ...values: AbiValue[]): Hex =>
    tell(title, () => sandbox.simulate(to, encodeCall(signature, ...values))).data;
  const balances = new Map<string, bigint>();
  for (const [name, owner] of Object.entries({ Alice: ALICE, Bob: BOB, Treasury: treasury })) {
    const output = ask(`Token.balanceOf(${name})`, token, 'balanceOf(address)', owner);
    balances.set(name, decodeValues(['uint256'], output)[0] as bigint);
  }
  const flipped = decodeValues(['bool'], ask('Flipper.value()', flipper, 'value()'))[0] === true;

  print('');
  for (const [name, balance] of balances) print(`${name.padEnd(9)}${String(balance).padStart(5)} EXT`);
  print(`Flipper  ${String(flipped).padStart(5)}`);
  return { balances, flipped };
}

/** Host functions over a manager of their own, with nothing in storage: the example hands programs over itself. */
function newHostFunctions(): HostFunctions {
  const externalities = new InMemoryExternalities();
  externalities.extensions.register(new VirtManagerExt(new VirtManager({ engine: new Engine() })));
  return createHostFunctions(externalities);
}

function programOf(contracts: CompiledContracts, name: string): Uint8Array {
  const code = contracts.get(name);
  if (code === undefined) throw new Error(`expected a contract ${name}, got ${[...contracts.keys()].join(', ')}`);
  return code;
}

function outcomeOf(result: CallResult): string {
  switch (result.status) {
    case 'success':
      return 'success';
    case 'revert':
      return `reverted: ${formatRevert(result.data, TOKEN_ERRORS)}`;
    case 'error':
      return result.message;
  }
}

function describeEvent(event: Log): string {
  for (const signature of EVENTS) {
    const values = decodeEvent(event, signature);
    if (values === undefined) continue;
    const texts = values.map(describeValue);
    return `${signature.slice(0, signature.indexOf('('))}(${texts.join(', ')})`;
  }
  return `of unknown signature ${event.topics[0]}`;
}

/** Any bytes longer than an address are the data of an error: `PaymentRefused` carries the token's. */
function describeValue(value: AbiValue): string {
  if (typeof value !== 'string' || value.length <= ZERO_ADDRESS.length) return String(value);
  return formatRevert(value as Hex, TOKEN_ERRORS);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runSolidityExample((line) => console.log(line));
}
