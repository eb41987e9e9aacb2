/** Disassembling a program and assembling the text gives the same program. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readShared, readSharedJson, sharedDir } from '../../test/support/shared.js';
import { INSTRUCTIONS, ISA_NAMES, ISAS, type Isa, type IsaName } from '../isa/index.js';
import {
  type BlobParts,
  encodeInstruction,
  MAX_INSTRUCTION_LENGTH,
  parseCodeAndJumpTable,
  writeBlob,
} from '../program/index.js';
import { assemble, type DisassembleOptions, disassemble } from './index.js';

function expectSameAgain(blob: Uint8Array, options: DisassembleOptions = {}): void {
  const text = disassemble(blob, options);
  // Comparing as buffers, because comparing large arrays element by element takes long.
  if (Buffer.compare(assemble(text), blob) !== 0) expect(assemble(text), text).toEqual(blob);
}

const options: fc.Arbitrary<DisassembleOptions> = fc.record({
  header: fc.boolean(),
  offsets: fc.boolean(),
  rawBytes: fc.boolean(),
  registers: fc.constantFrom('abi', 'numbered'),
  aliases: fc.boolean(),
});

const register = fc.integer({ min: 0, max: 12 });
const immediate = fc.oneof(
  fc.constantFrom(0, 1, -1, 127, 128, -128, -129, -4095, -4096, 0x7fffffff, -0x80000000),
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
);

/** Code made of instructions in their shortest encodings, and what there can be besides. */
function programs(isa: Isa): fc.Arbitrary<Uint8Array> {
  const ops = INSTRUCTIONS.map(({ op }) => op).filter((op) => isa.opcodeOf[op] >= 0);
  const instruction = fc.record({
    op: fc.constantFrom(...ops),
    r0: register,
    r1: register,
    r2: register,
    imm0: immediate,
    imm1: immediate,
    // Where a jump goes: an instruction, counted from the front, or any offset.
    target: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.integer({ min: 1000, max: 0xffffffff })),
  });
  return fc.tuple(fc.array(instruction, { minLength: 1, maxLength: 60 }), surroundings).map(([instructions, parts]) => {
    const room = instructions.length * MAX_INSTRUCTION_LENGTH;
    const code = new Uint8Array(room);
    const offsets: number[] = [];
    // Displacements depend on where their targets are; a few passes are enough to have most of them right.
    let length = 0;
    for (let pass = 0; pass < 4; pass++) {
      length = 0;
      instructions.forEach((fields, i) => {
        const target = fields.target < 1000 ? (offsets[fields.target] ?? 0) : fields.target;
        offsets[i] = length;
        length += encodeInstruction(isa, { ...fields, offset: length, target }, code, length);
      });
    }
    const bitmask = new Uint8Array(Math.ceil(length / 8));
    for (const offset of offsets) bitmask[offset >> 3] |= 1 << (offset & 7);
    const exports = parts.exports.map(({ symbol, pc }) => ({ symbol, pc: offsets[pc] ?? pc }));
    const jumpTable = parts.jumpTable.map((entry) => offsets[entry] ?? entry);
    return writeBlob({ ...parts, isa, code: code.slice(0, length), bitmask, exports, jumpTable });
  });
}

const symbol = fc.oneof(
  fc.string().map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 12 }),
);

const surroundings = fc.record({
  readOnlyData: fc.uint8Array({ maxLength: 80 }),
  readOnlyDataSize: fc.integer({ min: 80, max: 0xffffffff }),
  readWriteData: fc.uint8Array({ maxLength: 80 }),
  readWriteDataSize: fc.integer({ min: 80, max: 0xffffffff }),
  stackSize: fc.nat({ max: 0xffffffff }),
  imports: fc.array(symbol, { maxLength: 5 }),
  exports: fc.array(fc.record({ symbol, pc: fc.nat({ max: 80 }) }), { maxLength: 5 }),
  jumpTable: fc.array(fc.oneof(fc.nat({ max: 80 }), fc.nat({ max: 0xffffffff })), { maxLength: 5 }),
});

