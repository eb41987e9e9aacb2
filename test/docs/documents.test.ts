/** The documents promise only what is so: examples run, commands print what is said, files and scripts are there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DOCUMENTS, shownIn } from '../../bench/documents.js';
import { runDemonstration } from '../../examples/start.js';
import { LIMITS } from '../../src/compiler/index.js';
import { Folder, pvm } from '../cli/pvm.js';
import {
  demonstration,
  documents,
  readDocument,
  root,
  shownCommands,
  shownCompilations,
  shownExamples,
  sourceFiles,
  timeless,
  wasmInstructions,
} from './documents.js';

const README_LINES = 135;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('examples', () => {
  const outputs = new Map<string, Promise<string>>();

  /** What a module prints when it is loaded, which is once. */
  async function outputOf(file: string): Promise<string> {
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
    });
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    await import(/* @vite-ignore */ root + file);
    return `${printed.join('\n')}\n`;
  }

  it.each(shownExamples())('$document shows $file as it is, and what it prints', async ({ file, source, output }) => {
    expect(source).toBe(readFileSync(root + file, 'utf8'));
    // Those in JavaScript start workers, which need the built package: they run in the test of the package.
    if (output === undefined || file.endsWith('.mjs')) return;
    if (!outputs.has(file)) outputs.set(file, outputOf(file));
    expect(await outputs.get(file)).toBe(output);
  });

  it('are there', () => {
    const files = new Set(shownExamples().map(({ file }) => file));
    for (const name of [
      'hello.ts',
      'runtime.ts',
      'run.ts',
      'typedHost.ts',
      'syscalls.ts',
      'executor.ts',
      'sandbox.mjs',
    ]) {
      expect(files).toContain(`examples/${name}`);
    }
  });
});

describe('commands', () => {
  const elsewhere = ['README.md']; // run with the installed package, in the test of the package
  const commands = shownCommands().filter(({ document }) => !elsewhere.includes(document));

  it.runIf(commands.length > 0).each(commands)('of $document: $line', async ({ line, output }) => {
    expect(join(process.cwd(), '/')).toBe(root);
    expect(line).toMatch(/^npx pvm /);
    const { out } = await pvm(...line.split(' ').slice(2));
    expect(timeless(out)).toBe(timeless(output));
  });

  it('of the README that are not followed by what they print are part of every check', () => {
    const commandLines = [...readDocument('README.md').matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line);
    // The last one is what the test of the package does with a tarball.
    expect(new Set(commandLines)).toEqual(
      new Set([
        'npm ci && npm start',
        'npm ci && npm test',
        'npm ci && npm pack',
        'npm install PATH/polkavm-js-0.1.0.tgz',
      ]),
    );
    const ci = readFileSync(`${root}.ci/run`, 'utf8');
    for (const command of ['npm ci', 'npm start', 'npm test']) {
      expect(ci).toMatch(new RegExp(`^(?:check '[^']*' )?${command}$`, 'm'));
    }
  });

  it('are scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    for (const document of documents) {
      for (const [, name] of readDocument(document).matchAll(/npm run ([\w:]+)/g)) {
        expect(Object.keys(scripts), document).toContain(name);
      }
    }
  });
});

describe('compiled code', () => {
  const { targetBlocks } = LIMITS;
  const folder = new Folder();
  beforeAll(() => {
    LIMITS.targetBlocks = 1;
  });
  afterAll(() => {
    LIMITS.targetBlocks = targetBlocks;
    folder.remove();
  });

  it.each(shownCompilations())('in $document is what the compiler makes of $source', async ({ source, parts }) => {
    const { out } = await pvm('compile', folder.write('program.pvmasm', source), '--wat');
    let rest = ` ${wasmInstructions(out).join(' ')} `;
    for (const part of parts) {
      const shown = ` ${part.join(' ')} `;
      expect(rest).toContain(shown);
      rest = rest.slice(rest.indexOf(shown) + shown.length - 1);
    }
  });

  it('is shown of calls, too', () => {
    expect(shownCompilations().flatMap(({ parts }) => parts.flat())).toContain('call 1');
  });
});

describe('the demonstration', () => {
  it('ends with the balances of the transfers, after lines that a document shows', { timeout: 300_000 }, async () => {
    const lines: string[] = [];
    const balances = await runDemonstration((line) => lines.push(...line.split('\n')));
    expect(balances).toEqual([750n, 250n]);
    expect(`${lines.join('\n')}\n`).toContain(demonstration());
    for (const call of ['compile_from_bytes', 'instantiate', 'prepare', 'run', 'destroy']) {
      expect(
        lines.some((line) => line.startsWith(`  ${call}(`)),
        call,
      ).toBe(true);
    }
    expect(lines).toContain('  as it should be: the counter is 15');
  });
});

describe('measurements', () => {
  it.each(Object.entries(DOCUMENTS))('in %s are on record', (document, show) => {
    const shown = shownIn(document);
    const [date] = /\d{4}-\d\d-\d\d/.exec(shown)!;
    expect(shown).toBe(show(JSON.parse(readFileSync(`${root}bench/results/${date}.json`, 'utf8'))));
    expect(shown.match(/^\|.*\|$/gm)!.length).toBeGreaterThan(5);
  });
});

describe('documents', () => {
  it('have the README on two screens', () => {
    expect(readDocument('README.md').split('\n').length).toBeLessThanOrEqual(README_LINES);
  });

  it.each(documents)('%s links to files and headings that there are', (document) => {
    const links = [...readDocument(document).matchAll(/\]\((?!https?:|\/)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
    for (const [link, path, anchor] of links) {
      const target = path ? join(dirname(document), path) : document;
      expect(existsSync(root + target), `${document}: ${link}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${document}: ${link}`).toContain(anchor);
    }
  });

  it.each(['docs/compatibility.md', 'docs/glance.md'])('%s names what the sources have', (document) => {
    const sources = allSources();
    // The first column of the comparison is Rust's.
    const cells = readDocument(document)
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => (document.includes('compatibility') ? line.replace(/^\|(?:`[^`]*`|[^|])*\|/, '') : line));
    const names = cells.flatMap((line) =>
      [...line.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code!.match(/[a-zA-Z]\w{2,}/g) ?? []),
    );
    expect(names.length).toBeGreaterThan(80);
    const known = new Set(sources.match(/\w+/g));
    const ofRust = ['Sync'];
    expect([...new Set(names)].filter((name) => !known.has(name) && !ofRust.includes(name))).toEqual([]);
  });
});

/** The anchors of a document's headings, as GitHub and the site make them. */
function anchorsOf(document: string): string[] {
  return [...readDocument(document).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function allSources(): string {
  return ['package.json', ...sourceFiles()].map((file) => readFileSync(root + file, 'utf8')).join('\n');
}
