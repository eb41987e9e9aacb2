/** The package in Node: in worker threads, and where WebAssembly is missing. */
import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const IMPORTS = `
  import { Engine } from '${dist}index.js';
  import { assemble } from '${dist}text/index.js';
  const blob = assemble('%isa = latest64\\npub @main:\\na1 = a1 + a0\\na0 = a0 - 1\\njump @main if a0 != 0\\nret');
`;

describe('without a just-in-time compiler', () => {
  const tell = (script: string): unknown =>
    JSON.parse(
      execFileSync(process.execPath, ['--jitless', '--input-type=module', '--eval', IMPORTS + script], {
        encoding: 'utf8',
      }),
    );

  it.each(['auto', 'compiler'])('programs for the backend %s are interpreted, and the module says why', (backend) => {
    const result = tell(`
      const module = new Engine({ backend: '${backend}' }).compile(blob);
      const instance = module.instantiate();
      instance.gas = 10_000_000n;
      instance.prepareCall('main', [1000n]);
      const { kind } = await instance.runAsync();
      const { backend, fallbackReason } = module;
      console.log(JSON.stringify({ kind, a1: Number(instance.getRegister('a1')), backend, fallbackReason }));
    `);
    expect(result).toEqual({
      kind: 'finished',
      a1: 500_500,
      backend: 'interpreter',
      fallbackReason: 'WebAssembly is not available',
    });
  });
});

describe('in worker threads', () => {
  /** Runs a script that sends back one message. */
  function runInWorker(script: string, workerData: unknown): Promise<unknown> {
    const source = `import { parentPort, workerData } from 'node:worker_threads';${IMPORTS}${script}`;
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { workerData });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  }

  it.each(['interpreter', 'compiler', 'auto'])(
    'two programs run at the same time on the backend %s',
    async (backend) => {
      const script = `
      const module = new Engine({ backend: '${backend}', costModel: 'naive' }).compile(blob);
      const instance = module.instantiate();
      instance.gas = 2n ** 62n;
      instance.prepareCall('main', [BigInt(workerData)]);
      parentPort.postMessage({ kind: instance.run().kind, a1: instance.getRegister('a1'), gas: 2n ** 62n - instance.gas });
    `;
      expect(await Promise.all([200_000, 300_000].map((n) => runInWorker(script, n)))).toEqual([
        { kind: 'finished', a1: (200_000n * 200_001n) / 2n, gas: 600_001n },
        { kind: 'finished', a1: (300_000n * 300_001n) / 2n, gas: 900_001n },
      ]);
    },
  );

  it('compiled code can be sent to another', async () => {
    const run = `
      const before = module.compiledCode.batches.length;
      const instance = module.instantiate();
      instance.gas = 1_000_000n;
      instance.prepareCall('main', [1000n]);
      instance.run();
      parentPort.postMessage({ before, a1: instance.getRegister('a1'), compiledCode: module.compiledCode });
    `;
    const compile = (options: string) =>
      `const module = new Engine({ backend: 'compiler' }).compile(blob, ${options});`;
    const first = (await runInWorker(compile('{}') + run, undefined)) as { compiledCode: unknown };
    expect(first).toMatchObject({ before: 0, a1: 500_500n });
    const second = await runInWorker(compile('{ compiledCode: workerData }') + run, first.compiledCode);
    expect(second).toMatchObject({ before: 1, a1: 500_500n });
  });
});
