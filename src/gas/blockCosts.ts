import { Op } from '../isa/index.js';
import { decodeFollowing, endsBlock, InstructionDecoder, type Program } from '../program/index.js';
import { type CostModel, LOAD_LATENCY } from './costModel.js';
import { CostTable } from './costTable.js';
import { Pipeline } from './pipeline.js';

/** A byte that is an opcode in no ISA, for ISAs without `unlikely`. */
const UNUSED_OPCODE = 255;

/** Tells what basic blocks cost. */
export interface BlockCosts {
  /**
   * The gas cost of the basic block that starts at a code offset, a u32: of the instructions from there through the
   * first that ends the block, which is the invalid instruction where the code ends or has a gap. The offset need not be
   * a jump target. At the end of the code and behind it the cost is that of a trap.
   */
  costOfBlock(start: number): number;
}

/** Computes the costs of a program's basic blocks under a cost model. It keeps no results. */
export class BlockCostCalculator implements BlockCosts {
  readonly #decoder: InstructionDecoder;
  #model: CostTable | Pipeline;
  readonly #makePipeline: () => Pipeline;
  /** Whether the pipeline has instructions of a block in it: for ever, if the stack of the host has overflowed meanwhile. */
  #isPipelineInUse = false;
  readonly #trap: number;
  readonly #unlikely: number;

  constructor(program: Program, model: CostModel) {
    const { isa } = program;
    this.#decoder = new InstructionDecoder(program);
    const latency = model === 'naive' || model instanceof CostTable ? 0 : LOAD_LATENCY[model];
    this.#makePipeline = () => new Pipeline(isa.is64Bit, latency);
    if (model === 'naive') this.#model = CostTable.naive;
    else if (model instanceof CostTable) this.#model = model;
    else this.#model = this.#makePipeline();
    this.#trap = isa.opcodeOf[Op.trap];
    this.#unlikely = isa.opcodeOf[Op.unlikely] < 0 ? UNUSED_OPCODE : isa.opcodeOf[Op.unlikely];
  }

  costOfBlock(start: number): number {
    const model = this.#model;
    if (model instanceof CostTable) return this.#sum(start, model);
    const pipeline = this.#isPipelineInUse ? this.#makePipeline() : model;
    this.#model = pipeline;
    this.#isPipelineInUse = true;
    const cost = this.#simulate(start, pipeline);
    this.#isPipelineInUse = false;
    return cost;
  }

  #sum(start: number, table: CostTable): number {
    const decoder = this.#decoder;
    if (start >= decoder.codeLength) return table.costOfOp(Op.trap);
    decoder.decode(start);
    let cost = table.costOfOp(decoder.op);
    while (!endsBlock(decoder.op)) {
      decodeFollowing(decoder);
      cost = (cost + table.costOfOp(decoder.op)) >>> 0;
    }
    return cost;
  }

  #simulate(start: number, pipeline: Pipeline): number {
    const decoder = this.#decoder;
    if (start >= decoder.codeLength) {
      pipeline.feed(Op.trap, 0, 0, 0, false);
      return pipeline.endBlock();
    }
    decoder.decode(start);
    while (!endsBlock(decoder.op)) {
      pipeline.feed(decoder.op, decoder.r0, decoder.r1, decoder.r2, false);
      decodeFollowing(decoder);
    }
    pipeline.feed(decoder.op, decoder.r0, decoder.r1, decoder.r2, this.#isPredicted());
    return pipeline.endBlock();
  }

  /**
   * Whether the branch that was decoded last counts as predicted: on one of its two ways is a trap, an `unlikely` or the
   * end of the code. Only bytes are compared, whether or not an instruction is marked there (spec: gas model, section 6).
   * For other instructions the answer means nothing.
   */
  #isPredicted(): boolean {
    return this.#isUnlikelyAt(this.#decoder.next) || this.#isUnlikelyAt(this.#decoder.target);
  }

  #isUnlikelyAt(offset: number): boolean {
    const byte = this.#decoder.byteAt(offset);
    return byte === undefined || byte === this.#trap || byte === this.#unlikely;
  }
}
