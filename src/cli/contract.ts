import { basename } from 'node:path';
import type { Abi, AbiFunction } from 'viem';
import {
  type AbiJson,
  CodeRejectedError,
  fromHex,
  type Hex,
  loadCurves,
  loadTraceNames,
  Sandbox,
  type TraceNames,
} from '../contracts/index.js';
import { loadViem, parseArguments, type Viem } from './abiValues.js';
import { defineCommand } from './command.js';
import { ContractReport } from './contractReport.js';
import { CliError, EXIT, usageError } from './exit.js';
import { nameOf, readBlob, readBytes } from './files.js';
import { type CompiledContract, compileSolidity, splitContractPath } from './solidity.js';
import { hex, u64 } from './values.js';

/** A contract to be run, and what is known of it and of others. */
interface Subject {
  readonly name: string;
  readonly blob: Uint8Array;
  readonly abi: AbiJson | undefined;
  /** All contracts that were compiled, which this one may create. */
  readonly all: readonly CompiledContract[];
}

/** A call that is ready, and the one who reads its output. */
interface PreparedCall {
  /** The function and its arguments. */
  readonly title: string;
  readonly data: Hex;
  /** Undefined if nobody knows what the function returns. */
  readonly decode: ((output: Hex) => unknown) | undefined;
}

/** `pvm contract` */
export const contractCommand = defineCommand({
  name: 'contract',
  summary: 'deploy a contract in a sandbox and call it',
  operand: { name: 'ACTION', choices: ['run'] },
  more: 'FILE [ARG ...]',
  description: `
Deploys a contract in a fresh sandbox, calls a function of it, and shows result, events and gas. FILE is
FILE.sol:CONTRACT, which @parity/resolc compiles if it is installed, or a program that was compiled before. Without
--call the contract is only deployed. Arguments are numbers, true or false, hex for bytes and addresses, text as it is,
and JSON for arrays and structs; put -- before them if one starts with a dash.`,
  options: {
    call: {
      type: 'string',
      value: 'FUNCTION',
      help: "a function: 'transfer(address,uint256)', or its name if the ABI is known",
    },
    data: { type: 'string', value: 'HEX', help: 'call data as it is, instead of --call' },
    abi: { type: 'string', value: 'FILE.json', help: "a program's ABI, or an artifact that has it" },
    'constructor-arg': { type: 'string', value: 'ARG', multiple: true, help: 'an argument of the constructor' },
    from: { type: 'string', value: 'ADDRESS', help: 'who deploys and calls; default: the first development account' },
    value: { type: 'string', value: 'N', default: '0', help: 'what is sent with the call' },
    gas: { type: 'string', value: 'N', default: '1000000000', help: 'the gas limit of each transaction' },
    trace: { type: 'boolean', help: 'show the tree of frames with storage and events' },
    syscalls: { type: 'boolean', help: 'show every syscall in it, too' },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: [
    {
      line: "pvm contract run Token.sol:Token --constructor-arg 1000 --call 'balanceOf(address)' 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
      says: 'compile, deploy, call',
    },
    { line: 'pvm contract run token.polkavm --abi token.json --call totalSupply --trace', says: 'without a compiler' },
    { line: 'pvm contract run token.polkavm --data 0x18160ddd --json', says: 'without an ABI' },
  ],
  exitCodes: [EXIT.finished, EXIT.trap, EXIT.outOfGas],
  async run(_, options, output, [path, ...words]) {
    if (path === undefined) throw usageError('the FILE is missing');
    if (options.call !== undefined && options.data !== undefined) throw usageError('--data: got it with --call');
    if (options.call === undefined && words.length > 0)
      throw usageError(`got arguments without --call: ${words.join(' ')}`);
    const gas = u64('--gas', options.gas);
    const value = u64('--value', options.value);
    const from = options.from === undefined ? {} : { from: hex('--from', options.from, 20) };
    const isTraced = options.trace === true || options.syscalls === true;

    const subject = await load(path, options.abi);
    const call = await prepareCall(options, words, subject.abi);
    const constructorData = await encodeConstructor(options['constructor-arg'] ?? [], subject.abi);
    const curves = await loadCurves().catch(() => undefined);
    using sandbox = new Sandbox({ ...(curves && { curves }) });
    for (const { blob } of subject.all) accepted(path, () => sandbox.upload(blob));
    accepted(path, () => sandbox.upload(subject.blob));

    const names = await namesOf(subject);
    const report = new ContractReport({ names, isTraced, withSyscalls: options.syscalls === true });
    // The trace has what a revert is decoded from.
    const transaction = { ...from, gas, trace: true };
    const deployed = sandbox.deploy(subject.blob, { ...transaction, data: constructorData });
    report.addDeployment(subject.name, deployed);
    if (deployed.status === 'success' && call !== undefined) {
      const called = sandbox.call(deployed.address, call.data, { ...transaction, value });
      report.addCall(call.title, called, called.status === 'success' ? call.decode?.(called.data) : undefined);
    }
    output.out(options.json ? `${JSON.stringify(report.json)}\n` : report.text(output));
    return report.exitCode;
  },
});

/** The contract that a path names: compiled, or read. */
async function load(path: string, abiPath: string | undefined): Promise<Subject> {
  const abi = abiPath === undefined ? undefined : readAbi(abiPath);
  const source = splitContractPath(path);
  if (source === undefined) return { name: basename(path), blob: readBlob(path), abi, all: [] };
  const all = await compileSolidity(source.file);
  const own = all.find(({ name }) => name === source.contract);
  if (own === undefined) {
    const names = all.map(({ name }) => name).join(', ');
    throw usageError(`${source.file}: no contract ${source.contract} with code (it has ${names || 'none'})`);
  }
  return { name: own.name, blob: fromHex(own.blob), abi: abi ?? own.abi, all };
}

/** An ABI from a file of its own, or from a compiler's or tool's artifact. */
function readAbi(path: string): AbiJson {
  const malformed = (): CliError =>
    new CliError(EXIT.invalidProgram, `${nameOf(path)}: expected an ABI in JSON, or an object that has one as "abi"`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(readBytes(path)));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw malformed();
  }
  const abi = typeof content === 'object' && content !== null && 'abi' in content ? content.abi : content;
  const isAbi = (value: unknown): value is AbiJson =>
    Array.isArray(value) && value.every((item) => typeof item?.type === 'string');
  if (!isAbi(abi)) throw malformed();
  return abi;
}

