/**
 * Recognizes instructions. All texts of the syntax table are merged into one tree in which a line finds its
 * instruction token by token; where no branch fits, the branches there are tell what was expected.
 */
import { INSTRUCTIONS, type Instruction, instructionByName, type Op, type OperandRole } from '../isa/index.js';
import { SYMBOL_PATTERN, type Token, type TokenKind } from './lexer.js';
import { type Form, OPERATOR_ALIASES, OPERATOR_FORMS, OTHER_ALIASES, OTHER_FORMS } from './syntax.js';

/** Names of the fields that take an instruction's operands, in the encoder and in the decoder. */
export type OperandField = 'r0' | 'r1' | 'r2' | 'imm0' | 'imm1' | 'target';

/** What an operand slot of a line takes. */
export type SlotKind =
  | 'register'
  | 'immediate'
  | 'value64'
  | 'hostcall'
  | 'target'
  | 'labelAddress'
  | 'import'
  | 'zero';

/** A place in a line for one operand. */
export interface Slot {
  readonly kind: SlotKind;
  readonly field: OperandField;
  /** Bits of an immediate that matter, 8 to 64; a value may be given signed or unsigned if they are fewer than 64. */
  readonly bits: number;
  readonly isNegated: boolean;
}

/** An instruction that a line can mean. */
export interface Meaning {
  readonly op: Op;
  /** What the line means on a 32-bit ISA. */
  readonly opOn32Bit: Op;
  /** What the line's operand tokens are, in order. */
  readonly slots: readonly Slot[];
}

/** How a line's tokens go on. Keys are literal texts, or one of the operand kinds below. */
interface Node {
  readonly next: Map<string, Node>;
  meaning: Meaning | undefined;
}

const REGISTER = '$register';
const NUMBER = '$number';
const LABEL = '$label';
const NAME = '$name';

const OPERAND_KEYS: Partial<Record<TokenKind, string>> = {
  register: REGISTER,
  number: NUMBER,
  label: LABEL,
  word: NAME,
  string: NAME,
};

const DESCRIPTIONS: Record<string, string> = {
  [REGISTER]: 'a register',
  [NUMBER]: 'a number',
  [LABEL]: 'a label',
  [NAME]: 'the name of an import',
};

const REGISTER_ROLES: readonly OperandRole[] = ['dst', 'src', 'src1', 'src2', 'base', 'cond', 'size'];

/** Whether an operand is a register. */
export function isRegister(role: OperandRole): boolean {
  return REGISTER_ROLES.includes(role);
}

/** The field of the encoder's and the decoder's operands that has operand `index` of an instruction. */
export function fieldOf({ operands }: Instruction, index: number): OperandField {
  const role = operands[index];
  if (role === 'target') return 'target';
  if (isRegister(role)) return `r${index}` as OperandField;
  const registers = operands.filter(isRegister).length;
  return `imm${index - registers}` as OperandField;
}

const TEMPLATE_TOKEN = new RegExp(String.raw`([$#@'!])(\d)|(\w+|${SYMBOL_PATTERN})`, 'g');

function slotOf(instruction: Instruction, marker: string, operand: number, text: string): Slot {
  const { name, operands, memory } = instruction;
  const role = operands[operand];
  const slot = { field: fieldOf(instruction, operand), bits: 64, isNegated: marker === '!' };
  if (marker === '@') return { ...slot, kind: 'labelAddress' };
  if (marker === "'") return { ...slot, kind: 'import' };
  if (isRegister(role)) return { ...slot, kind: 'register' };
  if (role === 'target' || role === 'hostcall' || role === 'value64') return { ...slot, kind: role };
  const isStored = role === 'value' && memory !== undefined;
  if (isStored) return { ...slot, kind: 'immediate', bits: Number(memory.split(' u')[1]) };
  const isNarrow = role === 'address' || role === 'offset_imm' || name.endsWith('_32') || / if |^tmp/.test(text);
  return { ...slot, kind: 'immediate', bits: isNarrow ? 32 : 64 };
}

function makeRoot(): Node {
  const root: Node = { next: new Map(), meaning: undefined };
  for (const form of [...OPERATOR_FORMS, ...OPERATOR_ALIASES]) addForm(root, form, false);
  for (const form of [...OTHER_FORMS, ...OTHER_ALIASES]) addForm(root, form, true);
  // Names for instructions that have a text of their own as well: return, and move of a register to itself.
  addText(root, instructionByName('jump_indirect')!, 'ret');
  addText(root, instructionByName('move_reg')!, 'nop');
  return root;
}

