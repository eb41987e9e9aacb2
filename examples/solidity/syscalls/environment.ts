import { EMPTY_CODE_HASH, keccakHex } from '../addresses.js';
import { fromHex, fromLittleEndian, type Hex } from '../bytes.js';
import type { Frame } from '../frame.js';
import { precompileCode } from '../precompiles.js';
import { low, type Syscalls } from './syscall.js';

const NO_HASH: Hex = `0x${'00'.repeat(32)}`;

/** Who calls, with what value, which accounts there are, and what is known of the block and the gas. */
export const environment: Syscalls = {
  address: (frame, [out]) => frame.memory.write(low(out), fromHex(frame.context.address)),
  caller: (frame, [out]) => frame.memory.write(low(out), fromHex(frame.context.caller)),
  origin: (frame, [out]) => frame.memory.write(low(out), fromHex(frame.transaction.origin)),
  value_transferred: (frame, [out]) => frame.memory.writeU256(low(out), frame.context.value),

  balance: (frame, [out]) => frame.memory.writeU256(low(out), frame.state.balance(frame.context.address)),
  balance_of: (frame, [address, out]) =>
    frame.memory.writeU256(low(out), frame.state.balance(frame.memory.readAddress(low(address)))),
  code_hash: (frame, [address, out]) =>
    frame.memory.write(low(out), fromHex(codeHashOf(frame, frame.memory.readAddress(low(address))))),
  code_size: (frame, [address]) => codeSizeOf(frame, frame.memory.readAddress(low(address))),

  block_number: (frame, [out]) => frame.memory.writeU256(low(out), frame.block.number),
  now: (frame, [out]) => frame.memory.writeU256(low(out), frame.block.timestamp),
  chain_id: (frame, [out]) => frame.memory.writeU256(low(out), frame.block.chainId),
  base_fee: (frame, [out]) => frame.memory.writeU256(low(out), frame.block.baseFee),
  block_author: (frame, [out]) => frame.memory.write(low(out), fromHex(frame.block.author)),
  block_hash: (frame, [number, out]) => frame.memory.write(low(out), fromHex(blockHash(frame, low(number)))),

  gas_limit: (frame) => frame.block.gasLimit,
  gas_price: (frame) => frame.block.gasPrice,
  ref_time_left: (frame) => frame.gasLeft,
};

function codeHashOf(frame: Frame, address: Hex): Hex {
  const precompile = precompileCode(address);
  if (precompile !== undefined) return keccakHex(precompile);
  return frame.state.codeHash(address) ?? (frame.state.exists(address) ? EMPTY_CODE_HASH : NO_HASH);
}

function codeSizeOf(frame: Frame, address: Hex): number {
  const precompile = precompileCode(address);
  if (precompile !== undefined) return precompile.length;
  const codeHash = frame.state.codeHash(address);
  return codeHash === undefined ? 0 : frame.transaction.code(codeHash).length;
}

/** Only the 256 blocks before this one have a hash. */
function blockHash(frame: Frame, numberPointer: number): Hex {
  const number = fromLittleEndian(frame.memory.read(numberPointer, 32));
  const age = frame.block.number - number;
  return age >= 1n && age <= 256n ? frame.block.hashOf(number) : NO_HASH;
}
