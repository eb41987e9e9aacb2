import {
  type Abi,
  type Address,
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
} from 'viem';
import type { CompiledContract } from '../../support/solidity/compile.js';
import type { DIFFERENCES } from './differences.js';

/** A contract on a stage. */
export interface DeployedContract {
  readonly address: Address;
  readonly abi: Abi;
}

/** What comes with a call. */
export interface CallOptions {
  readonly from?: Address;
  readonly value?: bigint;
}

/** How a transaction or call went, as both machines can tell it. */
export interface RawOutcome {
  readonly status: 'success' | 'revert' | 'error';
  readonly output: Hex;
  readonly logs: readonly { readonly address: Address; readonly topics: readonly Hex[]; readonly data: Hex }[];
}

/** An event, decoded where its ABI is known. */
export interface StageEvent {
  readonly address: Address;
  readonly name: string;
  readonly args: unknown;
}

/** How a transaction went, decoded. */
export interface Outcome extends RawOutcome {
  /** What a function returned. */
  readonly result: unknown;
  /** What it reverted with: a name, and arguments. */
  readonly error: { readonly name: string; readonly args: unknown } | undefined;
  readonly events: readonly StageEvent[];
}

/** What a {@link Stage} needs of a machine. */
export interface Machine {
  /** The name of the machine, for messages. */
  readonly kind: 'polkavm' | 'evm';
  /** Ten accounts with money in them. */
  readonly accounts: readonly Address[];
  /** What deploys a contract, before its arguments. */
  code(contract: CompiledContract): Hex;
  /** Makes a contract's code known, so that other contracts can make it. */
  upload(contract: CompiledContract): void;
  /** Mines a transaction; without `to` it deploys. */
  send(transaction: {
    from: Address;
    to: Address | undefined;
    data: Hex;
    value: bigint;
  }): Promise<RawOutcome & { readonly created: Address | undefined }>;
  /** Calls at the latest block, without effect. */
  call(transaction: { from: Address; to: Address; data: Hex; value: bigint }): Promise<RawOutcome>;
  balance(address: Address): Promise<bigint>;
  storage(address: Address, slot: bigint): Promise<Hex>;
  mine(blocks: number): Promise<void>;
}

/** A step of a story, as it is compared: addresses that differ for a reason are names in it. */
export interface Step {
  readonly what: string;
  readonly outcome: string;
  /** Why it may differ. */
  readonly difference: keyof typeof DIFFERENCES | undefined;
}

/** Where stories are played: on one machine, with every step on record. */
export class Stage {
  readonly machine: Machine;
  readonly steps: Step[] = [];
  readonly #contracts: ReadonlyMap<string, CompiledContract>;
  readonly #abis = new Map<Address, Abi>();
  readonly #names = new Map<string, string>();
  /** All errors and events that there are: a contract passes on what others revert with. */
  readonly #declarations: Abi;
  #difference: keyof typeof DIFFERENCES | undefined;

  constructor(machine: Machine, contracts: ReadonlyMap<string, CompiledContract>) {
    this.machine = machine;
    this.#contracts = contracts;
    const declarations = [...contracts.values()].flatMap(({ abi }) => abi);
    this.#declarations = declarations.filter(({ type }) => type === 'error' || type === 'event');
  }

  /** An account by its number. */
  account(index: number): Address {
    return this.machine.accounts[index]!;
  }

  compiled(name: string): CompiledContract {
    const contract = this.#contracts.get(name);
    if (contract === undefined) throw new Error(`no contract ${name} was compiled`);
    return contract;
  }

  /** Lets other contracts make that one. */
  upload(name: string): void {
    this.machine.upload(this.compiled(name));
  }

