import { expect, it } from 'vitest';
import { HostPanicError } from './errors.js';
import { IdCounter } from './idCounter.js';

it('gives out every u32 once, from 0 on', () => {
  const ids = new IdCounter();
  expect([ids.take(), ids.take(), ids.take()]).toEqual([0, 1, 2]);
  const last = new IdCounter(2 ** 32 - 1);
  expect(last.take()).toBe(2 ** 32 - 1);
  expect(() => last.take()).toThrow(HostPanicError);
  expect(() => last.take()).toThrow(HostPanicError);
});
