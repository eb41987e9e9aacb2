import { FrameError, ReturnCode } from '../errors.js';
import type { FrameResult } from '../execution.js';
import type { Frame, FrameEnd } from '../frame.js';
import { fromHex, toHex } from '../hex.js';
import { MAX_CALL_DATA } from '../limits.js';
import { inputOf } from './data.js';
import { capacity, input, output, SENTINEL, type SyscallDefinition, u32, u64 } from './syscall.js';

const FORWARD_INPUT = 1;
const CLONE_INPUT = 2;
const TAIL_CALL = 4;
const ALLOW_REENTRY = 8;
const READ_ONLY = 16;
const DELEGATE_CALL_FLAGS = FORWARD_INPUT | CLONE_INPUT | TAIL_CALL;
const CALL_FLAGS = DELEGATE_CALL_FLAGS | ALLOW_REENTRY | READ_ONLY;

/** What Ethereum adds for the receiver of a payment, so that it can at least log it, in gas of Ethereum. */
const STIPEND = 2300;
/**
 * Units of gas for one of Ethereum, in which later compilers say what a call may use. Roughly what a syscall and the EVM
 * instruction that it stands for differ by, so that what contracts set aside suffices; chains have a scale of their own.
 */
const UNITS_PER_EVM_GAS = 10;

const CODE_HASH_SIZE = 32;
const SALT_SIZE = 32;

const inputPair = [u32('in_len'), input('in', 'bytes', 'in_len')] as const;
const outputPair = [capacity('out_len'), output('out', 'bytes', 'out_len')] as const;

/** What starts another frame, and what ends a contract for good. */
export const calls = {
  call: {
    registers: [
      [u32('flags'), input('callee', 'address')],
      u64('ref_time'),
      u64('proof_size'),
      [input('deposit', 'uint256'), input('value', 'uint256')],
      inputPair,
      outputPair,
    ],
    result: 'code',
    changesState: false,
    run(frame, flags, callee, refTime, _proofSize, deposit, value, inLength, inPointer, outLength, out) {
      readDepositLimit(frame, deposit);
      return call(frame, flags, callee, frame.memory.readU256(value), refTime, inLength, inPointer, outLength, out);
    },
  },

  call_evm: {
    registers: [u32('flags'), input('callee', 'address'), input('value', 'uint256'), u64('gas'), inputPair, outputPair],
    result: 'code',
    changesState: false,
    run(frame, flags, callee, valuePointer, gas, inLength, inPointer, outLength, out) {
      const value = frame.memory.readU256(valuePointer);
      const limit = fromEvmGas(gas === STIPEND || value > 0n ? gas + STIPEND : gas);
      return call(frame, flags, callee, value, limit, inLength, inPointer, outLength, out);
    },
  },

  delegate_call: {
    registers: [
      [u32('flags'), input('callee', 'address')],
      u64('ref_time'),
      u64('proof_size'),
      input('deposit', 'uint256'),
      inputPair,
      outputPair,
    ],
    result: 'code',
    changesState: false,
    run(frame, flags, callee, refTime, _proofSize, deposit, inLength, inPointer, outLength, out) {
      readDepositLimit(frame, deposit);
      return delegateCall(frame, flags, callee, refTime, inLength, inPointer, outLength, out);
    },
  },

  delegate_call_evm: {
    registers: [u32('flags'), input('callee', 'address'), u64('gas'), inputPair, outputPair],
    result: 'code',
    changesState: false,
    run: (frame, flags, callee, gas, inLength, inPointer, outLength, out) =>
      delegateCall(frame, flags, callee, fromEvmGas(gas), inLength, inPointer, outLength, out),
  },

  instantiate: {
    registers: [
      u64('ref_time'),
      u64('proof_size'),
      [input('deposit', 'uint256'), input('value', 'uint256')],
      inputPair,
      outputPair,
      [output('address', 'address'), input('salt', 'bytes32')],
    ],
    result: 'code',
    changesState: true,
    run(
      frame,
      refTime,
      _proofSize,
      deposit,
      valuePointer,
      inLength,
      inPointer,
      outLength,
      out,
      addressOut,
      saltPointer,
    ) {
      readDepositLimit(frame, deposit);
      const value = frame.memory.readU256(valuePointer);
      const hashAndInput = readInput(frame, 0, inLength, inPointer);
      if (hashAndInput.length < CODE_HASH_SIZE) {
        throw new FrameError('OutOfBounds', `got a code hash of ${hashAndInput.length} bytes, expected 32`);
      }
      const codeHash = toHex(hashAndInput.subarray(0, CODE_HASH_SIZE));
      const constructorData = hashAndInput.subarray(CODE_HASH_SIZE);
      const salt = saltPointer === SENTINEL ? undefined : frame.memory.read(saltPointer, SALT_SIZE);
      if (salt !== undefined) frame.chargeBytes(frame.execution.code(codeHash).length);
      const address = frame.execution.newAddress(frame.context.address, codeHash, constructorData, salt);

      frame.returnData = new Uint8Array(0);
      const result = frame.execution.instantiate({
        parent: frame,
        kind: salt === undefined ? 'create' : 'create2',
        address,
        caller: frame.context.address,
        codeHash,
        input: constructorData,
        value,
        gas: frame.lend(refTime),
      });
      settle(frame, result);
      if (hasOutput(result)) writeOutput(frame, outLength, out, result.output);
      if (result.code === ReturnCode.Success && addressOut !== SENTINEL) {
        frame.memory.write(addressOut, fromHex(address));
      }
      return result.code;
    },
  },

  terminate: {
    registers: [input('beneficiary', 'address')],
    result: 'never',
    changesState: true,
    run(frame, beneficiary) {
      frame.state.terminate(frame.context.address, frame.memory.readAddress(beneficiary));
      return { reverted: false, output: new Uint8Array(0) };
    },
  },
} as const satisfies Readonly<Record<string, SyscallDefinition>>;

