/**
 * The linter's rule of layers, tried on a tree of files that import everything from everywhere.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
/** From top to bottom. */
const LAYERS = [
  ...['cli', 'contracts', 'virtualization', 'profiler', 'text', 'engine', 'interpreter'],
  ...['compiler', 'gas', 'memory', 'program', 'isa'],
];

/** Writes files that import the given paths and gives the imports, as `file path`, that the linter refuses. */
function refusedImports(imports: readonly (readonly [file: string, path: string])[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  const refused: string[] = [];
  imports.forEach(([file, path], index) => {
    const numbered = join(folder, dirname(file), `import${index}${file.endsWith('.test.ts') ? '.test' : ''}.ts`);
    mkdirSync(dirname(numbered), { recursive: true });
    writeFileSync(numbered, `import '${path}';\n`);
  });
  const options = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--colors=off', '.'];
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...options], { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  for (const [, index] of `${stdout}${stderr}`.matchAll(
    /import(\d+)[.a-z]*:\d+:\d+ lint\/style\/noRestrictedImports/g,
  )) {
    refused.push(imports[Number(index)]!.join(' '));
  }
  return refused.sort();
}

it('lets a folder of src import those below it, through their index, and no others', () => {
  const allowed: [string, string][] = [];
  const forbidden: [string, string][] = [];
  LAYERS.forEach((from, position) => {
    LAYERS.forEach((to, other) => {
      if (from === to) return;
      (other > position ? allowed : forbidden).push([`src/${from}/file.ts`, `../${to}/index.js`]);
      forbidden.push([`src/${from}/file.ts`, `../${to}/inside.js`]);
    });
    allowed.push([`src/${from}/file.ts`, './inside.js'], [`src/${from}/file.ts`, '@noble/hashes/blake3.js']);
    forbidden.push([`src/${from}/file.ts`, 'polkavm-js']);
  });
  allowed.push(
    ['src/virtualization/wire/file.ts', '../../engine/index.js'],
    ['src/gas/file.test.ts', '../text/index.js'],
  );
  forbidden.push(['src/virtualization/wire/file.ts', '../../engine/inside.js']);
  expect(refusedImports([...allowed, ...forbidden])).toEqual(forbidden.map((pair) => pair.join(' ')).sort());
});

it('lets examples and the bench import public entries only', () => {
  const refused = refusedImports([
    ['examples/file.ts', '../src/index.js'],
    ['examples/file.ts', 'polkavm-js'],
    ['examples/solidity/file.ts', '../../src/engine/index.js'],
    ['bench/file.ts', '../src/index.js'],
    ['bench/file.ts', 'polkavm-js/text'],
  ]);
  expect(refused).toEqual([
    'bench/file.ts ../src/index.js',
    'examples/file.ts ../src/index.js',
    'examples/solidity/file.ts ../../src/engine/index.js',
  ]);
});
