/** The installed package in pages: without a bundler, and built by Vite, there in a worker too. In Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/chromium.js';
import { installedProject, type Project, root } from './packed.js';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.map': 'text/json' };

/** Runs a program on each entry's behalf and gives what came of it. */
const DOUBLE = `
  import { Engine } from 'polkavm-js';
  import { assemble } from 'polkavm-js/text';
  import { VirtManager } from 'polkavm-js/virtualization';

  export function double(value) {
    const module = new Engine().compile(assemble('%isa = latest64\\npub @main:\\na0 = a0 * 2\\nret'));
    const instance = module.instantiate();
    instance.gas = 1000n;
    instance.prepareCall('main', [value]);
    const { kind } = instance.run();
    return [kind, instance.getRegister('a0'), module.backend, new VirtManager() instanceof VirtManager].join(' ');
  }
`;
const DOUBLED = 'finished 42 compiler true';

const IMPORT_MAP_PAGE = `<!doctype html>
<script type="importmap">
  {
    "imports": {
      "polkavm-js": "./node_modules/polkavm-js/dist/index.js",
      "polkavm-js/text": "./node_modules/polkavm-js/dist/text/index.js",
      "polkavm-js/virtualization": "./node_modules/polkavm-js/dist/virtualization/index.js",
      "@noble/hashes/": "./node_modules/@noble/hashes/"
    }
  }
</script>
<script type="module">
  import { double } from './double.js';
  document.title = double(21n);
</script>
`;

let project: Project;
let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('there is no dist/: run `npm run build` first');
  project = installedProject(root);
  project.write('double.js', DOUBLE);
  server = createServer((request, response) => {
    const file = join(project.folder, normalize(new URL(request.url!, 'http://page').pathname));
    const type = TYPES[extname(file)];
    if (type === undefined || !existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  project?.remove();
});

/** Opens a page and gives its title as soon as its script has set one. */
async function titleOf(path: string): Promise<string> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${origin}/${path}`);
  await page.waitForFunction('document.title !== ""', undefined, { timeout: 20_000 }).catch(() => {});
  const title = await page.title();
  await page.close();
  expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
  return title;
}

it('runs in a page without a bundler, by an import map', async () => {
  project.write('plain.html', IMPORT_MAP_PAGE);
  expect(await titleOf('plain.html')).toBe(DOUBLED);
});

describe('built by Vite', () => {
  beforeAll(async () => {
    project.write('main.html', '<!doctype html><script type="module" src="./main.js"></script>');
    project.write('main.js', `import { double } from './double.js'; document.title = double(21n);`);
    project.write('threaded.html', '<!doctype html><script type="module" src="./threaded.js"></script>');
    project.write('worker.js', `import { double } from './double.js'; postMessage(double(21n));`);
    project.write(
      'threaded.js',
      `const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
       worker.onmessage = ({ data }) => { document.title = data; };`,
    );
    const input = ['main.html', 'threaded.html'].map((file) => join(project.folder, file));
    await build({
      root: project.folder,
      base: './',
      configFile: false,
      logLevel: 'error',
      worker: { format: 'es' },
      build: { outDir: 'built', rollupOptions: { input } },
    });
  });

  it.each(['main', 'threaded'])('%s runs', async (name) => {
    expect(await titleOf(`built/${name}.html`)).toBe(DOUBLED);
  });
});
