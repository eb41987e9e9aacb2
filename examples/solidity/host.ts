import type { HostFunctions } from 'polkavm-js/virtualization';
import { keccakHex, ZERO_ADDRESS } from './addresses.js';
import { type Hex, toLittleEndian } from './bytes.js';
import { FrameError, ReturnCode } from './errors.js';
import { type ContractEvent, State } from './state.js';
import { type Block, type CallResult, Transaction } from './transaction.js';

/** What a transaction that calls or deploys says. */
interface TransactionRequest {
  /** Who signs. */
  readonly from: Hex;
  /** What to send along. Default: nothing. */
  readonly value?: bigint;
  /** What all frames together may use. Default: 100 million. */
  readonly gasLimit?: bigint;
}

/** A call of a contract, or a payment. */
export interface ContractCall extends TransactionRequest {
  readonly to: Hex;
  /** Selector and arguments, see `encodeCall`. */
  readonly input?: Uint8Array;
}

/** A contract to be created. */
export interface Deployment extends TransactionRequest {
  readonly code: Uint8Array;
  /** The constructor's arguments, see `encodeValues`. */
  readonly input?: Uint8Array;
  /** 32 bytes; makes the address depend on them and on the code instead of on the sender's nonce. */
  readonly salt?: Uint8Array;
}

/** How a transaction went. */
export interface Receipt extends CallResult {
  readonly events: readonly ContractEvent[];
}

/** A {@link Receipt}, and where the contract is if all went well. */
export interface DeploymentReceipt extends Receipt {
  readonly address: Hex;
}

const DEFAULT_GAS_LIMIT = 100_000_000n;

const DEFAULT_BLOCK: Block = {
  number: 1n,
  timestamp: 1_700_000_000n,
  author: ZERO_ADDRESS,
  chainId: 420_420_420n,
  baseFee: 0n,
  gasLimit: 1_000_000_000n,
  gasPrice: 1n,
  hashOf: (number) => keccakHex(toLittleEndian(number, 32)),
};

/**
 * A chain in memory that does nothing but run contracts, in programs that a PolkaVM runs behind the nine host functions.
 * It does not charge for gas, and none is used but by the programs' own instructions.
 */
export class ContractHost {
  readonly state = new State();
  readonly block: Block;
  readonly #hostFunctions: HostFunctions;
  readonly #codes = new Map<Hex, Uint8Array>();

  /** @param block what contracts read of the block, where the default does not suit */
  constructor(hostFunctions: HostFunctions, block: Partial<Block> = {}) {
    this.#hostFunctions = hostFunctions;
    this.block = { ...DEFAULT_BLOCK, ...block };
  }

  /** Keeps a program, so that contracts can be created from it. Returns its hash. */
  upload(code: Uint8Array): Hex {
    const codeHash = keccakHex(code);
    this.#codes.set(codeHash, code);
    return codeHash;
  }

  /** Creates a contract. Its code stays known even where the constructor fails. */
  deploy({ from, code, salt, value = 0n, input = new Uint8Array(0), gasLimit }: Deployment): DeploymentReceipt {
    const codeHash = this.upload(code);
    let address = ZERO_ADDRESS;
    const receipt = this.#transact(from, gasLimit, (transaction, gas) => {
      address = transaction.newAddress(from, codeHash, input, salt);
      this.state.incrementNonce(from);
      return transaction.instantiate({ parent: undefined, address, caller: from, codeHash, value, input, gas });
    });
    return { ...receipt, address };
  }

  /** Calls a contract, or pays an account. */
  call({ from, to, value = 0n, input = new Uint8Array(0), gasLimit }: ContractCall): Receipt {
    return this.#transact(from, gasLimit, (transaction, gas) => {
      this.state.incrementNonce(from);
      return transaction.call({ parent: undefined, caller: from, callee: to, value, input, readOnly: false, gas });
    });
  }

  /** Finds out what a {@link call} would do, and does not do it. */
  query({ from, to, value = 0n, input = new Uint8Array(0), gasLimit }: ContractCall): Receipt {
    return this.#transact(from, gasLimit, (transaction, gas) => {
      const checkpoint = this.state.checkpoint();
      const request = { parent: undefined, caller: from, callee: to, value, input, readOnly: false, gas };
      const result = transaction.call(request);
      this.state.rollback(checkpoint);
      return result;
    });
  }

  #transact(
    origin: Hex,
    gasLimit: bigint = DEFAULT_GAS_LIMIT,
    run: (transaction: Transaction, gas: bigint) => CallResult,
  ): Receipt {
    this.state.beginTransaction();
    const transaction = new Transaction(this.#hostFunctions, this.state, this.#codes, this.block, origin);
    const result = this.#attempt(() => run(transaction, gasLimit));
    return { ...result, events: this.state.endTransaction() };
  }

  /** What ends a calling frame ends the transaction where no frame calls: it has never been. */
  #attempt(run: () => CallResult): CallResult {
    try {
      return run();
    } catch (error) {
      this.state.rollback(0);
      if (!(error instanceof FrameError)) throw error;
      return { code: ReturnCode.CalleeTrapped, output: new Uint8Array(0), gasUsed: 0n, error };
    }
  }
}
