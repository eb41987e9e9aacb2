/**
 * The package as it is published: built, packed, and used by someone who has nothing but it and its dependency.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryEntrySizes } from '../../scripts/entrySizes.js';

const MAX_ENTRY_GZIP = 60_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A folder of a user's, with the package among its dependencies. */
const user = mkdtempSync(join(tmpdir(), 'polkavm-js-'));
const installed = join(user, 'node_modules/polkavm-js');
const dist = join(installed, 'dist');
const pvm = join(dist, 'cli/main.js');

beforeAll(() => {
  mkdirSync(join(user, 'node_modules/@noble'), { recursive: true });
  mkdirSync(installed);
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: root });
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    cpSync(join(root, file), join(installed, file));
  symlinkSync(join(root, 'node_modules/@noble/hashes'), join(user, 'node_modules/@noble/hashes'));
  writeFileSync(join(user, 'package.json'), '{ "type": "module" }');
}, 120_000);

afterAll(() => rmSync(user, { recursive: true, force: true }));

/** Runs a module of the user's and gives what it prints. */
function runAsUser(source: string): string {
  writeFileSync(join(user, 'main.js'), source);
  return execFileSync(process.execPath, ['main.js'], { cwd: user, encoding: 'utf8' });
}

describe('the package', () => {
  it('has no dependency but @noble/hashes', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['@noble/hashes']);
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  it('packs modules, their types, and the documents', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: installed,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );
    const files: string[] = packed.files.map(({ path }: { path: string }) => path);
    expect(files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files.filter((path) => path.includes('.test.'))).toEqual([]);
    for (const entry of ['index', 'virtualization/index', 'text/index', 'cli/main'])
      expect(files).toContain(`dist/${entry}.js`);
  });

  it(`has entries below ${MAX_ENTRY_GZIP} bytes that bundle for browsers`, async () => {
    for (const { name, gzip } of await libraryEntrySizes(pathToFileURL(`${dist}/`))) {
      expect(gzip, name).toBeLessThan(MAX_ENTRY_GZIP);
      expect(gzip, name).toBeGreaterThan(1000);
    }
  });

  it('gives each entry what it is for, and loads nothing of Node', () => {
    const exported = JSON.parse(
      runAsUser(`
        const names = {};
        for (const entry of ['', '/virtualization', '/text']) names[entry] = Object.keys(await import('polkavm-js' + entry));
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

  it('has types that hold in a strict project without skipLibCheck', () => {
    writeFileSync(
      join(user, 'typed.ts'),
      `import { Engine, type Interrupt, type Module } from 'polkavm-js';
       import { createHostFunctions, createWasmImports, InMemoryExternalities } from 'polkavm-js/virtualization';
       import { assemble } from 'polkavm-js/text';
       const module: Module = new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(assemble(''));
       const interrupt: Interrupt = module.instantiate().run();
       if (interrupt.kind === 'trap') { const pc: number = interrupt.pc; void pc; }
       // @ts-expect-error: only some interrupts have a program counter
       interrupt.pc;
       const host = createHostFunctions(new InMemoryExternalities());
       const result = host.instantiate(0);
       if (!result.ok) { const error: number = result.error; void error; }
       const env: WebAssembly.ModuleImports = createWasmImports(new InMemoryExternalities(), () => new WebAssembly.Memory({ initial: 1 }));
       void env;`,
    );
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable,dom',
    ];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'typed.ts'], {
      cwd: user,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  }, 60_000);
});

describe('the command pvm', () => {
  const program = join(user, 'program.pvmasm');
  beforeAll(() => writeFileSync(program, `pub @main:\n${'a0 = a0 + 1\n'.repeat(20_000)}trap`));

  it('runs under the name that npm gives it', () => {
    mkdirSync(join(user, 'node_modules/.bin'));
    const bin = join(user, 'node_modules/.bin/pvm');
    symlinkSync(join(installed, manifest.bin.pvm), bin);
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'run', program, '--json'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'trap' });
    expect(status).toBe(1);
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('tells its version, from the package', () => {
    const { stdout } = spawnSync(process.execPath, [pvm, '--version'], { encoding: 'utf8' });
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('does not mind a reader that stops reading', async () => {
    const child = spawn(process.execPath, [pvm, 'disassemble', program]);
    let err = '';
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect(err).toBe('');
    expect(exitCode).toBe(0);
  });

  it('writes all that it has to say to a pipe', () => {
    const { stdout } = spawnSync(process.execPath, [pvm, 'disassemble', program], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(stdout.match(/a0 = a0 \+ 0x1/g)).toHaveLength(20_000);
    expect(stdout.trimEnd()).toMatch(/trap$/);
  });
});
