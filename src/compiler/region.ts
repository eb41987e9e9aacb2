/**
 * A region: the part of a program that becomes one WebAssembly function, mostly a function of the guest.
 */

import { A0, Op, REGISTER_COUNT, SP } from '../isa/index.js';
import { RESUME_OFFSET } from '../memory/index.js';
import { RegionHint } from './addressing.js';
import { emitArithmetic } from './arithmeticCode.js';
import type { BlockInstruction } from './blockInstruction.js';
import { emitCondition } from './branchCode.js';
import { emitRoundsCheck } from './countedLoop.js';
import { Emitter, type EmitterState, FRESH } from './emitter.js';
import { emitFactChecks } from './factChecks.js';
import { extendedAfter } from './facts.js';
import { MemoryCode, type MemoryGuess } from './memoryCode.js';
import { Ending, type ProgramGraph } from './programGraph.js';
import { Ranges } from './ranges.js';
import { RegionAnalysis } from './regionAnalysis.js';
import { type CompilerContext, EXIT_BITS, RegionExit, type RegionLinks } from './regionContext.js';
import { RegionEntries, type RegionEntry } from './regionEntries.js';
import { type CountedHeader, isReturn, type Node, RegionNodes } from './regionNodes.js';
import { registersWritten } from './registerFacts.js';
import { PARAMETER, PASSED_MASK } from './runtime.js';
import { DISPATCHER, Structure } from './structure.js';
import { TransferCode } from './transferCode.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

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
  /** Types of the locals behind the parameters. */
  readonly locals: readonly ValueType[];
  /** The instructions of the function. */
  readonly code: Uint8Array;
  readonly entries: readonly RegionEntry[];
  readonly hostCalls: readonly HostCall[];
  /** Accesses that are taken to hit one region of memory; others leave, to be interpreted. */
  readonly guesses: readonly MemoryGuess[];
  /** The jump table entries that the function takes as they are, from the first to before the last. */
  readonly firstJump: number;
  readonly endJump: number;
  /** With less gas than this the function may do nothing but ask for more. */
  readonly minimumGas: number;
}

/**
 * Compiles blocks of a program, in ascending order, into one function.
 *
 * @param functions for the regions that are compiled into the same module: the index of each one's function
 */
export function compileRegion(
  context: CompilerContext,
  graph: ProgramGraph,
  links: RegionLinks,
  functions: ReadonlyMap<number, number>,
  blocks: readonly number[],
): RegionCode {
  return new RegionCompiler(context, graph, links, functions, blocks).compile();
}

class RegionCompiler {
  readonly #emitter: Emitter;
  readonly #transfers: TransferCode;
  readonly #memory: MemoryCode;
  readonly #nodes: RegionNodes;
  readonly #structure: Structure;
  readonly #worst: Float64Array;
  readonly #hostCalls: HostCall[] = [];
  /** Labels by node, for nodes that are branched to. */
  readonly #labels: Int32Array;
  readonly #loopLabels: Int32Array;
  /** For nodes that stand where their only predecessor ends, what that leaves them. */
  readonly #inherited: (EmitterState | undefined)[] = [];
  readonly #entries: RegionEntries;
  readonly #analysis: RegionAnalysis;
  /** What is known of registers at the instruction that is being emitted. */
  readonly #ranges = new Ranges();
  #dispatchLabel = 0;
  /** The label where the result in the entry's local is returned, with all registers in memory. */
  #returnLabel = 0;
  /**
   * What comes after the code that is being emitted, the next last. Nodes stand inside of each other by the hundred, which
   * would take a deep stack: hosts may have little of it left.
   */
  readonly #after: (() => void)[] = [];

  constructor(
    context: CompilerContext,
    graph: ProgramGraph,
    links: RegionLinks,
    functions: ReadonlyMap<number, number>,
    blocks: readonly number[],
  ) {
    this.#emitter = new Emitter(context.program.isa.is64Bit);
    this.#transfers = new TransferCode(this.#emitter, links, functions);
    this.#memory = new MemoryCode(this.#emitter, context, graph.growsHeap);
    this.#nodes = new RegionNodes(context, graph, links, blocks);
    const { entries, returnPoints } = this.#nodes;
    this.#structure = new Structure({ successors: this.#nodes.successors() }, entries, returnPoints);
    this.#worst = this.#structure.worstPaths((number) => this.#nodes.at(number).cost);
    this.#labels = new Int32Array(this.#nodes.count);
    this.#loopLabels = new Int32Array(this.#nodes.count);
    this.#entries = new RegionEntries(graph, links, this.#nodes, this.#structure, blocks);
    this.#analysis = new RegionAnalysis(context, links, this.#nodes, this.#structure, this.#memory);
  }

