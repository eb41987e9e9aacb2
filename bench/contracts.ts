import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { bytesToHex, createZeroAddress, hexToBytes } from '@ethereumjs/util';
import { type Backend, Engine } from 'polkavm-js';
import { DEV_ACCOUNTS, type Hex, Sandbox } from 'polkavm-js/contracts';
import { encodeFunctionData, parseAbi } from 'viem';
import { encodeValues } from '../examples/solidity/abi.js';
import { compileSolidity } from '../examples/solidity/compile.js';
import { median, microseconds, milliseconds } from './measure.js';
import { round, type Table } from './report.js';

const TOKEN = new URL('../examples/solidity/contracts/Token.sol', import.meta.url);
const COMPUTE = new URL('./programs/Compute.sol', import.meta.url);
const ABI = parseAbi([
  'function transfer(address to, uint256 amount) returns (bool)',
  'function fib(uint256 n) returns (uint256)',
  'function rounds(uint256 count) returns (uint32)',
]);
const TRANSFERS = 10_000;
const ROUNDS = 5;
const DEPLOYMENTS = 21;
const WARM_UPS = 30;
/** More than any of this needs. */
const GAS = 2n ** 50n;
const BACKENDS = ['auto', 'interpreter'] as const;

const COMPUTATIONS = {
  'fib(25)': encodeFunctionData({ abi: ABI, functionName: 'fib', args: [25n] }),
  '20,000 rounds like those of SHA-1': encodeFunctionData({ abi: ABI, functionName: 'rounds', args: [20_000n] }),
};

/** What contracts cost that Solidity was compiled to: small transactions, deployments, and computations against an EVM. */
export async function contractSuites(): Promise<Table[]> {
  const programs = await compileSolidity([TOKEN, COMPUTE]);
  const token = programs.get('Token')!;
  return [transferTable(token), await computationTable(programs.get('Compute')!)];
}

function transferTable(code: Uint8Array): Table {
  return {
    title: 'Contracts: transactions',
    note:
      `An ERC-20 token of ${Math.round(code.length / 1024)} KiB, compiled by resolc: milliseconds to deploy it in a new sandbox (the ` +
      `median of ${DEPLOYMENTS} after ${WARM_UPS}, first its code unknown to the process, then known), milliseconds of a transfer when warm, and ` +
      `transfers a second in loops of ${TRANSFERS} (the median of ${ROUNDS}).`,
    columns: ['backend', 'deploy, new code', 'deploy, known code', 'transfer', 'transfers a second'],
    rows: BACKENDS.map((backend) => {
      const sandbox = new Sandbox({ engine: new Engine({ backend }) });
      const to = deploy(sandbox, code);
      const transfer = encodeFunctionData({ abi: ABI, functionName: 'transfer', args: [DEV_ACCOUNTS[1]!, 1n] });
      const call = (): void => succeed(sandbox.call(to, transfer));
      const one = microseconds(call) / 1000;
      const loop = (): void => {
        for (let i = 0; i < TRANSFERS; i++) call();
      };
      const loops = Array.from({ length: ROUNDS }, () => milliseconds(loop));
      const perSecond = (TRANSFERS * 1000) / median(loops);
      return [
        backend,
        round(deployment(backend, (i) => withSerial(code, i))),
        round(deployment(backend, () => code)),
        round(one),
        Math.round(perSecond),
      ];
    }),
  };
}

function deployment(backend: Backend, codeOf: (serial: number) => Uint8Array): number {
  const times = Array.from({ length: WARM_UPS + DEPLOYMENTS }, (_, serial) => {
    const code = codeOf(serial);
    return milliseconds(() => deploy(new Sandbox({ engine: new Engine({ backend }) }), code));
  });
  return median(times.slice(WARM_UPS));
}

/** Section of a blob that nobody needs for running it. */
const DEBUG_STRINGS = 128;
const LENGTH_OFFSET = 5;

