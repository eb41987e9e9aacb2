/** The thirteen registers, by index. */
export const REGISTER_NAMES = ['ra', 'sp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5'] as const;

/** Name of a register. */
export type RegisterName = (typeof REGISTER_NAMES)[number];

/** How many registers there are. */
export const REGISTER_COUNT = REGISTER_NAMES.length;

/** Indexes of registers with a role in the calling convention. */
export const RA = 0;
export const SP = 1;
export const S0 = 5;
export const S1 = 6;
export const A0 = 7;
export const A1 = 8;
export const A2 = 9;

/** Where arguments go, first argument first: a0 to a5, then t0 to t2. Results come back in the same order. */
export const ARGUMENT_REGISTERS: readonly number[] = [7, 8, 9, 10, 11, 12, 2, 3, 4];

const INDEX = new Map<string, number>(REGISTER_NAMES.map((name, index) => [name, index]));

/** The index of a register name, or undefined when there is no such register. */
export function registerIndex(name: string): number | undefined {
  return INDEX.get(name);
}