/** Any bytes as code, with any of them marked. */
function garbage(isa: Isa): fc.Arbitrary<Uint8Array> {
  const opcodes = [...isa.opcodeOf].filter((opcode) => opcode >= 0);
  const byte = fc.record({
    value: fc.oneof(fc.constantFrom(...opcodes), fc.nat({ max: 255 }), fc.nat({ max: 12 })),
    isMarked: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.boolean() }),
  });
  return fc.tuple(fc.array(byte, { maxLength: 200 }), surroundings).map(([bytes, parts]) => {
    const bitmask = new Uint8Array(Math.ceil(bytes.length / 8));
    bytes.forEach(({ isMarked }, offset) => {
      if (isMarked) bitmask[offset >> 3] |= 1 << (offset & 7);
    });
    // A blob needs a code section, which a writer leaves out for no code at all.
    return writeBlob({ ...parts, isa, code: Uint8Array.from(bytes, ({ value }) => value), bitmask });
  });
}

describe.each<IsaName>(ISA_NAMES)('in %s', (name) => {
  const isa = ISAS[name];

  it('random instructions', () => {
    fc.assert(fc.property(programs(isa), options, expectSameAgain), { numRuns: 300 });
  });

  it('random bytes', () => {
    fc.assert(fc.property(garbage(isa), options, expectSameAgain), { numRuns: 300 });
  });

  it('every instruction with every kind of operand', () => {
    const immediates = [
      0,
      1,
      -1,
      127,
      128,
      255,
      256,
      -128,
      -129,
      0xffff,
      0x10000,
      -4095,
      -4096,
      2 ** 31 - 1,
      -(2 ** 31),
    ];
    const code = new Uint8Array(2 ** 20);
    const bitmask = new Uint8Array(2 ** 17);
    let length = 0;
    for (const { op, operands } of INSTRUCTIONS) {
      if (isa.opcodeOf[op] < 0) continue;
      const seconds = operands.length === 4 || /imm_imm|imm64|offset/.test(INSTRUCTIONS[op].format) ? immediates : [0];
      for (const imm0 of immediates) {
        for (const imm1 of seconds) {
          for (const [r0, r1, r2] of [
            [0, 1, 2],
            [7, 7, 12],
          ]) {
            const fields = { op, r0, r1, r2, imm0, imm1, offset: length, target: (length + imm1) >>> 0 };
            bitmask[length >> 3] |= 1 << (length & 7);
            length += encodeInstruction(isa, fields, code, length);
          }
        }
      }
    }
    const parts: BlobParts = { isa, code: code.slice(0, length), bitmask: bitmask.slice(0, Math.ceil(length / 8)) };
    for (const aliases of [true, false]) expectSameAgain(writeBlob(parts), { aliases });
  });
});

describe.runIf(sharedDir !== undefined)('of compiled programs', () => {
  const files = sharedDir === undefined ? [] : readdirSync(`${sharedDir}/programs/blobs`);
  it.each(files)('%s', (file) => {
    expectSameAgain(readShared(`programs/blobs/${file}`));
  });
});

describe.runIf(sharedDir !== undefined)('of conformance vectors', () => {
  it.each<[string, IsaName]>([
    ['spectool', 'jam_v1'],
    ['w3f', 'revive_v1'],
  ])('%s', (folder, isa) => {
    const files = sharedDir === undefined ? [] : readdirSync(`${sharedDir}/vectors/${folder}`);
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const vector = readSharedJson<{ program: number[] }>(`vectors/${folder}/${file}`);
      const { jumpTable, ...parts } = parseCodeAndJumpTable(Uint8Array.from(vector.program), ISAS[isa]);
      const entries = Array.from({ length: jumpTable.length }, (_, index) => jumpTable.get(index)!);
      const { code, bitmask } = parts;
      expectSameAgain(
        writeBlob({ isa: ISAS[isa], code, bitmask, jumpTable: entries, jumpTableEntrySize: jumpTable.entrySize }),
      );
    }
  });
});
