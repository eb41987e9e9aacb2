/**
 * A region: the part of a program that becomes one WebAssembly function.
 */

import { INSTRUCTIONS, Op, type OperandRole, REGISTER_COUNT } from '../isa/index.js';
import { GAS_OFFSET, REGISTERS_OFFSET } from '../memory/index.js';
import { InstructionDecoder } from '../program/index.js';
import { type BlockInstruction, blockInstruction, planAccesses } from './addressing.js';
import { emitArithmetic } from './arithmeticCode.js';
import { emitCondition } from './branchCode.js';
import { Emitter, LOCAL } from './emitter.js';
import { MemoryCode } from './memoryCode.js';
import { type BasicBlock, Ending, type ProgramGraph } from './programGraph.js';
import { type CompilerContext, EXIT_BITS, RegionExit } from './regionContext.js';
import { DISPATCHER, Structure } from './structure.js';
import { encodeModule } from './wasmModule.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

/** A place that the region's function knows by number: where it can be entered, or to where it can jump. */
export interface RegionEntry {
  /** Code offset of the next instruction. */
  readonly pc: number;
  /** Whether that is in the middle of a basic block, behind a host call, so that the block has been paid for. */
  readonly isPaid: boolean;
  /** Whether it is in the region. */
  readonly isInside: boolean;
}

/** An `ecalli` in a region. */
export interface HostCall {
  readonly pc: number;
  /** What it asks for, a u32. */
  readonly number: number;
  /** Code offset of the instruction behind it. */
  readonly next: number;
}

/** The code of a region. */
export interface RegionCode {
  /** The WebAssembly module. */
  readonly wasm: Uint8Array;
  /** The function's body alone. */
  readonly body: Uint8Array;
  /** Entries by the number that the function takes. */
  readonly entries: readonly RegionEntry[];
  /** Host calls by the number that the function returns. */
  readonly hostCalls: readonly HostCall[];
  /** With less gas than this the function may do nothing but ask for more. */
  readonly minimumGas: number;
}

/** Largest number of jump table entries from the first that leads into the region to the last. */
const MAX_JUMPS = 1 << 14;
/** Gas that the function takes at a time. Between two portions it returns, so that optimised code can take its place. */
const GAS_PORTION = 2_000_000;
/** Checks per portion at least; a larger cost makes larger portions. */
const PORTION_CHECKS = 16;

/** A basic block, or the part of one behind a host call. */
interface Node {
  readonly block: BasicBlock;
  /** Position of the block in the graph. */
  readonly index: number;
  readonly entry: RegionEntry;
  readonly cost: number;
  readonly instructions: readonly BlockInstruction[];
  /** The instruction that ends the node: the last of the block, or a host call. */
  readonly last: BlockInstruction;
}

/**
 * Compiles blocks of a program into one function.
 *
 * @param isEntry which of the blocks can be reached from outside of the region, other than by the jump table
 */
export function compileRegion(
  context: CompilerContext,
  graph: ProgramGraph,
  blocks: readonly number[],
  isEntry: (block: number) => boolean,
): RegionCode {
  return new RegionCompiler(context, graph, blocks, isEntry).compile();
}

class RegionCompiler {
  readonly #context: CompilerContext;
  readonly #graph: ProgramGraph;
  readonly #emitter: Emitter;
  readonly #memory: MemoryCode;
  /** Nodes by number; 0 is the dispatcher. */
  readonly #nodes: Node[] = [];
  /** For each block in the region the number of its node. */
  readonly #nodeOf = new Map<number, number>();
  readonly #structure: Structure;
  readonly #worst: Float64Array;
  /** First and one past the last jump table entry that leads into the region; none where they are too far apart. */
  #firstJump = 0;
  #endJump = 0;
  /** For each entry the node to which the dispatcher goes, or the dispatcher where that is not in the region. */
  readonly #dispatchTo: number[] = [];
  /** For each node the number of its entry. */
  readonly #entryNumber: Int32Array;
  /** For each header of an inner loop the last number of an entry inside of it. */
  readonly #lastInner: Int32Array;
  /** Number of the first entry that is the header of an inner loop. */
  #firstInner = 0;
  /** Labels by node, for nodes that are branched to. */
  readonly #labels: Int32Array;
  readonly #loopLabels: Int32Array;
  readonly #isMetered: boolean;
  readonly #hostCalls: HostCall[] = [];
  #dispatchLabel = 0;

