/** Hosts call the engine from deep inside of their own code, and from threads with little stack. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
/** A fifth of what V8 has otherwise. */
const STACK_KIB = 200;

/** Loops inside of each other, each of which is in the code of the one around it. */
const PROGRAM = `
  import { Engine } from '../../src/engine/index.js';
  import { assemble } from '../../src/text/index.js';
  const loops = Array.from({ length: 290 }, (_, i) => i);
  const source = [
    'pub @main:',
    ...loops.map((i) => '@loop' + i + ':'),
    ...loops.reverse().map((i) => 'a0 = a0 + 1\\n jump @loop' + i + ' if a0 <u 100'),
    'ret',
  ].join('\\n');
  const module = new Engine({ backend: 'compiler' }).compile(assemble(source, { isa: 'latest64' }));
  const instance = module.instantiate();
  instance.gas = 1000000n;
  instance.prepareCall('main');
  console.log(instance.run().kind, module.backend, instance.getRegister('a0'));
`;

it('compiles code that is deeply nested', () => {
  const { outputFiles } = buildSync({
    stdin: { contents: PROGRAM, resolveDir: here, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const { stdout, stderr } = spawnSync(process.execPath, [`--stack-size=${STACK_KIB}`, '--input-type=module'], {
    input: outputFiles[0].text,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('finished compiler 389n');
});
