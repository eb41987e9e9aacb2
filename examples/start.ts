/**
 * `npm start`: a WebAssembly runtime drives PolkaVM programs through the nine virtualization host functions, and every
 * host call is told. First the conformance program of the interface, then an ERC-20 contract compiled from Solidity.
 */
import { pathToFileURL } from 'node:url';
import { type CallResult, FREE_SYSCALLS, type Hex, Sandbox } from 'polkavm-js/contracts';
import {
  createWasmImports,
  InMemoryExternalities,
  silentLogger,
  traceHostCalls,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';
import { WasmRuntime } from '../fixtures/wasmRuntime.js';
import { HostCallLog } from './hostCallLog.js';
import { RuntimeDriver } from './runtimeDriver.js';
import { decodeValues, encodeCall, encodeValues, formatRevert } from './solidity/abi.js';
import { compileSolidity } from './solidity/compile.js';

const TOKEN = new URL('./solidity/contracts/Token.sol', import.meta.url);
const ALICE: Hex = `0x${'a1'.repeat(20)}`;
const BOB: Hex = `0x${'b0'.repeat(20)}`;

/** Runs the demonstration and gives the token balances that it ended with, Alice's and Bob's. */
export async function runDemonstration(print: (line: string) => void): Promise<bigint[]> {
  const code = (await compileSolidity([TOKEN], () => print('Compiling Token.sol: half a minute, once.\n'))).get(
    'Token',
  )!;

  const log = new HostCallLog(print);
  const runtime = new WasmRuntime('imported-memory', (memory) => {
    const externalities = new InMemoryExternalities();
    externalities.extensions.register(new VirtManagerExt(new VirtManager()));
    return traceHostCalls(createWasmImports(externalities, memory, { logger: silentLogger }), memory, log.add);
  });

  print('A WebAssembly runtime drives PolkaVM programs. These are the host calls it makes.\n');
  for (const [title, name] of [
    ['A program that reads and increments a counter of its host', 'counter_start_at_7'],
    ['One that does not return from a syscall', 'exit_works'],
    ['One that panics', 'panic_works'],
    ['One that has its host start another instance of it', 'counter_in_subcall'],
  ] as const) {
    print(`${title}:`);
    const passed = runtime.callI32(name) === 1;
    log.flush();
    print(`  ${passed ? 'as it should be' : runtime.report()}: the counter is ${runtime.callI64('last_counter')}\n`);
  }

  const sandbox = new Sandbox({
    accounts: { [ALICE]: 0n },
    hostFunctions: new RuntimeDriver(runtime),
    // What is told is then what the instructions cost.
    syscallGas: FREE_SYSCALLS,
    gas: 100_000_000n,
  });
  const tell = <T extends CallResult>(title: string, act: () => T): T => {
    print(`${title}:`);
    const receipt = act();
    log.flush();
    print(`  ${outcomeOf(receipt)}, gas used ${receipt.gasUsed}\n`);
    return receipt;
  };
  const call = (title: string, signature: string, ...values: (Hex | bigint)[]): CallResult =>
    tell(title, () => sandbox.call(token, encodeCall(signature, ...values)));

  const deployed = tell('An ERC-20 contract is deployed with 1000 tokens for Alice', () =>
    sandbox.deploy(code, { data: encodeValues(['uint256'], [1000n]) }),
  );
  if (deployed.status !== 'success') throw new Error(outcomeOf(deployed));
  const token = deployed.address;
  call('Alice transfers 250 tokens to Bob', 'transfer(address,uint256)', BOB, 250n);
  call('Alice transfers 5000 tokens to Bob', 'transfer(address,uint256)', BOB, 5000n);
  const balances = [ALICE, BOB].map((owner, index) => {
    const { data } = call(`What ${['Alice', 'Bob'][index]} has`, 'balanceOf(address)', owner);
    return decodeValues(['uint256'], data)[0] as bigint;
  });
  print(`Alice has ${balances[0]} tokens, Bob has ${balances[1]}.`);
  return balances;
}

function outcomeOf(result: CallResult): string {
  switch (result.status) {
    case 'success':
      return 'success';
    case 'revert':
      return `reverted with ${formatRevert(result.data, ['InsufficientBalance(address,uint256,uint256)'])}`;
    case 'error':
      return result.message;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) await runDemonstration((line) => console.log(line));
