/** What a bundler keeps of the package when only a part of it is used. */
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { Project } from './packed.js';

/** Bundles a module of the user's; gives its size and the folders of the package from which code is left in it. */
async function bundle({ folder }: Project, contents: string): Promise<{ bytes: number; folders: string[] }> {
  const { metafile } = await build({
    stdin: { contents, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  const kept = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = kept.flatMap(([path]) => /polkavm-js\/dist\/(\w+)\//.exec(path)?.[1] ?? []);
  return { bytes: output!.bytes, folders: [...new Set(folders)].sort() };
}

/** Registers the tests, in a project that there is by the time they run. */
export function treeShakingSuite(project: () => Project): void {
  describe('a bundle', () => {
    it.each([
      'polkavm-js',
      'polkavm-js/virtualization',
      'polkavm-js/contracts',
      'polkavm-js/profiler',
      'polkavm-js/text',
    ])('that imports %s and uses nothing of it is empty', async (entry) => {
      expect(await bundle(project(), `import '${entry}'; import * as unused from '${entry}';`)).toEqual({
        bytes: 0,
        folders: [],
      });
    });

    it('that decodes results of host calls has no engine', async () => {
      const { bytes, folders } = await bundle(
        project(),
        `import { decodeResult, RUN_RESULT } from 'polkavm-js/virtualization'; console.log(decodeResult(1n, RUN_RESULT));`,
      );
      expect(folders).toEqual(['virtualization']);
      expect(bytes).toBeLessThan(2500);
    });

    it('that assembles has neither an engine nor a disassembler', async () => {
      const { folders } = await bundle(
        project(),
        `import { assemble } from 'polkavm-js/text'; console.log(assemble(''));`,
      );
      expect(folders).toEqual(['isa', 'program', 'text']);
    });

    it('that runs programs has no host functions and no text', async () => {
      const { folders } = await bundle(project(), `import { Engine } from 'polkavm-js'; console.log(new Engine());`);
      expect(folders).toEqual(expect.arrayContaining(['compiler', 'engine', 'interpreter']));
      expect(folders).not.toContain('virtualization');
      expect(folders).not.toContain('text');
    });
  });
}
