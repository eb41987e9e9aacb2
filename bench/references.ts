/**
 * The C programs beside the repository, built for this machine and for plain WebAssembly: what the compiler is measured
 * against. Needs gcc, clang-19 and wasm-ld-19 (Debian's gcc, clang-19, lld-19); what cannot be built is left out.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../shared/programs/src/', import.meta.url));
const C_FLAGS = ['-O2', '-I.', '-fno-builtin', '-ffreestanding', '-fno-strict-aliasing'];
const WASM_FLAGS = [
  ...['--target=wasm32', '-mbulk-memory', '-msign-ext', '-nostdlib'],
  ...['-Wl,--no-entry', '-Wl,--export=run', '-Wl,-z,stack-size=65536'],
];

/** Programs that are too large to lie there, by the arguments with which `generate.py` writes their sources. */
const GENERATED: ReadonlyMap<string, readonly string[]> = new Map([['city', ['6000', '2']]]);

const WORK_FOLDER = fileURLToPath(new URL('../node_modules/.cache/pvm-bench/', import.meta.url));

/** Milliseconds of `run(n)` as a native program: the median of `rounds` runs. */
export function nativeMilliseconds(program: string, n: bigint, rounds: number): number | undefined {
  const binary = built('gcc', [...C_FLAGS, source(program), 'native_main.c'], program);
  if (binary === undefined) return undefined;
  return JSON.parse(execFileSync(binary, [String(n), String(rounds)], { encoding: 'utf8' })).run_ms;
}

/** The program as plain WebAssembly: its function `run`. */
export function plainWasm(program: string): ((n: bigint) => bigint) | undefined {
  const file = built('clang-19', [...WASM_FLAGS, ...C_FLAGS, source(program), 'rt.c'], `${program}.wasm`);
  if (file === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
  return exports.run as (n: bigint) => bigint;
}

function source(program: string): string {
  const generated = GENERATED.get(program);
  if (generated === undefined) return `${program}.c`;
  const file = join(workFolder(), `${program}.c`);
  try {
    if (!existsSync(file)) execFileSync('python3', ['generate.py', ...generated, file], { cwd: SOURCES });
  } catch {
    // Without python3 there is no such file to build.
  }
  return file;
}

/** What has been built stays: the largest program takes a compiler minutes. */
function workFolder(): string {
  mkdirSync(WORK_FOLDER, { recursive: true });
  return WORK_FOLDER;
}

function built(compiler: string, args: readonly string[], name: string): string | undefined {
  const output = join(workFolder(), name);
  if (existsSync(output)) return output;
  try {
    execFileSync(compiler, [...args, '-o', output], { cwd: SOURCES, stdio: 'ignore' });
    return output;
  } catch {
    return undefined;
  }
}
