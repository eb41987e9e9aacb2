import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { syscallTable } from './syscallTable.js';

it('documents the table of syscalls as it is', () => {
  const page = readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8');
  expect(/<!-- syscalls -->\n([\s\S]*?)\n<!-- end of syscalls -->/.exec(page)?.[1]).toBe(syscallTable());
});
