/** The errors that the library's sources throw, found in the sources. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { root, sourceFiles } from './documents.js';

/** An error that is made somewhere in the sources. */
export interface ThrownError {
  /** Path of the file. */
  readonly file: string;
  /** What makes it: the name of its class, or the method of a reader. */
  readonly maker: string;
  /** Its message, with … in the place of what differs. */
  readonly message: string;
}

/**
 * Layers whose messages are not listed one by one: the command line has exit codes, contracts have reasons, the messages of
 * assembly text come from its grammar, and those of the compiler are about defects of its own.
 */
const ELSEWHERE = /^src\/(cli|contracts|text|compiler)\//;
/** Defects of the package itself, which no input leads to. */
const DEFECTS = ['a backend handed over to nobody', 'the interpreter has no case for record …'];

/** Every error with a message of its own. */
export function thrownErrors(): ThrownError[] {
  return sourceFiles()
    .filter((file) => !ELSEWHERE.test(file))
    .flatMap(errorsOf)
    .filter(({ message }) => !DEFECTS.includes(message));
}

function errorsOf(file: string): ThrownError[] {
  const source = ts.createSourceFile(file, readFileSync(root + file, 'utf8'), ts.ScriptTarget.Latest, true);
  const errors: ThrownError[] = [];
  const visit = (node: ts.Node): void => {
    if (isMaker(node)) add(node.expression.getText(), messageOf(node));
    // The reason that a kind of memory gives for all that it refuses.
    if (ts.isPropertyDeclaration(node) && node.name.getText() === 'refusal') add('MemoryAccessError', refusalOf(node));
    ts.forEachChild(node, visit);
  };
  const add = (maker: string, message: string | undefined): void => {
    if (message !== undefined) errors.push({ file, maker, message });
  };
  visit(source);
  return errors;
}

function refusalOf({ initializer }: ts.PropertyDeclaration): string | undefined {
  return initializer && `…: ${textOf(initializer)}`;
}

/** `new SomeError(...)`, or the `error` method of a reader of blobs. */
function isMaker(node: ts.Node): node is ts.NewExpression | ts.CallExpression {
  if (ts.isNewExpression(node)) return /Error$/.test(node.expression.getText());
  return ts.isCallExpression(node) && /(?:[rR]eader|this)\.error$/.test(node.expression.getText());
}

function messageOf({
  expression,
  arguments: args = ts.factory.createNodeArray(),
}: ts.NewExpression | ts.CallExpression) {
  const texts = args.map(textOf);
  if (/WireFormatError$/.test(expression.getText())) return `invalid ${texts[0]}: found …, expected …`;
  if (/MemoryAccessError$/.test(expression.getText())) return texts[3] === undefined ? undefined : `…: ${texts[3]}`;
  return texts[0];
}

/** The text of a string, with … for what is put into it; undefined for another expression. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce((text, { literal }) => `${text}…${literal.text}`, node.head.text);
  }
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return undefined;
}
