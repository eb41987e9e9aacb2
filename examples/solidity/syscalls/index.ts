import { calls } from './calls.js';
import { data } from './data.js';
import { environment } from './environment.js';
import { storage } from './storage.js';
import type { Syscall } from './syscall.js';

/**
 * Every service that contracts compiled by resolc import, of version 0.3.0 and of later ones. A Map, because a
 * program may import any name, `constructor` and `toString` among them.
 */
export const SYSCALLS: ReadonlyMap<string, Syscall> = new Map(
  Object.entries({ ...environment, ...data, ...storage, ...calls }),
);
