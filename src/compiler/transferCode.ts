import { Op } from '../isa/index.js';
import type { BlockInstruction } from './blockInstruction.js';
import type { Emitter } from './emitter.js';
import { EXIT_BITS, RegionExit, type RegionLinks } from './regionContext.js';
import { noteCall, PARAMETER, PASSED_REGISTERS, pushEntryResult } from './runtime.js';
import { Wasm } from './wasmOpcodes.js';

/** Index of the type of all regions' functions. */
const REGION_TYPE = 0;

/**
 * Emits how control goes to other regions. A call leaves its results on the stack; a jump returns what the other region
 * does, by a tail call where the engine has them.
 */
export class TransferCode {
  readonly #emitter: Emitter;
  readonly #links: RegionLinks;
  readonly #functions: ReadonlyMap<number, number>;

  /** @param functions for the regions that are compiled into the same module: the index of each one's function */
  constructor(emitter: Emitter, links: RegionLinks, functions: ReadonlyMap<number, number>) {
    this.#emitter = emitter;
    this.#links = links;
    this.#functions = functions;
  }

  /**
   * Turns the address that a dynamic jump goes to into the number of its jump table entry, in the entry's local. Halving it
   * by a rotation makes odd addresses, 0 and the address that returns to the host too large for the table, so that the
   * interpreter sees to all of them.
   *
   * @returns whether there is a table; without one, all of these jumps are left to the interpreter
   */
  findJump({ op, pc, r0, r1, imm0, imm1 }: BlockInstruction): boolean {
    const { code } = this.#emitter;
    const { jumpCount } = this.#links;
    if (jumpCount === 0) {
      this.#emitter.exit(RegionExit.interpret, pc);
      return false;
    }
    const isLoading = op === Op.load_imm_and_jump_indirect;
    this.#emitter.get32(isLoading ? r1 : r0);
    code.i32Const((isLoading ? imm1 : imm0) - 2);
    code.op(Wasm.i32Add);
    code.i32Const(1);
    code.op(Wasm.i32Rotr);
    code.localTee(PARAMETER.entry);
    code.i32Const(jumpCount);
    code.op(Wasm.i32GeU);
    code.if();
    this.#emitter.exit(RegionExit.interpret, pc);
    code.end();
    return true;
  }

  /** Calls the region of a block, to start there. */
  callBlock(block: number): void {
    this.#toBlock(block, false);
  }

  /** Goes on at a block of another region. */
  jumpToBlock(block: number): void {
    this.#toBlock(block, this.#links.hasTailCalls);
    this.#endJump();
  }

  /** Calls the region of the jump table entry whose number is in the entry's local. */
  callThroughTable(): void {
    this.#throughTable(false);
  }

  /** Goes on at the jump table entry whose number is in the entry's local. */
  jumpThroughTable(): void {
    this.#throughTable(this.#links.hasTailCalls);
    this.#endJump();
  }

  /** Returns from the region to the jump table entry whose number is in the entry's local. */
  returnThroughTable(): void {
    const { code } = this.#emitter;
    this.#emitter.settleGas();
    code.localGet(PARAMETER.entry);
    code.i32Const(-1);
    code.op(Wasm.i32Xor);
    this.#emitter.leave();
  }

  #endJump(): void {
    if (!this.#links.hasTailCalls) this.#emitter.code.op(Wasm.return);
  }

  #toBlock(block: number, isTail: boolean): void {
    const { code } = this.#emitter;
    const { jumpCount, regionOf } = this.#links;
    const entry = jumpCount + block;
    const region = regionOf[block]!;
    this.#pass(
      () => code.i32Const(entry),
      () => code.i32Const((entry << EXIT_BITS) | RegionExit.entry),
    );
    const index = this.#functions.get(region);
    if (index === undefined) {
      code.i32Const(jumpCount + region);
      code.callIndirect(REGION_TYPE, isTail);
    } else if (isTail) {
      code.returnCall(index);
    } else {
      code.call(index);
    }
  }

  #throughTable(isTail: boolean): void {
    const { code } = this.#emitter;
    this.#pass(
      () => code.localGet(PARAMETER.entry),
      () => pushEntryResult(code, RegionExit.entry, PARAMETER.entry),
    );
    code.localGet(PARAMETER.entry);
    code.callIndirect(REGION_TYPE, isTail);
  }

  /** Puts everything where a region finds it: all registers in memory, and the parameters on the stack. */
  #pass(pushEntry: () => void, pushResult: () => void): void {
    const { code } = this.#emitter;
    this.#emitter.settleGas();
    this.#emitter.storeRegisters(this.#emitter.changed);
    noteCall(code, pushResult, PARAMETER.gas);
    pushEntry();
    code.localGet(PARAMETER.gas);
    for (const register of PASSED_REGISTERS) this.#emitter.get(register);
  }
}
