/**
 * Where the conformance vectors and real programs are that this repository shares with others: the folder `shared`
 * beside the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseJson } from './json.js';

const candidate = fileURLToPath(new URL('../../../shared', import.meta.url));

/**
 * Path of the shared folder, or undefined on a machine without it. Tests that need it are then not registered; under CI
 * they have to run, so there a missing folder is an error.
 */
export const sharedDir: string | undefined = existsSync(`${candidate}/vectors`) ? candidate : undefined;

if (sharedDir === undefined && process.env.CI) {
  throw new Error(`the shared vectors and programs are missing: expected them in ${candidate}`);
}

/** Reads a file of the shared folder as bytes. */
export function readShared(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${sharedDir}/${path}`));
}

/** Reads a JSON file of the shared folder; integers that a number cannot hold become bigints. */
export function readSharedJson<T>(path: string): T {
  return parseJson(readFileSync(`${sharedDir}/${path}`, 'utf8')) as T;
}
