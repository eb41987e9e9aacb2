import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { IsaName } from '../isa/index.js';
import { BLOB_MAGIC, InvalidProgramError, parseProgram } from '../program/index.js';
import { AssemblyError, assemble } from '../text/index.js';
import type { Output } from './command.js';
import { bytesExcerpt, textExcerpt } from './excerpt.js';
import { CliError, EXIT, usageError } from './exit.js';

/** The extension by which a file is taken for assembly text. */
const TEXT_EXTENSION = '.pvmasm';

/** The name that stands for standard input, and for standard output. */
const STANDARD = '-';
const STDIN_DESCRIPTOR = 0;

/** The instruction set of assembly text that declares none. */
export const DEFAULT_ISA: IsaName = 'latest64';

/** How a file is called in messages. */
export function nameOf(path: string): string {
  return path === STANDARD ? 'standard input' : path;
}

/** A file's bytes, or those of standard input for `-`. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === STANDARD ? STDIN_DESCRIPTOR : path);
  } catch (error) {
    throw new CliError(EXIT.unreadable, `cannot read ${nameOf(path)}: ${reason(error)}`);
  }
}

/** Writes a file, replacing what was there; `-` is standard output. */
export function writeBytes(path: string, data: Uint8Array | string, output: Output): void {
  if (path === STANDARD) {
    if (typeof data !== 'string' && output.terminal?.out === true) {
      throw usageError('-o -: standard output is a terminal, expected a file or a pipe for bytes');
    }
    output.out(data);
    return;
  }
  try {
    writeFileSync(path, data);
  } catch (error) {
    throw new CliError(EXIT.unwritable, `cannot write ${path}: ${reason(error)}`);
  }
}

/** Whether the bytes are a program blob rather than its source. */
export function isBlob(bytes: Uint8Array): boolean {
  return BLOB_MAGIC.every((byte, index) => bytes[index] === byte);
}

/** The blob in a file, which may hold the program as assembly text instead. */
export function readBlob(path: string): Uint8Array {
  const bytes = readBytes(path);
  if (isBlob(bytes)) return bytes;
  const isSource = extname(path) === TEXT_EXTENSION || (path === STANDARD && isText(bytes));
  return isSource ? assembleText(path, bytes, { debugPath: path }) : bytes;
}

/** The blob that a file's assembly text stands for; text that declares no instruction set is for `isa`. */
export function assembleText(
  path: string,
  source: Uint8Array,
  { isa = DEFAULT_ISA, debugPath }: { readonly isa?: IsaName; readonly debugPath?: string | undefined } = {},
): Uint8Array {
  const text = new TextDecoder().decode(source);
  try {
    return assemble(text, { isa, debugPath });
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    const excerpt = textExcerpt(text, error.line, error.column);
    throw new CliError(EXIT.invalidProgram, `${nameOf(path)}: ${error.message}`, excerpt);
  }
}

/** Runs `action` on a blob, and reports a program that it finds invalid as the file's fault, with the bytes at fault. */
export function withProgramErrors<T>(path: string, blob: Uint8Array, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InvalidProgramError)) throw error;
    throw new CliError(
      EXIT.invalidProgram,
      `${nameOf(path)}: invalid program: ${error.message}${isText(blob) ? hintOfText(path) : ''}`,
      placeOf(error, blob),
    );
  }
}

function placeOf({ section, offset }: InvalidProgramError, blob: Uint8Array): string {
  if (offset === undefined) return '';
  if (section !== 'code') return bytesExcerpt(blob, offset);
  // Offsets into the code are told for programs that parse.
  return bytesExcerpt(parseProgram(blob).code, offset);
}

function hintOfText(path: string): string {
  const advice =
    extname(path) === TEXT_EXTENSION ? '' : `; assembly text is taken from files called *${TEXT_EXTENSION}`;
  return `. It looks like text${advice}`;
}

/** Whether bytes are text: UTF-8 without control characters but those that lines need. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what text does not have
    return !/[\u0000-\u0008\u000e-\u001f]/.test(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, 4096)),
    );
  } catch {
    return false;
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOTDIR') return 'a part of the path is not a directory';
  return message;
}
