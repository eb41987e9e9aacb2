/**
 * Loads and stores, with the checks that make them exactly as safe as the interpreter's.
 */
import { INSTRUCTIONS, Op, REGISTER_COUNT, SP } from '../isa/index.js';
import { READ_WRITE_LENGTH_OFFSET } from '../memory/index.js';
import type { Access, AccessGroup, LinearOffset, RegionHint } from './addressing.js';
import { accessWidth, type BlockInstruction } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { type CompilerContext, RegionExit } from './regionContext.js';
import { Wasm } from './wasmOpcodes.js';

/** A region of guest memory: where it is for the guest, how long it is at least, and where it is in linear memory. */
interface Region {
  readonly base: number;
  readonly length: number;
  readonly offset: number;
}

interface AccessCode {
  readonly code32: Wasm;
  readonly code64: Wasm;
}

interface LoadCode extends AccessCode {
  readonly isUnsigned: boolean;
}

interface StoreCode extends AccessCode {
  readonly isImmediate: boolean;
}

/** A guess about what a memory access hits, which others may rely on. */
export interface MemoryGuess {
  readonly pc: number;
  readonly hint: RegionHint;
}

const NO_LOCALS: readonly number[] = [];

/** No region begins before it: so much less than an address of a region does not wrap around. */
const LOWEST_ADDRESS = 0x10000;

/** Emits the memory accesses of one node after the other. */
export class MemoryCode {
  readonly #emitter: Emitter;
  readonly #canGrow: boolean;
  readonly #stack: Region;
  readonly #readWrite: Region;
  readonly #readOnly: Region;
  readonly #writable: readonly Region[];
  readonly #readable: readonly Region[];
  /** For each group whose check has been made, by its number, the local with the linear address of its start. */
  readonly #starts: (number | undefined)[] = [];

  /** @param canGrow whether the program can grow its heap, so that the end of the read-write region is not known */
  constructor(emitter: Emitter, { map, layout }: CompilerContext, canGrow: boolean) {
    this.#emitter = emitter;
    this.#canGrow = canGrow;
    this.#stack = { base: map.stackLow, length: map.stackSize, offset: layout.stack };
    this.#readWrite = { base: map.readWriteBase, length: map.readWriteSize, offset: layout.readWrite };
    this.#readOnly = { base: map.readOnlyBase, length: map.readOnlySize, offset: layout.readOnly };
    this.#writable = [this.#readWrite, this.#stack];
    this.#readable = [...this.#writable, this.#readOnly];
  }

  /** By number of the group. */
  readonly #isOnStack: (boolean | undefined)[] = [];
  /** For groups whose local is relative to a region, by number, where that region is in linear memory. */
  readonly #linearOffset: (number | undefined)[] = [];
  #held: number[] = [];
  /** Code offsets of the accesses for which a guess was made: that they go to one region, or that others follow. */
  readonly guesses: MemoryGuess[] = [];

