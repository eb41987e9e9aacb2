import { INSTRUCTIONS, instructionByName, Op } from '../isa/index.js';

/** One cost per {@link Op}, {@link Op.invalid} included. */
const COST_COUNT = INSTRUCTIONS.length + 1;

const FORMAT_VERSION = 2;

/** The order of costs in a serialised table: instructions by name, then `invalid`. */
const SERIALIZED_ORDER: readonly Op[] = [
  ...[...INSTRUCTIONS].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ op }) => op),
  Op.invalid,
];

const SERIALIZED_BYTES = 4 * (1 + COST_COUNT);

/**
 * A gas cost for every instruction, and one for the invalid instruction. Immutable.
 *
 * A basic block costs the sum of its instructions, modulo 2^32.
 */
export class CostTable {
  /** Every instruction, the invalid one included, costs 1. */
  static readonly naive = new CostTable(new Uint32Array(COST_COUNT).fill(1));

  readonly #costs: Uint32Array;

  private constructor(costs: Uint32Array) {
    this.#costs = costs;
  }

  /**
   * Makes a table from costs by instruction name (`add_imm_64`, or `invalid`); what is not named costs `otherwise`.
   *
   * @throws RangeError for an unknown name, or a cost that is no integer from 0 to 4294967295
   */
  static of(costs: Readonly<Record<string, number>>, otherwise = 1): CostTable {
    const table = new Uint32Array(COST_COUNT).fill(checkedCost('otherwise', otherwise));
    for (const [name, cost] of Object.entries(costs)) table[opByName(name)] = checkedCost(name, cost);
    return new CostTable(table);
  }

  /**
   * Reads a table in the reference's file format: 143 little-endian u32 words, which are the version (2), the costs of
   * the 141 instructions in alphabetical order of their names, and the cost of `invalid`.
   *
   * @throws RangeError when the length or the version is another
   */
  static parse(bytes: Uint8Array): CostTable {
    if (bytes.length !== SERIALIZED_BYTES) {
      throw new RangeError(`cost table: got ${bytes.length} bytes, expected ${SERIALIZED_BYTES} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const version = view.getUint32(0, true);
    if (version !== FORMAT_VERSION) {
      throw new RangeError(`cost table: got version ${version}, expected ${FORMAT_VERSION}`);
    }
    const costs = new Uint32Array(COST_COUNT);
    SERIALIZED_ORDER.forEach((op, position) => {
      costs[op] = view.getUint32(4 * (1 + position), true);
    });
    return new CostTable(costs);
  }

  /** The table in the format that {@link CostTable.parse} reads. */
  serialize(): Uint8Array {
    const bytes = new Uint8Array(SERIALIZED_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, FORMAT_VERSION, true);
    SERIALIZED_ORDER.forEach((op, position) => {
      view.setUint32(4 * (1 + position), this.#costs[op], true);
    });
    return bytes;
  }

  /**
   * The cost of an instruction by its name, or of `invalid`.
   *
   * @throws RangeError for an unknown name
   */
  costOf(name: string): number {
    return this.#costs[opByName(name)];
  }

  /** The cost of an instruction by its number. */
  costOfOp(op: Op): number {
    return this.#costs[op];
  }
}

function opByName(name: string): Op {
  if (name === 'invalid') return Op.invalid;
  const instruction = instructionByName(name);
  if (instruction === undefined)
    throw new RangeError(`cost table: got "${name}", expected the name of an instruction, or invalid`);
  return instruction.op;
}

function checkedCost(name: string, cost: number): number {
  if (!Number.isInteger(cost) || cost < 0 || cost > 0xffffffff) {
    throw new RangeError(`cost table: got ${cost} for "${name}", expected an integer from 0 to 4294967295`);
  }
  return cost;
}
