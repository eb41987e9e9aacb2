import { EMPTY_BLOCK, type ValueType, Wasm } from './wasmOpcodes.js';

const INITIAL_SIZE = 1 << 12;

const NO_BYTES = new Uint8Array();
/** What the last writer that has finished wrote to, so that not each one has to get a buffer and let it grow. */
let spare = NO_BYTES;

/** Writes the body of one WebAssembly function. Methods are named after the instructions that they append. */
export class CodeWriter {
  #bytes = takeSpare();
  #length = 0;
  #depth = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** How many blocks are open. A label at depth `d`, as returned by {@link block}, is `depth - d` levels out. */
  get depth(): number {
    return this.#depth;
  }

  /** The code written so far. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The code, after which nothing more can be written. */
  finish(): Uint8Array {
    const code = this.#bytes.slice(0, this.#length);
    spare = this.#bytes;
    this.#bytes = NO_BYTES;
    this.#length = 0;
    return code;
  }

  /** An instruction without immediates. */
  op(code: Wasm): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = code;
  }

  localGet(index: number): void {
    this.#withIndex(Wasm.localGet, index);
  }

  localSet(index: number): void {
    this.#withIndex(Wasm.localSet, index);
  }

  localTee(index: number): void {
    this.#withIndex(Wasm.localTee, index);
  }

  i32Const(value: number): void {
    this.op(Wasm.i32Const);
    this.#signed(value | 0);
  }

  /** A 64-bit constant that is the sign extension of 32 bits. */
  i64Const(value: number): void {
    this.op(Wasm.i64Const);
    this.#signed(value | 0);
  }

  /** A 64-bit constant by its halves. */
  i64ConstHalves(low: number, high: number): void {
    if (high === low >> 31) {
      this.i64Const(low);
      return;
    }
    this.op(Wasm.i64Const);
    let lo = low;
    let hi = high;
    for (;;) {
      const byte = lo & 0x7f;
      lo = (lo >>> 7) | (hi << 25);
      hi >>= 7;
      const isLast = hi === lo >> 31 && (lo === 0 || lo === -1) && (lo & 0x40) === (byte & 0x40);
      if (isLast) {
        this.op(byte);
        return;
      }
      this.op(byte | 0x80);
    }
  }

  /** A load or store: alignment is given as 0 throughout, since guest addresses may have any. */
  memory(code: Wasm, offset: number): void {
    this.#withIndex(code, 0);
    this.#unsigned(offset);
  }

  /** Opens a block; the result is its label. */
  block(type: ValueType | typeof EMPTY_BLOCK = EMPTY_BLOCK): number {
    return this.#open(Wasm.block, type);
  }

  loop(): number {
    return this.#open(Wasm.loop, EMPTY_BLOCK);
  }

  if(): number {
    return this.#open(Wasm.if, EMPTY_BLOCK);
  }

  else(): void {
    this.op(Wasm.else);
  }

  end(): void {
    this.op(Wasm.end);
    this.#depth--;
  }

  /** Branches to a label that {@link block} or {@link loop} returned. */
  br(label: number): void {
    this.#withIndex(Wasm.br, this.#depth - label);
  }

  brIf(label: number): void {
    this.#withIndex(Wasm.brIf, this.#depth - label);
  }

  brTable(labels: readonly number[], otherwise: number): void {
    this.op(Wasm.brTable);
    this.#unsigned(labels.length);
    for (const label of labels) this.#unsigned(this.#depth - label);
    this.#unsigned(this.#depth - otherwise);
  }

  call(index: number): void {
    this.#withIndex(Wasm.call, index);
  }

  returnCall(index: number): void {
    this.#withIndex(Wasm.returnCall, index);
  }

  /** A call through table 0, by the index on the stack. */
  callIndirect(type: number, isTail: boolean): void {
    this.#withIndex(isTail ? Wasm.returnCallIndirect : Wasm.callIndirect, type);
    this.op(0);
  }

  /** An instruction with an index. Most have two bytes, and those that have make up most of the code. */
  #withIndex(code: Wasm, index: number): void {
    const length = this.#length;
    if (index > 0x7f || length + 2 > this.#bytes.length) {
      this.op(code);
      this.#unsigned(index);
      return;
    }
    this.#bytes[length] = code;
    this.#bytes[length + 1] = index;
    this.#length = length + 2;
  }

  #open(code: Wasm, type: number): number {
    this.op(code);
    this.op(type);
    return ++this.#depth;
  }

  #unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.op((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.op(rest);
  }

  #signed(value: number): void {
    let rest = value;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
        this.op(byte);
        return;
      }
      this.op(byte | 0x80);
    }
  }

  #grow(): void {
    const longer = new Uint8Array(2 * this.#bytes.length);
    longer.set(this.#bytes);
    this.#bytes = longer;
  }
}

function takeSpare(): Uint8Array<ArrayBuffer> {
  const bytes = spare.length > 0 ? spare : new Uint8Array(INITIAL_SIZE);
  spare = NO_BYTES;
  return bytes;
}
