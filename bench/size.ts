import { execFileSync } from 'node:child_process';
import { libraryEntrySizes } from '../scripts/entrySizes.js';
import { round, type Table } from './report.js';

const KIB = 1024;

/** What users download. */
export async function sizeSuite(): Promise<Table> {
  const entries = await libraryEntrySizes();
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
  );
  return {
    title: 'Size',
    note: 'Entries bundled with their dependency and minified. The package as npm packs it.',
    columns: ['what', 'KiB', 'KiB, gzip'],
    rows: [
      ...entries.map(({ name, minified, gzip }) => [name, round(minified / KIB), round(gzip / KIB)]),
      ['the package', round(packed.unpackedSize / KIB), round(packed.size / KIB)],
    ],
  };
}
