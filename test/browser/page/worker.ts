/** The script of the test worker. */
import { runAdopted, type SentProgram } from './compiledCode.js';
import { runTests, type TestOutcome, type TestRun } from './run.js';

/** What the worker can be asked to do. */
export type WorkerRequest = { readonly tests: TestRun } | { readonly program: SentProgram };

self.onmessage = async ({ data }: MessageEvent<WorkerRequest>) => {
  if ('program' in data) {
    self.postMessage(runAdopted(data.program));
    return;
  }
  const outcome = await runTests(data.tests).catch(
    (error: unknown): TestOutcome => ({ passed: 0, failures: [String(error)] }),
  );
  self.postMessage(outcome);
};
