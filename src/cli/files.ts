import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { IsaName } from '../isa/index.js';
import { BLOB_MAGIC, InvalidProgramError } from '../program/index.js';
import { AssemblyError, assemble } from '../text/index.js';
import { CliError, Exit } from './exit.js';

/** The extension by which a file is taken for assembly text. */
const TEXT_EXTENSION = '.pvmasm';

/** The instruction set of assembly text that declares none. */
export const DEFAULT_ISA: IsaName = 'latest64';

/** A file's bytes. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError(Exit.unreadable, `cannot read ${path}: ${reason(error)}`);
  }
}

/** Writes a file, replacing what was there. */
export function writeBytes(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new CliError(Exit.unwritable, `cannot write ${path}: ${reason(error)}`);
  }
}

/** Whether the bytes are a program blob rather than its source. */
export function isBlob(bytes: Uint8Array): boolean {
  return BLOB_MAGIC.every((byte, index) => bytes[index] === byte);
}

/** The blob in a file, which may hold the program as assembly text instead. */
export function readBlob(path: string): Uint8Array {
  const bytes = readBytes(path);
  return extname(path) === TEXT_EXTENSION && !isBlob(bytes) ? assembleText(path, bytes) : bytes;
}

/** The blob that a file's assembly text stands for; text that declares no instruction set is for `isa`. */
export function assembleText(path: string, source: Uint8Array, isa: IsaName = DEFAULT_ISA): Uint8Array {
  try {
    return assemble(new TextDecoder().decode(source), { isa });
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    throw new CliError(Exit.invalidProgram, `${path}: ${error.message}`);
  }
}

/** Runs `action`, and reports a program that it finds invalid as the file's fault. */
export function withProgramErrors<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InvalidProgramError)) throw error;
    throw new CliError(Exit.invalidProgram, `${path}: invalid program: ${error.message}`);
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
