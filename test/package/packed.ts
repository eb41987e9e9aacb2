/** The package as npm packs it, and projects of users that have installed it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
/** The script of the TypeScript compiler. */
export const tsc = join(root, 'node_modules/typescript/bin/tsc');

const PUBLISHED = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];

/** Builds the package aside. */
function buildPackage(folder: string): string {
  const staging = join(folder, 'staging');
  mkdirSync(staging);
  for (const file of PUBLISHED) cpSync(join(root, file), join(staging, file));
  const build = ['-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist')];
  execFileSync(process.execPath, [tsc, ...build], { cwd: root });
  return staging;
}

/** Packs the package and the one that it depends on. Paths of tarballs. */
function pack(built: string, folder: string): string[] {
  return [built, join(root, 'node_modules/@noble/hashes')].map((source) => {
    const options = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [{ filename }] = JSON.parse(execFileSync('npm', options, { cwd: source, encoding: 'utf8', stdio: 'pipe' }));
    return join(folder, filename);
  });
}

/** A fresh folder of a user's: an empty project into which npm has installed the package from its tarball. */
export interface Project {
  /** Path of the folder. */
  readonly folder: string;
  /** Path of the installed package in it. */
  readonly installed: string;
  /** Writes a file, in folders that need not be there. */
  write(file: string, text: string): void;
  /** Runs a script of the project with Node and gives what it prints. */
  run(file: string, ...options: string[]): string;
  /** Deletes the folder. */
  remove(): void;
}

/**
 * Makes a project. npm is kept from the network: all that it needs are the tarballs.
 *
 * @param built folder of the built package; undefined has it built for this project
 */
export function installedProject(built?: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'polkavm-js-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('package.json', '{ "private": true, "type": "module" }');
  execFileSync(
    'npm',
    ['install', '--offline', '--no-audit', '--no-fund', ...pack(built ?? buildPackage(folder), folder)],
    {
      cwd: folder,
      stdio: 'pipe',
    },
  );
  return {
    folder,
    installed: join(folder, 'node_modules/polkavm-js'),
    write,
    run: (file, ...options) =>
      execFileSync(process.execPath, [...options, file], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