async function prepareCall(
  { call, data }: { readonly call?: string | undefined; readonly data?: string | undefined },
  words: readonly string[],
  abi: AbiJson | undefined,
): Promise<PreparedCall | undefined> {
  if (data !== undefined) return { title: data, data: hex('--data', data), decode: undefined };
  if (call === undefined) return undefined;
  const viem = await loadViem();
  const item = functionOf(viem, call, abi);
  const args = parseArguments(`--call ${call}`, item.inputs, words);
  const functionAbi: Abi = [item];
  const { name: functionName } = item;
  try {
    return {
      title: `${functionName}(${words.join(', ')})`,
      data: viem.encodeFunctionData({ abi: functionAbi, functionName, args }),
      // What a function returns is not known from its name and the types that it takes.
      decode: isKnown(item, abi)
        ? (output) => viem.decodeFunctionResult({ abi: functionAbi, functionName, data: output })
        : undefined,
    };
  } catch (error) {
    throw usageError(`--call ${call}: ${firstLine(error)}`);
  }
}

/** The function with that name or signature, from the ABI if it is there. */
function functionOf({ parseAbiItem, toFunctionSignature }: Viem, call: string, abi: AbiJson | undefined): AbiFunction {
  const functions = ((abi ?? []) as Abi).filter((item): item is AbiFunction => item.type === 'function');
  const compact = call.replace(/\s/g, '');
  const named = functions.filter((item) => item.name === call || toFunctionSignature(item) === compact);
  if (named.length === 1) return named[0]!;
  const signatures = (named.length > 1 ? named : functions).map((item) => toFunctionSignature(item)).join(', ');
  if (named.length > 1) throw usageError(`--call: ${call} is one of several, expected ${signatures}`);
  if (!call.includes('(')) {
    throw usageError(
      `--call: no function ${call} (${abi === undefined ? 'without --abi it needs its types' : `it has ${signatures}`})`,
    );
  }
  try {
    const item = parseAbiItem(`function ${call}`);
    if (typeof item === 'object' && item !== null && 'inputs' in item) return item as AbiFunction;
  } catch {
    // The message below says what is expected.
  }
  throw usageError(`--call: got "${call}", expected a function such as transfer(address,uint256)`);
}

/** Whether the ABI has the function, or its declaration says what it returns. */
function isKnown(item: AbiFunction, abi: AbiJson | undefined): boolean {
  return item.outputs.length > 0 || (abi?.includes(item) ?? false);
}

async function encodeConstructor(words: readonly string[], abi: AbiJson | undefined): Promise<Hex> {
  const declared = ((abi ?? []) as Abi).find((item) => item.type === 'constructor');
  if (abi === undefined && words.length > 0) throw usageError('--constructor-arg: a program needs --abi for that');
  const inputs = declared?.inputs ?? [];
  const values = parseArguments('--constructor-arg', inputs, words);
  if (inputs.length === 0) return '0x';
  try {
    return (await loadViem()).encodeAbiParameters(inputs, values);
  } catch (error) {
    throw error instanceof CliError ? error : usageError(`--constructor-arg: ${firstLine(error)}`);
  }
}

async function namesOf({ name, abi, all }: Subject): Promise<TraceNames | undefined> {
  const abis = Object.fromEntries(all.map((contract) => [contract.name, contract.abi]));
  const known = abi === undefined ? abis : { [name]: abi, ...abis };
  return Object.keys(known).length === 0 ? undefined : loadTraceNames(known);
}

/** @throws CliError for a program that a chain would not take */
function accepted<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof CodeRejectedError)) throw error;
    throw new CliError(EXIT.invalidProgram, `${nameOf(path)}: ${error.message}`);
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : String(error);
}
