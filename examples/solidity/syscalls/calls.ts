import { fromHex, toHex } from '../bytes.js';
import { FrameError, ReturnCode } from '../errors.js';
import type { Frame, FrameEnd } from '../frame.js';
import { MAX_CALL_DATA } from '../limits.js';
import type { CallResult } from '../transaction.js';
import { inputOf } from './data.js';
import { high, low, requireWritable, SENTINEL, type Syscalls } from './syscall.js';

const FORWARD_INPUT = 1;
const CLONE_INPUT = 2;
const TAIL_CALL = 4;
const ALLOW_REENTRY = 8;
const READ_ONLY = 16;
const DELEGATE_CALL_FLAGS = FORWARD_INPUT | CLONE_INPUT | TAIL_CALL;
const CALL_FLAGS = DELEGATE_CALL_FLAGS | ALLOW_REENTRY | READ_ONLY;

/** As gas of `call_evm` and `delegate_call_evm`: as much as there is. */
const UNLIMITED = 0xffff_ffff_ffff_ffffn;
/** What Ethereum adds for the receiver of a payment, so that it can at least log it. */
const STIPEND = 2300n;

const CODE_HASH_SIZE = 32;

/** What starts another frame, and what ends a contract for good. */
export const calls: Syscalls = {
  call: (frame, [flagsAndCallee, refTime, , depositAndValue, input, output]) => {
    readDepositLimit(frame, high(depositAndValue));
    return call(frame, high(flagsAndCallee), low(flagsAndCallee), low(depositAndValue), refTime, input, output);
  },

  call_evm: (frame, [flags, callee, value, gas, input, output]) => {
    const paysOrTransfers = gas === STIPEND || frame.memory.readU256(low(value)) > 0n;
    const withStipend = paysOrTransfers && gas !== UNLIMITED ? gas + STIPEND : gas;
    return call(frame, low(flags), low(callee), low(value), withStipend, input, output);
  },

  delegate_call: (frame, [flagsAndCallee, refTime, , deposit, input, output]) => {
    readDepositLimit(frame, low(deposit));
    return delegateCall(frame, high(flagsAndCallee), low(flagsAndCallee), refTime, input, output);
  },

  delegate_call_evm: (frame, [flags, callee, gas, input, output]) =>
    delegateCall(frame, low(flags), low(callee), gas, input, output),

  instantiate: (frame, [refTime, , depositAndValue, input, output, addressAndSalt]) => {
    requireWritable(frame, 'a new contract');
    readDepositLimit(frame, high(depositAndValue));
    const value = frame.memory.readU256(low(depositAndValue));
    const hashAndInput = readInput(frame, 0, input);
    if (hashAndInput.length < CODE_HASH_SIZE) {
      throw new FrameError(
        'OutOfBounds',
        `expected a code hash of ${CODE_HASH_SIZE} bytes, got ${hashAndInput.length}`,
      );
    }
    const codeHash = toHex(hashAndInput.subarray(0, CODE_HASH_SIZE));
    const constructorData = hashAndInput.subarray(CODE_HASH_SIZE);
    const salt = low(addressAndSalt) === SENTINEL ? undefined : frame.memory.read(low(addressAndSalt), 32);
    const address = frame.transaction.newAddress(frame.context.address, codeHash, constructorData, salt);

    frame.returnData = new Uint8Array(0);
    const gas = frame.lend(refTime);
    const result = frame.transaction.instantiate({
      parent: frame,
      address,
      caller: frame.context.address,
      codeHash,
      input: constructorData,
      value,
      gas,
    });
    settle(frame, result);
    if (hasOutput(result)) writeOutput(frame, output, result.output);
    if (result.code === ReturnCode.Success && high(addressAndSalt) !== SENTINEL) {
      frame.memory.write(high(addressAndSalt), fromHex(address));
    }
    return result.code;
  },

  terminate: (frame, [beneficiary]): FrameEnd => {
    requireWritable(frame, 'the end of a contract');
    frame.state.terminate(frame.context.address, frame.memory.readAddress(low(beneficiary)));
    return { reverted: false, output: new Uint8Array(0) };
  },
};

function call(
  frame: Frame,
  flags: number,
  calleePointer: number,
  valuePointer: number,
  gas: bigint,
  input: bigint,
  output: bigint,
): number | FrameEnd {
  checkFlags(flags, CALL_FLAGS);
  const callee = frame.memory.readAddress(calleePointer);
  const value = frame.memory.readU256(valuePointer);
  const readOnly = frame.context.readOnly || (flags & READ_ONLY) !== 0;
  if (readOnly && value > 0n) throw new FrameError('StateChangeDenied', 'a payment in a read-only call');
  const data = readInput(frame, flags, input);

  return enter(frame, flags, output, () =>
    frame.transaction.call({
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
  gas: bigint,
  input: bigint,
  output: bigint,
): number | FrameEnd {
  checkFlags(flags, DELEGATE_CALL_FLAGS);
  const callee = frame.memory.readAddress(calleePointer);
  const data = readInput(frame, flags, input);
  return enter(frame, flags | ALLOW_REENTRY, output, () =>
    frame.transaction.delegateCall({ parent: frame, callee, input: data, gas: frame.lend(gas) }),
  );
}

/** Runs the other frame and hands its result over, by the rules that both kinds of call share. */
function enter(frame: Frame, flags: number, output: bigint, run: () => CallResult): number | FrameEnd {
  frame.returnData = new Uint8Array(0);
  frame.allowsReentry = (flags & ALLOW_REENTRY) !== 0;
  const result = run();
  frame.allowsReentry = true;
  settle(frame, result);

  if (!hasOutput(result)) frame.memory.writeU32(high(output), 0);
  else if ((flags & TAIL_CALL) !== 0) {
    return { reverted: result.code === ReturnCode.CalleeReverted, output: result.output };
  } else writeOutput(frame, output, result.output);
  return result.code;
}

function settle(frame: Frame, result: CallResult): void {
  frame.gasLeft -= result.gasUsed;
  if (hasOutput(result)) frame.returnData = result.output;
}

function hasOutput(result: CallResult): boolean {
  return result.code === ReturnCode.Success || result.code === ReturnCode.CalleeReverted;
}

/** `output` packs two pointers: to the capacity, which is overwritten with the length, and to the buffer. */
function writeOutput(frame: Frame, output: bigint, bytes: Uint8Array): void {
  if (low(output) !== SENTINEL) frame.memory.writeUpToCapacity(low(output), high(output), bytes);
}

function checkFlags(flags: number, allowed: number): void {
  if ((flags & ~allowed) !== 0) throw new FrameError('InvalidCallFlags', `call flags ${flags}`);
}

/** There are no storage deposits here, but a pointer to one that cannot be read is an error all the same. */
function readDepositLimit(frame: Frame, pointer: number): void {
  frame.memory.readU256(pointer);
}

/** `input` packs a length and a pointer. The flags may say to pass the frame's own call data on instead. */
function readInput(frame: Frame, flags: number, input: bigint): Uint8Array {
  if ((flags & CLONE_INPUT) !== 0) return inputOf(frame);
  if ((flags & FORWARD_INPUT) !== 0) {
    const own = inputOf(frame);
    frame.input = undefined;
    return own;
  }
  if (high(input) > MAX_CALL_DATA) throw new FrameError('CallDataTooLarge', `${high(input)} bytes of call data`);
  return frame.memory.read(low(input), high(input));
}
