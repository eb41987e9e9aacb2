import { describe, expect, it } from 'vitest';
import { RUNTIME_FORMS } from '../../fixtures/index.js';
import { WasmRuntime } from '../../fixtures/wasmRuntime.js';
import { createWasmImports, silentLogger } from '../../src/virtualization/index.js';
import { BACKENDS } from '../support/backends.js';
import { CASES } from './cases.js';
import { hostsFor } from './host.js';

const PASSED = 1;
/** Cases that one ordinary manager can serve: what the runtime's `run_all` runs. */
const ORDINARY = CASES.filter(({ managers, maxLiveInstances }) => !managers && !maxLiveInstances);
/** The storage of all of them together. */
const STORAGE = {
  mainTrie: Object.assign({}, ...ORDINARY.map(({ mainTrie }) => mainTrie)),
  childTries: Object.assign({}, ...ORDINARY.map(({ childTries }) => childTries)),
};

describe.each(BACKENDS)('conformance on the %s', (backend) => {
  describe.each(RUNTIME_FORMS)('inside a Wasm runtime with %s', (form) => {
    for (const oneCase of CASES) {
      it(oneCase.name, () => {
        for (const ext of hostsFor(oneCase, backend)) {
          const runtime = new WasmRuntime(form, (memory) => createWasmImports(ext, memory, { logger: silentLogger }));
          const result = runtime.call(oneCase.name);
          expect(runtime.report()).toBe(`${oneCase.name}: passed\n`);
          expect(result).toBe(PASSED);
          if (oneCase.ends !== undefined) {
            expect(runtime.callI64('last_counter')).toBe(oneCase.ends.counter);
            expect(runtime.callI64('last_gas')).toBe(oneCase.ends.gas);
          }
        }
      });
    }

    it('run_all', () => {
      const [ext] = hostsFor(STORAGE, backend);
      const runtime = new WasmRuntime(form, (memory) => createWasmImports(ext!, memory, { logger: silentLogger }));
      const passed = runtime.call('run_all');
      expect(runtime.report()).toBe(ORDINARY.map(({ name }) => `${name}: passed\n`).join(''));
      expect(passed).toBe(ORDINARY.length);
      expect(runtime.call('case_count')).toBe(ORDINARY.length);
    });
  });
});