  /** Deploys a contract that must come into being. */
  async deploy(name: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<DeployedContract> {
    const outcome = await this.tryDeploy(name, args, options);
    if (outcome.contract === undefined) throw new Error(`${name} was not deployed: ${describe(outcome)}`);
    return outcome.contract;
  }

  /** Deploys a contract, or finds out how that fails. */
  async tryDeploy(
    name: string,
    args: readonly unknown[] = [],
    { from = this.account(0), value = 0n }: CallOptions = {},
  ): Promise<Outcome & { contract: DeployedContract | undefined }> {
    const compiled = this.compiled(name);
    const { abi } = compiled;
    const data = encodeDeployData({ abi, bytecode: this.machine.code(compiled), args });
    const raw = await this.machine.send({ from, to: undefined, data, value });
    // What creation code returns is the machine's own affair: the contract's code, or nothing.
    const outcome = raw.status === 'success' ? { ...raw, output: '0x' as const } : raw;
    const contract = raw.created === undefined ? undefined : this.at(raw.created, name);
    this.#record(`deploy ${name}`, outcome);
    return { ...this.#decode(abi, undefined, outcome), contract };
  }

  /** A contract that something else has put there. */
  at(address: Address, name: string): DeployedContract {
    const { abi } = this.compiled(name);
    const lowerCase = address.toLowerCase() as Address;
    this.#abis.set(lowerCase, abi);
    return { address: lowerCase, abi };
  }

  /** Calls a function, for good. */
  send(
    contract: DeployedContract,
    functionName: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<Outcome> {
    return this.#invoke('send', contract, functionName, args, options);
  }

  /** Sends bytes and money as they are. */
  async sendRaw(to: Address, data: Hex, { from = this.account(0), value = 0n }: CallOptions = {}): Promise<RawOutcome> {
    const outcome = await this.machine.send({ from, to, data, value });
    this.#record(`send ${data}`, outcome);
    return outcome;
  }

  /** Calls a function that must succeed, without effect, and decodes what it returns. */
  async read(contract: DeployedContract, functionName: string, args: readonly unknown[] = []): Promise<unknown> {
    const outcome = await this.tryRead(contract, functionName, args);
    if (outcome.status !== 'success') throw new Error(`${functionName}: ${describe(outcome)}`);
    return outcome.result;
  }

  /** Calls a function without effect. */
  tryRead(
    contract: DeployedContract,
    functionName: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<Outcome> {
    return this.#invoke('call', contract, functionName, args, options);
  }

  async balance(address: Address): Promise<bigint> {
    const balance = await this.machine.balance(address);
    this.#step('balance', String(balance));
    return balance;
  }

  /** A word of a contract's storage. */
  async storage({ address }: DeployedContract, slot: bigint): Promise<Hex> {
    const value = await this.machine.storage(address, slot);
    this.#step(`slot ${slot}`, value);
    return value;
  }

  mine(blocks: number): Promise<void> {
    return this.machine.mine(blocks);
  }

  /** Gives a name to bytes that are not the same on both machines, such as an address: steps are compared with the name. */
  name(bytes: Hex, name: string): void {
    this.#names.set(bytes.slice(2).toLowerCase(), name);
  }

  /** Plays a part in which the machines differ. */
  async differently<T>(difference: keyof typeof DIFFERENCES, part: () => Promise<T>): Promise<T> {
    this.#difference = difference;
    try {
      return await part();
    } finally {
      this.#difference = undefined;
    }
  }

  async #invoke(
    how: 'send' | 'call',
    { address, abi }: DeployedContract,
    functionName: string,
    args: readonly unknown[],
    { from = this.account(0), value = 0n }: CallOptions,
  ): Promise<Outcome> {
    const data = encodeFunctionData({ abi, functionName, args });
    const outcome = await this.machine[how]({ from, to: address, data, value });
    this.#record(`${how} ${functionName}(${args.map(show).join(', ')})`, outcome);
    return this.#decode(abi, functionName, outcome);
  }

  #decode(abi: Abi, functionName: string | undefined, outcome: RawOutcome): Outcome {
    const { status, output, logs } = outcome;
    const isReturned = status === 'success' && functionName !== undefined;
    const isDeclared = status === 'revert' && output !== '0x';
    const declarations = [...abi, ...this.#declarations];
    const { errorName = '', args = undefined } = isDeclared
      ? decodeErrorResult({ abi: declarations, data: output })
      : {};
    return {
      ...outcome,
      result: isReturned ? decodeFunctionResult({ abi, functionName, data: output }) : undefined,
      error: isDeclared ? { name: errorName, args } : undefined,
      events: logs.map((log) => this.#event(log)),
    };
  }

  #event({ address, topics, data }: RawOutcome['logs'][number]): StageEvent {
    if (topics.length === 0) return { address, name: 'anonymous', args: data };
    const abi = [...(this.#abis.get(address) ?? []), ...this.#declarations];
    const decoded = decodeEventLog({ abi, topics: topics as [Hex, ...Hex[]], data });
    return { address, name: decoded.eventName ?? '', args: decoded.args };
  }

  #record(what: string, { status, output, logs }: RawOutcome): void {
    this.#step(what, JSON.stringify({ status, output, logs }));
  }

  #step(what: string, outcome: string): void {
    const named = (text: string): string => {
      let result = text.toLowerCase();
      for (const [bytes, name] of this.#names) result = result.replaceAll(bytes, `<${name}>`);
      return result;
    };
    this.steps.push({ what: named(what), outcome: named(outcome), difference: this.#difference });
  }
}

function describe({ status, error, output }: Outcome): string {
  return `${status} ${error === undefined ? output : `${error.name}(${show(error.args)})`}`;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? '';
}
