import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SolcOutput } from '@parity/resolc';
import { fromHex, type Hex, keccakHex } from 'polkavm-js/contracts';

/** Contract name to its program: a PolkaVM blob. Interfaces and abstract contracts have none and are left out. */
export type CompiledContracts = ReadonlyMap<string, Uint8Array>;

/** What is kept of one source file: contract name to code. */
type CompiledFile = Record<string, Hex>;

const CACHE = new URL('../../node_modules/.cache/solidity/', import.meta.url);

/**
 * Compiles Solidity files to PolkaVM programs with `@parity/resolc`.
 *
 * That takes about 20 seconds however small the sources are, so that each file's result is kept in
 * `node_modules/.cache`, under a hash of the source and the compiler's version, and only files without one are
 * compiled, all in one go. For the hash to say everything a file may not import another.
 *
 * @param files the sources; contract names must differ across them
 * @param beforeCompiling told the names of the files that are not in the cache, before the long wait
 * @throws Error with the compiler's messages if a file does not compile
 */
export async function compileSolidity(
  files: readonly URL[],
  beforeCompiling: (fileNames: readonly string[]) => void = () => {},
): Promise<CompiledContracts> {
  const compiler = await compilerVersion();
  const sources = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file, 'utf8');
      if (/^\s*import\b/m.test(content)) throw new Error(`${fileURLToPath(file)}: expected a file without imports`);
      const cached = new URL(`${keccakHex(new TextEncoder().encode(`${compiler}\n${content}`))}.json`, CACHE);
      return { name: basename(file.pathname), content, cached, compiled: await readCached(cached) };
    }),
  );

  const missing = sources.filter((source) => source.compiled === undefined);
  if (missing.length > 0) {
    beforeCompiling(missing.map((source) => source.name));
    const output = await runCompiler(Object.fromEntries(missing.map(({ name, content }) => [name, { content }])));
    await mkdir(CACHE, { recursive: true });
    for (const source of missing) {
      source.compiled = programsOf(output, source.name);
      await writeAtomically(source.cached, JSON.stringify(source.compiled));
    }
  }
  return new Map(
    sources.flatMap(({ compiled }) => Object.entries(compiled ?? {}).map(([name, code]) => [name, fromHex(code)])),
  );
}

async function compilerVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@parity/resolc');
  const manifest = JSON.parse(await readFile(new URL('../package.json', `file://${entry}`), 'utf8'));
  return `${manifest.name} ${manifest.version}`;
}

async function readCached(file: URL): Promise<CompiledFile | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Several processes may compile the same file at once: none must see another's half-written result. */
async function writeAtomically(file: URL, content: string): Promise<void> {
  const draft = new URL(`${file.href}.${process.pid}`);
  await writeFile(draft, content);
  await rename(draft, file);
}

async function runCompiler(sources: Record<string, { content: string }>): Promise<SolcOutput> {
  const worker = new Worker(new URL('./resolcWorker.mjs', import.meta.url), { workerData: sources });
  try {
    const [output]: SolcOutput[] = await once(worker, 'message');
    const failures = (output.errors ?? []).filter((message) => message.severity === 'error');
    if (failures.length > 0) throw new Error(failures.map((message) => message.formattedMessage).join('\n'));
    return output;
  } finally {
    await worker.terminate();
  }
}

function programsOf(output: SolcOutput, fileName: string): CompiledFile {
  const programs: CompiledFile = {};
  for (const [name, contract] of Object.entries(output.contracts[fileName] ?? {})) {
    // An interface comes out without `evm`, whatever the compiler's types say.
    const code = contract.evm?.bytecode?.object;
    if (code) programs[name] = `0x${code}`;
  }
  return programs;
}