/** The same program with debug information that nobody reads, and which makes it another one to the process. */
function withSerial(code: Uint8Array, serial: number): Uint8Array {
  const end = code.length - 1;
  const copy = Uint8Array.of(...code.subarray(0, end), DEBUG_STRINGS, 1, serial, 0);
  new DataView(copy.buffer).setBigUint64(LENGTH_OFFSET, BigInt(copy.length), true);
  return copy;
}

function deploy(sandbox: Sandbox, code: Uint8Array): Hex {
  const result = sandbox.deploy(code, { data: encodeValues(['uint256'], [10n ** 18n]) });
  if (result.status !== 'success') throw new Error(`deploy: ${result.status} ${result.data}`);
  return result.address;
}

function succeed(result: { readonly status: string }): void {
  if (result.status !== 'success') throw new Error(`expected success, got ${result.status}`);
}

async function computationTable(code: Uint8Array): Promise<Table> {
  const evm = await deployOnEvm(compileForEvm());
  const machines = BACKENDS.map((backend) => {
    const sandbox = new Sandbox({ engine: new Engine({ backend }) });
    const deployed = sandbox.deploy(code);
    if (deployed.status !== 'success') throw new Error(`deploy: ${deployed.status}`);
    return { sandbox, to: deployed.address };
  });
  const rows: (string | number)[][] = [];
  for (const [name, data] of Object.entries(COMPUTATIONS)) {
    const onEvm: number[] = [];
    const here = BACKENDS.map((): number[] => []);
    for (let turn = 0; turn <= ROUNDS; turn++) {
      const start = performance.now();
      const expected = await evm(data);
      onEvm.push(performance.now() - start);
      machines.forEach(({ sandbox, to }, i) => {
        here[i]!.push(
          milliseconds(() => {
            const result = sandbox.simulate(to, data, { gas: GAS });
            if (result.data !== expected) throw new Error(`${name}: got ${result.data}, the EVM's is ${expected}`);
          }),
        );
      });
    }
    // The first turn warms up.
    const [evmTime, ...times] = [onEvm, ...here].map((all) => median(all.slice(1))) as [number, ...number[]];
    rows.push([name, round(evmTime), ...times.flatMap((time) => [round(time), round(evmTime / time)])]);
  }
  return {
    title: 'Contracts: computations',
    note:
      `The same Solidity, compiled by resolc and run in the sandbox, and compiled by solc (optimised) and run by @ethereumjs/evm: ` +
      `milliseconds of a call, medians of ${ROUNDS} that take turns, and how many times faster than the EVM that is.`,
    columns: ['call', '@ethereumjs/evm', ...BACKENDS.flatMap((backend) => [backend, 'times faster'])],
    rows,
  };
}

/** What solc makes of the contract: the code that deploys it. */
function compileForEvm(): Hex {
  const solc = createRequire(import.meta.url).resolve('solc/solc.js');
  const input = JSON.stringify({
    language: 'Solidity',
    sources: { 'Compute.sol': { content: readFileSync(fileURLToPath(COMPUTE), 'utf8') } },
    settings: { optimizer: { enabled: true, runs: 200 }, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
  });
  const output = execFileSync(process.execPath, [solc, '--standard-json'], { input, encoding: 'utf8' });
  const { contracts } = JSON.parse(output.slice(output.indexOf('{')));
  return `0x${contracts['Compute.sol'].Compute.evm.bytecode.object}`;
}

/** A function that calls the contract, and gives what it returns. */
async function deployOnEvm(creationCode: Hex): Promise<(data: Hex) => Promise<Hex>> {
  const evm: EVM = await createEVM();
  const created = await evm.runCall({ data: hexToBytes(creationCode), gasLimit: GAS });
  const to = created.createdAddress ?? createZeroAddress();
  return async (data) => {
    const { execResult } = await evm.runCall({ to, data: hexToBytes(data), gasLimit: GAS });
    if (execResult.exceptionError !== undefined) throw new Error(`the EVM: ${execResult.exceptionError.error}`);
    return bytesToHex(execResult.returnValue);
  };
}
