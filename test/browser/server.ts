/** Serves the test page, its scripts and the files that tests read. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseJson } from '../support/json.js';
import { sharedDir } from '../support/shared.js';
import { bundlePage, PAGE_ROOT } from './bundle.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
/** Programs that use more gas than this take too long on the interpreter. */
const MAX_GAS = 2_000_000n;

/** A page that may do everything, and one whose content security policy forbids it to compile WebAssembly. */
export const PAGES = { open: '/', restricted: '/restricted' } as const;

const HTML = '<!doctype html><title>polkavm-js</title><script type="module" src="/page.js"></script>';

/** Starts the server. */
export async function serve(): Promise<{ server: Server; origin: string }> {
  const scripts = await bundlePage();
  const files = JSON.stringify(testFiles());
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const script = scripts.get(path);
    if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
    else if (path === '/files.json') response.setHeader('content-type', 'application/json').end(files);
    else if (path === PAGES.restricted) sendPage("default-src 'self'");
    else if (path === PAGES.open) sendPage("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    else response.writeHead(404).end();

    function sendPage(policy: string): void {
      response.setHeader('content-security-policy', policy).setHeader('content-type', 'text/html').end(HTML);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What the tests read, in base64 by the path that it has for them. */
function testFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  const add = (path: string, bytes: Uint8Array): void => {
    files[path] = Buffer.from(bytes).toString('base64');
  };
  const addFolder = (path: string, folder: string): void => {
    for (const file of readdirSync(folder)) add(`${path}/${file}`, readFileSync(`${folder}/${file}`));
  };
  for (const file of ['fixture.pvmasm', 'runtime/exported-memory.wasm', 'runtime/imported-memory.wasm']) {
    add(`${PAGE_ROOT}fixtures/${file}`, readFileSync(`${fixtures}/${file}`));
  }
  if (sharedDir === undefined) return files;
  addFolder('/shared/vectors/spectool', `${sharedDir}/vectors/spectool`);
  addFolder('/shared/programs/blobs', `${sharedDir}/programs/blobs`);
  const rows = parseJson(readFileSync(`${sharedDir}/programs/expected.json`, 'utf8')) as {
    gas: string;
    gasLeft: string;
  }[];
  const short = rows.filter(({ gas, gasLeft }) => BigInt(gas) - BigInt(gasLeft) <= MAX_GAS);
  add('/shared/programs/expected.json', Buffer.from(JSON.stringify(short)));
  return files;
}
