import { SYSCALLS, type SyscallSymbol } from './syscalls/index.js';

/** What a syscall costs, in units of gas: whole numbers. */
export interface SyscallCost {
  readonly base: number;
  /** For each byte that it copies or hashes. */
  readonly perByte: number;
}

/** What each syscall costs. */
export type SyscallGas = Readonly<Record<SyscallSymbol, SyscallCost>>;

/**
 * What syscalls cost unless told otherwise. A unit of gas is about a nanosecond of compiled code, and a syscall costs
 * about what its host needs for it, so that gas bounds time whatever a contract does. On a chain the weights come from
 * benchmarks of its runtime and are others.
 */
export const DEFAULT_SYSCALL_GAS: SyscallGas = costs(
  { base: 1000, perByte: 0 },
  {
    call_data_copy: { base: 1000, perByte: 1 },
    return_data_copy: { base: 1000, perByte: 1 },
    seal_return: { base: 1000, perByte: 4 },
    hash_keccak_256: { base: 4000, perByte: 30 },
    deposit_event: { base: 10_000, perByte: 16 },
    block_hash: { base: 10_000, perByte: 0 },
    get_storage: { base: 2500, perByte: 0 },
    get_storage_or_zero: { base: 2500, perByte: 0 },
    set_storage: { base: 4000, perByte: 8 },
    set_storage_or_clear: { base: 4000, perByte: 8 },
    set_immutable_data: { base: 2000, perByte: 2 },
    get_immutable_data: { base: 2000, perByte: 2 },
    call: { base: 40_000, perByte: 1 },
    call_evm: { base: 40_000, perByte: 1 },
    delegate_call: { base: 40_000, perByte: 1 },
    delegate_call_evm: { base: 40_000, perByte: 1 },
    instantiate: { base: 60_000, perByte: 30 },
    terminate: { base: 5000, perByte: 0 },
    ecdsa_to_eth_address: { base: 500_000, perByte: 0 },
  },
);

/** Syscalls that cost nothing: contracts pay for their own instructions only. Gas does not bound time then. */
export const FREE_SYSCALLS: SyscallGas = costs({ base: 0, perByte: 0 }, {});

/**
 * A complete table: the default with some costs replaced.
 *
 * @throws RangeError for a syscall that does not exist, or a cost that is no whole number
 */
export function syscallGas(changes: Partial<SyscallGas>): SyscallGas {
  for (const [symbol, { base, perByte }] of Object.entries(changes)) {
    if (!Object.hasOwn(DEFAULT_SYSCALL_GAS, symbol)) throw new RangeError(`syscallGas: there is no syscall ${symbol}`);
    if (!isAmount(base) || !isAmount(perByte)) {
      throw new RangeError(`syscallGas: ${symbol}: expected whole numbers from 0 on, got ${base} and ${perByte}`);
    }
  }
  return { ...DEFAULT_SYSCALL_GAS, ...changes };
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function costs(usual: SyscallCost, exceptions: Partial<SyscallGas>): SyscallGas {
  const all = Object.fromEntries(SYSCALLS.map(({ symbol }) => [symbol, exceptions[symbol] ?? usual]));
  return Object.freeze(all) as SyscallGas;
}
