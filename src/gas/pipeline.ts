import { Op, REGISTER_COUNT } from '../isa/index.js';
import {
  BRANCH_HIT,
  BRANCH_MISS,
  DECODE_SLOTS,
  EXTRA_SLOT_UNLESS_SRC,
  EXTRA_SLOT_UNLESS_SRC1,
  FREE_RESOURCES,
  makePipelineCosts,
  type PipelineCosts,
  READS_0,
  READS_1,
  READS_2,
  RESOURCE_GUARDS,
  WRITES,
} from './pipelineCosts.js';

/** Instructions that can be in flight: the entries of the reorder buffer. Their sets are bits of an int32. */
const BUFFER = 32;
const STARTS_PER_CYCLE = 5;
/** Cycles at the end of a block that are not charged. */
const SLACK = 3;
/** Instructions before any block: no register has a producer. */
const NO_PRODUCER = -1;
/** The earliest end of execution when nothing executes. Cycle 0 is never one, as every latency is at least 1. */
const NEVER = 0;

/**
 * The pipeline of the full gas model (spec: gas model, sections 3 to 5): four decode slots a cycle, a reorder buffer of
 * 32 entries, out-of-order start when operands and resources are there, retirement in program order.
 *
 * Feed it the instructions of one basic block in order, then ask for the block's cost, which also makes it ready for the
 * next block. Nothing is allocated on the way.
 *
 * An instruction is known by its sequence number in the block; its entry is that number modulo 32. An entry goes through
 * five states, and each is a bit set: decoding, waiting, executing, finishing (its result is there, one cycle goes by),
 * executed (it can retire).
 */
export class Pipeline {
  readonly #costs: PipelineCosts;

  #cycle = 0;
  #decodeSlots = DECODE_SLOTS;
  #freeResources = FREE_RESOURCES;
  /** Sequence number of the oldest instruction in flight, and of the next one to come. */
  #head = 0;
  #tail = 0;

  #decoding = 0;
  #waiting = 0;
  #executing = 0;
  #finishing = 0;
  #executed = 0;

  /** The entries that wait for results of others; for each of them of which, and for each entry the ones that wait. */
  #blocked = 0;
  readonly #dependencies = new Int32Array(BUFFER);
  readonly #dependents = new Int32Array(BUFFER);
  readonly #latency = new Uint8Array(BUFFER);
  readonly #resources = new Uint32Array(BUFFER);
  /**
   * The cycle at whose start an executing entry has its result, and the earliest of them. 32 bits are enough: no code is
   * longer than 32 MiB, and no instruction takes more than some hundred cycles.
   */
  readonly #finishesAt = new Uint32Array(BUFFER);
  #firstFinish = NEVER;

  /**
   * Sequence number of the instruction that last wrote a register. It says nothing any more once that instruction has
   * finished, so it need not be taken back then.
   */
  readonly #producer = new Int32Array(REGISTER_COUNT).fill(NO_PRODUCER);

  /** A pipeline for a register width and a latency of loads, 1 to 127 cycles. */
  constructor(is64Bit: boolean, loadLatency: number) {
    this.#costs = makePipelineCosts(is64Bit, loadLatency);
  }

