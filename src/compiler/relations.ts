/** How branches compare. */
import { INSTRUCTIONS, Op } from '../isa/index.js';

export type Relation = '==' | '!=' | '<' | '>=' | '<=' | '>';

export const INVERSE: Readonly<Record<Relation, Relation>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '<=': '>',
  '>': '<=',
};

const SWAPPED: Readonly<Record<Relation, Relation>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
  '>': '<',
};

/** The relation of the second operand to the first. */
export function swapped(relation: Relation): Relation {
  return SWAPPED[relation];
}

/** What a branch compares: it is taken if its first operand is in a relation to the second. */
export interface Comparison {
  readonly relation: Relation;
  readonly isSigned: boolean;
}

const unsigned = (relation: Relation): Comparison => ({ relation, isSigned: false });
const signed = (relation: Relation): Comparison => ({ relation, isSigned: true });

const COMPARISONS: ReadonlyMap<Op, Comparison> = new Map<Op, Comparison>([
  [Op.branch_eq, unsigned('==')],
  [Op.branch_eq_imm, unsigned('==')],
  [Op.branch_not_eq, unsigned('!=')],
  [Op.branch_not_eq_imm, unsigned('!=')],
  [Op.branch_less_unsigned, unsigned('<')],
  [Op.branch_less_unsigned_imm, unsigned('<')],
  [Op.branch_less_signed, signed('<')],
  [Op.branch_less_signed_imm, signed('<')],
  [Op.branch_greater_or_equal_unsigned, unsigned('>=')],
  [Op.branch_greater_or_equal_unsigned_imm, unsigned('>=')],
  [Op.branch_greater_or_equal_signed, signed('>=')],
  [Op.branch_greater_or_equal_signed_imm, signed('>=')],
  [Op.branch_less_or_equal_unsigned_imm, unsigned('<=')],
  [Op.branch_less_or_equal_signed_imm, signed('<=')],
  [Op.branch_greater_unsigned_imm, unsigned('>')],
  [Op.branch_greater_signed_imm, signed('>')],
]);

const COMPARISON_OF: readonly (Comparison | undefined)[] = INSTRUCTIONS.map(({ op }) => COMPARISONS.get(op));

/** What a branch compares; undefined for other instructions. */
export function comparisonOf(op: Op): Comparison | undefined {
  return COMPARISON_OF[op];
}