  constructor(
    context: CompilerContext,
    graph: ProgramGraph,
    blocks: readonly number[],
    isEntry: (block: number) => boolean,
  ) {
    this.#context = context;
    this.#graph = graph;
    this.#emitter = new Emitter(context.program.isa.is64Bit);
    this.#memory = new MemoryCode(this.#emitter, context);
    this.#isMetered = context.costOfBlock !== undefined;
    const entries = this.#makeNodes(blocks, isEntry);
    const successors = this.#nodes.map((node, number) => (number === DISPATCHER ? [] : this.#successors(node)));
    this.#structure = new Structure({ successors }, entries);
    this.#worst = this.#structure.worstPaths((number) => this.#nodes[number]!.cost);
    this.#labels = new Int32Array(this.#nodes.length);
    this.#loopLabels = new Int32Array(this.#nodes.length);
    this.#entryNumber = new Int32Array(this.#nodes.length);
    this.#lastInner = new Int32Array(this.#nodes.length);
  }

  compile(): RegionCode {
    const { code } = this.#emitter;
    const entries = this.#numberEntries();
    const used = this.#usedRegisters();
    const minimumGas = this.#worst.reduce((most, cost) => Math.max(most, cost), 1);
    this.#prologue(used, minimumGas);
    this.#emitter.exitLabel = code.block(ValueType.i32);
    this.#dispatchLabel = code.loop();
    this.#dispatcher();
    code.end();
    code.op(Wasm.unreachable);
    code.end();
    this.#epilogue(used);
    const registerType = this.#emitter.is64Bit ? ValueType.i64 : ValueType.i32;
    const locals = [
      ...Array.from({ length: REGISTER_COUNT }, () => registerType),
      ValueType.i64,
      ValueType.i64,
      ValueType.i32,
      ...this.#emitter.temporaries,
    ];
    const body = code.bytes();
    const wasm = encodeModule({ parameters: [ValueType.i32], locals, code: body });
    return { wasm, body, entries, hostCalls: this.#hostCalls, minimumGas };
  }

  /** Makes the nodes of all blocks and returns those that the dispatcher has to know. */
  #makeNodes(blocks: readonly number[], isEntry: (block: number) => boolean): number[] {
    const { costOfBlock, program } = this.#context;
    const decoder = new InstructionDecoder(program);
    const entries: number[] = [];
    this.#nodes.push(undefined as unknown as Node);
    for (const index of blocks) {
      const block = this.#graph.blocks[index]!;
      this.#nodeOf.set(index, this.#nodes.length);
      let cost = costOfBlock?.(block.start) ?? 1;
      let entry: RegionEntry = { pc: block.start, isPaid: false, isInside: true };
      let instructions: BlockInstruction[] = [];
      decoder.decode(block.start);
      for (let i = 0; i < block.instructionCount; i++) {
        if (i > 0) decoder.decode(decoder.next);
        const instruction = blockInstruction(decoder);
        const isLast = i === block.instructionCount - 1;
        if (!isLast && instruction.op !== Op.ecalli) {
          instructions.push(instruction);
          continue;
        }
        if (entry.isPaid) entries.push(this.#nodes.length);
        this.#nodes.push({ block, index, entry, cost, instructions, last: instruction });
        entry = { pc: instruction.next, isPaid: true, isInside: true };
        cost = 0;
        instructions = [];
      }
    }
    this.#findJumps(entries);
    for (const index of blocks) if (isEntry(index)) entries.push(this.#nodeOf.get(index)!);
    return entries;
  }

  /** Finds the part of the jump table that leads here. Where an entry in between leads nowhere, none of it is used. */
  #findJumps(entries: number[]): void {
    const { jumpTable } = this.#graph;
    let first = -1;
    let end = 0;
    for (let i = 0; i < jumpTable.length; i++) {
      const node = this.#nodeOf.get(jumpTable[i]!);
      if (node === undefined) continue;
      if (first < 0) first = i;
      end = i + 1;
      entries.push(node);
    }
    if (first < 0 || end - first > MAX_JUMPS) return;
    for (let i = first; i < end; i++) if (jumpTable[i]! < 0) return;
    this.#firstJump = first;
    this.#endJump = end;
  }

  #successors(node: Node): number[] {
    if (node.last.op === Op.ecalli) return [];
    const { block } = node;
    // The way that is not taken last, so that it comes first in the order of the code.
    return [block.target, block.next].flatMap((index) => this.#nodeOf.get(index) ?? []);
  }

  /**
   * Jump table entries come first, so that a dynamic jump needs no further table; last come the headers of inner loops,
   * those inside of one loop next to each other.
   */
  #numberEntries(): RegionEntry[] {
    const entries: RegionEntry[] = [];
    for (let i = this.#firstJump; i < this.#endJump; i++) {
      const block = this.#graph.jumpTable[i]!;
      const node = this.#nodeOf.get(block);
      entries.push({ pc: this.#graph.blocks[block]!.start, isPaid: false, isInside: node !== undefined });
      this.#dispatchTo.push(node ?? DISPATCHER);
    }
    const listed = new Set(this.#dispatchTo);
    for (const node of this.#structure.entries) {
      if (!listed.has(node)) this.#addEntry(entries, node, node);
    }
    this.#firstInner = entries.length;
    for (const node of this.#structure.entries) this.#addInnerLoops(entries, node, node);
    for (let i = this.#endJump - this.#firstJump - 1; i >= 0; i--) this.#entryNumber[this.#dispatchTo[i]!] = i;
    return entries;
  }

  #addEntry(entries: RegionEntry[], node: number, dispatchTo: number): void {
    this.#entryNumber[node] = entries.length;
    entries.push(this.#nodes[node]!.entry);
    this.#dispatchTo.push(dispatchTo);
  }

  #addInnerLoops(entries: RegionEntry[], header: number, outermost: number): void {
    for (const inner of this.#structure.loopChildren(header)) {
      this.#addEntry(entries, inner, outermost);
      this.#addInnerLoops(entries, inner, outermost);
      this.#lastInner[inner] = entries.length - 1;
    }
  }

  #usedRegisters(): { read: boolean[]; written: boolean[] } {
    const read = Array.from({ length: REGISTER_COUNT }, () => false);
    const written = [...read];
    for (const node of this.#nodes.slice(1)) {
      for (const { op, r0, r1, r2 } of [...node.instructions, node.last]) {
        const operands = INSTRUCTIONS[op]?.operands ?? [];
        for (const [i, register] of [r0, r1, r2].entries()) {
          if (!isRegisterRole(operands[i])) continue;
          read[register] = true;
          if (operands[i] === 'dst') written[register] = true;
        }
      }
    }
    return { read, written };
  }

  #prologue(used: { read: boolean[] }, minimumGas: number): void {
    const { code, is64Bit } = this.#emitter;
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if (!used.read[register]) continue;
      code.i32Const(0);
      code.memory(is64Bit ? Wasm.i64Load : Wasm.i32Load, REGISTERS_OFFSET + 8 * register);
      this.#emitter.set(register);
    }
    const portion = Math.max(GAS_PORTION, PORTION_CHECKS * minimumGas);
    if (this.#isMetered) {
      // gas = min(all gas, portion); rest = all gas - gas
      code.i32Const(0);
      code.memory(Wasm.i64Load, GAS_OFFSET);
      code.localTee(LOCAL.rest);
      this.#gasConstant(portion);
      code.localGet(LOCAL.rest);
      this.#gasConstant(portion);
      code.op(Wasm.i64LtS);
      code.op(Wasm.select);
      code.localTee(LOCAL.gas);
      code.localGet(LOCAL.rest);
      code.op(Wasm.i64Sub);
      code.localSet(LOCAL.rest);
    } else {
      this.#gasConstant(portion);
      code.localSet(LOCAL.gas);
    }
    // Set only when an inner loop is to be entered.
    code.localGet(LOCAL.entry);
    code.i32Const(0);
    code.localGet(LOCAL.entry);
    code.i32Const(this.#firstInner);
    code.op(Wasm.i32GeU);
    code.op(Wasm.select);
    code.localSet(LOCAL.resume);
  }

  #epilogue(used: { written: boolean[] }): void {
    const { code, is64Bit } = this.#emitter;
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if (!used.written[register]) continue;
      code.i32Const(0);
      this.#emitter.get(register);
      if (!is64Bit) code.op(Wasm.i64ExtendI32S);
      code.memory(Wasm.i64Store, REGISTERS_OFFSET + 8 * register);
    }
    if (!this.#isMetered) return;
    // `rest` holds its own negative.
    code.i32Const(0);
    code.localGet(LOCAL.gas);
    code.localGet(LOCAL.rest);
    code.op(Wasm.i64Sub);
    code.memory(Wasm.i64Store, GAS_OFFSET);
  }

  #dispatcher(): void {
    const { code } = this.#emitter;
    const children = this.#structure.mergeChildren(DISPATCHER);
    const otherwise = code.block();
    this.#within(children, () => {
      this.#pushIsGasBelow(this.#worst[DISPATCHER]!);
      code.brIf(otherwise);
      code.localGet(LOCAL.entry);
      const labels = this.#dispatchTo.map((node) => (node === DISPATCHER ? otherwise : this.#labels[node]!));
      code.brTable(labels, otherwise);
    });
    code.end();
    code.localGet(LOCAL.entry);
    code.i32Const(EXIT_BITS);
    code.op(Wasm.i32Shl);
    code.i32Const(RegionExit.entry);
    code.op(Wasm.i32Or);
    code.br(this.#emitter.exitLabel);
  }

  /** Emits `inner` inside of a block for each of the nodes, and the code of each node behind its block. */
  #within(nodes: readonly number[], inner: () => void): void {
    const { code } = this.#emitter;
    for (let i = nodes.length - 1; i >= 0; i--) this.#labels[nodes[i]!] = code.block();
    inner();
    for (const node of nodes) {
      code.end();
      this.#node(node);
    }
  }

  #node(number: number): void {
    const { code } = this.#emitter;
    const node = this.#nodes[number]!;
    const isLoop = this.#structure.isLoopHeader(number);
    if (isLoop) this.#loopLabels[number] = code.loop();
    this.#within(this.#structure.mergeChildren(number), () => {
      if (isLoop) this.#loopHead(number, node);
      this.#body(number, node);
    });
    if (isLoop) code.end();
  }

  /** Goes on into an inner loop that is being resumed, and checks that the gas suffices for the way to the next check. */
  #loopHead(number: number, node: Node): void {
    const { code } = this.#emitter;
    const inner = this.#structure.loopChildren(number);
    if (inner.length > 0) {
      code.localGet(LOCAL.resume);
      code.if();
      for (const header of inner) {
        const first = this.#entryNumber[header]!;
        code.localGet(LOCAL.resume);
        code.i32Const(first);
        code.op(Wasm.i32Sub);
        code.i32Const(this.#lastInner[header]! - first);
        code.op(Wasm.i32LeU);
        code.if();
        code.localGet(LOCAL.resume);
        code.i32Const(0);
        code.localGet(LOCAL.resume);
        code.i32Const(first);
        code.op(Wasm.i32Ne);
        code.op(Wasm.select);
        code.localSet(LOCAL.resume);
        code.br(this.#labels[header]!);
        code.end();
      }
      code.end();
    }
    const worst = this.#worst[number]!;
    if (worst === 0) return;
    this.#pushIsGasBelow(worst);
    code.if();
    this.#emitter.exit(RegionExit.block, node.entry.pc);
    code.end();
  }

  #body(number: number, node: Node): void {
    const { code } = this.#emitter;
    if (node.cost > 0) {
      code.localGet(LOCAL.gas);
      this.#gasConstant(node.cost);
      code.op(Wasm.i64Sub);
      code.localSet(LOCAL.gas);
    }
    if (this.#instructions(node)) this.#end(number, node);
    this.#emitter.endNode();
  }

  /** Returns false when the code has left the region for good before its end. */
  #instructions(node: Node): boolean {
    this.#memory.startNode();
    const accesses = planAccesses(node.instructions);
    for (const [at, instruction] of node.instructions.entries()) {
      const access = accesses.get(at);
      if (access !== undefined) {
        if (!this.#memory.access(instruction, access)) return false;
      } else if (instruction.op === Op.sbrk || instruction.op === Op.memset) {
        this.#emitter.exit(RegionExit.interpret, instruction.pc);
        return false;
      } else {
        emitArithmetic(this.#emitter, instruction);
      }
    }
    return true;
  }

  #end(number: number, node: Node): void {
    const emitter = this.#emitter;
    const { block, last } = node;
    if (last.op === Op.ecalli) {
      emitter.exit(RegionExit.ecalli, this.#hostCalls.length);
      this.#hostCalls.push({ pc: last.pc, number: last.imm0 >>> 0, next: last.next });
      return;
    }
    switch (block.ending) {
      case Ending.trap:
        // The last instruction may be any that the code ends with, or one that only goes wrong as a jump.
        emitter.exit(RegionExit.interpret, last.pc);
        break;
      case Ending.call:
        emitter.constant(last.imm0);
        emitter.set(last.r0);
        this.#goTo(number, block.target);
        break;
      case Ending.jump:
        this.#goTo(number, block.target);
        break;
      case Ending.fallthrough:
        this.#goTo(number, block.next);
        break;
      case Ending.branch:
        this.#branch(number, node);
        break;
      case Ending.dynamic:
        this.#dynamicJump(last);
        break;
    }
  }

  #branch(number: number, node: Node): void {
    const { code } = this.#emitter;
    const { target, next } = node.block;
    const takenLabel = this.#directLabel(number, target);
    const nextLabel = this.#directLabel(number, next);
    if (takenLabel > 0) {
      emitCondition(this.#emitter, node.last, false);
      code.brIf(takenLabel);
      this.#goTo(number, next);
    } else if (nextLabel > 0) {
      emitCondition(this.#emitter, node.last, true);
      code.brIf(nextLabel);
      this.#goTo(number, target);
    } else {
      emitCondition(this.#emitter, node.last, false);
      code.if();
      this.#goTo(number, target);
      code.else();
      this.#goTo(number, next);
      code.end();
    }
  }

  /** The label that a `br` from a node to a block would take, or 0 when there is more to do. */
  #directLabel(from: number, block: number): number {
    const to = this.#nodeOf.get(block);
    if (to === undefined) return 0;
    switch (this.#structure.edge(from, to)) {
      case 'forward':
        return this.#labels[to]!;
      case 'loop':
        return this.#loopLabels[to]!;
      default:
        return 0;
    }
  }

  #goTo(from: number, block: number): void {
    const { code } = this.#emitter;
    const to = this.#nodeOf.get(block);
    if (to === undefined) {
      this.#emitter.exit(RegionExit.block, this.#graph.blocks[block]!.start);
      return;
    }
    const label = this.#directLabel(from, block);
    if (label > 0) {
      code.br(label);
    } else if (this.#structure.edge(from, to) === 'inline') {
      this.#node(to);
    } else {
      code.i32Const(this.#entryNumber[to]!);
      code.localSet(LOCAL.entry);
      code.br(this.#dispatchLabel);
    }
  }

  /**
   * Turns the address into the number of a jump table entry. Halving it by a rotation makes odd addresses, 0 and the
   * address that returns to the host too large for the table, so that the interpreter sees to all of them.
   */
  #dynamicJump(last: BlockInstruction): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const isLoading = last.op === Op.load_imm_and_jump_indirect;
    const count = this.#endJump - this.#firstJump;
    if (count === 0) {
      emitter.exit(RegionExit.interpret, last.pc);
      return;
    }
    emitter.get32(isLoading ? last.r1 : last.r0);
    const offset = ((isLoading ? last.imm1 : last.imm0) - 2 - 2 * this.#firstJump) | 0;
    if (offset !== 0) {
      code.i32Const(offset);
      code.op(Wasm.i32Add);
    }
    code.i32Const(1);
    code.op(Wasm.i32Rotr);
    code.localTee(LOCAL.entry);
    code.i32Const(count);
    code.op(Wasm.i32GeU);
    code.if();
    emitter.exit(RegionExit.interpret, last.pc);
    code.end();
    if (isLoading) {
      emitter.constant(last.imm0);
      emitter.set(last.r0);
    }
    code.br(this.#dispatchLabel);
  }

  #gasConstant(value: number): void {
    this.#emitter.code.i64ConstHalves(value | 0, Math.floor(value / 0x100000000));
  }

  #pushIsGasBelow(value: number): void {
    const { code } = this.#emitter;
    code.localGet(LOCAL.gas);
    this.#gasConstant(value);
    code.op(Wasm.i64LtS);
  }
}

const REGISTER_ROLES: ReadonlySet<OperandRole> = new Set(['dst', 'src', 'src1', 'src2', 'base', 'cond', 'size']);

function isRegisterRole(role: OperandRole | undefined): boolean {
  return role !== undefined && REGISTER_ROLES.has(role);
}