function call(
  frame: Frame,
  flags: number,
  calleePointer: number,
  value: bigint,
  gas: number,
  inLength: number,
  inPointer: number,
  outLength: number,
  out: number,
): number | FrameEnd {
  checkFlags(flags, CALL_FLAGS);
  const callee = frame.memory.readAddress(calleePointer);
  const readOnly = frame.context.readOnly || (flags & READ_ONLY) !== 0;
  if (readOnly && value > 0n) throw new FrameError('StateChangeDenied', `a payment of ${value} in a read-only call`);
  const data = readInput(frame, flags, inLength, inPointer);
  return enter(frame, flags, outLength, out, () =>
    frame.execution.call({
      parent: frame,
      caller: frame.context.address,
      callee,
      value,
      input: data,
      readOnly,
      gas: frame.lend(gas),
    }),
  );
}

function delegateCall(
  frame: Frame,
  flags: number,
  calleePointer: number,
  gas: number,
  inLength: number,
  inPointer: number,
  outLength: number,
  out: number,
): number | FrameEnd {
  checkFlags(flags, DELEGATE_CALL_FLAGS);
  const callee = frame.memory.readAddress(calleePointer);
  const data = readInput(frame, flags, inLength, inPointer);
  return enter(frame, flags | ALLOW_REENTRY, outLength, out, () =>
    frame.execution.delegateCall({ parent: frame, callee, input: data, gas: frame.lend(gas) }),
  );
}

/** Runs the other frame and hands its result over, by the rules that both kinds of call share. */
function enter(frame: Frame, flags: number, outLength: number, out: number, run: () => FrameResult): number | FrameEnd {
  frame.returnData = new Uint8Array(0);
  frame.allowsReentry = (flags & ALLOW_REENTRY) !== 0;
  const result = run();
  frame.allowsReentry = true;
  settle(frame, result);

  if (!hasOutput(result)) frame.memory.writeU32(outLength, 0);
  else if ((flags & TAIL_CALL) !== 0) {
    return { reverted: result.code === ReturnCode.CalleeReverted, output: result.output };
  } else writeOutput(frame, outLength, out, result.output);
  return result.code;
}

function settle(frame: Frame, result: FrameResult): void {
  frame.gasLeft -= result.gasUsed;
  if (hasOutput(result)) frame.returnData = result.output;
}

function hasOutput(result: FrameResult): boolean {
  return result.code === ReturnCode.Success || result.code === ReturnCode.CalleeReverted;
}

function writeOutput(frame: Frame, outLength: number, out: number, bytes: Uint8Array): void {
  if (out !== SENTINEL) frame.memory.writeUpToCapacity(out, outLength, bytes);
}

/** The u64 that stands for no limit is more than there can be, stipend or not. */
function fromEvmGas(gas: number): number {
  return gas * UNITS_PER_EVM_GAS;
}

function checkFlags(flags: number, allowed: number): void {
  if ((flags & ~allowed) !== 0) {
    throw new FrameError('InvalidCallFlags', `got call flags ${flags}, expected some of the bits ${allowed}`);
  }
}

/** There are no storage deposits here, but a pointer to one that cannot be read is an error all the same. */
function readDepositLimit(frame: Frame, pointer: number): void {
  frame.memory.readU256(pointer);
}

/** The call data for another frame; the flags may say to pass the frame's own on instead. */
function readInput(frame: Frame, flags: number, length: number, pointer: number): Uint8Array {
  if ((flags & CLONE_INPUT) !== 0) {
    const own = inputOf(frame);
    frame.chargeBytes(own.length);
    return own;
  }
  if ((flags & FORWARD_INPUT) !== 0) {
    const own = inputOf(frame);
    frame.input = undefined;
    return own;
  }
  if (length > MAX_CALL_DATA) {
    throw new FrameError('CallDataTooLarge', `got ${length} bytes of call data, expected at most ${MAX_CALL_DATA}`);
  }
  frame.chargeBytes(length);
  return frame.memory.read(pointer, length);
}
