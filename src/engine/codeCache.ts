import type { CompleteOptions } from './options.js';
import type { ProgramCode } from './programCode.js';

/** What the code of a program takes besides what grows with the program: as much as a blob of so many bytes. */
const BASE_BYTES = 8192;

/** A blob's code, with the bytes that it was made of. */
interface CachedCode {
  readonly blob: Uint8Array;
  readonly code: ProgramCode;
}

/** Finds the code of a program again when the same bytes are compiled again with the same options. */
export class CodeCache {
  readonly #maxBytes: number;
  /** The one that was asked for last comes last. */
  readonly #codes = new Map<string, CachedCode>();
  #bytes = 0;

  /** @param maxBytes how large the blobs may be together, each counted with {@link BASE_BYTES}; their code is larger */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The code of a program.
   *
   * @param make makes it if it is not there. The blob that it is given is a copy, which nobody will change.
   */
  codeOf(blob: Uint8Array, options: CompleteOptions, make: (blob: Uint8Array) => ProgramCode): ProgramCode {
    const { costModel } = options;
    // A table has no name to be found by, and a blob that leaves no room for others would cost more than it saves.
    if (typeof costModel !== 'string' || sizeOf(blob) > this.#maxBytes / 2) return make(blob.slice());
    const key = `${hash(blob)} ${JSON.stringify(options)}`;
    const known = this.#codes.get(key);
    if (known !== undefined) this.#remove(key, known);
    // Anybody can make two blobs of one hash.
    const code = known !== undefined && isEqual(known.blob, blob) ? known : this.#make(blob, make);
    this.#codes.set(key, code);
    this.#bytes += sizeOf(code.blob);
    for (const [oldest, old] of this.#codes) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest, old);
    }
    return code.code;
  }

  #make(blob: Uint8Array, make: (blob: Uint8Array) => ProgramCode): CachedCode {
    const copy = blob.slice();
    return { blob: copy, code: make(copy) };
  }

  #remove(key: string, { blob }: CachedCode): void {
    this.#codes.delete(key);
    this.#bytes -= sizeOf(blob);
  }
}

/** One for the whole process. With all of their code compiled, so many bytes of programs take some 200 MB. */
export const codeCache = new CodeCache(1 << 22);

function sizeOf(blob: Uint8Array): number {
  return BASE_BYTES + blob.length;
}

/** FNV-1a over words, and over the bytes that are left. */
function hash(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.length & ~3;
  let hash = 0x811c9dc5;
  for (let i = 0; i < words; i += 4) hash = Math.imul(hash ^ view.getInt32(i, true), 0x01000193);
  for (let i = words; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
