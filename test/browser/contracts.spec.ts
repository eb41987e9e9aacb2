/** Solidity contracts in a browser: the built package, with viem, in Chromium. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileContracts } from '../support/solidity/compile.js';
import { launchChromium } from './chromium.js';
import type { StoryPage } from './page/stories.js';

declare const storyPage: StoryPage;

const root = fileURLToPath(new URL('../../', import.meta.url));

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

/** A script with all that it imports, over the built package. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}${entry}`],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.CI': 'undefined' },
    write: false,
    plugins: [
      {
        name: 'over-the-package',
        setup(bundler) {
          bundler.onResolve({ filter: /^polkavm-js\/(contracts|text)$/ }, ({ path }) => ({
            path: `${root}dist/${path.slice('polkavm-js/'.length)}/index.js`,
          }));
          bundler.onResolve({ filter: /^vitest$/ }, () => ({ path: `${root}test/browser/page/vitest.ts` }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

/** Runs a script in a page, and fails for what the page reports as an error. */
async function inPage<T>(script: string, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  // On the way out of the page bigints get lost.
  await page.evaluate(() => {
    const { log } = console;
    console.log = (...values: unknown[]) => log(...values.map(String));
  });
  const result = work(page);
  await page.addScriptTag({ type: 'module', content: script });
  const settled = await result;
  await page.close();
  expect(errors).toEqual([]);
  return settled;
}

it('the example of the README does in a page what it does in Node', async () => {
  const logged = await inPage(await bundle('examples/contract.ts'), async (page) => {
    const message = await page.waitForEvent('console');
    return message.text();
  });
  expect(logged).toBe('42');
});

it('all stories of contracts are played in a page', async () => {
  const contracts = [...(await compileContracts())];
  const steps = await inPage(await bundle('test/browser/page/stories.ts'), async (page) => {
    await page.waitForFunction(() => typeof storyPage === 'object');
    const played: Record<string, number> = {};
    for (const name of await page.evaluate(() => storyPage.names)) {
      played[name] = await page.evaluate(([story, compiled]) => storyPage.play(story, compiled), [
        name,
        contracts,
      ] as const);
    }
    return played;
  });
  expect(Object.keys(steps)).toHaveLength(20);
  expect(Math.min(...Object.values(steps))).toBeGreaterThan(2);
});
