/**
 * A second implementation of the full gas model, slow and plain, to compare the fast one with. It follows the
 * specification sentence by sentence (gas model, sections 4, 5 and 7) and shares no code and no table with `src/gas`.
 */

/** One instruction of a block as the model sees it. */
export interface Fed {
  readonly name: string;
  /** Register operands in decoding order. */
  readonly registers: readonly number[];
  /** For conditional branches: whether the branch counts as predicted. */
  readonly isPredicted: boolean;
}

const RESOURCES = ['alu', 'load', 'store', 'mul', 'div'] as const;
type Resource = (typeof RESOURCES)[number];

interface Entry {
  state: 'empty' | 'decoding' | 'waiting' | 'executing' | 'executed';
  remaining: number;
  readonly needs: Map<Resource, number>;
  readonly dependencies: Set<number>;
  readonly writes: Set<number>;
}

/**
 * The table of section 7. A row: instructions; latency, where `a/b` is latest32 / 64-bit; decode slots likewise, with
 * `+` for one more if dst differs from src1 and `++` for one more if it differs from both sources; resources; what is
 * written; what is read; whether it ends the block.
 */
const TABLE = `
xor and or add_64 sub_64 | 1 | 1++ | alu 1 | 0 | 1 2 |
add_32 sub_32 | 1/2 | 1/2++ | alu 1 | 0 | 1 2 |
xor_imm and_imm or_imm add_imm_64 shift_logical_right_imm_64 shift_arithmetic_right_imm_64 shift_logical_left_imm_64 rotate_right_imm_64 reverse_byte | 1 | 1+ | alu 1 | 0 | 1 |
add_imm_32 shift_logical_right_imm_32 shift_arithmetic_right_imm_32 shift_logical_left_imm_32 rotate_right_imm_32 | 1/2 | 1/2+ | alu 1 | 0 | 1 |
count_leading_zero_bits_32 count_leading_zero_bits_64 count_set_bits_32 count_set_bits_64 sign_extend_8 sign_extend_16 zero_extend_16 | 1 | 1 | alu 1 | 0 | 1 |
count_trailing_zero_bits_32 count_trailing_zero_bits_64 | 2 | 1 | alu 2 | 0 | 1 |
shift_logical_right_64 shift_arithmetic_right_64 shift_logical_left_64 rotate_left_64 rotate_right_64 | 1 | 2+ | alu 1 | 0 | 1 2 |
shift_logical_right_32 shift_arithmetic_right_32 shift_logical_left_32 rotate_left_32 rotate_right_32 | 1/2 | 2/3+ | alu 1 | 0 | 1 2 |
shift_logical_right_imm_alt_64 shift_arithmetic_right_imm_alt_64 shift_logical_left_imm_alt_64 rotate_right_imm_alt_64 | 1 | 3 | alu 1 | 0 | 1 |
shift_logical_right_imm_alt_32 shift_arithmetic_right_imm_alt_32 shift_logical_left_imm_alt_32 rotate_right_imm_alt_32 | 2 | 4 | alu 1 | 0 | 1 |
set_less_than_unsigned set_less_than_signed | 3 | 3 | alu 1 | 0 | 1 2 |
set_less_than_unsigned_imm set_less_than_signed_imm set_greater_than_unsigned_imm set_greater_than_signed_imm | 3 | 3 | alu 1 | 0 | 1 |
cmov_if_zero cmov_if_not_zero | 2 | 2 | alu 1 | 0 | 1 2 |
cmov_if_zero_imm cmov_if_not_zero_imm | 2 | 3 | alu 1 | 0 | 1 |
maximum maximum_unsigned minimum minimum_unsigned | 3 | 2++ | alu 1 | 0 | 1 2 |
load_indirect_u8 load_indirect_i8 load_indirect_u16 load_indirect_i16 load_indirect_u32 load_indirect_i32 load_indirect_u64 | mem | 1 | alu 1 load 1 | 0 | 1 |
load_u8 load_i8 load_u16 load_i16 load_u32 load_i32 load_u64 | mem | 1 | alu 1 load 1 | 0 | |
store_imm_indirect_u8 store_imm_indirect_u16 store_imm_indirect_u32 store_imm_indirect_u64 store_u8 store_u16 store_u32 store_u64 | 25 | 1 | alu 1 store 1 | | 0 |
store_indirect_u8 store_indirect_u16 store_indirect_u32 store_indirect_u64 | 25 | 1 | alu 1 store 1 | | 0 1 |
store_imm_u8 store_imm_u16 store_imm_u32 store_imm_u64 | 25 | 1 | alu 1 store 1 | | |
branch_less_unsigned branch_less_signed branch_greater_or_equal_unsigned branch_greater_or_equal_signed branch_eq branch_not_eq | branch | 1 | alu 1 | | 0 1 | ends
branch_eq_imm branch_not_eq_imm branch_less_unsigned_imm branch_less_signed_imm branch_greater_or_equal_unsigned_imm branch_greater_or_equal_signed_imm branch_less_or_equal_unsigned_imm branch_less_or_equal_signed_imm branch_greater_unsigned_imm branch_greater_signed_imm | branch | 1 | alu 1 | | 0 | ends
div_unsigned_32 div_signed_32 rem_unsigned_32 rem_signed_32 div_unsigned_64 div_signed_64 rem_unsigned_64 rem_signed_64 | 60 | 4 | alu 1 div 1 | 0 | 1 2 |
and_inverted or_inverted | 2 | 3 | alu 1 | 0 | 1 2 |
xnor | 2 | 2++ | alu 1 | 0 | 1 2 |
negate_and_add_imm_64 | 2 | 3 | alu 1 | 0 | 1 |
negate_and_add_imm_32 | 3 | 4 | alu 1 | 0 | 1 |
load_imm | 1 | 1 | | 0 | |
load_imm64 | 1 | 2 | | 0 | |
mul_32 | 4 | 2++ | alu 1 mul 1 | 0 | 1 2 |
mul_64 | 3 | 1++ | alu 1 mul 1 | 0 | 1 2 |
mul_imm_32 | 4 | 2+ | alu 1 mul 1 | 0 | 1 |
mul_imm_64 | 3 | 1+ | alu 1 mul 1 | 0 | 1 |
mul_upper_signed_signed mul_upper_unsigned_unsigned | 4 | 4 | alu 1 mul 1 | 0 | 1 2 |
mul_upper_signed_unsigned | 6 | 4 | alu 1 mul 1 | 0 | 1 2 |
trap fallthrough invalid | 2 | 1 | | | | ends
jump load_imm_and_jump | 15 | 1 | | | | ends
jump_indirect | 22 | 1 | | | 0 | ends
load_imm_and_jump_indirect | 22 | 1 | | | 1 | ends
unlikely | 40 | 1 | | | |
ecalli memset | 100 | 4 | alu 1 | | |
sbrk | 100 | 4 | alu 1 | 0 | 1 |
`;

