import type { Instance, InstanceObserver, Interrupt, Yielded } from '../engine/index.js';
import { BlockEnd } from '../program/index.js';
import { movedTo } from './arrays.js';
import { type CallTree, ROOT } from './callTree.js';
import type { CodeMap } from './codeMap.js';

const INITIAL_FRAMES = 64;
/** With more frames than this a call is taken for a jump: programs that never return must not fill the host. */
const MAX_FRAMES = 1 << 16;
/** How many frames an unsuccessful search for where a return goes may look at, on average. */
const SEARCH_ALLOWANCE = 16;
/** How many calls a jump into the middle of a function may leave. */
const MAX_FRAMES_LEFT_AT_ONCE = 64;
const NO_BLOCK = 0;

/** What all instances of a profiled module add to. */
export interface Counters {
  readonly code: CodeMap;
  readonly tree: CallTree;
  /** Instances that stand inside of a basic block, whose rest they have not executed yet. */
  readonly stopped: Set<CallTracker>;
}

/** The rest of a basic block that an instance stands inside of. */
export interface Unexecuted {
  readonly node: number;
  readonly block: number;
  /** Code offset of its first instruction, or one behind the instruction before. */
  readonly from: number;
  readonly instructions: number;
}

/**
 * Follows one instance. It keeps a stack of its own of the calls that are under way, made from what basic blocks end
 * with: a jump that leaves a return address is a call, a dynamic jump to such an address a return.
 *
 * Nothing of that need be true of a program. A function that is entered in any other way takes the place of the one
 * before, as in a tail call. A return goes to the frame of the same return address and the same stack pointer, wherever
 * in the stack that is, so that `longjmp` and exceptions drop the frames between.
 */
