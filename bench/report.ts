import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** One table of results. */
export interface Table {
  /** What the table is about; by it the table is found again in older results. */
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a run of the bench leaves behind. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  /** Load average of the minute before the run: what else the machine had to do. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly tables: readonly Table[];
}

const COMPARED_PACKAGES = ['@fluffylabs/anan-as'];

/** Puts tables together with where and when they came about. */
export function results(tables: readonly Table[], load: number): Results {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
    load,
    versions: {
      'polkavm-js': `${manifest.version} (${commit()})`,
      node: process.versions.node,
      v8: process.versions.v8,
      ...Object.fromEntries(COMPARED_PACKAGES.map((name) => [name, manifest.devDependencies[name]])),
    },
    tables,
  };
}

/** The results as a page of Markdown. */
export function markdown(results: Results): string {
  return `# Measurements of ${results.date}\n\n${body(results)}`;
}

/** The results as a part of a page: where and when they came about, and all tables. */
export function body({ date, machine, load, versions, tables }: Results): string {
  const head = [
    `${date}, ${machine}, load average ${load} before the run. ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    'Times depend on the machine; compare the columns of one row.',
    '',
  ];
  return [...head, ...tables.map(tableMarkdown)].join('\n');
}

function tableMarkdown({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    `## ${title}`,
    ...(note === undefined ? [] : ['', note]),
    '',
    line(columns),
    line(columns.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(line),
    '',
  ].join('\n');
}

/** Load average of the last minute. */
export function currentLoad(): number {
  return round(loadavg()[0] ?? 0);
}

/** A number with a sensible number of digits for a table. */
export function round(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3));
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'no commit';
  }
}