interface Row {
  readonly latency: string;
  readonly slots: string;
  readonly needs: ReadonlyMap<Resource, number>;
  readonly writes: readonly number[];
  readonly reads: readonly number[];
  readonly ends: boolean;
}

const ROWS = new Map<string, Row>();
for (const line of TABLE.trim().split('\n')) {
  const [names, latency, slots, needs, writes, reads, ends] = line.split('|').map((cell) => cell.trim());
  const row: Row = {
    latency,
    slots,
    needs: new Map([...needs.matchAll(/(\w+) (\d)/g)].map(([, kind, count]) => [kind as Resource, Number(count)])),
    writes: words(writes).map(Number),
    reads: words(reads).map(Number),
    ends: ends === 'ends',
  };
  for (const name of words(names)) ROWS.set(name, row);
}

function words(cell: string): string[] {
  return cell.split(' ').filter((word) => word !== '');
}

/** Picks from `a/b` by register width. */
function byWidth(cell: string, is64Bit: boolean): number {
  const [narrow, wide = narrow] = cell.replaceAll('+', '').split('/');
  return Number(is64Bit ? wide : narrow);
}

/** The names of all instructions that the model knows, the invalid one included; `endsBlock` tells which end a block. */
export const MODEL_INSTRUCTIONS: readonly { readonly name: string; readonly endsBlock: boolean }[] = [
  { name: 'move_reg', endsBlock: false },
  ...[...ROWS].map(([name, { ends }]) => ({ name, endsBlock: ends })),
];

