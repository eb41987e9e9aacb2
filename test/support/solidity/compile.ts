import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Hex } from 'polkavm-js/contracts';
import type { Abi } from 'viem';

/** A contract, compiled for both machines from the same source. */
export interface CompiledContract {
  readonly abi: Abi;
  /** The program, by resolc. */
  readonly blob: Hex;
  /** Code that deploys it on an EVM, by solc. */
  readonly evmCode: Hex;
}

type CompiledFile = Readonly<Record<string, CompiledContract>>;
type Sources = Readonly<Record<string, { readonly content: string }>>;

/** What both compilers answer, as far as it is used. */
interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Record<string, { abi: Abi; evm?: { bytecode?: { object?: string } } }>>>;
}

const SOURCES = new URL('../../contracts/solidity/sources/', import.meta.url);
const EXAMPLE = new URL('../../../examples/Counter.sol', import.meta.url);
const MODULES = new URL('../../../node_modules/', import.meta.url);
const CACHE = new URL('.cache/polkavm-js-contracts/', MODULES);
/** As long as the compilers may take on a slow machine. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Compiles the tests' contracts, for both machines. That takes minutes, so that it is done once: what becomes of each file
 * is kept in `node_modules/.cache`, under a hash of everything that it depends on. Of several processes that ask at the
 * same time one compiles, and the others wait for it.
 *
 * @returns contracts by name
 */
export async function compileContracts(): Promise<ReadonlyMap<string, CompiledContract>> {
  mkdirSync(CACHE, { recursive: true });
  const compiled: [string, CompiledContract][] = [];
  await whileLocked(async () => {
    const missing: Record<string, { content: string; cached: URL }> = {};
    for (const { name, content, cached } of sourceFiles()) {
      const known = readCached<CompiledFile>(cached);
      if (known === undefined) missing[name] = { content, cached };
      else compiled.push(...Object.entries(known));
    }
    if (Object.keys(missing).length === 0) return;
    const sources = Object.fromEntries(Object.entries(missing).map(([name, { content }]) => [name, { content }]));
    const [pvm, evm] = [await compile('polkavm', sources), await compile('evm', sources)];
    for (const [name, { cached }] of Object.entries(missing)) {
      const file = contractsOf(name, pvm, evm);
      writeCached(cached, file);
      compiled.push(...Object.entries(file));
    }
  });
  return new Map(compiled);
}

/**
 * What resolc says of a source that it does not compile. It is kept as programs are.
 *
 * @throws Error if it does compile it
 */
export async function compilationError(content: string): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const cached = new URL(`error-${keyOf(content)}.json`, CACHE);
  let message = readCached<string>(cached);
  await whileLocked(async () => {
    message ??= await compile('polkavm', { 'Wrong.sol': { content } }).then(
      () => undefined,
      (error: unknown) => String(error),
    );
  });
  if (message === undefined) throw new Error('resolc compiles this');
  writeCached(cached, message);
  return message;
}

function sourceFiles(): { name: string; content: string; cached: URL }[] {
  const files = readdirSync(SOURCES).map((name) => new URL(name, SOURCES));
  return [...files, EXAMPLE]
    .filter(({ pathname }) => pathname.endsWith('.sol'))
    .map((file) => {
      const name = basename(file.pathname);
      const content = readFileSync(file, 'utf8');
      return { name, content, cached: new URL(`${name}-${keyOf(content)}.json`, CACHE) };
    });
}

/** Everything that the result depends on, in a hash: the source, and who compiles it with what. */
function keyOf(content: string): string {
  const versions = ['@parity/resolc', 'solc', '@openzeppelin/contracts'].map((name) => {
    const { version } = JSON.parse(readFileSync(new URL(`${name}/package.json`, MODULES), 'utf8')) as {
      version: string;
    };
    return `${name} ${version}`;
  });
  return createHash('sha256')
    .update(JSON.stringify([versions, content]))
    .digest('hex')
    .slice(0, 32);
}

function readCached<T>(file: URL): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Nobody must see half of it. */
function writeCached(file: URL, content: unknown): void {
  const draft = new URL(`${file.href}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(content));
  renameSync(draft, file);
}

async function compile(target: 'polkavm' | 'evm', sources: Sources): Promise<CompilerOutput> {
  const worker = new Worker(new URL('compilerWorker.mjs', import.meta.url), { workerData: { target, sources } });
  try {
    const [output]: CompilerOutput[] = await once(worker, 'message');
    const failures = (output!.errors ?? []).filter(({ severity }) => severity === 'error');
    if (failures.length > 0) throw new Error(failures.map(({ formattedMessage }) => formattedMessage).join('\n'));
    return output!;
  } finally {
    await worker.terminate();
  }
}

/** Contracts that have code: interfaces and abstract contracts have none. */
function contractsOf(file: string, pvm: CompilerOutput, evm: CompilerOutput): CompiledFile {
  const contracts: Record<string, CompiledContract> = {};
  for (const [name, { abi, evm: output }] of Object.entries(evm.contracts?.[file] ?? {})) {
    const program = pvm.contracts?.[file]?.[name]?.evm?.bytecode?.object;
    const evmCode = output?.bytecode?.object;
    if (program && evmCode) contracts[name] = { abi, blob: `0x${program}`, evmCode: `0x${evmCode}` };
  }
  return contracts;
}

/** Runs an action while no other process does, in the cache's folder. */
async function whileLocked(action: () => Promise<void>): Promise<void> {
  const lock = new URL('lock', CACHE);
  for (const start = Date.now(); !tryLock(lock); await setTimeout(200)) {
    if (Date.now() - start > PATIENCE_MS) throw new Error(`another process keeps ${lock.pathname} for too long`);
  }
  try {
    await action();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The lock is a file with the number of the process that has it. One that was killed has it no more. */
function tryLock(lock: URL): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const owner = Number(readFileSync(lock, { encoding: 'utf8', flag: 'a+' }));
    if (owner > 0 && owner !== process.pid && !isAlive(owner)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
