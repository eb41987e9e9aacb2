import { EMPTY_CODE_HASH, ZERO_HASH } from '../addresses.js';
import type { Frame } from '../frame.js';
import { fromHex, type Hex } from '../hex.js';
import { input, output, type SyscallDefinition } from './syscall.js';

const toAddress = [output('out', 'address')] as const;
const toNumber = [output('out', 'uint256')] as const;

/** Who calls, with what value, which accounts there are, and what is known of the block and the gas. */
export const environment = {
  address: {
    registers: toAddress,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.write(out, fromHex(frame.context.address)),
  },
  caller: {
    registers: toAddress,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.write(out, fromHex(frame.context.caller)),
  },
  origin: {
    registers: toAddress,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.write(out, fromHex(frame.execution.origin)),
  },
  value_transferred: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.context.value),
  },

  balance: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.state.balance(frame.context.address)),
  },
  balance_of: {
    registers: [input('address', 'address'), output('out', 'uint256')],
    result: 'none',
    changesState: false,
    run: (frame, address, out) => frame.memory.writeU256(out, frame.state.balance(frame.memory.readAddress(address))),
  },
  code_hash: {
    registers: [input('address', 'address'), output('out', 'bytes32')],
    result: 'none',
    changesState: false,
    run: (frame, address, out) =>
      frame.memory.write(out, fromHex(codeHashOf(frame, frame.memory.readAddress(address)))),
  },
  code_size: {
    registers: [input('address', 'address')],
    result: 'u64',
    changesState: false,
    run: (frame, address) => codeSizeOf(frame, frame.memory.readAddress(address)),
  },

  block_number: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.block.number),
  },
  now: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.block.timestamp),
  },
  chain_id: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.block.chainId),
  },
  base_fee: {
    registers: toNumber,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.writeU256(out, frame.block.baseFee),
  },
  block_author: {
    registers: toAddress,
    result: 'none',
    changesState: false,
    run: (frame, out) => frame.memory.write(out, fromHex(frame.block.author)),
  },
  block_hash: {
    registers: [input('number', 'uint256'), output('out', 'bytes32')],
    result: 'none',
    changesState: false,
    run: (frame, number, out) => frame.memory.write(out, fromHex(blockHash(frame, frame.memory.readU256(number)))),
  },

  gas_limit: { registers: [], result: 'u64', changesState: false, run: (frame) => frame.block.gasLimit },
  gas_price: { registers: [], result: 'u64', changesState: false, run: (frame) => frame.execution.gasPrice },
  ref_time_left: { registers: [], result: 'u64', changesState: false, run: (frame) => frame.gasLeft },
} as const satisfies Readonly<Record<string, SyscallDefinition>>;

function codeHashOf(frame: Frame, address: Hex): Hex {
  const precompile = frame.execution.precompiles.get(address);
  if (precompile !== undefined) return precompile.codeHash;
  return frame.state.codeHash(address) ?? (frame.state.exists(address) ? EMPTY_CODE_HASH : ZERO_HASH);
}

function codeSizeOf(frame: Frame, address: Hex): number {
  const precompile = frame.execution.precompiles.get(address);
  if (precompile !== undefined) return precompile.codeSize;
  const codeHash = frame.state.codeHash(address);
  return codeHash === undefined ? 0 : frame.execution.code(codeHash).length;
}

/** Only the 256 blocks before this one have a hash. */
function blockHash(frame: Frame, number: bigint): Hex {
  const age = frame.block.number - number;
  return age >= 1n && age <= 256n ? frame.block.hashOf(number) : ZERO_HASH;
}
