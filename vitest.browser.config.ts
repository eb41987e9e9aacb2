import { defineConfig } from 'vitest/config';

/**
 * `npm run test:browser`: the built package in Chromium and installed in pages, the documentation's site, and ways to run
 * Node that lack something.
 */
export default defineConfig({
  test: {
    include: ['test/{browser,package,docs}/**/*.spec.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
