import {
  type CallResult,
  DEV_ACCOUNTS,
  type DeployResult,
  fromHex,
  type Hex,
  keccakHex,
  Sandbox,
  type SandboxJson,
  SYSCALLS,
  type Syscall,
} from 'polkavm-js/contracts';
import { Random } from '../fuzz/random.js';
import { DATA, DATA_SIZE, type Step, scriptContract } from './script.js';

/** Programs that share a sandbox, so that they can call each other. */
export const BATCH_SIZE = 50;

const MAX_STEPS = 12;
/** How much of a program's data is made up: the rest is zero. */
const DATA_USED = 0x180;
/** Gas for a few dozen frames. */
const GAS = 3_000_000n;
const SENTINEL = 0xffff_ffff;
const FLAGS = [0, 0, 0, 1, 2, 4, 8, 8, 8, 16, 24, 3, 12, 32, SENTINEL];
const LENGTHS = [0, 0, 1, 4, 32, 32, 32, 33, 64, 128, 129, 300, 416, 417, DATA_SIZE, 131_073, SENTINEL - 1, SENTINEL];
const AMOUNTS = [0n, 1n, 2300n, 100_000n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 64n - 1n];
/** Where no program has memory, or not as much as it takes. */
const WILD_POINTERS = [0, 0x10, 0xffff, 0x1_0000, 0x1_ffff, DATA + DATA_SIZE - 1, 0xfffd_fff0, 0xfffe_0000, SENTINEL];

/** What became of a batch. */
export interface BatchReport {
  /** Programs that were called. */
  readonly programs: number;
  /** How often each outcome came about: a status, or the reason of an error in any frame. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** What was wrong, and the number of the program in its batch. */
  readonly problems: readonly string[];
}

/**
 * Runs a batch of programs that make random syscalls, in one sandbox, and checks that what was simulated, reverted or failed
 * has not happened, that a call does what its simulation did, and that no money comes from nowhere.
 */
export function fuzzBatch(seed: number, batch: number): BatchReport {
  return new Batch(new Random(Math.imul(seed, 0x9e3779b1) ^ batch)).run();
}

class Batch {
  readonly #random: Random;
  readonly #sandbox = new Sandbox({ accounts: { [DEV_ACCOUNTS[0]!]: 10n ** 12n, [DEV_ACCOUNTS[1]!]: 5n } });
  readonly #addresses: Hex[] = [...DEV_ACCOUNTS.slice(0, 2), precompile(2), precompile(4), precompile(1)];
  readonly #hashes: Hex[] = [keccakHex(new Uint8Array(0))];
  readonly #outcomes = new Map<string, number>();
  readonly #problems: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  run(): BatchReport {
    for (let program = 0; program < BATCH_SIZE; program++) {
      try {
        this.#runProgram();
      } catch (error) {
        this.#problems.push(`threw ${error instanceof Error ? error.stack : String(error)}`);
      }
      if (this.#problems.length > 0) {
        const problems = this.#problems.map((problem) => `program ${program}: ${problem}`);
        return { programs: program + 1, outcomes: this.#outcomes, problems };
      }
    }
    return { programs: BATCH_SIZE, outcomes: this.#outcomes, problems: [] };
  }

  #runProgram(): void {
    const sandbox = this.#sandbox;
    const random = this.#random;
    const entry = random.below(4) === 0 ? 'deploy' : 'call';
    const code = scriptContract(this.#steps(), this.#data(), entry);
    const value = BigInt(random.pick([0, 0, 1000]));

    const beforeDeploying = sandbox.toJSON();
    const deployed = sandbox.deploy(code, { value, gas: GAS, data: new Uint8Array(random.below(70)) });
    this.#check('the deployment', beforeDeploying, deployed);
    if (deployed.status !== 'success') return;
    this.#addresses.push(deployed.address);
    this.#hashes.push(deployed.codeHash);

    const before = sandbox.toJSON();
    const to = random.below(4) === 0 ? random.pick(this.#addresses) : deployed.address;
    const data = new Uint8Array(random.below(100)).fill(random.below(256));
    const options = { value: BigInt(random.pick([0, 0, 7])), gas: GAS };
    const simulated = sandbox.simulate(to, data, { ...options, trace: random.below(4) === 0 });
    this.#requireSame('the state after a simulation', before, sandbox.toJSON());

    const snapshot = random.below(8) === 0 ? sandbox.snapshot() : undefined;
    const called = sandbox.call(to, data, options);
    this.#check('the call', before, called);
    this.#requireSame('the call', { ...simulated, trace: undefined }, called);
    if (snapshot !== undefined) {
      sandbox.revert(snapshot);
      this.#requireSame('the state after going back to a snapshot', before, sandbox.toJSON());
    }
  }

  /** Checks what must hold after every transaction. */
  #check(what: string, before: SandboxJson, result: CallResult | DeployResult): void {
    this.#count(result.status);
    for (const { reason, message } of result.failures) {
      this.#count(reason);
      if (message.includes('not instantiated')) this.#problems.push(`${what}: an instance was left over: ${message}`);
    }
    const after = this.#sandbox.toJSON();
    if (result.gasUsed > GAS) this.#problems.push(`${what} used ${result.gasUsed} gas of ${GAS}`);
    if (moneyOf(after) > moneyOf(before))
      this.#problems.push(`${what} made money: ${moneyOf(after) - moneyOf(before)}`);
    if (result.status === 'success') return;
    const sender = DEV_ACCOUNTS[0]!;
    const { nonce = '0', ...account } = before.accounts[sender]!;
    const counted = { ...account, nonce: String(BigInt(nonce) + 1n) };
    this.#requireSame(
      `the state after ${what}, which did not succeed,`,
      { ...before, accounts: { ...before.accounts, [sender]: counted } },
      after,
    );
  }

