/** The script of the test worker. */
import { runTests, type TestOutcome, type TestRun } from './run.js';

self.onmessage = async ({ data }: MessageEvent<TestRun>) => {
  const outcome = await runTests(data).catch(
    (error: unknown): TestOutcome => ({ passed: 0, failures: [String(error)] }),
  );
  self.postMessage(outcome);
};
