import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../bytes.js';
import { FrameError } from '../errors.js';
import type { Frame, FrameEnd } from '../frame.js';
import { MAX_EVENT_DATA, MAX_EVENT_TOPICS, MAX_RETURN_DATA } from '../limits.js';
import { low, requireWritable, type Syscalls } from './syscall.js';

const REVERT = 1;

/** What goes into a frame and comes out of it: call data, return data, events; and the hash of any of it. */
export const data: Syscalls = {
  call_data_size: (frame) => frame.input?.length ?? 0,

  call_data_load: (frame, [out, offset]) => {
    const start = low(offset);
    const word = new Uint8Array(32);
    word.set(inputOf(frame).subarray(start, start + 32));
    frame.memory.write(low(out), word.reverse());
  },

  call_data_copy: (frame, [out, length, offset]) => {
    const start = low(offset);
    const present = inputOf(frame).subarray(start, start + low(length));
    frame.memory.write(low(out), present);
    frame.memory.writeZeros(low(out) + present.length, low(length) - present.length);
  },

  return_data_size: (frame) => frame.returnData.length,

  return_data_copy: (frame, [out, outLength, offset]) => {
    const start = low(offset);
    if (start > frame.returnData.length) {
      throw new FrameError('OutOfBounds', `return data of ${frame.returnData.length} bytes read from ${start} on`);
    }
    frame.memory.writeUpToCapacity(low(out), low(outLength), frame.returnData.subarray(start));
  },

  seal_return: (frame, [flags, pointer, length]): FrameEnd => {
    const bits = low(flags);
    if ((bits & ~REVERT) !== 0) throw new FrameError('InvalidCallFlags', `seal_return with flags ${bits}`);
    if (low(length) > MAX_RETURN_DATA) throw new FrameError('ReturnDataTooLarge', `${low(length)} bytes`);
    return { reverted: bits === REVERT, output: frame.memory.read(low(pointer), low(length)) };
  },

  consume_all_gas: (frame): FrameEnd => {
    frame.gasLeft = 0n;
    return { reverted: true, output: new Uint8Array(0) };
  },

  hash_keccak_256: (frame, [pointer, length, out]) => {
    const hash = keccak_256.create();
    frame.memory.readChunks(low(pointer), low(length), (chunk) => hash.update(chunk));
    frame.memory.write(low(out), hash.digest());
  },

  deposit_event: (frame, [topicsPointer, topicCount, dataPointer, dataLength]) => {
    requireWritable(frame, 'an event');
    if (low(topicCount) > MAX_EVENT_TOPICS) throw new FrameError('TooManyTopics', `${low(topicCount)} topics`);
    if (low(dataLength) > MAX_EVENT_DATA) throw new FrameError('ValueTooLarge', `an event of ${low(dataLength)} bytes`);
    const topics = frame.memory.read(low(topicsPointer), 32 * low(topicCount));
    frame.state.emit({
      address: frame.context.address,
      topics: Array.from({ length: low(topicCount) }, (_, i) => toHex(topics.subarray(32 * i, 32 * i + 32))),
      data: frame.memory.read(low(dataPointer), low(dataLength)),
    });
  },
};

/** The call data, unless the frame has given it away. */
export function inputOf(frame: Frame): Uint8Array {
  if (frame.input === undefined) throw new FrameError('InputForwarded', 'call data read after it was given away');
  return frame.input;
}
