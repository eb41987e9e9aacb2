/**
 * The package as it is published: built, packed, and used by someone who has nothing but it and its dependency.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryEntrySizes, MAX_GZIP } from '../../scripts/entrySizes.js';
import { shownCommands, shownExamples, timeless } from '../docs/documents.js';
import { commandSuite } from './commandSuite.js';
import { installedProject, type Project, root } from './packed.js';
import { treeShakingSuite } from './treeShakingSuite.js';
import { typesSuite } from './typesSuite.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let project: Project;
let dist: string;

beforeAll(() => {
  project = installedProject();
  dist = join(project.installed, 'dist');
}, 300_000);

afterAll(() => project.remove());

/** Runs a module of the user's and gives what it prints. */
function runAsUser(source: string, file = 'main.js'): string {
  project.write(file, source);
  return project.run(file);
}

describe('the package', () => {
  it('has no dependency but @noble/hashes', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['@noble/hashes']);
    expect(manifest).not.toHaveProperty('optionalDependencies');
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name], name).toEqual({ optional: true });
    }
    expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  it('packs modules, their maps and types, and the documents', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: project.installed,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );
    const files: string[] = packed.files.map(({ path }: { path: string }) => path);
    expect(files.filter((path) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files.filter((path) => path.includes('.test.'))).toEqual([]);
    for (const entry of [
      'index',
      'virtualization/index',
      'profiler/index',
      'contracts/index',
      'text/index',
      'cli/main',
    ])
      expect(files).toContain(`dist/${entry}.js`);
  });

  it('has entries within their budget of bytes that bundle for browsers', async () => {
    for (const { name, gzip } of await libraryEntrySizes(pathToFileURL(`${dist}/`))) {
      expect(gzip, name).toBeLessThanOrEqual(MAX_GZIP[name]!);
      expect(gzip, name).toBeGreaterThan(1000);
    }
  });

  it('has a map from each module to its source, which the map holds', () => {
    const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    expect(modules.length).toBeGreaterThan(50);
    for (const file of modules) {
      const [, name] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(join(dist, file), 'utf8'))!;
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(dist, file, '..', name!), 'utf8'));
      expect(sources, file).toHaveLength(1);
      const source = readFileSync(join(root, 'src', file.replace(/\.js$/, '.ts')), 'utf8');
      expect(sourcesContent, file).toEqual([source]);
    }
  });

  it('names the lines of its sources in stack traces', () => {
    project.write(
      'trace.js',
      `import { Engine } from 'polkavm-js'; console.log(\`\${catchError()}\`);
      function catchError() { try { new Engine().compile(new Uint8Array()); } catch (error) { return error.stack; } }`,
    );
    expect(project.run('trace.js', '--enable-source-maps')).toMatch(/src[\\/]program[\\/]parse\.ts:\d+:\d+/);
  });

  it('gives each entry what it is for, and loads nothing of Node', () => {
    const exported = JSON.parse(
      runAsUser(`
        const names = {};
        for (const entry of ['', '/virtualization', '/contracts', '/text']) names[entry] = Object.keys(await import('polkavm-js' + entry));
        console.log(JSON.stringify(names));`),
    );
    expect(exported['']).toEqual(
      expect.arrayContaining(['Engine', 'Module', 'Instance', 'InvalidProgramError', 'MemoryAccessError']),
    );
    expect(exported['/virtualization']).toEqual(
      expect.arrayContaining([
        ...['ModuleError', 'VirtManager', 'VirtManagerExt', 'InMemoryExternalities', 'Extensions'],
        ...['createHostFunctions', 'createWasmImports', 'Module', 'Instance', 'Execution'],
        ...['encodeExecBuffer', 'decodeExecBuffer', 'EXEC_BUFFER_SIZE', 'encodeResult', 'decodeResult'],
      ]),
    );
    expect(exported['/contracts']).toEqual(
      expect.arrayContaining(['Sandbox', 'loadCurves', 'createAddress', 'create2Address', 'SYSCALLS']),
    );
    expect(exported['/text']).toEqual(expect.arrayContaining(['assemble', 'disassemble', 'formatInstruction']));
  });

  it('runs a program', () => {
    const output = runAsUser(`
      import { Engine } from 'polkavm-js';
      import { assemble } from 'polkavm-js/text';
      const instance = new Engine().compile(assemble('%isa = latest64\\npub @main:\\na0 = a0 * 2\\nret')).instantiate();
      instance.gas = 1000n;
      instance.prepareCall('main', [21n]);
      console.log(instance.run().kind, instance.getRegister('a0'));`);
    expect(output).toBe('finished 42n\n');
  });

  // Node 20.19 and 22.12 were the first that can.
  it.runIf(process.features.require_module)('can be required by CommonJS modules', () => {
    const output = runAsUser(
      `const { Engine } = require('polkavm-js');
       const { VirtManager } = require('polkavm-js/virtualization');
       const { assemble } = require('polkavm-js/text');
       console.log(new Engine().compile(assemble('%isa = latest64')).isa, new VirtManager() instanceof VirtManager);`,
      'main.cjs',
    );
    expect(output).toBe('latest64 true\n');
  });

  it('runs a program in a worker thread', () => {
    const output = runAsUser(`
      import { isMainThread, parentPort, Worker } from 'node:worker_threads';
      import { Engine } from 'polkavm-js';
      import { assemble } from 'polkavm-js/text';
      if (isMainThread) {
        new Worker(new URL(import.meta.url)).once('message', (text) => console.log(text));
      } else {
        const instance = new Engine().compile(assemble('%isa = latest64\\npub @main:\\na0 = a0 * 2\\nret')).instantiate();
        instance.gas = 1000n;
        instance.prepareCall('main', [21n]);
        parentPort.postMessage(instance.run().kind + ' ' + instance.getRegister('a0'));
      }`);
    expect(output).toBe('finished 42\n');
  });
});

describe('its types', () => typesSuite(() => project));

describe('bundled', () => treeShakingSuite(() => project));

describe('what the documents show', () => {
  beforeAll(() => {
    cpSync(join(root, 'examples'), join(project.folder, 'examples'), { recursive: true });
    cpSync(join(root, 'fixtures/runtime'), join(project.folder, 'fixtures/runtime'), { recursive: true });
  });

  const commands = shownCommands().filter(({ document }) => document === 'README.md');
  it.each(commands)('$line prints what the README says', ({ line, output }) => {
    const { stdout } = spawnSync(line, { cwd: project.folder, encoding: 'utf8', shell: true });
    expect(timeless(stdout)).toBe(timeless(output));
  });

  it('is a command', () => expect(commands).toHaveLength(1));

  const scripts = shownExamples().filter(({ file, output }) => file.endsWith('.mjs') && output !== undefined);
  it.each(scripts)('$file prints what $document says', ({ file, output }) => {
    expect(project.run(file)).toBe(output);
  });

  it('is a sandbox', () => expect(scripts.map(({ file }) => file)).toEqual(['examples/sandbox.mjs']));
});

commandSuite(() => project, manifest.version);
