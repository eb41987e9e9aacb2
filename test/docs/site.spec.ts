/** The documentation's site, as `npm run docs` builds it, in Chromium: on wide and narrow screens, in light and dark. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/chromium.js';
import { root } from './documents.js';

const site = join(root, 'docs/.vitepress/dist');
const isBuilt = existsSync(site);
if (!isBuilt && process.env.CI) throw new Error('the site is not built: run `npm run docs` first');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** All pages but those of the reference, which are many and made by one template. */
const pages = isBuilt
  ? readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.html') && !/^(404|reference\/polkavm-js\/.+)/.test(path),
    )
  : [];

let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const file = join(site, normalize(decodeURIComponent(new URL(request.url!, 'http://site').pathname)));
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe.runIf(isBuilt).each([
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 390 },
] as const)('the site in $scheme, $width pixels wide', ({ scheme, width }) => {
  it.each(pages)('%s loads, and is no wider than the screen', async (path) => {
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('response', (response) => {
      if (!response.ok()) errors.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${origin}/${path}`, { waitUntil: 'networkidle' });
    const { isDark, overflow, title, images } = await page.evaluate(() => ({
      isDark: document.documentElement.classList.contains('dark'),
      overflow: document.documentElement.scrollWidth - innerWidth,
      title: document.querySelector('h1')?.textContent,
      images: [...document.images].filter(({ complete, naturalWidth }) => !complete || naturalWidth === 0).length,
    }));
    await page.close();
    expect(errors).toEqual([]);
    expect({ isDark, images }).toEqual({ isDark: scheme === 'dark', images: 0 });
    expect(overflow).toBeLessThanOrEqual(0);
    expect(title).toMatch(/\w/);
  });
});

describe.runIf(isBuilt)('the reference', () => {
  it('has every entry of the package', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
    for (const entry of entries) {
      expect(existsSync(join(site, 'reference/polkavm-js', entry, 'index.html')), entry).toBe(true);
    }
  });
});
