/** Compiles Solidity with resolc, if that is installed where the command is used or beside this package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AbiJson, Hex } from '../contracts/index.js';
import { CliError, EXIT, usageError } from './exit.js';
import { readBytes } from './files.js';

/** A contract that has code. */
export interface CompiledContract {
  readonly name: string;
  readonly abi: AbiJson;
  readonly blob: Hex;
}

/** What resolc answers. */
interface Resolc {
  compile(sources: Readonly<Record<string, { readonly content: string }>>): Promise<{
    readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
    readonly contracts?: Readonly<
      Record<
        string,
        Readonly<
          Record<string, { readonly abi: AbiJson; readonly evm?: { readonly bytecode?: { readonly object?: string } } }>
        >
      >
    >;
  }>;
}

/**
 * Compiles a file and all that it imports.
 *
 * @returns contracts that have code: first those of the file
 * @throws CliError if resolc is not installed, or does not take the file
 */
export async function compileSolidity(path: string): Promise<readonly CompiledContract[]> {
  const content = new TextDecoder().decode(readBytes(path));
  const { compile } = await loadResolc();
  const name = basename(path);
  const output = await compile({ [name]: { content } }).catch((error: unknown) => {
    throw new CliError(EXIT.invalidProgram, `${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const failures = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (failures.length > 0) {
    const messages = failures.map(({ formattedMessage }) => formattedMessage.trim()).join('\n\n');
    throw new CliError(EXIT.invalidProgram, `${path} does not compile\n${messages}`);
  }
  const { [name]: own = {}, ...imported } = output.contracts ?? {};
  return [own, ...Object.values(imported)].flatMap((file) =>
    Object.entries(file).flatMap(([contract, { abi, evm }]) => {
      const code = evm?.bytecode?.object;
      return code ? [{ name: contract, abi, blob: `0x${code}` as const }] : [];
    }),
  );
}

/** Splits `FILE.sol:Contract`; undefined if it does not end like that. */
export function splitContractPath(path: string): { readonly file: string; readonly contract: string } | undefined {
  const parts = /^(.+\.sol):([A-Za-z_$][\w$]*)$/.exec(path);
  if (parts !== null) return { file: parts[1]!, contract: parts[2]! };
  if (path.endsWith('.sol')) throw usageError(`${path}: expected FILE.sol:CONTRACT, the contract is missing`);
  return undefined;
}

async function loadResolc(): Promise<Resolc> {
  for (const from of [pathToFileURL(resolve('package.json')).href, import.meta.url]) {
    const entry = resolveFrom(from);
    if (entry !== undefined) return (await import(pathToFileURL(entry).href)) as Resolc;
  }
  throw new CliError(
    EXIT.usage,
    'compiling Solidity needs the package @parity/resolc: npm install @parity/resolc, or compile elsewhere and name the program',
  );
}

function resolveFrom(from: string): string | undefined {
  try {
    const entry = createRequire(from).resolve('@parity/resolc');
    return existsSync(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