/** The cost of one basic block; the last instruction, and no other, has to end it. */
export function slowBlockCost(block: readonly Fed[], is64Bit: boolean, loadLatency: number): number {
  let cycle = 0;
  let decodeLeft = 4;
  let head = 0;
  let tail = 0;
  let inFlight = 0;
  const free = new Map<Resource, number>([
    ['alu', 4],
    ['load', 4],
    ['store', 4],
    ['mul', 1],
    ['div', 1],
  ]);
  const producers = new Map<number, number>();
  const buffer: Entry[] = Array.from({ length: 32 }, () => ({
    state: 'empty',
    remaining: 0,
    needs: new Map(),
    dependencies: new Set(),
    writes: new Set(),
  }));

  const tick = (isPending: boolean, isDraining: boolean): void => {
    let retired = 0;
    while (buffer[head].state === 'executed') {
      buffer[head].state = 'empty';
      head = (head + 1) % 32;
      inFlight--;
      retired++;
    }

    let started = 0;
    for (let i = 0; i < 32 && started < 5; i++) {
      const entry = buffer[(head + i) % 32];
      if (entry.state !== 'waiting' || entry.dependencies.size > 0) continue;
      if ([...entry.needs].some(([kind, count]) => count > (free.get(kind) as number))) continue;
      for (const [kind, count] of entry.needs) free.set(kind, (free.get(kind) as number) - count);
      entry.state = 'executing';
      started++;
    }

    const executing = buffer.filter(({ state }) => state === 'executing');
    let step = 1;
    if (!isPending && (isDraining || retired === 0) && executing.length > 0) {
      step = Math.max(1, Math.min(...executing.map(({ remaining }) => remaining)));
    }
    for (const entry of executing) {
      entry.remaining -= step;
      if (entry.remaining === 0) {
        for (const { dependencies } of buffer) dependencies.delete(buffer.indexOf(entry));
        for (const register of entry.writes) producers.delete(register);
        entry.writes.clear();
        for (const [kind, count] of entry.needs) free.set(kind, (free.get(kind) as number) + count);
      }
      if (entry.remaining === -1) entry.state = 'executed';
    }

    if (isPending) {
      for (const entry of buffer) if (entry.state === 'decoding') entry.state = 'waiting';
      decodeLeft = 4;
    }
    cycle += step;
  };

  const makeRoom = (slots: number): void => {
    if (decodeLeft >= slots && inFlight < 32) return;
    tick(true, false);
    while (inFlight > 31) tick(false, false);
  };

  for (const { name, registers, isPredicted } of block) {
    if (name === 'move_reg') {
      makeRoom(1);
      const [dst, src] = registers;
      const old = producers.get(dst);
      if (old !== undefined) buffer[old].writes.delete(dst);
      const producer = producers.get(src);
      if (producer === undefined) producers.delete(dst);
      else {
        producers.set(dst, producer);
        buffer[producer].writes.add(dst);
      }
      decodeLeft -= 1;
      continue;
    }

    const row = ROWS.get(name) as Row;
    const [dst, src1, src2] = registers;
    let slots = byWidth(row.slots, is64Bit);
    if (row.slots.endsWith('++')) slots += dst !== src1 && dst !== src2 ? 1 : 0;
    else if (row.slots.endsWith('+')) slots += dst !== src1 ? 1 : 0;
    let latency = byWidth(row.latency, is64Bit);
    if (row.latency === 'mem') latency = loadLatency;
    if (row.latency === 'branch') latency = isPredicted ? 1 : 20;

    makeRoom(slots);
    const slot = tail;
    tail = (tail + 1) % 32;
    const entry: Entry = {
      state: 'decoding',
      remaining: latency,
      needs: new Map(row.needs),
      dependencies: new Set(),
      writes: new Set(),
    };
    for (const position of row.reads) {
      const producer = producers.get(registers[position]);
      if (producer !== undefined) entry.dependencies.add(producer);
    }
    for (const position of row.writes) {
      const register = registers[position];
      for (const { writes } of buffer) writes.delete(register);
      entry.writes.add(register);
      producers.set(register, slot);
    }
    buffer[slot] = entry;
    inFlight++;
    decodeLeft -= slots;

    if (row.ends) {
      tick(true, true);
      while (inFlight > 0) tick(false, true);
    }
  }
  return Math.max(1, cycle - 3);
}
