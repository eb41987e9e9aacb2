import { REGISTER_COUNT, registerIndex } from '../isa/index.js';
import { AssemblyError, quote } from './assemblyError.js';
import { parseName, unquote } from './symbols.js';

/** What a piece of a line is. `end` closes every line. */
export type TokenKind = 'register' | 'number' | 'label' | 'word' | 'string' | 'symbol' | 'end';

/** A piece of a line. */
export interface Token {
  readonly kind: TokenKind;
  /** As written; without the `@` for a label, and without quotes and escapes for a quoted name. */
  readonly text: string;
  /** Position in the line, from 0. */
  readonly column: number;
  /** Index of a register. */
  readonly register: number;
  /** Whether a number has a minus sign in front of it. */
  readonly isNegative: boolean;
}

/** Operators and punctuation, longer ones before those they begin with. */
export const SYMBOL_PATTERN = String.raw`\.\.|>>a|>>r|>>|<<r|<<|[<>]=[us]|[<>][us]|==|!=|[/%][us]|[-=[\](),+*&|^~]`;

const QUOTED = String.raw`'(?:[^'\\]|\\.)*'`;
const TOKEN = new RegExp(
  String.raw`\s*(?:([A-Za-z_]\w*)|((?:0x[0-9a-fA-F]+|0b[01]+|\d+)(?!\w))|(${SYMBOL_PATTERN})|@(${QUOTED}|\S+)|(${QUOTED}))`,
  'y',
);
const UNSIGNED_NUMBER = /(?:0x[0-9a-fA-F]+|0b[01]+|\d+)(?!\w)/y;
const BLANKS = /\s*/y;

const NUMBERED_REGISTERS = new Map(Array.from({ length: REGISTER_COUNT }, (_, index) => [`r${index}`, index]));

/** The index of a register given by its ABI name or as r0 to r12, or undefined. */
export function parseRegister(name: string): number | undefined {
  return registerIndex(name) ?? NUMBERED_REGISTERS.get(name);
}

/**
 * Splits `line` from `start` to `end` into tokens; the last one is of the kind `end`.
 *
 * @throws AssemblyError at the first character that begins no token; `lineNumber` is for its message.
 */
export function tokenize(line: string, start: number, end: number, lineNumber: number): Token[] {
  const tokens: Token[] = [];
  let position = start;
  while (position < end) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(line);
    if (match === null || TOKEN.lastIndex > end) {
      BLANKS.lastIndex = position;
      BLANKS.exec(line);
      const column = BLANKS.lastIndex;
      const found = line.slice(column, end).match(/^\S+/)?.[0] ?? '';
      throw new AssemblyError({
        line: lineNumber,
        column: column + 1,
        found: quote(found),
        expected: 'a register, a number, a label, a keyword or an operator',
      });
    }
    position = TOKEN.lastIndex;
    const [, word, number, symbol, label, quoted] = match;
    if (word !== undefined) {
      const register = parseRegister(word);
      const kind = register === undefined ? 'word' : 'register';
      tokens.push({ kind, text: word, column: position - word.length, register: register ?? -1, isNegative: false });
    } else if (number !== undefined) {
      tokens.push(token('number', number, position - number.length));
    } else if (symbol !== undefined) {
      const column = position - symbol.length;
      const signed = isSign(symbol) && !endsOperand(tokens.at(-1)) ? numberAt(line, position, end) : undefined;
      if (signed === undefined) {
        tokens.push(token('symbol', symbol, column));
      } else {
        position += signed.length;
        tokens.push({ kind: 'number', text: signed, column, register: -1, isNegative: symbol === '-' });
      }
    } else if (label !== undefined) {
      tokens.push(token('label', parseName(label), position - label.length - 1));
    } else {
      tokens.push(token('string', unquote(quoted!), position - quoted!.length));
    }
  }
  tokens.push(token('end', '', end));
  return tokens;
}

function token(kind: TokenKind, text: string, column: number): Token {
  return { kind, text, column, register: -1, isNegative: false };
}

function isSign(symbol: string): boolean {
  return symbol === '-' || symbol === '+';
}

/** Whether a minus or plus behind this token is an operator and not a sign. */
function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return token.kind === 'register' || token.kind === 'number' || token.text === ']' || token.text === ')';
}

function numberAt(line: string, position: number, end: number): string | undefined {
  UNSIGNED_NUMBER.lastIndex = position;
  const text = UNSIGNED_NUMBER.exec(line)?.[0];
  return text !== undefined && position + text.length <= end ? text : undefined;
}
