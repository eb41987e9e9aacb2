import { FrameError, ReturnCode } from '../errors.js';
import type { Frame } from '../frame.js';
import { MAX_IMMUTABLES, MAX_STORAGE_KEY, MAX_STORAGE_VALUE, MAX_TRANSIENT_STORAGE } from '../limits.js';
import { fixedKey, type StorageKey, variableKey } from '../storageKey.js';
import { capacity, input, output, SENTINEL, type SyscallDefinition, u32 } from './syscall.js';

const TRANSIENT = 1;
const WORD = 32;

/** What a contract keeps: storage, for good or until the end of the transaction, and immutables. */
export const storage = {
  get_storage: {
    registers: [
      u32('flags'),
      input('key', 'bytes', 'key_len'),
      u32('key_len'),
      output('out', 'bytes', 'out_len'),
      capacity('out_len'),
    ],
    result: 'code',
    changesState: false,
    run(frame, flags, key, keyLength, out, outLength) {
      const value = load(frame, flags, readKey(frame, key, keyLength));
      if (value === undefined) return ReturnCode.KeyNotFound;
      frame.memory.writeUpToCapacity(out, outLength, value);
      return ReturnCode.Success;
    },
  },

  set_storage: {
    registers: [
      u32('flags'),
      input('key', 'bytes', 'key_len'),
      u32('key_len'),
      input('value', 'bytes', 'value_len'),
      u32('value_len'),
    ],
    result: 'length',
    changesState: true,
    run(frame, flags, key, keyLength, pointer, length) {
      if (length > MAX_STORAGE_VALUE) {
        throw new FrameError('ValueTooLarge', `got a value of ${length} bytes, expected at most ${MAX_STORAGE_VALUE}`);
      }
      frame.chargeBytes(length);
      const value = frame.memory.read(pointer, length);
      return store(frame, flags, readKey(frame, key, keyLength), value);
    },
  },

  get_storage_or_zero: {
    registers: [u32('flags'), input('key', 'bytes32'), output('out', 'bytes32')],
    result: 'none',
    changesState: false,
    run(frame, flags, key, out) {
      const word = new Uint8Array(WORD);
      const value = load(frame, flags, readKey(frame, key, SENTINEL));
      if (value !== undefined) word.set(value.subarray(0, WORD));
      return frame.memory.write(out, word);
    },
  },

  set_storage_or_clear: {
    registers: [u32('flags'), input('key', 'bytes32'), input('value', 'bytes32')],
    result: 'length',
    changesState: true,
    run(frame, flags, key, pointer) {
      frame.chargeBytes(WORD);
      const word = frame.memory.read(pointer, WORD);
      const isZero = word.every((byte) => byte === 0);
      return store(frame, flags, readKey(frame, key, SENTINEL), isZero ? undefined : word);
    },
  },

  set_immutable_data: {
    registers: [input('data', 'bytes', 'data_len'), u32('data_len')],
    result: 'none',
    // Only constructors may set immutables, and no read-only frame has one run.
    changesState: false,
    run(frame, pointer, length) {
      if (frame.context.entry !== 'deploy') {
        throw new FrameError('ImmutablesUnavailable', 'immutables written outside of the constructor');
      }
      if (length === 0) throw new FrameError('ImmutablesUnavailable', 'got 0 bytes of immutables, expected some');
      if (length > MAX_IMMUTABLES) {
        throw new FrameError('OutOfBounds', `got ${length} bytes of immutables, expected at most ${MAX_IMMUTABLES}`);
      }
      frame.chargeBytes(length);
      frame.state.setImmutables(frame.context.address, frame.memory.read(pointer, length));
      return undefined;
    },
  },

  get_immutable_data: {
    registers: [output('out', 'bytes', 'out_len'), capacity('out_len')],
    result: 'none',
    changesState: false,
    run(frame, out, outLength) {
      if (frame.context.entry === 'deploy') {
        throw new FrameError('ImmutablesUnavailable', 'immutables read in the constructor');
      }
      const immutables = frame.state.immutables(frame.context.codeAddress);
      if (immutables === undefined) {
        throw new FrameError('ImmutablesUnavailable', `the contract ${frame.context.codeAddress} has set none`);
      }
      frame.chargeBytes(immutables.length);
      return frame.memory.writeUpToCapacity(out, outLength, immutables);
    },
  },
} as const satisfies Readonly<Record<string, SyscallDefinition>>;

function readKey(frame: Frame, pointer: number, length: number): StorageKey {
  if (length === SENTINEL) return fixedKey(frame.memory.read(pointer, WORD));
  if (length > MAX_STORAGE_KEY) {
    throw new FrameError('DecodingFailed', `got a storage key of ${length} bytes, expected at most ${MAX_STORAGE_KEY}`);
  }
  return variableKey(frame.memory.read(pointer, length));
}

function isTransient(flags: number): boolean {
  if ((flags & ~TRANSIENT) !== 0) {
    throw new FrameError('InvalidStorageFlags', `got storage flags ${flags}, expected 0 or 1`);
  }
  return flags === TRANSIENT;
}

function load(frame: Frame, flags: number, key: StorageKey): Uint8Array | undefined {
  const { address } = frame.context;
  const transient = isTransient(flags);
  const value = transient ? frame.state.transient(address, key) : frame.state.storage(address, key);
  frame.tracer?.storage?.({ access: 'read', transient, address, key, value });
  return value;
}

/** Stores or removes a value and answers with the length of the one before it. */
function store(frame: Frame, flags: number, key: StorageKey, value: Uint8Array | undefined): number {
  const { address } = frame.context;
  const transient = isTransient(flags);
  const previous = transient
    ? frame.state.setTransient(address, key, value)
    : frame.state.setStorage(address, key, value);
  if (transient && frame.state.transientSize > MAX_TRANSIENT_STORAGE) {
    throw new FrameError(
      'OutOfTransientStorage',
      `got ${frame.state.transientSize} bytes in transient storage, expected at most ${MAX_TRANSIENT_STORAGE}`,
    );
  }
  frame.tracer?.storage?.({ access: 'write', transient, address, key, value, previous });
  return previous?.length ?? SENTINEL;
}
