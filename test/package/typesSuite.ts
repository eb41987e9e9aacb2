/** The types of the package, in projects of users with each way to resolve modules, none of which skips its checks. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Project, tsc } from './packed.js';

const SOURCE = `
  import { Engine, InvalidProgramError, type Interrupt, type Module } from 'polkavm-js';
  import { createHostFunctions, createWasmImports, InMemoryExternalities } from 'polkavm-js/virtualization';
  import { assemble } from 'polkavm-js/text';

  const module: Module = new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(assemble(''));
  const interrupt: Interrupt = module.instantiate().run();
  if (interrupt.kind === 'trap') { const pc: number = interrupt.pc; void pc; }
  // @ts-expect-error: only some interrupts have a program counter
  interrupt.pc;
  const error: unknown = undefined;
  if (error instanceof InvalidProgramError) { const section: string = error.section; void section; }

  const host = createHostFunctions(new InMemoryExternalities());
  const result = host.instantiate(0);
  if (!result.ok) { const code: number = result.error; void code; }
  const env: WebAssembly.ModuleImports = createWasmImports(
    new InMemoryExternalities(),
    () => new WebAssembly.Memory({ initial: 1 }),
  );
  void env;
`;

/** Registers the tests, in a project that there is by the time they run. */
export function typesSuite(project: () => Project): void {
  describe.each([
    { module: 'node16', moduleResolution: 'node16', file: 'typed.ts' },
    { module: 'nodenext', moduleResolution: 'nodenext', file: 'typed.ts' },
    // Node can require modules: so may a CommonJS module of TypeScript.
    { module: 'nodenext', moduleResolution: 'nodenext', file: 'typed.cts' },
    { module: 'esnext', moduleResolution: 'bundler', file: 'typed.ts' },
  ])('with moduleResolution $moduleResolution, $file', ({ module, moduleResolution, file }) => {
    it('type-checks strictly', () => {
      project().write(file, SOURCE);
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom'];
      const { stdout } = spawnSync(
        process.execPath,
        [tsc, ...options, '--module', module, '--moduleResolution', moduleResolution, file],
        { cwd: project().folder, encoding: 'utf8' },
      );
      expect(stdout).toBe('');
    }, 60_000);
  });
}
