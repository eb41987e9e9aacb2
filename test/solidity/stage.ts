import { Engine } from 'polkavm-js';
import { type Block, type CallResult, type Hex, Sandbox, type TransactionOptions } from 'polkavm-js/contracts';
import {
  createHostFunctions,
  InMemoryExternalities,
  silentLogger,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';
import { type AbiValue, decodeValues, encodeCall, encodeValues } from '../../examples/solidity/abi.js';
import { type CompiledContracts, compileSolidity } from '../../examples/solidity/compile.js';
import { CONTRACT_FILES } from '../../examples/solidity/contracts.js';
import { type HostCall, observeHostFunctions } from '../../examples/solidity/observe.js';
import type { BACKENDS } from '../support/backends.js';

export type Backend = (typeof BACKENDS)[number];

export const ALICE: Hex = `0x${'a1'.repeat(20)}`;
export const BOB: Hex = `0x${'b0'.repeat(20)}`;
export const NOBODY: Hex = `0x${'0d'.repeat(20)}`;

/** Compiles the example's contracts and the tests' own. */
export function compileContracts(): Promise<CompiledContracts> {
  return compileSolidity([...CONTRACT_FILES, new URL('./contracts/Probe.sol', import.meta.url)]);
}

/** A sandbox on a manager of its own, with every host call on record. */
export class Stage {
  readonly sandbox: Sandbox;
  /** The host calls so far. */
  readonly calls: HostCall[] = [];
  readonly #contracts: CompiledContracts;
  #live = 0;
  #mostLive = 0;

  constructor(backend: Backend, contracts: CompiledContracts, block: Partial<Block> = {}) {
    const externalities = new InMemoryExternalities();
    externalities.extensions.register(new VirtManagerExt(new VirtManager({ engine: new Engine({ backend }) })));
    const hostFunctions = createHostFunctions(externalities, { logger: silentLogger });
    this.sandbox = new Sandbox({
      accounts: { [ALICE]: 1_000_000n },
      block,
      hostFunctions: observeHostFunctions(hostFunctions, (call) => this.#record(call)),
    });
    this.#contracts = contracts;
  }

  /** Instances that are there now. */
  get live(): number {
    return this.#live;
  }

  /** As many instances as were live at a time since this was last asked. */
  takeMostLive(): number {
    const most = this.#mostLive;
    this.#mostLive = this.#live;
    return most;
  }

  /** Names of the syscalls and ends that `run` reported, in order, since `calls` was last emptied. */
  get stops(): string[] {
    return this.calls.filter(({ name }) => name === 'run').map(({ outcome }) => outcome);
  }

  code(name: string): Uint8Array {
    const code = this.#contracts.get(name);
    if (code === undefined) throw new Error(`no contract ${name} was compiled`);
    return code;
  }

  /** Deploys a contract that must come into being, and returns its address. */
  deploy(name: string, types: string[] = [], values: AbiValue[] = [], options: TransactionOptions = {}): Hex {
    const result = this.sandbox.deploy(this.code(name), { data: encodeValues(types, values), ...options });
    if (result.status !== 'success') throw new Error(`${name} was not deployed: ${failureOf(result)}`);
    return result.address;
  }

  call(to: Hex, signature: string, values: AbiValue[] = [], options: TransactionOptions = {}): CallResult {
    return this.sandbox.call(to, encodeCall(signature, ...values), options);
  }

  /** Calls a function that must succeed, for good, and reads what it returns. */
  returned(
    to: Hex,
    signature: string,
    types: string[],
    values: AbiValue[] = [],
    options: TransactionOptions = {},
  ): AbiValue[] {
    const result = this.call(to, signature, values, options);
    if (result.status !== 'success') throw new Error(`${signature}: ${failureOf(result)}`);
    return decodeValues(types, result.data);
  }

  #record(call: HostCall): void {
    this.calls.push(call);
    if (call.name === 'instantiate' && call.instance !== undefined) this.#live++;
    if (call.name === 'destroy') this.#live--;
    this.#mostLive = Math.max(this.#mostLive, this.#live);
  }
}

/** What went wrong: the reason of an error, or that it was a revert; undefined for a success. */
export function failureOf(result: CallResult): string | undefined {
  return result.status === 'error' ? result.reason : result.status === 'revert' ? 'revert' : undefined;
}
