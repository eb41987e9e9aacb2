/** How branches compare. */
import { INSTRUCTIONS, type Op } from '../isa/index.js';
import { Wasm } from './wasmOpcodes.js';

export type Relation = '==' | '!=' | '<' | '>=' | '<=' | '>';

/** What a branch compares: it is taken if its first operand is in a relation to the second. */
export interface Comparison {
  readonly relation: Relation;
  readonly isSigned: boolean;
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  eq: '==',
  not_eq: '!=',
  less: '<',
  greater_or_equal: '>=',
  less_or_equal: '<=',
  greater: '>',
};

const COMPARISONS: readonly (Comparison | undefined)[] = INSTRUCTIONS.map(({ name }) => {
  const [, relation, signedness] = name.match(/^branch_(.+?)(_signed|_unsigned)?(?:_imm)?$/) ?? [];
  return relation === undefined ? undefined : { relation: RELATIONS[relation]!, isSigned: signedness === '_signed' };
});

/** What a branch compares; undefined for other instructions. */
export function comparisonOf(op: Op): Comparison | undefined {
  return COMPARISONS[op];
}

/** The relation that holds when one does not. */
export const INVERSE: Readonly<Record<Relation, Relation>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '<=': '>',
  '>': '<=',
};

/** The relation of the second operand to the first. */
export const SWAPPED: Readonly<Record<Relation, Relation>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
  '>': '<',
};

// biome-ignore format: a table reads best in columns
const CODES: Readonly<Record<Relation, readonly [unsigned32: Wasm, unsigned64: Wasm, signed32: Wasm, signed64: Wasm]>> = {
  '==': [Wasm.i32Eq, Wasm.i64Eq, Wasm.i32Eq, Wasm.i64Eq],
  '!=': [Wasm.i32Ne, Wasm.i64Ne, Wasm.i32Ne, Wasm.i64Ne],
  '<': [Wasm.i32LtU, Wasm.i64LtU, Wasm.i32LtS, Wasm.i64LtS],
  '>=': [Wasm.i32GeU, Wasm.i64GeU, Wasm.i32GeS, Wasm.i64GeS],
  '<=': [Wasm.i32LeU, Wasm.i64LeU, Wasm.i32LeS, Wasm.i64LeS],
  '>': [Wasm.i32GtU, Wasm.i64GtU, Wasm.i32GtS, Wasm.i64GtS],
};

/** The WebAssembly instructions that compare so, of 32 and of 64 bits. */
export function comparisonCodes({ relation, isSigned }: Comparison): readonly [code32: Wasm, code64: Wasm] {
  const [unsigned32, unsigned64, signed32, signed64] = CODES[relation];
  return isSigned ? [signed32, signed64] : [unsigned32, unsigned64];
}
