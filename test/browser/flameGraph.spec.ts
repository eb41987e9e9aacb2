/** A flame graph as a browser shows it: opened from a file, without anything else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine } from 'polkavm-js';
import { flameGraph, Profiler } from 'polkavm-js/profiler';
import { assemble } from 'polkavm-js/text';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.js';

const SOURCE = `%isa = latest64
pub @main:
s0 = ra
ra = @first
jump @short
@first:
ra = @second
jump @long
@second:
jump [s0]
pub @short:
ret
pub @long:
t0 = ra
ra = @back
jump @inner
@back:
a0 = 100
@loop:
a0 = a0 - 1
jump @loop if a0 != 0
jump [t0]
pub @inner:
a1 = 50
@inner_loop:
a1 = a1 - 1
jump @inner_loop if a1 != 0
ret`;

const folder = mkdtempSync(join(tmpdir(), 'flame-'));
const file = join(folder, 'flame.svg');

beforeAll(() => {
  const profiler = new Profiler(new Engine({ costModel: 'naive' }).compile(assemble(SOURCE)));
  const instance = profiler.instantiate();
  instance.gas = 10_000n;
  instance.prepareCall('main');
  expect(instance.run().kind).toBe('finished');
  writeFileSync(file, flameGraph(profiler.profile(), { title: 'Two functions' }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('a flame graph', () => {
  it('tells what is pointed at, zooms into what is clicked, and finds functions', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1240, height: 400 } });
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) errors.push(`asked for ${request.url()}`);
      });
      page.on('dialog', (dialog) => dialog.accept('inn'));
      await page.goto(pathToFileURL(file).href);

      const frame = (name: string) => page.locator(`g.frame[data-name="${name}"]`);
      const width = async (name: string): Promise<number> =>
        Number(await frame(name).locator('rect').getAttribute('width'));
      const whole = await width('all');
      expect(whole).toBe(1180);
      expect(await width('main')).toBe(whole);
      expect(await width('long')).toBeGreaterThan(0.9 * whole);
      expect(await width('inner')).toBeLessThan(0.5 * whole);
      // What long() did itself is the part of it that has nothing below.
      expect((await frame('inner').locator('rect').boundingBox())?.y).toBeGreaterThan(
        (await frame('long').locator('rect').boundingBox())!.y,
      );

      await frame('inner').hover();
      expect(await page.locator('#details').textContent()).toMatch(
        /^inner: 103 gas \(\d+\.\d %\), 1 call, code offset \d+$/,
      );

      await frame('inner').click();
      expect(await width('inner')).toBe(whole);
      expect(await frame('short').isVisible()).toBe(false);
      expect(await frame('long').getAttribute('class')).toContain('above');
      await page.keyboard.press('Escape');
      expect(await width('inner')).toBeLessThan(0.5 * whole);
      expect(await frame('short').isVisible()).toBe(true);

      await page.locator('#search').click();
      expect(await page.locator('#search').textContent()).toMatch(/^found "inn": \d+\.\d %$/);
      expect(await frame('inner').getAttribute('class')).toContain('found');
      expect(await frame('long').getAttribute('class')).not.toContain('found');
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
