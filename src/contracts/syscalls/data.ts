import { keccak_256 } from '@noble/hashes/sha3.js';
import { FrameError } from '../errors.js';
import type { Frame } from '../frame.js';
import { toHex } from '../hex.js';
import { MAX_EVENT_DATA, MAX_EVENT_TOPICS, MAX_RETURN_DATA } from '../limits.js';
import { capacity, input, output, type SyscallDefinition, u32 } from './syscall.js';

const REVERT = 1;
const WORD = 32;

/** What goes into a frame and comes out of it: call data, return data, events; and the hash of any of it. */
export const data = {
  call_data_size: {
    registers: [],
    result: 'u64',
    changesState: false,
    run: (frame) => frame.input?.length ?? 0,
  },

  call_data_load: {
    registers: [output('out', 'uint256'), u32('offset')],
    result: 'none',
    changesState: false,
    run(frame, out, offset) {
      const word = new Uint8Array(WORD);
      word.set(inputOf(frame).subarray(offset, offset + WORD));
      return frame.memory.write(out, word.reverse());
    },
  },

  call_data_copy: {
    registers: [output('out', 'bytes', 'len'), u32('len'), u32('offset')],
    result: 'none',
    changesState: false,
    run(frame, out, length, offset) {
      frame.memory.checkEnd(out, length);
      frame.chargeBytes(length);
      const present = inputOf(frame).subarray(offset, offset + length);
      frame.memory.write(out, present);
      if (length > present.length) frame.memory.writeZeros(out + present.length, length - present.length);
      return undefined;
    },
  },

  return_data_size: {
    registers: [],
    result: 'u64',
    changesState: false,
    run: (frame) => frame.returnData.length,
  },

  return_data_copy: {
    registers: [output('out', 'bytes', 'out_len'), capacity('out_len'), u32('offset')],
    result: 'none',
    changesState: false,
    run(frame, out, outLength, offset) {
      const { returnData } = frame;
      if (offset > returnData.length) {
        throw new FrameError('OutOfBounds', `return data of ${returnData.length} bytes read from ${offset} on`);
      }
      frame.chargeBytes(returnData.length - offset);
      return frame.memory.writeUpToCapacity(out, outLength, returnData.subarray(offset));
    },
  },

  seal_return: {
    registers: [u32('flags'), input('data', 'bytes', 'data_len'), u32('data_len')],
    result: 'never',
    changesState: false,
    run(frame, flags, pointer, length) {
      if ((flags & ~REVERT) !== 0) {
        throw new FrameError('InvalidCallFlags', `seal_return: got flags ${flags}, expected 0 or 1`);
      }
      if (length > MAX_RETURN_DATA) {
        throw new FrameError('ReturnDataTooLarge', `got ${length} bytes, expected at most ${MAX_RETURN_DATA}`);
      }
      frame.chargeBytes(length);
      return { reverted: flags === REVERT, output: frame.memory.read(pointer, length) };
    },
  },

  consume_all_gas: {
    registers: [],
    result: 'never',
    changesState: false,
    run(frame) {
      frame.gasLeft = 0;
      return { reverted: true, output: new Uint8Array(0) };
    },
  },

  hash_keccak_256: {
    registers: [input('in', 'bytes', 'in_len'), u32('in_len'), output('out', 'bytes32')],
    result: 'none',
    changesState: false,
    run(frame, pointer, length, out) {
      frame.memory.checkEnd(pointer, length);
      frame.chargeBytes(length);
      const hash = keccak_256.create();
      frame.memory.readChunks(pointer, length, (chunk) => hash.update(chunk));
      return frame.memory.write(out, hash.digest());
    },
  },

  deposit_event: {
    registers: [
      input('topics', 'bytes32', 'num_topics'),
      u32('num_topics'),
      input('data', 'bytes', 'data_len'),
      u32('data_len'),
    ],
    result: 'none',
    changesState: true,
    run(frame, topicsPointer, topicCount, pointer, length) {
      if (topicCount > MAX_EVENT_TOPICS) {
        throw new FrameError('TooManyTopics', `got ${topicCount} topics, expected at most ${MAX_EVENT_TOPICS}`);
      }
      if (length > MAX_EVENT_DATA) {
        throw new FrameError('ValueTooLarge', `got an event of ${length} bytes, expected at most ${MAX_EVENT_DATA}`);
      }
      frame.chargeBytes(length);
      const topics = frame.memory.read(topicsPointer, WORD * topicCount);
      frame.emit({
        address: frame.context.address,
        topics: Array.from({ length: topicCount }, (_, i) => toHex(topics.subarray(WORD * i, WORD * i + WORD))),
        data: toHex(frame.memory.read(pointer, length)),
      });
      return undefined;
    },
  },
} as const satisfies Readonly<Record<string, SyscallDefinition>>;

/** The call data, unless the frame has given it away. */
export function inputOf(frame: Frame): Uint8Array {
  if (frame.input === undefined) throw new FrameError('InputForwarded', 'call data read after it was given away');
  return frame.input;
}