  compile(): RegionCode {
    const { code, exitLabels } = this.#emitter;
    this.#returnLabel = code.block();
    // Without any for the dispatcher, where all registers are in memory. A set comes after all its subsets.
    const sets = [...this.#analysis.changedAtExits().add(0)].sort((a, b) => countBits(a) - countBits(b));
    for (const changed of sets) exitLabels.set(changed, code.block(ValueType.i32));
    if (this.#analysis.comesToDispatcher) {
      this.#entries.pushNumber(code);
      code.localSet(PARAMETER.entry);
      this.#emitter.loadRegisters(this.#analysis.residents & ~PASSED_MASK);
      this.#dispatchLabel = code.loop();
      this.#dispatcher(() => code.localGet(PARAMETER.entry));
      code.end();
    } else {
      this.#dispatcher((firstWay) => {
        this.#entries.pushIsFirst(code);
        code.brIf(firstWay);
        this.#entries.pushNumber(code);
      });
    }
    code.op(Wasm.unreachable);
    this.#emitter.ranges = undefined;
    for (let i = sets.length - 1; i > 0; i--) {
      code.end();
      // Stores what its largest subset does not, and goes on there.
      const changed = sets[i]!;
      let subset = i - 1;
      while ((sets[subset]! & ~changed) !== 0) subset--;
      this.#emitter.storeRegisters(changed & ~sets[subset]!);
      if (subset < i - 1) code.br(exitLabels.get(sets[subset]!)!);
    }
    code.end();
    code.localGet(PARAMETER.gas);
    code.op(Wasm.return);
    code.end();
    code.localGet(PARAMETER.entry);
    code.localGet(PARAMETER.gas);
    return {
      locals: this.#emitter.locals,
      code: code.finish(),
      entries: this.#entries.list(),
      hostCalls: this.#hostCalls,
      guesses: this.#memory.guesses,
      firstJump: this.#nodes.firstJump,
      endJump: this.#nodes.endJump,
      minimumGas: this.#worst.reduce((most, cost) => Math.max(most, cost), 1),
    };
  }

  /** @param pushNumber pushes the dispatcher's number; may go to the first block of the region, whose label it is given */
  #dispatcher(pushNumber: (firstWay: number) => void): void {
    const { code } = this.#emitter;
    const { isResident, registers } = this.#analysis;
    const unknown = code.block();
    const otherRegion = code.block();
    this.#within(this.#structure.mergeChildren(DISPATCHER), () => {
      const { ways } = this.#entries;
      const wayLabels = ways.map(() => code.block());
      const table = this.#entries.table(wayLabels, otherRegion, unknown);
      pushNumber(this.#entries.firstBlockIn(table));
      code.brTable(table, unknown);
      for (const { node, to, resume } of [...ways].reverse()) {
        code.end();
        // Each way into the region loads what is needed there.
        if (!isResident) this.#emitter.loadRegisters(registers.needed[to]! & ~PASSED_MASK);
        this.#emitter.changed = isResident ? registers.changed[node]! : 0;
        if (!this.#structure.openEntries.has(node)) {
          emitFactChecks(this.#emitter, this.#memory, this.#analysis, node, this.#nodes.at(node).pc);
        }
        if (resume > 0) {
          code.i32Const(0);
          code.i32Const(resume);
          code.memory(Wasm.i32Store, RESUME_OFFSET);
        }
        code.br(this.#labels[to]!);
      }
    });
    this.#emitRest();
    code.end();
    this.#emitter.goOn(FRESH, registers.changedAtDispatcher);
    if (this.#nodes.endJump > this.#nodes.firstJump) {
      code.localGet(PARAMETER.entry);
      code.i32Const(this.#nodes.firstJump);
      code.op(Wasm.i32Add);
      code.localSet(PARAMETER.entry);
      this.#transfers.jumpThroughTable();
    }
    code.end();
    code.op(Wasm.unreachable);
  }

  /** Emits `inner` inside of a block for each of the nodes, and then the code of each node behind its block. */
  #within(nodes: readonly number[], inner: () => void): void {
    const { code } = this.#emitter;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      this.#labels[node] = code.block();
      this.#after.push(() => {
        code.end();
        this.#node(node);
      });
    }
    inner();
  }

  /** Emits all that still has to come. */
  #emitRest(): void {
    for (let next = this.#after.pop(); next !== undefined; next = this.#after.pop()) next();
  }

  #node(number: number): void {
    const { code } = this.#emitter;
    const node = this.#nodes.at(number);
    if (this.#structure.isLoopHeader(number)) {
      this.#loopLabels[number] = code.loop();
      this.#after.push(() => code.end());
    }
    this.#within(this.#structure.mergeChildren(number), () => {
      const { changed, loads } = this.#analysis.registers;
      this.#emitter.goOn(this.#inherited[number] ?? FRESH, changed[number]);
      this.#ranges.assign(this.#analysis.ranges[number]!);
      this.#emitter.ranges = this.#ranges;
      this.#emitter.loadRegisters(loads[number]! & ~(1 << SP));
      if (this.#structure.loopChildren(number).length > 0) this.#resumeInnerLoop(number);
      if (this.#structure.isChecked(number)) this.#checkGas(number, node);
      this.#body(number, node);
    });
  }

  /**
   * At a loop header: goes on into an inner loop, if one is to be resumed. Its number is in memory, since each local that
   * lives through a loop costs the engine a register there.
   */
  #resumeInnerLoop(header: number): void {
    const { code } = this.#emitter;
    code.i32Const(0);
    code.memory(Wasm.i32Load, RESUME_OFFSET);
    code.if();
    const number = this.#emitter.temporaryI32();
    code.i32Const(0);
    code.memory(Wasm.i32Load, RESUME_OFFSET);
    code.localSet(number);
    for (const inner of this.#structure.loopChildren(header)) {
      const { first, last } = this.#entries.resumeNumbers(inner);
      code.localGet(number);
      code.i32Const(first);
      code.op(Wasm.i32Sub);
      code.i32Const(last - first);
      code.op(Wasm.i32LeU);
      code.if();
      // Having arrived, there is nothing more to resume.
      code.i32Const(0);
      code.localGet(number);
      code.i32Const(0);
      code.localGet(number);
      code.i32Const(first);
      code.op(Wasm.i32Ne);
      code.op(Wasm.select);
      code.memory(Wasm.i32Store, RESUME_OFFSET);
      code.br(this.#labels[inner]!);
      code.end();
    }
    code.end();
    this.#emitter.release([number]);
  }

  /** Leaves when the gas may not suffice for the way to the next check. */
  #checkGas(number: number, node: Node): void {
    const { code } = this.#emitter;
    const worst = this.#worst[number]!;
    if (worst === 0) return;
    code.localGet(PARAMETER.gas);
    this.#emitter.gasConstant(worst);
    code.op(Wasm.i64LtS);
    code.if();
    this.#emitter.exit(node.isPaid ? RegionExit.interpret : RegionExit.block, node.pc);
    code.end();
  }

  #body(number: number, node: Node): void {
    // Whoever leaves to have the first instruction interpreted pays for the block, at the header of a counted loop too.
    const { counted } = node;
    const blockCost = counted === undefined ? node.cost : this.#nodes.at(counted.single).cost;
    this.#emitter.pendingGas += blockCost;
    const range = this.#analysis.stackRanges.get(number);
    const isPossible =
      range === undefined || this.#memory.checkStack(range.min, range.end, RegionExit.interpret, node.pc);
    if (isPossible) {
      this.#emitter.pendingGas += node.cost - blockCost;
      if (this.#instructions(number, node)) {
        const held = this.#memory.takeHeld();
        if (held.length > 0) this.#after.push(() => this.#emitter.release(held));
        this.#end(number, node);
      }
    } else {
      this.#emitter.exit(RegionExit.interpret, node.pc);
    }
    this.#emitter.endNode();
  }

  /** Returns false when the code has left the region for good before its end. */
  #instructions(number: number, node: Node): boolean {
    const { accesses, guesses } = this.#analysis.plans[number]!;
    const ranges = this.#emitter.ranges!;
    for (let at = 0; at < node.instructions.length; at++) {
      const instruction = node.instructions[at]!;
      const access = accesses[at];
      if (access !== undefined) {
        if (!this.#memory.access(instruction, access)) return false;
      } else if (instruction.op === Op.sbrk || instruction.op === Op.memset) {
        this.#emitter.exit(RegionExit.interpret, instruction.pc);
        return false;
      } else {
        emitArithmetic(this.#emitter, instruction, ranges.isResultKnown(instruction));
      }
      this.#emitter.extended = extendedAfter(this.#emitter.extended, instruction);
      this.#emitter.changed |= registersWritten(instruction);
      const guess = guesses?.[at];
      ranges.apply(instruction);
      if (guess !== undefined) this.#checkLoaded(instruction, guess);
    }
    return true;
  }

  /** Leaves, to load once more, if what was loaded is not the constant that was guessed. */
  #checkLoaded({ r0, pc }: BlockInstruction, guess: number): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    emitter.get(r0);
    emitter.constant(guess);
    emitter.wide(Wasm.i32Ne, Wasm.i64Ne);
    code.if();
    emitter.exit(RegionExit.interpret, pc);
    code.end();
    emitter.constant(guess);
    emitter.set(r0);
    emitter.ranges!.set(r0, guess, guess);
    this.#memory.guesses.push({ pc, hint: RegionHint.none });
  }

  #end(number: number, node: Node): void {
    const emitter = this.#emitter;
    const { block, last, next, counted } = node;
    if (next !== undefined) {
      this.#goToNode(number, next);
      return;
    }
    if (counted !== undefined) {
      this.#countedLoop(number, counted);
      return;
    }
    if (last.op === Op.ecalli) {
      emitter.exit(RegionExit.ecalli, last.pc);
      this.#hostCalls.push({ pc: last.pc, number: last.imm0 >>> 0, next: last.next });
      return;
    }
    switch (block.ending) {
      case Ending.trap:
        // The last instruction may be any that the code ends with, or one that only goes wrong as a jump.
        emitter.exit(RegionExit.interpret, last.pc);
        break;
      case Ending.call:
        this.#loadConstant(last);
        if (!this.#nodes.isCall(number)) {
          this.#goTo(number, block.target);
          break;
        }
        this.#transfers.callBlock(block.target);
        this.#comeBack(number);
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
        this.#dynamicJump(number, node);
        break;
    }
  }

  /**
   * Goes on behind a call, whose results are on the stack, if it has returned there with the stack pointer as it was. Else
   * all registers are in memory, and whoever called this region sees to it.
   */
  #comeBack(number: number): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const { returnTo, returnEntry } = this.#nodes.at(number).block;
    const ranges = emitter.ranges!;
    const kept = this.#analysis.keptByCall(number, ranges);
    emitter.ranges = undefined;
    code.localSet(PARAMETER.gas);
    code.localTee(PARAMETER.entry);
    code.i32Const(~returnEntry);
    code.op(Wasm.i32Ne);
    code.brIf(this.#returnLabel);
    emitter.load(SP);
    emitter.get(SP);
    emitter.wide(Wasm.i32Ne, Wasm.i64Ne);
    code.brIf(this.#returnLabel);
    const to = this.#nodes.startOf(returnTo);
    if (to !== undefined) this.#checkKept(to, kept, ranges);
    emitter.loadRegisters(this.#loadedBehindCall(number, to) & ~(1 << SP));
    emitter.changed = 0;
    emitter.pendingGas = 0;
    this.#goTo(number, returnTo);
  }

  /** What has to be loaded on the way from a call to the node behind it: see {@link RegisterFacts}. */
  #loadedBehindCall(number: number, to: number | undefined): number {
    if (to !== undefined) {
      if (this.#labelOf(number, to) > 0) return this.#analysis.registers.needed[to]!;
      if (this.#structure.edge(number, to) === 'dispatch') return this.#analysis.residents | (1 << A0);
    }
    return 1 << A0;
  }

  /** Leaves unless registers are as they were before the call, as far as the code behind it relies on that. */
  #checkKept(to: number, kept: number, before: Ranges): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const { known } = this.#analysis.ranges[to]!;
    const { needed, loads } = this.#analysis.registers;
    const { pc } = this.#nodes.at(to);
    for (let register = 0; register < REGISTER_COUNT; register++) {
      if ((((kept & known & (needed[to]! | loads[to]!)) >>> register) & 1) === 0) continue;
      emitter.load(register);
      emitter.constant(before.low(register));
      emitter.wide(Wasm.i32Ne, Wasm.i64Ne);
      code.if();
      code.i32Const((pc << EXIT_BITS) | RegionExit.refused);
      code.localSet(PARAMETER.entry);
      code.br(this.#returnLabel);
      code.end();
      this.#memory.guesses.push({ pc, hint: RegionHint.none });
    }
  }

  /** Goes on with all of the rounds if so many will come and their accesses are legal, else with a single one. */
  #countedLoop(number: number, header: CountedHeader): void {
    const { code } = this.#emitter;
    const { loop, rounds, unrolled, single } = header;
    const label = code.block();
    emitRoundsCheck(this.#emitter, loop, rounds, label);
    for (const group of this.#analysis.headerGroups(header)) this.#memory.checkAhead(group, label);
    const held = this.#memory.takeHeld();
    const state = this.#emitter.state();
    this.#after.push(() => {
      this.#emitter.release(held);
      code.end();
      this.#emitter.goOn(state);
      this.#goToNode(number, single);
    });
    this.#goToNode(number, unrolled);
  }

  #branch(number: number, node: Node): void {
    const { code } = this.#emitter;
    const { target, next } = node.block;
    const takenLabel = this.#directLabel(number, target);
    const nextLabel = this.#directLabel(number, next);
    if (takenLabel > 0) {
      this.#branchIf(node.last, false, takenLabel);
      this.#goTo(number, next);
    } else if (nextLabel > 0) {
      this.#branchIf(node.last, true, nextLabel);
      this.#goTo(number, target);
    } else {
      const state = this.#emitter.state();
      emitCondition(this.#emitter, node.last, false);
      code.if();
      this.#after.push(() => {
        code.else();
        this.#emitter.goOn(state);
        this.#after.push(() => code.end());
        this.#goTo(number, next);
      });
      this.#goTo(number, target);
    }
  }

  /** Jumps to a label under the condition of a branch, or if it does not hold. */
  #branchIf(branch: BlockInstruction, isInverted: boolean, label: number): void {
    const { code } = this.#emitter;
    emitCondition(this.#emitter, branch, isInverted);
    if (this.#emitter.pendingGas === 0) {
      code.brIf(label);
      return;
    }
    code.if();
    this.#emitter.settleGas();
    code.br(label);
    code.end();
  }

  /** The label that a `br` from a node to a block would take, or 0 when there is more to do. */
  #directLabel(from: number, block: number): number {
    const to = this.#nodes.after(from, block);
    return to === undefined ? 0 : this.#labelOf(from, to);
  }

  /** The same for a node. */
  #labelOf(from: number, to: number): number {
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
    const to = this.#nodes.after(from, block);
    if (to === undefined) this.#transfers.jumpToBlock(block);
    else this.#goToNode(from, to);
  }

  #goToNode(from: number, to: number): void {
    const { code } = this.#emitter;
    const label = this.#labelOf(from, to);
    if (label > 0) {
      this.#emitter.settleGas();
      code.br(label);
    } else if (this.#structure.edge(from, to) === 'inline') {
      if (this.#structure.isLoopHeader(to)) this.#emitter.settleGas();
      else this.#inherited[to] = this.#emitter.state();
      this.#after.push(() => this.#node(to));
    } else {
      code.i32Const(this.#entries.numberOf(to));
      this.#dispatch();
    }
  }

  /** The register that a jump loads. */
  #loadConstant(jump: BlockInstruction): void {
    const emitter = this.#emitter;
    emitter.constant(jump.imm0);
    emitter.set(jump.r0);
    emitter.ranges!.apply(jump);
    emitter.changed |= 1 << jump.r0;
  }

  /** Goes to the dispatcher with the number on the stack. */
  #dispatch(): void {
    const { code } = this.#emitter;
    code.localSet(PARAMETER.entry);
    this.#emitter.settleGas();
    if (!this.#analysis.isResident) this.#emitter.storeRegisters(this.#emitter.changed);
    code.br(this.#dispatchLabel);
  }

  #dynamicJump(number: number, { last }: Node): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    if (!this.#transfers.findJump(last)) return;
    if (last.op === Op.load_imm_and_jump_indirect) this.#loadConstant(last);
    if (this.#nodes.isCall(number)) {
      this.#transfers.callThroughTable();
      this.#comeBack(number);
      return;
    }
    if (this.#nodes.mayStay(number)) {
      const local = emitter.temporaryI32();
      code.localGet(PARAMETER.entry);
      code.i32Const(-this.#nodes.firstJump);
      code.op(Wasm.i32Add);
      code.localTee(local);
      code.i32Const(this.#nodes.endJump - this.#nodes.firstJump);
      code.op(Wasm.i32LtU);
      code.if();
      code.localGet(local);
      this.#dispatch();
      code.end();
    }
    if (isReturn(last)) this.#transfers.returnThroughTable();
    else this.#transfers.jumpThroughTable();
  }
}

function countBits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}
