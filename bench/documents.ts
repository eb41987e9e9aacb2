/** The documents that show measurements, each in a block between two comments. */
import { readFileSync, writeFileSync } from 'node:fs';
import { body, type Results } from './report.js';
import { summary } from './summary.js';

const BLOCK = /(<!-- bench -->\n)([\s\S]*?)(<!-- end of bench -->)/;

/** Documents, by path in the repository, and what they show. */
export const DOCUMENTS: Readonly<Record<string, (results: Results) => string>> = {
  'README.md': summary,
  'docs/benchmarks.md': (results) => `\n${body(results)}`,
};

/** What a document shows of measurements. */
export function shownIn(document: string): string {
  return BLOCK.exec(readFileSync(urlOf(document), 'utf8'))![2]!;
}

/** Has the documents show other measurements. */
export function replaceBlocks(results: Results): void {
  for (const [document, show] of Object.entries(DOCUMENTS)) {
    const text = readFileSync(urlOf(document), 'utf8');
    writeFileSync(
      urlOf(document),
      text.replace(BLOCK, (_, start, __, end) => start + show(results) + end),
    );
  }
}

function urlOf(document: string): URL {
  return new URL(`../${document}`, import.meta.url);
}
