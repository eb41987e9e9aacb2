/**
 * What the JavaScript API of WebAssembly does not tell about a module's imports: the limits of its memory.
 */

const IMPORT_SECTION = 2;
const HEADER_SIZE = 8;
/** The kinds of imports, by the byte that stands for them. */
const Kind = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** The size in 64 KiB pages that a module asks of the memory it imports. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number | undefined;
}

/** Limits of the first memory that a valid WebAssembly module imports; undefined when it imports none. */
export function importedMemoryLimits(wasm: Uint8Array): MemoryLimits | undefined {
  const reader = new Reader(wasm, HEADER_SIZE);
  while (reader.position < wasm.length) {
    const section = reader.byte();
    const size = reader.leb();
    if (section === IMPORT_SECTION) return findMemory(reader);
    reader.position += size;
  }
  return undefined;
}

function findMemory(reader: Reader): MemoryLimits | undefined {
  for (let count = reader.leb(); count > 0; count--) {
    reader.skipName();
    reader.skipName();
    switch (reader.byte()) {
      case Kind.function:
        reader.leb();
        break;
      case Kind.table:
        reader.byte();
        reader.limits();
        break;
      case Kind.memory:
        return reader.limits();
      case Kind.global:
        reader.byte();
        reader.byte();
        break;
      case Kind.tag:
        reader.byte();
        reader.leb();
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
  ) {}

  byte(): number {
    return this.bytes[this.position++] ?? 0;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  leb(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    return value;
  }

  skipName(): void {
    const length = this.leb();
    this.position += length;
  }

  limits(): MemoryLimits {
    const hasMaximum = (this.byte() & 1) === 1;
    const initial = this.leb();
    return { initial, maximum: hasMaximum ? this.leb() : undefined };
  }
}
