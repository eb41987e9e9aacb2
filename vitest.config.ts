import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/**
 * Replaces `Op.name` by its number in the sources, as `tsc` does for the published code: the transformer of the test
 * runner looks at one file at a time and leaves a const enum from another file as an object, and then the `switch` of the
 * interpreter is a chain of property reads.
 */
function inlineOpcodes(): Plugin {
  const table = new Map<string, string>();
  for (const [, name, value] of readFileSync(path('src/isa/op.ts'), 'utf8').matchAll(/^ {2}([a-z0-9_]+) = (\d+),$/gm)) {
    table.set(name as string, value as string);
  }
  const sources = path('src/');
  return {
    name: 'inline-opcodes',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(sources) || !code.includes('Op.')) return null;
      return { code: code.replace(/\bOp\.([a-z0-9_]+)\b/g, (text, name) => table.get(name) ?? text), map: null };
    },
  };
}

export default defineConfig({
  plugins: [inlineOpcodes()],
  resolve: {
    alias: [
      { find: /^polkavm-js$/, replacement: path('src/index.ts') },
      { find: /^polkavm-js\/(virtualization|text)$/, replacement: path('src/$1/index.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'fixtures/**/*.test.ts'],
    testTimeout: 30_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'node_modules/.vitest/results.json' }]]
      : ['default'],
  },
});
