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

/** What a program prints, lines parted. It is bundled, since what transforms tests does not stand a full stack itself. */
function run(program: string, options: readonly string[] = []): string[] {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: here, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const { stdout, stderr } = spawnSync(process.execPath, [...options, '--input-type=module'], {
    input: outputFiles[0]!.text,
    timeout: 25_000,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

it('compiles code that is deeply nested', () => {
  expect(run(PROGRAM, [`--stack-size=${STACK_KIB}`])).toEqual(['finished compiler 389n']);
});

/** Runs instances of a module that has never run, at each depth from the end of the stack on; prints what then is so. */
const deepHost = (backend: string): string => `
  import { Engine } from '../../src/engine/index.js';
  import { assemble } from '../../src/text/index.js';
  const DEPTH = 3000;
  const blob = assemble(\`
    %isa = latest64
    %stack_size = 65536
    pub @main:
      sp = sp + -16
      u64 [sp] = ra
      jump @end if a0 == 0
      ra = 2, jump @other
    @returned:
      a1 = a1 + 1
    @end:
      ra = u64 [sp]
      sp = sp + 16
      ret
    pub @other:
      a0 = a0 + -1
      jump @main
    pub @addresses:
      a0 = @returned
      trap\`);
  const compile = () => new Engine({ backend: '${backend}' }).compile(blob, { cache: false });
  const start = (module) => {
    const instance = module.instantiate();
    instance.gas = 100000000n;
    instance.prepareCall('main', [BigInt(DEPTH), 0n]);
    return instance;
  };
  const finish = (instance) => [instance.run().kind, instance.gas, instance.getRegister('a1')].join(' ');
  const expected = finish(start(compile()));
  const module = compile();
  const instances = Array.from({ length: 200 }, () => start(module));
  const refused = [];
  let errors = 0;
  const dig = () => {
    try { dig(); } catch (error) { if (!(error instanceof RangeError)) throw error; }
    const instance = instances.pop();
    if (instance === undefined) return;
    try {
      instance.run();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      errors++;
      if (error.message.startsWith('run: got')) refused.push(instance);
    }
  };
  dig();
  console.log('errors', errors > 0);
  console.log('module', finish(start(module)) === expected);
  console.log('refused', refused.length, refused.filter((instance) => finish(instance) !== expected).length);
`;

it.each(['interpreter', 'compiler', 'auto'])('leaves a module whole when the stack is full, on the %s', (backend) => {
  const [errors, module, refused] = run(deepHost(backend));
  expect(errors).toBe('errors true');
  expect(module).toBe('module true');
  // Those that say so can be gone on with.
  expect(refused).toMatch(/^refused \d+ 0$/);
});
