import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Sizes in bytes of an entry of the package with all that it needs in one file. */
export interface EntrySize {
  readonly name: string;
  readonly minified: number;
  readonly gzip: number;
}

const ENTRIES = {
  'polkavm-js': 'index.js',
  'polkavm-js/virtualization': 'virtualization/index.js',
  'polkavm-js/profiler': 'profiler/index.js',
  'polkavm-js/contracts': 'contracts/index.js',
  'polkavm-js/text': 'text/index.js',
};

/** Size budget: bytes of each entry, minified and compressed, that a change needs a reason to exceed. */
export const MAX_GZIP: Readonly<Record<string, number>> = {
  'polkavm-js': 54_000,
  'polkavm-js/virtualization': 61_400,
  'polkavm-js/profiler': 16_000,
  'polkavm-js/contracts': 90_000,
  'polkavm-js/text': 22_000,
};

/**
 * Bundles and minifies each entry of the built package, as a bundler for browsers does.
 *
 * @param dist the folder that `npm run build` fills
 */
export function libraryEntrySizes(dist = new URL('../dist/', import.meta.url)): Promise<EntrySize[]> {
  return Promise.all(
    Object.entries(ENTRIES).map(async ([name, file]) => {
      const { outputFiles } = await build({
        entryPoints: [fileURLToPath(new URL(file, dist))],
        bundle: true,
        // What only some users install.
        external: ['@noble/curves', 'viem'],
        minify: true,
        format: 'esm',
        platform: 'browser',
        target: 'es2022',
        write: false,
      });
      const [bundle] = outputFiles;
      return { name, minified: bundle!.contents.length, gzip: gzipSync(bundle!.contents).length };
    }),
  );
}
