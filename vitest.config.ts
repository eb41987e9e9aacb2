import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The members of all exported const enums, as `Enum.member`, with their numbers. */
function constEnumMembers(folder: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const [, name, body] of readFileSync(`${folder}/${file}`, 'utf8').matchAll(
      /^export const enum (\w+) \{$(.*?)^\}$/gms,
    )) {
      for (const [, member, value] of body!.matchAll(/^ {2}(\w+) = (\w+),$/gm)) {
        members.set(`${name}.${member}`, String(Number(value)));
      }
    }
  }
  return members;
}

/**
 * Replaces the members of const enums by their numbers in the sources, as `tsc` does for the published code: the
 * transformer of the test runner looks at one file at a time and leaves a const enum from another file as an object, and
 * then the `switch` of the interpreter is a chain of property reads.
 */
function inlineConstEnums(): Plugin {
  const sources = path('src/');
  const members = constEnumMembers(sources);
  return {
    name: 'inline-const-enums',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(sources)) return null;
      return { code: code.replace(/(?<![\w.`])[A-Z]\w*\.\w+\b/g, (text) => members.get(text) ?? text), map: null };
    },
  };
}

export default defineConfig({
  plugins: [inlineConstEnums()],
  resolve: {
    alias: [
      { find: /^polkavm-js$/, replacement: path('src/index.ts') },
      { find: /^polkavm-js\/(virtualization|profiler|contracts|text)$/, replacement: path('src/$1/index.ts') },
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