  #requireSame(what: string, expected: unknown, got: unknown): void {
    const [left, right] = [textOf(expected), textOf(got)];
    if (left !== right) this.#problems.push(`${what} differs:\n${left}\n${right}`);
  }

  #count(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  #steps(): Step[] {
    return Array.from({ length: 1 + this.#random.below(MAX_STEPS) }, () => {
      const syscall = this.#random.pick(SYSCALLS);
      return [syscall.symbol, ...this.#arguments(syscall)];
    });
  }

  /** A value for each register, mostly such that the syscall can do something with it. */
  #arguments({ registers }: Syscall): bigint[] {
    return registers.map((content) => {
      if (!('name' in content)) {
        const [high, low] = content.map(({ name, type }) => this.#argument(name, type));
        return (high! << 32n) | (low! & 0xffff_ffffn);
      }
      // Compilers leave a sign in the high half of a u32.
      const value = this.#argument(content.name, content.type);
      return content.type !== 'u64' && this.#random.below(4) === 0 ? value | 0xffff_ffff_0000_0000n : value;
    });
  }

  #argument(name: string, type: 'u32' | 'u64' | 'pointer'): bigint {
    const random = this.#random;
    if (type === 'u64') return random.pick(AMOUNTS);
    if (type === 'pointer') return BigInt(random.below(16) === 0 ? random.pick(WILD_POINTERS) : this.#pointer());
    if (name === 'flags') return BigInt(random.pick(FLAGS));
    if (name === 'num_topics') return BigInt(random.below(6));
    if (name.endsWith('len')) return BigInt(random.pick(LENGTHS));
    return BigInt(random.pick([0, 0, 1, 4, 31, 33, 1000, SENTINEL]));
  }

  /** Somewhere in the data, mostly where a field begins. */
  #pointer(): number {
    return (
      DATA + (this.#random.below(8) === 0 ? this.#random.below(DATA_USED) : 32 * this.#random.below(DATA_USED / 32))
    );
  }

  /** Addresses, code hashes, small numbers, capacities and zeros. */
  #data(): Uint8Array {
    const random = this.#random;
    const data = new Uint8Array(DATA_USED);
    for (let offset = 0; offset < DATA_USED; offset += 32) {
      switch (random.below(5)) {
        case 0:
        case 1:
          data.set(fromHex(random.pick(this.#addresses)), offset);
          break;
        case 2:
          data.set(fromHex(random.pick(this.#hashes)), offset);
          break;
        case 3:
          data[offset] = random.below(256);
          break;
      }
    }
    return data;
  }
}

function precompile(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`;
}

function moneyOf({ accounts }: SandboxJson): bigint {
  return Object.values(accounts).reduce((sum, { balance = '0' }) => sum + BigInt(balance), 0n);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));
}
