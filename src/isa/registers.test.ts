import { expect, it } from 'vitest';
import { A0, A1, A2, ARGUMENT_REGISTERS, RA, REGISTER_COUNT, REGISTER_NAMES, registerIndex, SP } from './registers.js';

it('registers have an index by name', () => {
  expect(REGISTER_COUNT).toBe(13);
  expect(REGISTER_NAMES.map(registerIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(['ra', 'sp', 'a0', 'a1', 'a2'].map(registerIndex)).toEqual([RA, SP, A0, A1, A2]);
  expect(registerIndex('r0')).toBeUndefined();
  expect(registerIndex('toString')).toBeUndefined();
});

it('arguments go to a0 to a5, then to t0 to t2', () => {
  const names = ARGUMENT_REGISTERS.map((index) => REGISTER_NAMES[index]);
  expect(names).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 't0', 't1', 't2']);
});
