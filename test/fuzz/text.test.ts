import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fixtureSource } from '../../fixtures/index.js';
import { parseProgram } from '../../src/program/index.js';
import { AssemblyError, assemble } from '../../src/text/index.js';
import { Random } from './random.js';

const MUTATIONS = 10_000;
const BENCH = new URL('../../bench/programs/', import.meta.url);
const sources = [fixtureSource, ...readdirSync(BENCH).map((name) => readFileSync(new URL(name, BENCH), 'utf8'))].map(
  // Comments would swallow most of the damage.
  (source) => source.split('\n').filter((line) => line !== '' && !line.startsWith('//')),
);
/** What the assembler knows, and what it does not. */
const WORDS = [
  ...[
    'a0',
    'sp',
    'r12',
    'r13',
    'tmp',
    'i32',
    'i64',
    'u8',
    '[',
    ']',
    '=',
    '+',
    '-',
    '>>a',
    '<u',
    'if',
    'jump',
    'ecalli',
  ],
  ...['@main:', '@next', 'pub', '%isa = jam_v1', '%rw_data =', '%import =', '0x', '0xffffffffffffffff', '-2147483649'],
  ...['99999999999999999999', '//', '\t', '\u0000', 'é', '𝔸', "'", '"'],
];

function damaged(random: Random): string {
  const lines = [...random.pick(sources)];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(lines.length);
    const line = lines[at]!;
    const words = line.split(' ');
    switch (random.below(6)) {
      case 0:
        lines.splice(at, 1 + random.below(3));
        break;
      case 1:
        lines.splice(at, 0, random.pick(random.pick(sources)));
        break;
      case 2:
        words[random.below(words.length)] = random.pick(WORDS);
        lines[at] = words.join(' ');
        break;
      case 3:
        words.splice(random.below(words.length), 0, random.pick(WORDS));
        lines[at] = words.join(' ');
        break;
      case 4:
        lines[at] = line.slice(0, random.below(line.length + 1));
        break;
      default:
        lines[at] = line + random.pick(WORDS);
    }
    if (lines.length === 0) return '';
  }
  return lines.join('\n');
}

it(`assembles damaged text to a program that parses, or says line and column, ${MUTATIONS} times`, {
  timeout: 300_000,
}, () => {
  let refused = 0;
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const text = damaged(new Random(seed));
    let blob: Uint8Array;
    try {
      blob = assemble(text, { isa: 'latest64' });
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw new Error(`mutation ${seed}: ${text}`, { cause: error });
      refused++;
      const line = text.split('\n')[error.line - 1];
      expect(line, `line ${error.line} of mutation ${seed}`).toBeDefined();
      expect(error.column, `mutation ${seed}`).toBeGreaterThan(0);
      expect(error.column, `mutation ${seed}`).toBeLessThanOrEqual(line!.length + 1);
      continue;
    }
    expect(() => parseProgram(blob), `mutation ${seed}`).not.toThrow();
  }
  expect(refused).toBeGreaterThan(MUTATIONS / 10);
  expect(refused).toBeLessThan(MUTATIONS);
});
