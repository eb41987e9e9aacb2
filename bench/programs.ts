import { existsSync, readFileSync } from 'node:fs';
import { assemble } from 'polkavm-js/text';

/** A program that computes for a while: `run(n) -> u64`. */
export interface BenchProgram {
  readonly name: string;
  readonly blob: Uint8Array;
  readonly argument: bigint;
}

const SHARED = new URL('../../shared/programs/blobs/', import.meta.url);
/**
 * What the compiler is measured on: arguments by which the programs compute for some tens of milliseconds as native code,
 * and how many times longer than `gcc -O2` PolkaVM's native recompiler takes, with full-l2 gas, on a machine of this kind.
 */
const COMPILER_PROGRAMS = {
  memops: { argument: 200n, recompilerToGcc: 1.7 },
  sieve: { argument: 4_000_000n, recompilerToGcc: 2.15 },
  sha256: { argument: 8n, recompilerToGcc: 1.33 },
  matmul: { argument: 20n, recompilerToGcc: 2.14 },
  fib: { argument: 32n, recompilerToGcc: 2.65 },
  crc32: { argument: 16n, recompilerToGcc: 1.36 },
  maze: { argument: 100_000n, recompilerToGcc: 1.31 },
  city: { argument: 100_000n, recompilerToGcc: 1.3 },
};
const OWN = new URL('./programs/', import.meta.url);

/** Programs of revive_v1: the C programs that lie beside the repository, or where they are missing some of its own in assembly text. */
export function benchPrograms(): readonly BenchProgram[] {
  if (existsSync(SHARED)) {
    return [
      { name: 'sieve', blob: sharedBlob('c_sieve_revive'), argument: 800_000n },
      { name: 'sha256', blob: sharedBlob('c_sha256_revive'), argument: 1n },
      { name: 'memops', blob: sharedBlob('c_memops_revive'), argument: 40n },
    ];
  }
  return [
    { name: 'sieve (text)', blob: ownBlob('sieve'), argument: 800_000n },
    { name: 'mix (text)', blob: ownBlob('mix'), argument: 2_000_000n },
    { name: 'copy (text)', blob: ownBlob('copy'), argument: 2_000_000n },
  ];
}

/** What the compiler is measured on; nothing without the C programs. */
export function compilerPrograms(): readonly (BenchProgram & { readonly recompilerToGcc: number })[] {
  if (!existsSync(SHARED)) return [];
  return Object.entries(COMPILER_PROGRAMS).map(([name, { argument, recompilerToGcc }]) => ({
    name,
    blob: sharedBlob(`c_${name}`),
    argument,
    recompilerToGcc,
  }));
}

/** A large real program, where there is one. */
export function largeProgram(): Uint8Array | undefined {
  return existsSync(SHARED) ? sharedBlob('c_city_revive') : undefined;
}

/** A program of about `codeSize` bytes of code: functions of a few blocks each, as compilers make them. */
export function syntheticProgram(codeSize: number): Uint8Array {
  const bytesPerFunction = 52;
  const count = Math.max(1, Math.round(codeSize / bytesPerFunction));
  const lines = ['%isa = revive_v1', '%rw_data_size = 4096', '%stack_size = 4096', 'pub @run:'];
  for (let index = 0; index < count; index++) {
    lines.push(
      `@f${index}:`,
      'sp = sp + -16',
      'u64 [sp + 8] = ra',
      `a1 = a0 + ${1000 + index}`,
      'a2 = a1 * a0',
      `jump @g${index} if a2 <u a1`,
      `a2 = a2 ^ ${index}`,
      'u64 [0x20000] = a2',
      `@g${index}:`,
      'a3 = u32 [0x20000]',
      'i32 a0 = a3 + a2',
      'ra = u64 [sp + 8]',
      'sp = sp + 16',
    );
  }
  lines.push('ret');
  return assemble(lines.join('\n'));
}

function sharedBlob(name: string): Uint8Array {
  return readFileSync(new URL(`${name}.polkavm`, SHARED));
}

function ownBlob(name: string): Uint8Array {
  return assemble(readFileSync(new URL(`${name}.pvmasm`, OWN), 'utf8'));
}
