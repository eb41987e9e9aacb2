/** The script of the test page: offers the tests, here and in a worker, to whoever drives the browser. */
import { type Backend, Engine, type Module } from '../../../src/engine/index.js';
import { assemble } from '../../../src/text/index.js';
import { runTests, type TestOutcome, type TestRun } from './run.js';

/** What the page can be asked to do. */
export interface TestPage {
  run(run: TestRun): Promise<TestOutcome>;
  runInWorker(run: TestRun): Promise<TestOutcome>;
  /** What runs a program when a backend is asked for, and why not that one. */
  backendOf(backend: Backend): Pick<Module, 'backend' | 'fallbackReason'>;
}

const testPage: TestPage = {
  run: runTests,
  runInWorker: (run) =>
    new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<TestOutcome>) => {
        worker.terminate();
        resolve(data);
      };
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(run);
    }),
  backendOf(asked) {
    const { backend, fallbackReason } = new Engine({ backend: asked }).compile(assemble('%isa = latest64\ntrap'));
    return { backend, fallbackReason };
  },
};

Object.assign(globalThis, { testPage });
