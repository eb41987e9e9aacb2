import { describe, expect, it } from 'vitest';
import { createHostFunctions, silentLogger } from '../../src/virtualization/index.js';
import { BACKENDS } from '../support/backends.js';
import { CASES } from './cases.js';
import { forwarderSubject } from './forwarderSubject.js';
import { hostsFor } from './host.js';
import { hostFunctionsSubject } from './hostFunctionsSubject.js';

const SUBJECTS = { 'typed host functions': hostFunctionsSubject, forwarder: forwarderSubject };

describe.each(BACKENDS)('conformance on the %s', (backend) => {
  describe.each(Object.entries(SUBJECTS))('through the %s', (_name, subjectOf) => {
    for (const oneCase of CASES) {
      it(oneCase.name, () => {
        for (const ext of hostsFor(oneCase, backend)) {
          const subject = subjectOf(createHostFunctions(ext, { logger: silentLogger }));
          if (oneCase.ends === undefined) oneCase.run(subject);
          else expect(oneCase.run(subject)).toEqual(oneCase.ends);
        }
      });
    }
  });
});
