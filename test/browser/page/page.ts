/** The script of the test page: offers the tests, here and in a worker, to whoever drives the browser. */
import { type Backend, Engine, type Module } from '../../../src/engine/index.js';
import { assemble } from '../../../src/text/index.js';
import { type RunReport, runFresh } from './compiledCode.js';
import { runTests, type TestOutcome, type TestRun } from './run.js';
import type { WorkerRequest } from './worker.js';

/** What the page can be asked to do. */
export interface TestPage {
  run(run: TestRun): Promise<TestOutcome>;
  runInWorker(run: TestRun): Promise<TestOutcome>;
  /** Runs a program here, and then in a worker that is sent what was compiled of it. */
  shareCode(): Promise<readonly RunReport[]>;
  /** What runs a program when a backend is asked for, and why not that one. */
  backendOf(backend: Backend): Pick<Module, 'backend' | 'fallbackReason'>;
}

const testPage: TestPage = {
  run: runTests,
  runInWorker: (tests) => ask({ tests }),
  async shareCode() {
    const { blob, compiledCode, report } = runFresh();
    return [report, await ask({ program: { blob, compiledCode } })];
  },
  backendOf(asked) {
    const { backend, fallbackReason } = new Engine({ backend: asked }).compile(assemble('%isa = latest64\ntrap'));
    return { backend, fallbackReason };
  },
};

Object.assign(globalThis, { testPage });

/** Has a new worker do something. */
function ask<T>(request: WorkerRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js', { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<T>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(request);
  });
}