  /**
   * Decodes one instruction. Register operands are in decoding order; those that the instruction lacks are ignored, as
   * is `branchIsPredicted` for all but conditional branches.
   */
  feed(op: Op, r0: number, r1: number, r2: number, branchIsPredicted: boolean): void {
    const { latency, slots, resources, traits } = this.#costs;
    const trait = traits[op];
    let neededSlots = slots[op];
    if (trait >= EXTRA_SLOT_UNLESS_SRC1) {
      const isCopy = r0 !== r1 && ((trait & EXTRA_SLOT_UNLESS_SRC) === 0 || r0 !== r2);
      if (isCopy) neededSlots++;
    }
    if (this.#decodeSlots < neededSlots || this.#tail - this.#head === BUFFER) this.#run(BUFFER - 1, false);
    this.#decodeSlots -= neededSlots;

    if (op === Op.move_reg) {
      // A renaming: it takes no entry, and what reads the copy waits for what the original waits for.
      this.#producer[r0] = this.#producer[r1];
      return;
    }

    const sequence = this.#tail++;
    const entry = sequence & (BUFFER - 1);
    let dependencies = 0;
    if ((trait & READS_0) !== 0) dependencies |= this.#pendingProducer(r0);
    if ((trait & READS_1) !== 0) dependencies |= this.#pendingProducer(r1);
    if ((trait & READS_2) !== 0) dependencies |= this.#pendingProducer(r2);
    if ((trait & WRITES) !== 0) this.#producer[r0] = sequence;
    this.#dependencies[entry] = dependencies;
    this.#dependents[entry] = 0;
    this.#latency[entry] = latency[op] || (branchIsPredicted ? BRANCH_HIT : BRANCH_MISS);
    this.#resources[entry] = resources[op];
    this.#decoding |= 1 << entry;
    if (dependencies !== 0) {
      this.#blocked |= 1 << entry;
      for (let entries = dependencies; entries !== 0; entries &= entries - 1) {
        this.#dependents[lowestBit(entries)] |= 1 << entry;
      }
    }
  }

  /**
   * Lets everything in flight retire, and returns the cost of the block: its cycles but three, at least 1.
   *
   * The cycle counter of the reference is a u32 that it reads as an i32 here. So a block of 2^31 cycles and more, which
   * takes some 20 MiB of code without a block end, costs 1 instead. That is kept: equal gas everywhere matters more.
   */
  endBlock(): number {
    this.#run(0, true);
    const cost = Math.max(1, (this.#cycle - SLACK) | 0);
    this.#cycle = 0;
    this.#head = 0;
    this.#tail = 0;
    this.#producer.fill(NO_PRODUCER);
    return cost;
  }

  /** The bit of the entry whose result a register still waits for, or 0. */
  #pendingProducer(register: number): number {
    const sequence = this.#producer[register];
    if (sequence < this.#head) return 0;
    return (1 << sequence) & ~(this.#finishing | this.#executed);
  }

  /** Ends the decoding of this cycle, and lets cycles pass until at most `limit` instructions are in flight. */
  #run(limit: number, isDraining: boolean): void {
    let wasDecoding = true;
    do {
      const retired = this.#retire();
      this.#start();
      let step = 1;
      // Idle cycles are skipped, and this shows: entries that could start in the next cycle, because five others did in
      // this one, wait for the whole jump. It is part of the model, not just a shortcut.
      if (!wasDecoding && (isDraining || retired === 0) && this.#finishing === 0 && this.#firstFinish !== NEVER) {
        step = this.#firstFinish - this.#cycle;
      }
      this.#execute(step);
      if (wasDecoding) {
        this.#waiting |= this.#decoding;
        this.#decoding = 0;
        this.#decodeSlots = DECODE_SLOTS;
        wasDecoding = false;
      }
    } while (this.#tail - this.#head > limit);
  }

  /** Retires the executed entries that no older one holds back, and returns how many. */
  #retire(): number {
    const executed = rotateRight(this.#executed, this.#head);
    const retired = BUFFER - Math.clz32(executed & ~(executed + 1));
    if (retired !== 0) {
      this.#executed = rotateRight(executed & (executed + 1), -this.#head);
      this.#head += retired;
    }
    return retired;
  }

  /** Starts up to five of the entries that wait for nothing and find resources, oldest first. */
  #start(): void {
    const head = this.#head;
    let candidates = rotateRight(this.#waiting & ~this.#blocked, head);
    for (let started = 0; candidates !== 0 && started < STARTS_PER_CYCLE; candidates &= candidates - 1) {
      const entry = (head + lowestBit(candidates)) & (BUFFER - 1);
      const free = this.#freeResources - this.#resources[entry];
      if ((free & RESOURCE_GUARDS) !== RESOURCE_GUARDS) continue;
      this.#freeResources = free;
      started++;
      const finishesAt = this.#cycle + this.#latency[entry];
      this.#finishesAt[entry] = finishesAt;
      if (this.#firstFinish === NEVER || finishesAt < this.#firstFinish) this.#firstFinish = finishesAt;
      this.#waiting ^= 1 << entry;
      this.#executing |= 1 << entry;
    }
  }

  /** Lets cycles pass. Entries whose result is there release their resources and those that wait for them. */
  #execute(cycles: number): void {
    this.#cycle += cycles;
    this.#executed |= this.#finishing;
    this.#finishing = 0;
    if (this.#firstFinish !== this.#cycle) return;

    let firstFinish = NEVER;
    let finishing = 0;
    let dependents = 0;
    for (let entries = this.#executing; entries !== 0; entries &= entries - 1) {
      const entry = lowestBit(entries);
      const finishesAt = this.#finishesAt[entry];
      if (finishesAt === this.#cycle) {
        finishing |= 1 << entry;
        dependents |= this.#dependents[entry];
        this.#freeResources += this.#resources[entry];
      } else if (firstFinish === NEVER || finishesAt < firstFinish) {
        firstFinish = finishesAt;
      }
    }
    this.#firstFinish = firstFinish;
    this.#executing ^= finishing;
    this.#finishing = finishing;

    for (let entries = dependents; entries !== 0; entries &= entries - 1) {
      const entry = lowestBit(entries);
      const dependencies = this.#dependencies[entry] & ~finishing;
      this.#dependencies[entry] = dependencies;
      if (dependencies === 0) this.#blocked ^= 1 << entry;
    }
  }
}

/** Rotates an int32 right by `count` modulo 32 bits. */
function rotateRight(bits: number, count: number): number {
  return (bits >>> count) | (bits << -count);
}

/** Position of the lowest set bit of a non-zero int32. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
