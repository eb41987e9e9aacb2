import { toHex } from '../bytes.js';
import { FrameError, ReturnCode } from '../errors.js';
import type { Frame } from '../frame.js';
import { MAX_IMMUTABLES, MAX_STORAGE_KEY, MAX_STORAGE_VALUE, MAX_TRANSIENT_STORAGE } from '../limits.js';
import { low, requireWritable, SENTINEL, type Syscalls } from './syscall.js';

const TRANSIENT = 1;
const WORD = 32;

/** What a contract keeps: storage, for good or until the end of the transaction, and immutables. */
export const storage: Syscalls = {
  get_storage: (frame, [flags, key, keyLength, out, outLength]) => {
    const value = load(frame, low(flags), readKey(frame, low(key), low(keyLength)));
    if (value === undefined) return ReturnCode.KeyNotFound;
    frame.memory.writeUpToCapacity(low(out), low(outLength), value);
    return ReturnCode.Success;
  },

  set_storage: (frame, [flags, key, keyLength, pointer, length]) => {
    requireWritable(frame, 'a storage write');
    if (low(length) > MAX_STORAGE_VALUE) throw new FrameError('ValueTooLarge', `a value of ${low(length)} bytes`);
    const value = frame.memory.read(low(pointer), low(length));
    return store(frame, low(flags), readKey(frame, low(key), low(keyLength)), value);
  },

  get_storage_or_zero: (frame, [flags, key, out]) => {
    const word = new Uint8Array(WORD);
    const value = load(frame, low(flags), readKey(frame, low(key), SENTINEL));
    if (value !== undefined) word.set(value.subarray(0, WORD));
    frame.memory.write(low(out), word);
  },

  set_storage_or_clear: (frame, [flags, key, pointer]) => {
    requireWritable(frame, 'a storage write');
    const word = frame.memory.read(low(pointer), WORD);
    const isZero = word.every((byte) => byte === 0);
    return store(frame, low(flags), readKey(frame, low(key), SENTINEL), isZero ? undefined : word);
  },

  set_immutable_data: (frame, [pointer, length]) => {
    if (frame.context.entry !== 'deploy')
      throw new FrameError('ImmutablesUnavailable', 'written outside a constructor');
    if (low(length) === 0) throw new FrameError('ImmutablesUnavailable', 'written empty');
    if (low(length) > MAX_IMMUTABLES) throw new FrameError('OutOfBounds', `${low(length)} bytes of immutables`);
    frame.state.setImmutables(frame.context.address, frame.memory.read(low(pointer), low(length)));
  },

  get_immutable_data: (frame, [out, outLength]) => {
    if (frame.context.entry === 'deploy') throw new FrameError('ImmutablesUnavailable', 'read inside a constructor');
    const immutables = frame.state.immutables(frame.context.codeAddress);
    if (immutables === undefined)
      throw new FrameError('ImmutablesUnavailable', `${frame.context.codeAddress} has none`);
    frame.memory.writeUpToCapacity(low(out), low(outLength), immutables);
  },
};

/** Keys of fixed and of variable size live apart, even where their bytes are the same. */
function readKey(frame: Frame, pointer: number, length: number): string {
  if (length === SENTINEL) return toHex(frame.memory.read(pointer, WORD));
  if (length > MAX_STORAGE_KEY) throw new FrameError('DecodingFailed', `a storage key of ${length} bytes`);
  return `variable ${toHex(frame.memory.read(pointer, length))}`;
}

function isTransient(flags: number): boolean {
  if ((flags & ~TRANSIENT) !== 0) throw new FrameError('InvalidStorageFlags', `storage flags ${flags}`);
  return flags === TRANSIENT;
}

function load(frame: Frame, flags: number, key: string): Uint8Array | undefined {
  return isTransient(flags)
    ? frame.state.transient(frame.context.address, key)
    : frame.state.storage(frame.context.address, key);
}

/** Stores or removes a value and answers with the length of the one before it. */
function store(frame: Frame, flags: number, key: string, value: Uint8Array | undefined): number {
  if (!isTransient(flags)) return frame.state.setStorage(frame.context.address, key, value)?.length ?? SENTINEL;
  const previous = frame.state.setTransient(frame.context.address, key, value);
  if (frame.state.transientSize > MAX_TRANSIENT_STORAGE) {
    throw new FrameError('OutOfTransientStorage', `${frame.state.transientSize} bytes`);
  }
  return previous?.length ?? SENTINEL;
}
