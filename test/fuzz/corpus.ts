import { readdirSync, readFileSync } from 'node:fs';
import { fixtureProgram } from '../../fixtures/index.js';
import { ISA_NAMES } from '../../src/isa/index.js';
import { assemble } from '../../src/text/index.js';
import { readShared, sharedDir } from '../support/shared.js';

/** Larger programs are too slow to damage a hundred thousand times. */
const SMALL = 64 * 1024;

/** A program that has a bit of everything: data, memory of all widths, calls, a jump table, arithmetic, imports; text for every ISA. */
const SOURCE = `%import = first
%import = second
%ro_data_size = 4096
%ro_data = 01 02 03 04
%rw_data_size = 8192
%rw_data = 05 06 07 08
%stack_size = 8192

pub @main:
i32 sp = sp + -32
a1 = i32 [0x10000]
u32 [0x30000] = a1
a2 = u8 [sp + 4]
u16 [sp + 8] = a1
u8 [0x30010] = 17
i32 a0 = a0 + a1
i32 a3 = a0 * a1
a4 = a3 & 0xff
ra = @back
jump @function if a4 <u 200
ecalli 0
t0 = @table
jump [t0]
@table:
i32 a5 = a0 >> 3
i32 a5 = a5 /u a1
ecalli 1
@back:
i32 a0 = a0 + -1
jump @back if a0 >s 5
i32 sp = sp + 32
ret

pub @function:
a1 = 10
@loop:
i32 a1 = a1 - 1
a2 = a2 ^ a1
u32 [sp + -8] = a2
jump @loop if a1 != 0
ret
`;

const OWN = ISA_NAMES.map((isa) => assemble(SOURCE, { isa }));
const BENCH = new URL('../../bench/programs/', import.meta.url);

/** Small programs, real ones where they are at hand. */
export const corpus: readonly Uint8Array[] = [
  ...OWN,
  fixtureProgram(),
  ...readdirSync(BENCH)
    .filter((name) => name.endsWith('.pvmasm'))
    .map((name) => assemble(readFileSync(new URL(name, BENCH), 'utf8'))),
  ...sharedBlobs().filter(({ length }) => length <= SMALL),
];

/** Programs of hundreds of kilobytes, where they are at hand. */
export const largeCorpus: readonly Uint8Array[] = sharedBlobs().filter(({ length }) => length > SMALL);

function sharedBlobs(): Uint8Array[] {
  if (sharedDir === undefined) return [];
  return readdirSync(`${sharedDir}/programs/blobs`).map((name) => readShared(`programs/blobs/${name}`));
}
