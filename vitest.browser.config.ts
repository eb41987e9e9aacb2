import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: the built package in Chromium, installed in pages, and in ways to run Node that lack something. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.spec.ts', 'test/package/**/*.spec.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
