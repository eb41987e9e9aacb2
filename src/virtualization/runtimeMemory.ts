import { HostTrapError } from './errors.js';
import { FatPointer } from './wire/index.js';

/**
 * The linear memory of a Wasm runtime, as its host functions see it. The runtime may grow its memory between any two
 * calls, which replaces the buffer: views are made anew whenever the buffer is not the one they were made for.
 */
export class RuntimeMemory {
  readonly #memory: () => WebAssembly.Memory;
  readonly #fat = new FatPointer();
  #buffer: ArrayBufferLike | undefined;
  #bytes = new Uint8Array(0);

  /** `memory` is called for every access, so that it may give a memory that exists only after instantiation. */
  constructor(memory: () => WebAssembly.Memory) {
    this.#memory = memory;
  }

  /**
   * All of the memory. Good until the runtime next runs.
   * @throws HostTrapError if the runtime has no memory.
   */
  bytes(): Uint8Array {
    const memory: WebAssembly.Memory | undefined = this.#memory();
    if (memory === undefined) {
      throw new HostTrapError(
        'memory: got undefined, expected the memory that the runtime imports as `env.memory` or exports as `memory`',
      );
    }
    const { buffer } = memory;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = new Uint8Array(buffer);
    }
    return this.#bytes;
  }

  /** Whether a range lies inside the memory. An empty one must as well. */
  contains(pointer: number, length: number): boolean {
    // Both are below 2^32, so the sum is exact and cannot wrap around.
    return pointer + length <= this.bytes().length;
  }

  /** The trap for a range that cannot be written back. Its message is the interface's, its cause says what is wrong. */
  writeTrap(pointer: number, length: number): HostTrapError {
    return new HostTrapError('memory write is out of bounds', { cause: this.#outside(pointer, length) });
  }

  #outside(pointer: number, length: number): RangeError {
    const range = `${length} bytes at 0x${pointer.toString(16)}`;
    return new RangeError(`memory: got ${range}, expected a range inside ${this.bytes().length} bytes`);
  }

  /**
   * The range that an argument passes for reading. The object is reused by the next call.
   * @throws HostTrapError if it is not inside the memory.
   */
  readable(value: bigint, argument: string, hostFunction: string): FatPointer {
    const fat = this.#fat.set(value);
    if (!this.contains(fat.pointer, fat.length)) {
      throw new HostTrapError(
        `memory read is out of bounds: could not marshal the '${argument}' argument through the WASM FFI boundary ` +
          `while executing '${hostFunction}' from interface 'Virtualization'`,
        { cause: this.#outside(fat.pointer, fat.length) },
      );
    }
    return fat;
  }

  /**
   * A copy of the bytes that an argument passes.
   * @throws HostTrapError if they are not inside the memory.
   */
  read(value: bigint, argument: string, hostFunction: string): Uint8Array {
    const { pointer, length } = this.readable(value, argument, hostFunction);
    return this.bytes().slice(pointer, pointer + length);
  }

  /** Like {@link read}, where pointer 0 with length 0 means that there is nothing. */
  readOption(value: bigint, argument: string, hostFunction: string): Uint8Array | undefined {
    return value === 0n ? undefined : this.read(value, argument, hostFunction);
  }
}
