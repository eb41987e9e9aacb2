/** What docs/assembly.md says, tried. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble, disassemble } from './index.js';

const documentation = readFileSync(new URL('../../docs/assembly.md', import.meta.url), 'utf8');

/** The instructions in the first columns of the tables, with instances for what stands for anything. */
function instructions(): string[] {
  const section = documentation.slice(documentation.indexOf('## Instructions'), documentation.indexOf('## Listings'));
  const columns = section.split('\n').flatMap((line) => line.match(/^\| (`.*?) \|/)?.[1] ?? []);
  const texts = columns.flatMap((column) => Array.from(column.matchAll(/`([^`]*)`/g), ([, text]) => text));
  return texts.filter((text) => /^(?:\w+ |trap|fallthrough|unlikely|nop|ret|\[a0\.\.)/.test(text));
}

describe('in docs/assembly.md', () => {
  it.each(instructions())('the instruction "%s" is one', (text) => {
    const source = text
      .replace('[mem]', '[a1 + 8]')
      .replace('[reg', '[a1')
      .replace('offset', '8')
      .replace('N', '5')
      .replace('a OP b', 'a0 <u a1');
    const blob = assemble(`%isa = latest64\n@l:\n${source}`);
    expect(assemble(disassemble(blob))).toEqual(blob);
  });

  it('has the whole language of them', () => {
    expect(instructions().length).toBeGreaterThan(30);
  });

  it('the listing is assembly text', () => {
    const listing = documentation.match(/```\n(\/\/ RO data[^`]*)```/)?.[1] ?? '';
    const printed = disassemble(assemble(listing), { gasCost: () => 5 });
    expect(printed).toBe(listing);
  });

  it('the error message is the one that is thrown', () => {
    const message = documentation.match(/```\n(line [^`]*)\n```/)?.[1] ?? '';
    expect(() => assemble('trap\n\na0 = a1 & 0xdeadbeef', { isa: 'jam_v1' })).toThrow(message);
  });
});
