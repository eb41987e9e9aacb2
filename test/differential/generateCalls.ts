/**
 * Random programs about calls: recursion to any depth, loops around calls, and every way for a call and its return not to
 * match. A register holds fuel: functions and loops that find it used up come to their ends, so that most programs do too.
 */
import { Op, RA, SP } from '../../src/isa/index.js';
import { RETURN_TO_HOST } from '../../src/memory/index.js';
import type { Random } from '../fuzz/random.js';
import type { CodeBuilder, GeneratedCode } from './codeBuilder.js';
import { emitCountedRounds } from './countedRounds.js';
import { BRANCHES } from './generateCode.js';
import { A0, A1, A2, A4, A5, S0, S1, StraightCode, T0, T1, T2 } from './straightCode.js';

const FUEL = S0;
/** Bytes at a frame's end for the return address, the caller's fuel and loop counters. */
const KEPT = 32;
/** Bytes at its end in frames that keep nothing but the return address, for the deepest recursion. */
const RETURN_ADDRESS = 8;
const COUNTERS = 2;

/** Where a function keeps its return address while it runs. */
type Keeping = 'frame' | 'register' | 'global' | 'nowhere';

interface GuestFunction {
  readonly label: number;
  /** The register in which the function expects its return address. */
  readonly link: number;
  readonly keeping: Keeping;
  /** Bytes that it takes from the stack; 0 where it has no frame. */
  readonly frame: number;
  /** Whether the fuel after the call is that before it. */
  readonly restoresFuel: boolean;
  /** How it returns in the end: mostly to its caller. */
  readonly leaving: Leaving;
}

const LEAVINGS = [
  'return',
  'otherRegister',
  'neighbour',
  'anywhere',
  'callBack',
  'tailCall',
  'tailCallPointer',
  'longJump',
  'swap',
  'unbalanced',
  'highBits',
  'end',
] as const;
type Leaving = (typeof LEAVINGS)[number];

/** Generates code of some functions that call each other. */
export function generateCalls(code: CodeBuilder): GeneratedCode {
  return new CallGenerator(code).generate();
}

class CallGenerator {
  readonly #code: CodeBuilder;
  readonly #random: Random;
  readonly #straight: StraightCode;
  readonly #functions: readonly GuestFunction[];
  /** How often things are done that compilers do not do. */
  readonly #wildness: number;
  /** Whether most of what could call does. */
  readonly #isDeep: boolean;
  /** How often a call remembers where it returns to, for a long jump to come back to it from further inside. */
  readonly #remembering: number;
  /** Jump table entries by label, for return addresses that several calls have in common. */
  readonly #addresses = new Map<number, number>();
  /** Where the program ends. */
  readonly #end: number;
  #current: GuestFunction;
  #counters = 0;

