/** Bundles the scripts of the test page: the repository's tests, over the built package. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = `${root}test/browser/page/`;

/** Where the repository is for the tests in the page, and beside it the folder that it shares with others. */
export const PAGE_ROOT = '/repo/';

const STAND_INS: Readonly<Record<string, string>> = {
  vitest: `${page}vitest.ts`,
  'node:fs': `${page}files.ts`,
  'node:url': `${page}files.ts`,
  [`${root}test/support/backends.ts`]: `${page}backends.ts`,
};

/** Leads tests to what was built where they import sources, and to stand-ins for what only Node has. */
const overThePackage: Plugin = {
  name: 'over-the-package',
  setup(bundler) {
    bundler.onResolve({ filter: /^(vitest|node:fs|node:url)$/ }, ({ path }) => ({ path: STAND_INS[path]! }));
    bundler.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer }) => {
      const typescript = resolve(dirname(importer), path).replace(/\.js$/, '.ts');
      const standIn = STAND_INS[typescript];
      if (standIn !== undefined) return { path: standIn };
      if (!typescript.startsWith(`${root}src/`) || typescript.endsWith('.test.ts')) return undefined;
      return { path: typescript.replace(`${root}src/`, `${root}dist/`).replace(/\.ts$/, '.js') };
    });
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const url = JSON.stringify(`file://${path.replace(root, PAGE_ROOT)}`);
      return { loader: 'ts', contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url) };
    });
  },
};

/** The bundled scripts, by name: `page.js` and `worker.js`. */
export async function bundlePage(): Promise<ReadonlyMap<string, Uint8Array>> {
  if (!existsSync(`${root}dist/index.js`)) throw new Error('there is no dist/: run `npm run build` first');
  const { outputFiles } = await build({
    entryPoints: [`${page}page.ts`, `${page}worker.ts`],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.CI': 'undefined' },
    outdir: '/',
    write: false,
    plugins: [overThePackage],
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}
