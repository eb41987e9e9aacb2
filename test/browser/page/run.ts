/** Runs test files of the repository in a page or a worker. */
import { startTests, type VitestRunner } from '@vitest/runner';
import { getTests } from '@vitest/runner/utils';
import type { Backend } from '../../../src/engine/index.js';
import { setBackends } from './backends.js';
import { mount } from './files.js';

/** What to run. */
export interface TestRun {
  /** Names of {@link TEST_FILES}. */
  readonly files: readonly (keyof typeof TEST_FILES)[];
  readonly backends: readonly Backend[];
  /** Source of a regular expression for the names of the tests to leave out. */
  readonly except?: string;
}

/** What came of it. */
export interface TestOutcome {
  readonly passed: number;
  /** The names and errors of tests that did not pass, and of files that could not be loaded. */
  readonly failures: readonly string[];
}

const TEST_FILES = {
  spectool: () => import('../../vectors/spectool.test.js'),
  programs: () => import('../../programs/programs.test.js'),
  conformanceTyped: () => import('../../conformance/typed.test.js'),
  conformanceRuntime: () => import('../../conformance/runtime.test.js'),
  syscalls: () => import('../../contracts/syscalls.test.js'),
  sandbox: () => import('../../contracts/sandbox.test.js'),
  precompiles: () => import('../../contracts/precompiles.test.js'),
  traces: () => import('../../contracts/trace.test.js'),
  slices: () => import('../../../src/engine/slices.test.js'),
} as const;

/** Runs test files. They are loaded once, so that a page can do this once. */
export async function runTests({ files, backends, except }: TestRun): Promise<TestOutcome> {
  const response = await fetch('/files.json');
  mount(await response.json());
  setBackends(backends);
  const collected = await startTests([...files], runner(except));
  const tests = getTests(collected).filter(({ mode }) => mode === 'run');
  return {
    passed: tests.filter(({ result }) => result?.state === 'pass').length,
    // Besides tests that fail: tests that never ran, and files that cannot be loaded.
    failures: [...tests, ...collected].flatMap(({ type, name, result }) => {
      if (result?.errors?.length) return [`${name}: ${result.errors.map(({ message }) => message).join('; ')}`];
      return type === 'test' && result?.state !== 'pass' ? [`${name}: ${result?.state ?? 'not run'}`] : [];
    }),
  };
}

function runner(except: string | undefined): VitestRunner {
  return {
    config: {
      root: '/repo',
      setupFiles: [],
      name: undefined,
      passWithNoTests: false,
      testNamePattern: except === undefined ? undefined : new RegExp(`^(?!.*(?:${except}))`),
      allowOnly: false,
      sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      retry: 0,
      includeTaskLocation: undefined,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile: (file) => TEST_FILES[file as keyof typeof TEST_FILES](),
  };
}
