/**
 * `npm run bench [-- SUITE ...]`: measures, prints, and writes results/DATE.json and .md, the page of the documentation, and
 * the table of the README. When only some suites run, the others' results of the same day stay.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { compileSuite } from './compile.js';
import { compilerSuite } from './compiler.js';
import { contractSuites } from './contracts.js';
import { replaceBlocks } from './documents.js';
import { hostCallSuite } from './hostCalls.js';
import { instanceSuite } from './instances.js';
import { interpreterSuite } from './interpreter.js';
import { largeProgramSuite } from './largePrograms.js';
import { memorySuite } from './memory.js';
import { profilerSuite } from './profiler.js';
import { currentLoad, markdown, results, type Table } from './report.js';
import { sizeSuite } from './size.js';
import { workerSuite } from './workers.js';

const SUITES: Readonly<Record<string, () => Table | Promise<Table | Table[]>>> = {
  interpreter: interpreterSuite,
  compiler: compilerSuite,
  largePrograms: largeProgramSuite,
  hostCalls: hostCallSuite,
  compile: compileSuite,
  memory: memorySuite,
  instances: instanceSuite,
  contracts: contractSuites,
  profiler: profilerSuite,
  workers: workerSuite,
  size: sizeSuite,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(64);
}

const load = currentLoad();
const tables: Table[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name} ...\n`);
  tables.push(...[await suite()].flat());
}
const now = results(tables, load);
const base = new URL(`./results/${now.date}`, import.meta.url);
const measured = wanted.length === 0 ? now : { ...now, tables: merged(earlierTables(new URL(`${base}.json`)), tables) };
console.log(markdown(now));
writeFileSync(new URL(`${base}.json`), `${JSON.stringify(measured, null, 2)}\n`);
writeFileSync(new URL(`${base}.md`), markdown(measured));
replaceBlocks(measured);

function earlierTables(file: URL): readonly Table[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).tables : [];
}

/** All tables, those of the same title replaced. */
function merged(earlier: readonly Table[], later: readonly Table[]): Table[] {
  const replaced = earlier.map((table) => later.find(({ title }) => title === table.title) ?? table);
  return [...replaced, ...later.filter(({ title }) => !earlier.some((table) => table.title === title))];
}