  /** The locals of groups with accesses in other nodes as well, which were made since this was last asked. */
  takeHeld(): readonly number[] {
    if (this.#held.length === 0) return NO_LOCALS;
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Emits a load or store. Returns false when it always leaves the region. */
  access(instruction: BlockInstruction, access: Access): boolean {
    const { code } = this.#emitter;
    const { op, pc } = instruction;
    const width = accessWidth(op);
    if (access.kind === 'static') {
      const offset = this.#staticOffset(access.address, width, isStore(op));
      if (offset < 0) {
        this.#emitter.exit(RegionExit.interpret, pc);
        return false;
      }
      code.i32Const(0);
      this.#transfer(instruction, offset);
      return true;
    }
    if (access.kind === 'ranged') {
      this.#emitter.get32(access.base);
      if (access.add !== 0) {
        code.i32Const(access.add);
        code.op(Wasm.i32Add);
      }
      this.#transfer(instruction, access.offset);
      return true;
    }
    const { group } = access;
    const local = this.#start(group, pc);
    code.localGet(local);
    if (instruction === group.last && !group.spansNodes) this.#emitter.release([local]);
    this.#transfer(instruction, access.offset - group.min + (this.#linearOffset[group.number] ?? 0));
    return true;
  }

  /** Whether the code of an access may leave the region. */
  mayLeave(instruction: BlockInstruction, access: Access): boolean {
    if (access.kind === 'ranged') return false;
    if (access.kind === 'grouped') return access.isFirst && this.#isOnStack[access.group.number] !== true;
    return this.#staticOffset(access.address, accessWidth(instruction.op), isStore(instruction.op)) < 0;
  }

  /** Says that all accesses of a group are known to be on the stack. */
  trustOnStack(group: AccessGroup): void {
    this.#isOnStack[group.number] = true;
  }

  /**
   * Leaves for a reason unless a range relative to the stack pointer lies in the stack.
   *
   * @returns whether it can lie there at all
   */
  checkStack(min: number, end: number, reason: RegionExit, pc: number): boolean {
    const { base, length } = this.#stack;
    const span = end - min;
    if (span > length) return false;
    const { code } = this.#emitter;
    this.#emitter.get32(SP);
    code.i32Const((min - base) | 0);
    code.op(Wasm.i32Add);
    code.i32Const(length - span + 1);
    code.op(Wasm.i32GeU);
    code.if();
    this.#emitter.exit(reason, pc);
    code.end();
    return true;
  }

  /** Where a constant address is in linear memory, or -1 when only the interpreter can tell what happens. */
  #staticOffset(address: number, width: number, store: boolean): number {
    const linear = this.linearOffset(address, address + width, store);
    return linear === undefined ? -1 : address + linear;
  }

  /** {@link LinearOffset} */
  readonly linearOffset: LinearOffset = (low, end, isStore) => {
    const regions = isStore ? this.#writable : this.#readable;
    for (const { base, length, offset } of regions) {
      if (low >= base && end <= base + length) return offset - base;
    }
    return undefined;
  };

  /** The local with the linear address of a group's first byte; makes the check if this is the first access. */
  #start(group: AccessGroup, pc: number): number {
    const known = this.#starts[group.number];
    if (known !== undefined) return known;
    const { code } = this.#emitter;
    const local = group.spansNodes ? this.#emitter.heldI32() : this.#emitter.temporaryI32();
    if (group.spansNodes) this.#held.push(local);
    this.#starts[group.number] = local;
    if (this.#isOnStack[group.number] === true) {
      this.#emitter.get32(group.base);
      code.i32Const((group.min - group.baseDelta - this.#stack.base + this.#stack.offset) | 0);
      code.op(Wasm.i32Add);
      code.localSet(local);
      return local;
    }
    const span = group.end - group.min;
    const hinted = this.#hintedRegion(group);
    if (hinted !== undefined) {
      this.#startInRegion(group, hinted, local, pc);
      return local;
    }
    if (group.spansNodes) this.guesses.push({ pc, hint: group.hint });
    const regions = [this.#readWrite, this.#stack];
    if (!group.hasStore) regions.push(this.#readOnly);
    const possible = regions.filter((region) => region.length >= span || (region === this.#readWrite && this.#canGrow));
    // The address relative to the region that is tried; each next one is a constant away.
    this.#emitter.get32(group.base);
    let relativeTo = 0;
    let add = group.min - group.baseDelta;
    for (const { base, length, offset } of possible) {
      if (relativeTo !== 0) code.localGet(local);
      add = (add + relativeTo - base) | 0;
      if (add !== 0) {
        code.i32Const(add);
        code.op(Wasm.i32Add);
      }
      code.localTee(local);
      if (base === this.#readWrite.base && this.#canGrow) {
        this.#pushIsInGrown(span);
      } else {
        code.i32Const(length - span + 1);
        code.op(Wasm.i32LtU);
      }
      code.if();
      code.localGet(local);
      code.i32Const(offset);
      code.op(Wasm.i32Add);
      code.localSet(local);
      code.else();
      relativeTo = base;
      add = 0;
    }
    if (possible.length === 0) code.op(Wasm.drop);
    this.#emitter.exit(RegionExit.interpret, pc);
    for (const _ of possible) code.end();
    return local;
  }

  /** Whether one check at the header of a counted loop can serve all accesses of a group. */
  isCheckedAhead(group: AccessGroup): boolean {
    const isOfRegister = group.root < REGISTER_COUNT && group.root !== SP;
    return isOfRegister && this.#isOnStack[group.number] !== true && this.#hintedRegion(group) !== undefined;
  }

  /** Branches to a label unless all accesses of a group will be legal. */
  checkAhead(group: AccessGroup, label: number): void {
    const { code } = this.#emitter;
    const local = this.#emitter.heldI32();
    this.#held.push(local);
    this.#starts[group.number] = local;
    group.spansNodes = true;
    this.#pushIsOutside(group, group.root, 0, this.#hintedRegion(group)!, local);
    code.brIf(label);
  }

  /** The one region to check, if there is a good guess which it is. */
  #hintedRegion(group: AccessGroup): Region | undefined {
    const region = [undefined, this.#readWrite, this.#stack, this.#readOnly][group.hint];
    if (region === undefined || region.length < group.end - group.min) return undefined;
    return region === this.#readOnly && group.hasStore ? undefined : region;
  }

  /** Checks one region only: whatever else the access may hit, the interpreter sees to it. */
  #startInRegion(group: AccessGroup, region: Region, local: number, pc: number): void {
    const { code } = this.#emitter;
    this.#pushIsOutside(group, group.base, group.baseDelta, region, local);
    code.if();
    this.#emitter.exit(RegionExit.interpret, pc);
    code.end();
    this.guesses.push({ pc, hint: group.hint });
  }

  /**
   * Pushes whether any access of a group is outside of a region, and keeps in a local from where on they are: where the
   * region is not before its place for the guest, that is the guest's address, which does not have to be computed first.
   *
   * @param register has the group's common value plus `delta`
   */
  #pushIsOutside(group: AccessGroup, register: number, delta: number, region: Region, local: number): void {
    const { base, length, offset } = region;
    const { code } = this.#emitter;
    const span = group.end - group.min;
    const min = group.min - delta;
    const isGuestAddress = offset >= base && min >= base - offset && min + span <= LOWEST_ADDRESS;
    this.#linearOffset[group.number] = isGuestAddress ? min + offset - base : offset;
    this.#emitter.get32(register);
    if (isGuestAddress) code.localTee(local);
    code.i32Const((min - base) | 0);
    code.op(Wasm.i32Add);
    if (!isGuestAddress) code.localTee(local);
    if (region === this.#readWrite && this.#canGrow) {
      code.i32Const(0);
      code.memory(Wasm.i32Load, READ_WRITE_LENGTH_OFFSET);
      code.i32Const(span);
      code.op(Wasm.i32Sub);
      code.op(Wasm.i32GtU);
    } else {
      code.i32Const(length - span + 1);
      code.op(Wasm.i32GeU);
    }
  }

  /** With the start of a range relative to the read-write region on the stack: whether the range ends inside of it. */
  #pushIsInGrown(span: number): void {
    const { code } = this.#emitter;
    code.op(Wasm.i64ExtendI32U);
    code.i64Const(span);
    code.op(Wasm.i64Add);
    code.i32Const(0);
    code.memory(Wasm.i64Load32U, READ_WRITE_LENGTH_OFFSET);
    code.op(Wasm.i64LeU);
  }

  /** The load or store itself; the address is on the stack. */
  #transfer(instruction: BlockInstruction, offset: number): void {
    const { op, r0, imm1 } = instruction;
    const emitter = this.#emitter;
    const { code } = emitter;
    const load = LOADS.get(op);
    if (load !== undefined) {
      if (emitter.is64Bit && load.code32 !== load.code64) {
        code.memory(load.code32, offset);
        if (load.isUnsigned) emitter.setU32(r0);
        else emitter.set32(r0);
        return;
      }
      code.memory(emitter.is64Bit ? load.code64 : load.code32, offset);
      emitter.set(r0);
      return;
    }
    const store = STORES.get(op)!;
    if (store.isImmediate) emitter.constant(imm1);
    else emitter.get(r0);
    code.memory(emitter.is64Bit ? store.code64 : store.code32, offset);
  }
}

function isStore(op: Op): boolean {
  return STORES.has(op);
}

// biome-ignore format: a table reads best in columns
const LOADS: ReadonlyMap<Op, LoadCode> = new Map<Op, LoadCode>(
  ([
    [Op.load_u8, Op.load_indirect_u8, Wasm.i32Load8U, Wasm.i64Load8U],
    [Op.load_i8, Op.load_indirect_i8, Wasm.i32Load8S, Wasm.i64Load8S],
    [Op.load_u16, Op.load_indirect_u16, Wasm.i32Load16U, Wasm.i64Load16U],
    [Op.load_i16, Op.load_indirect_i16, Wasm.i32Load16S, Wasm.i64Load16S],
    [Op.load_u32, Op.load_indirect_u32, Wasm.i32Load, Wasm.i64Load32U],
    [Op.load_i32, Op.load_indirect_i32, Wasm.i32Load, Wasm.i64Load32S],
    [Op.load_u64, Op.load_indirect_u64, Wasm.i64Load, Wasm.i64Load],
  ] as const).flatMap(([absolute, indirect, code32, code64]) => [
    [absolute, { code32, code64, isUnsigned: INSTRUCTIONS[absolute]!.name.startsWith('load_u') }],
    [indirect, { code32, code64, isUnsigned: INSTRUCTIONS[absolute]!.name.startsWith('load_u') }],
  ]),
);

// biome-ignore format: a table reads best in columns
const STORES: ReadonlyMap<Op, StoreCode> = new Map<Op, StoreCode>(
  ([
    [Op.store_u8, Op.store_indirect_u8, Op.store_imm_u8, Op.store_imm_indirect_u8, Wasm.i32Store8, Wasm.i64Store8],
    [Op.store_u16, Op.store_indirect_u16, Op.store_imm_u16, Op.store_imm_indirect_u16, Wasm.i32Store16, Wasm.i64Store16],
    [Op.store_u32, Op.store_indirect_u32, Op.store_imm_u32, Op.store_imm_indirect_u32, Wasm.i32Store, Wasm.i64Store32],
    [Op.store_u64, Op.store_indirect_u64, Op.store_imm_u64, Op.store_imm_indirect_u64, Wasm.i64Store, Wasm.i64Store],
  ] as const).flatMap(([absolute, indirect, immediate, immediateIndirect, code32, code64]) => [
    [absolute, { code32, code64, isImmediate: false }],
    [indirect, { code32, code64, isImmediate: false }],
    [immediate, { code32, code64, isImmediate: true }],
    [immediateIndirect, { code32, code64, isImmediate: true }],
  ]),
);