function addForm(root: Node, [name, text]: Form, allowsIdlePrefix: boolean): void {
  if (name.includes('*')) {
    const wide = instructionByName(name.replace('*', '64'))!;
    const narrow = instructionByName(name.replace('*', '32'))!;
    addVariants(root, wide, text, narrow);
    addVariants(root, narrow, `i32 ${text}`);
    return;
  }
  const instruction = instructionByName(name)!;
  addVariants(root, instruction, text);
  if (allowsIdlePrefix && text.startsWith('$0 =')) addVariants(root, instruction, `i32 ${text}`);
}

/** Adds a text and, where it has an offset in brackets, the same without the offset and with it subtracted. */
function addVariants(root: Node, instruction: Instruction, text: string, on32Bit = instruction): void {
  addText(root, instruction, text, on32Bit);
  const offset = /(\[(?:\$\d|tmp)) \+ [$#](\d)\]/;
  if (offset.test(text)) {
    addText(root, instruction, text.replace(offset, '$1]'), on32Bit);
    addText(root, instruction, text.replace(offset, '$1 - !$2]'), on32Bit);
  }
}

function addText(root: Node, instruction: Instruction, text: string, on32Bit = instruction): void {
  const slots: Slot[] = [];
  let nodes = [root];
  for (const [, marker, operand, literal] of text.matchAll(TEMPLATE_TOKEN)) {
    let keys: string[];
    if (literal === '0') {
      slots.push({ kind: 'zero', field: 'imm0', bits: 64, isNegated: false });
      keys = [NUMBER];
    } else if (literal !== undefined) {
      keys = [literal];
    } else {
      const slot = slotOf(instruction, marker, Number(operand), text);
      slots.push(slot);
      keys = keysOf(slot.kind);
    }
    nodes = nodes.flatMap((node) => keys.map((key) => childOf(node, key)));
  }
  const meaning = { op: instruction.op, opOn32Bit: on32Bit.op, slots };
  for (const node of nodes) {
    if (node.meaning !== undefined) {
      throw new Error(`"${text}" means both ${INSTRUCTIONS[node.meaning.op].name} and ${instruction.name}`);
    }
    node.meaning = meaning;
  }
}

function keysOf(kind: SlotKind): string[] {
  if (kind === 'register') return [REGISTER];
  if (kind === 'target') return [LABEL, NUMBER];
  if (kind === 'labelAddress') return [LABEL];
  return kind === 'import' ? [NAME] : [NUMBER];
}

function childOf(node: Node, key: string): Node {
  let child = node.next.get(key);
  if (child === undefined) {
    child = { next: new Map(), meaning: undefined };
    node.next.set(key, child);
  }
  return child;
}

const ROOT = makeRoot();

/** A line that is an instruction, with the tokens that fill its slots; or the token at which it stops being one. */
export type Recognition =
  | { readonly meaning: Meaning; readonly operands: readonly Token[] }
  | { readonly meaning: undefined; readonly unexpected: Token; readonly expected: string };

/** Finds the instruction that a line means. The last token is the line's end. */
export function recognize(tokens: readonly Token[]): Recognition {
  let node = ROOT;
  const operands: Token[] = [];
  for (const token of tokens) {
    if (token.kind === 'end') {
      if (node.meaning === undefined) break;
      return { meaning: node.meaning, operands };
    }
    // A register can also be part of the text itself, as in memset.
    const literal = token.kind === 'string' || token.kind === 'label' ? undefined : node.next.get(token.text);
    if (literal !== undefined) {
      node = literal;
      continue;
    }
    const operand = node.next.get(OPERAND_KEYS[token.kind] ?? '');
    if (operand === undefined) return { meaning: undefined, unexpected: token, expected: describe(node) };
    operands.push(token);
    node = operand;
  }
  return { meaning: undefined, unexpected: tokens.at(-1)!, expected: describe(node) };
}

function describe(node: Node): string {
  if (node === ROOT) return 'an instruction, a label or a directive';
  const alternatives = [...node.next.keys()].map((key) => DESCRIPTIONS[key] ?? `"${key}"`);
  if (node.meaning !== undefined) alternatives.push('the end of the line');
  const last = alternatives.pop()!;
  return alternatives.length === 0 ? last : `${alternatives.join(', ')} or ${last}`;
}
