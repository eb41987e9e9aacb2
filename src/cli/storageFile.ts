import { hexToBytes } from '@noble/hashes/utils.js';
import type { InMemoryState } from '../virtualization/index.js';
import { textExcerpt } from './excerpt.js';
import { CliError, EXIT } from './exit.js';
import { readBytes } from './files.js';

/**
 * Reads the storage that a runtime sees: a JSON file of the form
 * `{ "main": { KEY: VALUE, ... }, "children": { NAME: { KEY: VALUE, ... }, ... } }`, both parts optional. Keys, values
 * and names of child tries are hexadecimal behind 0x, or else text that stands for its UTF-8 bytes.
 *
 * @throws CliError for a file that cannot be read or has another form
 */
export function readStorageFile(path: string): InMemoryState {
  const json = parseJson(path);
  const { main = {}, children = {}, ...others } = record(path, 'the file', json);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw malformed(path, `"${unknown}"`, 'only "main" and "children"');
  return {
    storage: entries(path, 'main', main),
    childStorage: Object.entries(record(path, 'children', children)).map(([name, trie]) => [
      bytes(path, 'children', name),
      entries(path, `children.${name}`, trie),
    ]),
  };
}

function parseJson(path: string): unknown {
  const text = new TextDecoder().decode(readBytes(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new CliError(EXIT.usage, `--storage ${path}: ${message}`, excerptOf(text, message));
  }
}

/** The place that the parser's message names, if it names one. */
function excerptOf(text: string, message: string): string {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  if (position === undefined) return '';
  const lines = text.slice(0, Number(position)).split('\n');
  return textExcerpt(text, lines.length, lines.at(-1)!.length + 1);
}

function entries(path: string, where: string, trie: unknown): [key: Uint8Array, value: Uint8Array][] {
  return Object.entries(record(path, where, trie)).map(([key, value]) => {
    if (typeof value !== 'string') throw malformed(path, `${JSON.stringify(value)} at ${where}.${key}`, 'a string');
    return [bytes(path, where, key), bytes(path, `${where}.${key}`, value)];
  });
}

function record(path: string, where: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(path, `${where} is ${JSON.stringify(value)}`, 'an object');
  }
  return value as Record<string, unknown>;
}

function bytes(path: string, where: string, text: string): Uint8Array {
  if (!text.startsWith('0x')) return new TextEncoder().encode(text);
  try {
    return hexToBytes(text.slice(2));
  } catch {
    throw malformed(path, `"${text}" in ${where}`, 'pairs of hexadecimal digits behind 0x');
  }
}

function malformed(path: string, found: string, expected: string): CliError {
  return new CliError(EXIT.usage, `--storage ${path}: ${found}, expected ${expected}`);
}
