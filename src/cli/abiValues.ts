/** Arguments of functions from the words of a command line, and results as text. */
import type { AbiParameter } from 'viem';
import { usageError } from './exit.js';

/** viem, an optional peer dependency. */
export type Viem = typeof import('viem');

/** @throws CliError if viem is not installed */
export async function loadViem(): Promise<Viem> {
  try {
    return await import('viem');
  } catch {
    throw usageError('encoding arguments needs the package viem: npm install viem, or give --data');
  }
}

/**
 * The values of parameters, from a word for each: numbers in decimal or hex, `true` and `false`, bytes and addresses in hex,
 * text as it is, and arrays and structs as JSON.
 *
 * @param what is being called, for messages
 * @throws CliError naming the parameter
 */
export function parseArguments(what: string, parameters: readonly AbiParameter[], words: readonly string[]): unknown[] {
  if (parameters.length !== words.length) {
    const types = parameters.map(({ type }) => type).join(', ');
    throw usageError(`${what}: expected ${parameters.length} arguments (${types}), got ${words.length}`);
  }
  return parameters.map((parameter, i) => parseValue(parameter, words[i]!, `${what}: argument ${i + 1}`));
}

function parseValue(parameter: AbiParameter, word: string, where: string): unknown {
  const { type } = parameter;
  if (type.endsWith(']') || type.startsWith('tuple')) return fromJson(parameter, parseJson(word, type, where), where);
  if (type === 'string') return word;
  if (type === 'bool') {
    if (word !== 'true' && word !== 'false') throw usageError(`${where}: expected true or false, got "${word}"`);
    return word === 'true';
  }
  if (/^u?int/.test(type)) {
    if (!/^(-?\d+|0x[0-9a-f]+)$/i.test(word))
      throw usageError(`${where}: expected a number for ${type}, got "${word}"`);
    return BigInt(word);
  }
  if (!/^0x([0-9a-f]{2})*$/i.test(word)) throw usageError(`${where}: expected hex for ${type}, got "${word}"`);
  return word;
}

/** Numbers in JSON may be strings, as those beyond 2^53 must be. */
function fromJson(parameter: AbiParameter, value: unknown, where: string): unknown {
  const array = /^(.*)\[(\d*)\]$/.exec(parameter.type);
  if (array !== null) {
    const element = { ...parameter, type: array[1]! };
    if (!Array.isArray(value)) throw usageError(`${where}: expected a list for ${parameter.type}`);
    return value.map((one) => fromJson(element, one, where));
  }
  if (parameter.type === 'tuple' && 'components' in parameter) {
    if (typeof value !== 'object' || value === null) throw usageError(`${where}: expected an object for a struct`);
    const fields = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      parameter.components.map((component, i) => {
        const name = component.name ?? String(i);
        const field = Array.isArray(value) ? value[i] : fields[name];
        return [name, fromJson(component, field, `${where}.${name}`)];
      }),
    );
  }
  if (value === undefined || value === null) throw usageError(`${where}: expected ${parameter.type}, got nothing`);
  return parseValue(parameter, String(value), where);
}

function parseJson(word: string, type: string, where: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    throw usageError(`${where}: expected JSON for ${type}, got "${word}"`);
  }
}

/** A decoded value as JSON has it: numbers of more than 53 bits as decimal strings. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
  }
  return value;
}

/** A decoded value as text. */
export function toText(value: unknown): string {
  return typeof value === 'bigint' || typeof value === 'string' ? String(value) : JSON.stringify(toJson(value));
}