  constructor(code: CodeBuilder) {
    this.#code = code;
    this.#random = code.random;
    this.#straight = new StraightCode(code, [S1], true);
    this.#wildness = code.random.pick([0, 0.02, 0.1, 0.4]);
    this.#isDeep = code.chance(0.5);
    this.#remembering = code.random.pick([0, 0.1, 0.4]);
    const count = 1 + this.#random.below(code.chance(0.1) ? 30 : 6);
    const usualLink = code.chance(0.8) ? RA : this.#random.pick([T0, S1, A5]);
    const usualKeeping: Keeping = code.chance(0.8) ? 'frame' : this.#random.pick(['register', 'global', 'nowhere']);
    const usualFrame = code.chance(0.4) ? RETURN_ADDRESS + 8 : KEPT + 8 + 8 * this.#random.below(4);
    this.#functions = Array.from({ length: count }, () => {
      const keeping = this.#oddly() ? this.#random.pick(['register', 'global', 'nowhere'] as const) : usualKeeping;
      return {
        label: code.newLabels(1),
        link: this.#oddly() ? this.#random.pick([RA, T0, S1, A5, A0]) : usualLink,
        keeping,
        frame: keeping === 'frame' ? usualFrame : 0,
        restoresFuel: usualFrame > KEPT && code.chance(0.1),
        leaving: this.#oddly() ? this.#random.pick(LEAVINGS) : 'return',
      };
    });
    this.#end = code.newLabels(1);
    this.#current = this.#functions[0];
  }

  generate(): GeneratedCode {
    const main = this.#code.newLabels(1);
    this.#code.placeBlock(main);
    this.#main();
    for (const called of this.#functions) {
      this.#current = called;
      this.#function(called);
    }
    return this.#code.finish([main, ...this.#functions.map(({ label }) => label)]);
  }

  #oddly(): boolean {
    return this.#code.chance(this.#wildness);
  }

  /** Fuels and calls once or in a loop, then returns to the host. */
  #main(): void {
    const fuel = this.#random.pick([3, 20, 100, 100, 500, 500, 3000, 3000, 20_000, 100_000]);
    const isLoop = this.#code.chance(0.4);
    const rounds = this.#random.pick([2, 5, 40]);
    const counter = this.#address(0);
    // Room for what functions without frames find above the stack pointer.
    this.#code.add(SP, SP, -KEPT);
    if (isLoop) this.#storeGlobal(counter, rounds);
    const header = this.#label();
    this.#code.emit(Op.load_imm, { r0: FUEL, imm0: isLoop && fuel > 3000 ? 3000 : fuel });
    this.#straight.point(S1);
    this.#call();
    if (isLoop) {
      this.#code.emit(this.#code.word('load'), { r0: T0, imm0: counter });
      this.#code.add(T0, T0, -1);
      this.#code.emit(this.#code.word('store'), { r0: T0, imm0: counter });
      this.#code.emitJump(Op.branch_greater_signed_imm, header, { r0: T0 });
    }
    if (this.#code.chance(0.3)) this.#call();
    this.#code.placeBlock(this.#end);
    this.#code.emit(Op.load_imm, { r0: RA, imm0: RETURN_TO_HOST | 0 });
    this.#code.emit(Op.jump_indirect, { r0: RA });
  }

  #function(called: GuestFunction): void {
    const { label, frame } = called;
    const code = this.#code;
    const base = code.newLabels(1);
    code.placeBlock(label);
    this.#straight.frame = Math.max(8, frame - KEPT);
    this.#counters = 0;
    const isBaseFirst = code.chance(0.2);
    if (!isBaseFirst) this.#spendFuel(base);
    else {
      const body = code.newLabels(1);
      code.add(FUEL, FUEL, -1);
      code.emitJump(Op.branch_greater_signed_imm, body, { r0: FUEL });
      this.#baseCase(base);
      code.placeBlock(body);
    }
    this.#keepReturnAddress(called);
    this.#sequence(this.#isDeep ? 2 : 3);
    this.#leave(called.leaving);
    if (!isBaseFirst) this.#baseCase(base);
  }

  /** What a function does without fuel, before it has a frame. */
  #baseCase(label: number): void {
    this.#code.placeBlock(label);
    if (this.#code.chance(0.4)) this.#rarity();
    else if (this.#code.chance(0.5)) this.#straight.body();
    if (this.#code.chance(this.#remembering)) this.#longJump();
    this.#code.emit(Op.jump_indirect, { r0: this.#current.link });
  }

  /** Goes to a label when there is no fuel left. */
  #spendFuel(label: number): void {
    this.#code.add(FUEL, FUEL, this.#oddly() ? -2 : -1);
    const op = this.#oddly() ? Op.branch_eq_imm : Op.branch_less_or_equal_signed_imm;
    this.#code.emitJump(op, label, { r0: FUEL });
  }

  #keepReturnAddress({ keeping, link, frame, restoresFuel }: GuestFunction): void {
    const code = this.#code;
    const store = code.word('store_indirect');
    if (keeping === 'frame') {
      code.add(SP, SP, -frame);
      code.emit(store, { r0: link, r1: SP, imm0: frame - 8 });
      if (restoresFuel) code.emit(store, { r0: FUEL, r1: SP, imm0: frame - 16 });
    } else if (keeping === 'register') code.emit(Op.move_reg, { r0: A4, r1: link });
    else if (keeping === 'global') code.emit(code.word('store'), { r0: link, imm0: this.#address(1) });
  }

  /** Undoes {@link #keepReturnAddress}. */
  #fetchReturnAddress(): void {
    const { keeping, link, frame, restoresFuel } = this.#current;
    const code = this.#code;
    const load = code.word('load_indirect');
    if (keeping === 'frame') {
      if (restoresFuel) code.emit(load, { r0: FUEL, r1: SP, imm0: frame - 16 });
      code.emit(load, { r0: link, r1: SP, imm0: frame - 8 });
      code.add(SP, SP, frame);
    } else if (keeping === 'register') code.emit(Op.move_reg, { r0: link, r1: A4 });
    else if (keeping === 'global') code.emit(code.word('load'), { r0: link, imm0: this.#address(1) });
  }

  #leave(leaving: Leaving): void {
    const code = this.#code;
    const { link } = this.#current;
    this.#fetchReturnAddress();
    const jump = (register: number, offset = 0): void => {
      code.emit(Op.jump_indirect, { r0: register, imm0: offset });
    };
    switch (leaving) {
      case 'return':
        jump(link);
        break;
      case 'otherRegister': {
        const other = this.#random.pick([T1, A1, RA]);
        code.emit(Op.move_reg, { r0: other, r1: link });
        jump(other);
        break;
      }
      case 'neighbour':
        jump(link, this.#random.pick([2, -2, 4]));
        break;
      case 'anywhere':
        code.emit(Op.load_imm, { r0: A1, imm0: this.#addressOf(this.#anyLabel()) });
        jump(A1);
        break;
      case 'callBack': {
        const next = code.newLabels(1);
        const operands = { r0: this.#random.pick([link, RA, T1]), r1: link, imm0: this.#addressOf(next) };
        code.emit(Op.load_imm_and_jump_indirect, operands);
        code.place(next);
        jump(operands.r0);
        break;
      }
      case 'tailCall':
      case 'tailCallPointer': {
        const callee = this.#random.pick(this.#functions);
        if (callee.link !== link) code.emit(Op.move_reg, { r0: callee.link, r1: link });
        if (leaving === 'tailCall') {
          code.emitJump(Op.jump, callee.label);
          break;
        }
        code.emit(Op.load_imm, { r0: T2, imm0: this.#addressOf(callee.label) });
        jump(T2);
        break;
      }
      case 'longJump':
        this.#longJump();
        jump(link);
        break;
      case 'swap': {
        // The other side's return address is in memory, as with coroutines. The first time there is none.
        const first = code.newLabels(1);
        code.emit(code.word('load'), { r0: T2, imm0: this.#address(4) });
        code.emit(code.word('store'), { r0: link, imm0: this.#address(4) });
        code.emitJump(Op.branch_eq_imm, first, { r0: T2 });
        jump(T2);
        code.place(first);
        jump(link);
        break;
      }
      case 'unbalanced':
        code.add(SP, SP, this.#random.pick([8, -8, 16, -64]));
        jump(link);
        break;
      case 'highBits':
        // Addresses are of 32 bits: the others do not count.
        if (code.is64Bit) {
          code.emit(Op.load_imm64, { r0: T1, imm0: 0, imm1: this.#random.pick([1, -1, 1 << 31]) });
          code.emit(Op.add_64, { r0: link, r1: link, r2: T1 });
        }
        jump(link);
        break;
      case 'end':
        if (code.chance(0.5)) code.emit(Op.load_imm, { r0: RA, imm0: RETURN_TO_HOST | 0 });
        else code.emit(Op.trap);
        jump(RA);
        break;
    }
  }

  /** Jumps to the place that was remembered last, if there is one. */
  #longJump(): void {
    const code = this.#code;
    const none = code.newLabels(1);
    code.emit(code.word('load'), { r0: T1, imm0: this.#address(2) });
    code.emitJump(Op.branch_eq_imm, none, { r0: T1 });
    if (code.chance(0.9)) code.emit(code.word('load'), { r0: SP, imm0: this.#address(3) });
    code.emit(Op.jump_indirect, { r0: T1 });
    code.place(none);
  }

  #sequence(depth: number): void {
    const code = this.#code;
    const count = 1 + this.#random.below(3);
    for (let i = 0; i < count; i++) {
      const choice = this.#random.below(100);
      if (choice < (this.#isDeep ? 45 : 25)) this.#call();
      else if (choice < 58) this.#straight.body();
      else if (choice < 60) emitCountedRounds(code, this.#straight);
      else if (choice < 72 && depth > 0) this.#loop(depth - 1);
      else if (choice < 82 && depth > 0) this.#choice(depth - 1);
      else if (choice < 92) this.#seldom(() => this.#rarity());
      else if (choice < 95) this.#label();
      else this.#seldom(() => this.#leave(this.#random.pick(LEAVINGS)));
    }
  }

  /** A label that starts a block here. */
  #label(): number {
    const label = this.#code.newLabels(1);
    this.#code.placeBlock(label);
    return label;
  }

  /** Does something once in a number of times. */
  #seldom(what: () => void): void {
    const code = this.#code;
    const skip = code.newLabels(1);
    const mask = this.#random.pick([1, 3, 15, 63, 63, 255, 255]);
    code.emit(Op.and_imm, { r0: T1, r1: FUEL, imm0: mask });
    code.emitJump(Op.branch_not_eq_imm, skip, { r0: T1, imm0: this.#random.below(mask + 1) });
    what();
    code.placeBlock(skip);
  }

  /** What stops a program, or moves what calls rely on. */
  #rarity(): void {
    const choice = this.#random.below(100);
    const code = this.#code;
    if (choice < 45) code.emit(Op.ecalli, { imm0: this.#random.below(300) });
    else if (choice < 60) this.#straight.growHeap();
    else if (choice < 65) code.emit(Op.trap);
    else if (choice < 75) this.#rememberPlace();
    else if (choice < 85) this.#call();
    else if (choice < 90) this.#straight.noise();
    else if (choice < 95 && code.has(Op.memset)) {
      this.#straight.point(A0);
      code.emit(Op.load_imm, { r0: A2, imm0: this.#random.below(300) });
      code.emit(Op.memset);
    } else this.#straight.body();
  }

  /** Where a long jump comes to. */
  #rememberPlace(): void {
    const code = this.#code;
    const { link, keeping } = this.#current;
    if (keeping === 'nowhere' && code.chance(0.5)) {
      code.emit(code.word('store'), { r0: link, imm0: this.#address(2) });
      return;
    }
    const here = code.newLabels(1);
    this.#remember(this.#addressOf(here));
    code.placeBlock(here);
  }

  #remember(address: number): void {
    this.#storeGlobal(this.#address(2), address);
    this.#code.emit(this.#code.word('store'), { r0: SP, imm0: this.#address(3) });
  }

  /** A loop with a counter in the frame, whose header calls may return to. */
  #loop(depth: number): void {
    const code = this.#code;
    const { frame } = this.#current;
    const exit = code.newLabels(1);
    const isCounted = frame > KEPT && this.#counters < COUNTERS && code.chance(0.8);
    const offset = frame - 24 - 8 * this.#counters;
    if (isCounted) {
      this.#counters++;
      code.emit(Op.load_imm, { r0: T0, imm0: this.#random.pick([1, 2, 3, 10, 50]) });
      code.emit(code.word('store_indirect'), { r0: T0, r1: SP, imm0: offset });
    }
    const header = this.#label();
    this.#spendFuel(exit);
    if (isCounted) {
      code.emit(code.word('load_indirect'), { r0: T0, r1: SP, imm0: offset });
      code.add(T0, T0, -1);
      code.emit(code.word('store_indirect'), { r0: T0, r1: SP, imm0: offset });
      code.emitJump(Op.branch_less_or_equal_signed_imm, exit, { r0: T0 });
    }
    this.#sequence(depth);
    if (code.chance(0.4)) this.#call(header);
    else if (code.chance(0.7)) code.emitJump(Op.jump, header);
    else code.emitJump(Op.branch_greater_signed_imm, header, { r0: FUEL });
    code.placeBlock(exit);
    if (isCounted) this.#counters--;
  }

  /** One way or another; a call on the first way may return to where they meet. */
  #choice(depth: number): void {
    const code = this.#code;
    const [otherwise, meeting] = [code.newLabels(1), code.newLabels(1)];
    if (code.chance(0.3)) {
      code.emitJump(this.#random.pick(BRANCHES).op, otherwise, {
        r0: this.#straight.data(),
        r1: this.#straight.data(),
      });
    } else {
      const mask = this.#random.pick([1, 1, 3, 7]);
      code.emit(Op.and_imm, { r0: T1, r1: FUEL, imm0: mask });
      code.emitJump(Op.branch_not_eq_imm, otherwise, { r0: T1, imm0: this.#random.below(mask + 1) });
    }
    this.#sequence(depth);
    if (code.chance(0.5)) this.#call(meeting);
    else code.emitJump(Op.jump, meeting);
    code.placeBlock(otherwise);
    this.#sequence(depth);
    code.placeBlock(meeting);
  }

  /** A call that returns to a label, or else to what comes next. */
  #call(elsewhere?: number): void {
    const code = this.#code;
    const returnsTo = elsewhere ?? code.newLabels(1);
    const self = this.#current;
    const callee = code.chance(0.3) ? self : this.#random.pick(this.#functions);
    const link = this.#oddly() ? this.#random.pick([RA, T0, S1, A5, A0]) : callee.link;
    const address = this.#oddly() && code.chance(0.3) ? this.#wildAddress() : this.#addressOf(returnsTo);
    if (elsewhere === undefined && code.chance(this.#remembering)) this.#remember(address);
    const form = this.#random.below(20);
    if (form < 12) code.emitJump(Op.load_imm_and_jump, callee.label, { r0: link, imm0: address });
    else if (form < 13) {
      code.emit(Op.load_imm, { r0: link, imm0: address });
      code.emitJump(Op.jump, callee.label);
    } else if (form < 14 && code.is64Bit) {
      code.emit(Op.load_imm64, { r0: link, imm0: address, imm1: this.#random.pick([0, 1, -1]) });
      code.emitJump(Op.jump, callee.label);
    } else if (form < 15) {
      code.emit(Op.load_imm, { r0: link, imm0: address });
      code.emit(Op.load_imm, { r0: T2, imm0: this.#addressOf(callee.label) });
      code.emit(Op.jump_indirect, { r0: T2 });
    } else if (form < 17) {
      // One function or another: through four jump table entries one behind the other.
      code.emit(Op.and_imm, { r0: T1, r1: FUEL, imm0: 6 });
      const table = [callee, ...Array.from({ length: 3 }, () => this.#random.pick(this.#functions))];
      const addresses = table.map(({ label }) => code.addressOf(label));
      code.emit(Op.load_imm_and_jump_indirect, { r0: link, r1: T1, imm0: address, imm1: addresses[0] });
    } else {
      const pointer = this.#random.pick([T2, A1, link]);
      code.emit(Op.load_imm, { r0: pointer, imm0: this.#addressOf(callee.label) - 6 });
      code.emit(Op.load_imm_and_jump_indirect, { r0: link, r1: pointer, imm0: address, imm1: 6 });
    }
    if (elsewhere !== undefined) return;
    code.place(returnsTo);
    // Where the return address is lost, returning may come here for ever.
    if (self.keeping !== 'frame' && code.chance(0.8)) {
      code.add(FUEL, FUEL, -1);
      code.emitJump(Op.branch_less_signed_imm, this.#end, { r0: FUEL, imm0: this.#random.pick([-20, -500, -20_000]) });
    }
  }

  /** An address that leads nowhere, to the host, or to what no call is in front of. */
  #wildAddress(): number {
    const known = this.#addressOf(this.#anyLabel());
    return this.#random.pick([0, 1, known + 1, -2, RETURN_TO_HOST | 0, 1_000_000, known, known, known]);
  }

  #anyLabel(): number {
    return this.#random.below(this.#code.labelCount);
  }

  /** The address that jumps to a label, mostly the same one each time. */
  #addressOf(label: number): number {
    const known = this.#addresses.get(label);
    if (known !== undefined && this.#code.chance(0.8)) return known;
    const address = this.#code.addressOf(label);
    this.#addresses.set(label, address);
    return address;
  }

  /** Address of a global variable. */
  #address(index: number): number {
    return (this.#code.map.readWriteBase + 8 * index) | 0;
  }

  #storeGlobal(address: number, value: number): void {
    this.#code.emit(Op.store_imm_u32, { imm0: address, imm1: value });
    if (this.#code.is64Bit) this.#code.emit(Op.store_imm_u32, { imm0: address + 4, imm1: 0 });
  }
}
