/** The package in a browser: the repository's own tests, on the main thread of a page and in a worker. */
import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedDir } from '../support/shared.js';
import { launchChromium } from './chromium.js';
import type { TestPage } from './page/page.js';
import type { TestRun } from './page/run.js';
import { PAGES, serve } from './server.js';

declare const testPage: TestPage;

const BACKENDS = ['interpreter', 'compiler', 'auto'] as const;

let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  ({ server, origin } = await serve());
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** Opens a page, does something in it, and fails for what the page reports as an error. */
async function inPage<T>(path: string, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(origin + path);
  await page.waitForFunction(() => typeof testPage === 'object');
  const result = await work(page);
  await page.close();
  expect(errors).toEqual([]);
  return result;
}

const THREADS = {
  'the main thread': (run: TestRun) => inPage(PAGES.open, (page) => page.evaluate((r) => testPage.run(r), run)),
  'a worker': (run: TestRun) => inPage(PAGES.open, (page) => page.evaluate((r) => testPage.runInWorker(r), run)),
};

describe.each(Object.entries(THREADS))('on %s', (_, run) => {
  const pass = async (tests: TestRun, atLeast: number): Promise<void> => {
    const { passed, failures } = await run(tests);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(atLeast);
  };

  it.runIf(sharedDir)('passes the step vectors', () => pass({ files: ['spectool'], backends: BACKENDS }, 363 * 6));

  it.runIf(sharedDir)('runs real programs', () =>
    pass({ files: ['programs'], backends: BACKENDS, except: 'are all there' }, 100),
  );

  it('passes the conformance suite, typed and in a Wasm runtime', () =>
    pass({ files: ['conformanceTyped', 'conformanceRuntime'], backends: BACKENDS }, 100));

  it('runs contracts', () =>
    pass({ files: ['syscalls', 'sandbox', 'precompiles', 'traces'], backends: BACKENDS }, 220));

  it('runs in slices', () => pass({ files: ['slices'], backends: BACKENDS }, 200));
});

it.runIf(sharedDir)('is told of tests that fail', async () => {
  // The page has not all of the programs' cases, and this test counts them.
  const run: TestRun = { files: ['programs'], backends: [] };
  const { passed, failures } = await inPage(PAGES.open, (page) => page.evaluate((r) => testPage.run(r), run));
  expect(passed).toBe(0);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(/^are all there: expected \d+ to be 196/);
});

describe('a page', () => {
  it.each(['auto', 'compiler'] as const)('compiles for the backend %s', async (backend) => {
    const used = await inPage(PAGES.open, (page) => page.evaluate((b) => testPage.backendOf(b), backend));
    expect(used).toEqual({ backend: 'compiler', fallbackReason: undefined });
  });

  it('hands compiled code to a worker', async () => {
    const reports = await inPage(PAGES.open, (page) => page.evaluate(() => testPage.shareCode()));
    expect(reports).toEqual([
      { batchesBefore: 0, batchesAfter: 1, result: 500_500 },
      { batchesBefore: 1, batchesAfter: 1, result: 500_500 },
    ]);
  });

  it.each(['auto', 'compiler'] as const)(
    'whose security policy forbids WebAssembly interprets for the backend %s, and says why',
    async (backend) => {
      const used = await inPage(PAGES.restricted, (page) => page.evaluate((b) => testPage.backendOf(b), backend));
      expect(used.backend).toBe('interpreter');
      expect(used.fallbackReason).toMatch(/^WebAssembly cannot be compiled: .*Content Security Policy/);
    },
  );

  it('whose security policy forbids WebAssembly runs programs', async () => {
    const run: TestRun = { files: ['conformanceTyped', 'slices'], backends: ['auto'] };
    const { passed, failures } = await inPage(PAGES.restricted, (page) => page.evaluate((r) => testPage.run(r), run));
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(100);
  });
});