export class CallTracker implements InstanceObserver {
  readonly #counters: Counters;
  readonly #code: CodeMap;
  readonly #tree: CallTree;
  #returnsTo = new Int32Array(INITIAL_FRAMES);
  #stackPointers = new Float64Array(INITIAL_FRAMES);
  #callers = new Int32Array(INITIAL_FRAMES);
  #depth = 0;
  /** How many calls were taken for jumps. */
  #dropped = 0;
  #searchAllowance = MAX_FRAMES;
  #node = ROOT;
  #block = NO_BLOCK;
  /** The stack pointer at the start of {@link #block}. */
  #stackPointer = 0;
  /** Where in {@link #block} the instance stands; -1 for at its end. */
  #stoppedAt = -1;
  /** The syscall that the host has been asked for, and the gas that was left then. */
  #syscallNode = -1;
  #gasAtSyscall = 0n;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#code = counters.code;
    this.#tree = counters.tree;
  }

  enterBlock(start: number, cost: number, stackPointer: number): void {
    const code = this.#code;
    const tree = this.#tree;
    let block = code.blockAt[start]!;
    if (block === NO_BLOCK) block = code.addBlock(start, cost);
    const end: BlockEnd = code.ends[this.#block]!;
    if (end !== BlockEnd.jump) this.#leave(end, block, stackPointer);
    if (tree.codes[this.#node] !== code.functionOf[block]) this.#cross(block, stackPointer);
    const node = this.#node;
    this.#block = block;
    this.#stackPointer = stackPointer;
    code.counts[block]!++;
    tree.gas[node]! += cost;
    tree.instructions[node]! += code.instructions[block]!;
  }

  enterInside(start: number, pc: number, cost: number, stackPointer: number): void {
    this.enterBlock(start, cost, stackPointer);
    this.#tree.instructions[this.#node]! -= this.#code.instructionsBefore(this.#block, pc);
    this.#code.cut(this.#block, start, pc);
  }

  fill(bytes: number): void {
    this.#tree.gas[this.#node]! += bytes;
  }

  begin(instance: Instance, isEntry: boolean): void {
    if (isEntry) {
      this.#settle();
      this.#depth = 0;
      this.#dropped = 0;
      this.#node = ROOT;
      this.#block = NO_BLOCK;
    } else if (this.#syscallNode >= 0) {
      this.#tree.gas[this.#syscallNode]! += Number(this.#gasAtSyscall - instance.gas);
    }
    this.#stoppedAt = -1;
    this.#syscallNode = -1;
    this.#counters.stopped.delete(this);
  }

  end(instance: Instance, interrupt: Interrupt | Yielded): void {
    if (this.#block === NO_BLOCK) return;
    const start = this.#code.starts[this.#block]!;
    switch (interrupt.kind) {
      case 'finished':
        return;
      case 'trap':
        // The instruction that trapped has been executed, those behind it have not.
        this.#stopAt(interrupt.pc + 1);
        return;
      case 'ecalli':
        this.#stopAt(instance.nextProgramCounter ?? -1);
        this.#syscallNode = this.#tree.syscall(this.#node, interrupt.index);
        this.#tree.calls[this.#syscallNode]!++;
        this.#gasAtSyscall = instance.gas;
        return;
      case 'segfault':
        this.#stopAt(instance.programCounter ?? -1);
        return;
      default: {
        // At the start of a block that has not been paid for, the one before is complete.
        const next = instance.nextProgramCounter ?? -1;
        if (next !== start) this.#stopAt(next);
      }
    }
  }

  /** Instructions of the current block that have been counted and not executed; undefined when there are none. */
  get unexecuted(): Unexecuted | undefined {
    if (this.#stoppedAt < 0) return undefined;
    const instructions = this.#code.instructionsFrom(this.#block, this.#stoppedAt);
    return { node: this.#node, block: this.#block, from: this.#stoppedAt, instructions };
  }

  #stopAt(pc: number): void {
    this.#stoppedAt = pc;
    this.#counters.stopped.add(this);
  }

  /** What has not been executed never will be. */
  #settle(): void {
    const unexecuted = this.unexecuted;
    if (unexecuted === undefined) return;
    this.#tree.instructions[unexecuted.node]! -= unexecuted.instructions;
    this.#code.cut(unexecuted.block, unexecuted.from, Infinity);
  }

  /** Follows what the last block ended with to the block that comes next. */
  #leave(end: BlockEnd, next: number, stackPointer: number): void {
    const code = this.#code;
    const returnsTo = code.returnsTo[this.#block]!;
    if (end === BlockEnd.call) {
      if (!code.startsFunction(next)) code.addFunctionAt(next);
      this.#call(returnsTo, next, stackPointer);
    } else if (end === BlockEnd.maybeCall) {
      // The start of the function, which is part of the caller's block, has moved the stack pointer already.
      if (this.#tree.codes[this.#node] !== code.functionOf[next]) this.#call(returnsTo, next, this.#stackPointer);
    } else if (code.isReturnSite[code.starts[next]!] === 1) {
      this.#return(code.starts[next]!, stackPointer);
    }
  }

  /**
   * Control has come to another function, and not by a call. To its start: that is a tail call. To its middle: where it
   * has called, and the stack is as it was then, it is a return by other means.
   */
  #cross(block: number, stackPointer: number): void {
    const code = this.#code;
    const tree = this.#tree;
    const target = code.functionOf[block]!;
    if (!code.startsFunction(block)) {
      let frame = this.#depth - 1;
      const last = Math.max(0, frame - MAX_FRAMES_LEFT_AT_ONCE);
      while (frame >= last && this.#stackPointers[frame]! < stackPointer) frame--;
      if (
        frame >= last &&
        this.#stackPointers[frame] === stackPointer &&
        tree.codes[this.#callers[frame]!] === target
      ) {
        this.#depth = frame;
        this.#node = this.#callers[frame]!;
        return;
      }
    }
    this.#node = tree.child(tree.parents[this.#node]!, target);
    tree.calls[this.#node]!++;
  }

  #call(returnsTo: number, callee: number, stackPointer: number): void {
    const code = this.#code;
    const tree = this.#tree;
    if (this.#depth === MAX_FRAMES) {
      this.#dropped++;
      this.#node = tree.child(tree.parents[this.#node]!, code.functionOf[callee]!);
      tree.calls[this.#node]!++;
      return;
    }
    if (this.#depth === this.#callers.length) this.#grow();
    this.#returnsTo[this.#depth] = returnsTo;
    this.#stackPointers[this.#depth] = stackPointer;
    this.#callers[this.#depth] = this.#node;
    this.#depth++;
    this.#node = tree.child(this.#node, code.functionOf[callee]!);
    tree.calls[this.#node]!++;
  }

  #return(start: number, stackPointer: number): void {
    const top = this.#depth - 1;
    let frame =
      top >= 0 && this.#returnsTo[top] === start && this.#stackPointers[top] === stackPointer
        ? top
        : this.#findFrame(start, stackPointer);
    // A function that does not restore the stack pointer; but with frames missing it may be one of those.
    if (frame < 0 && this.#dropped === 0 && top >= 0 && this.#returnsTo[top] === start) frame = top;
    if (frame >= 0) {
      this.#depth = frame;
      this.#node = this.#callers[frame]!;
    } else if (this.#dropped > 0) {
      this.#dropped--;
    }
  }

  #findFrame(start: number, stackPointer: number): number {
    const first = this.#depth - 2;
    const last = Math.max(0, first - this.#searchAllowance);
    for (let frame = first; frame >= last; frame--) {
      if (this.#returnsTo[frame] === start && this.#stackPointers[frame] === stackPointer) return frame;
    }
    this.#searchAllowance += SEARCH_ALLOWANCE - Math.max(0, first - last);
    return -1;
  }

  #grow(): void {
    const size = 2 * this.#callers.length;
    this.#callers = movedTo(new Int32Array(size), this.#callers);
    this.#returnsTo = movedTo(new Int32Array(size), this.#returnsTo);
    this.#stackPointers = movedTo(new Float64Array(size), this.#stackPointers);
  }
}
