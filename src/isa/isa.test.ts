import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS, ISA_NAMES } from './instructions.js';
import { ISAS, isaOfBlobVersion } from './isa.js';
import { Op } from './op.js';

describe('an ISA', () => {
  it.each([
    ['revive_v1', 0, 0, true, 138],
    ['jam_v1', 1, 3, true, 139],
    ['latest32', 2, 1, false, 106],
    ['latest64', 3, 2, true, 141],
  ] as const)('%s has number %i, blob version %i, width and opcode count', (name, index, version, is64Bit, count) => {
    expect(ISAS[name]).toMatchObject({ name, index, blobVersion: version, is64Bit, count });
    expect(isaOfBlobVersion(version)).toBe(ISAS[name]);
  });

  it.each([-1, 4, 255, 0.5])('is not selected by blob version %d', (version) => {
    expect(isaOfBlobVersion(version)).toBeUndefined();
  });

  it.each(ISA_NAMES)('%s maps bytes to instructions and back', (name) => {
    const { opOf, opcodeOf, count } = ISAS[name];
    expect(opOf.length).toBe(256);
    let known = 0;
    for (let byte = 0; byte < 256; byte++) {
      const op: Op = opOf[byte];
      if (op === Op.invalid) continue;
      known++;
      expect(opcodeOf[op]).toBe(byte);
    }
    expect(known).toBe(count);
    expect(INSTRUCTIONS.filter(({ op }) => opcodeOf[op] < 0).length).toBe(INSTRUCTIONS.length - count);
  });

  it('gives a byte its own meaning', () => {
    expect(ISAS.revive_v1.opOf[101]).toBe(Op.invalid);
    expect(ISAS.jam_v1.opOf[101]).toBe(Op.count_set_bits_64);
    expect(ISAS.latest32.opOf[101]).toBe(Op.sbrk);
    expect(ISAS.latest64.opOf[101]).toBe(Op.sbrk);
  });
});
