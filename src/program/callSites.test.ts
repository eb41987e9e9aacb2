import { describe, expect, it } from 'vitest';
import { assemble } from '../text/index.js';
import { BlockEnd, shapeOfBlock } from './callSites.js';
import { InstructionDecoder } from './decoder.js';
import { functionsOf } from './functionTable.js';
import { parseProgram } from './parse.js';
import { blobSections } from './sections.js';
import { RegionCursor, sourceRegions } from './sourceRegions.js';

/** The first block of a program whose code ends with a function and what a call returns to. */
function firstBlock(code: string) {
  const blob = assemble(`pub @main:\n${code}\npub @back:\ntrap\npub @callee:\na0 = 1\nret`, { isa: 'latest64' });
  const program = parseProgram(blob);
  const pcOf = (name: string) => program.exports.find(({ symbol }) => new TextDecoder().decode(symbol) === name)!.pc;
  const shape = shapeOfBlock(program, new InstructionDecoder(program), 0);
  return { ...shape, back: pcOf('back'), callee: shape.callee === pcOf('callee') ? 'callee' : shape.callee };
}

describe('shapeOfBlock', () => {
  it.each([
    ['ra = @back\njump @callee', 'a constant in ra right before a jump'],
    // The first entry of the jump table has the address 2.
    ['a5 = @back\nfallthrough\n', undefined],
  ])('of %j', (code, is) => {
    const shape = firstBlock(code);
    if (is === undefined)
      expect(shape).toMatchObject({ end: BlockEnd.jump, returnsTo: -1, callee: -1, instructions: 2 });
    else expect(shape).toMatchObject({ end: BlockEnd.call, returnsTo: shape.back, callee: 'callee', instructions: 2 });
  });

  it('sees a call in a jump that loads an address of the jump table', () => {
    const program = parseProgram(
      assemble('pub @main:\nt0 = 2, jump @callee\n@back: [@dyn 1]\ntrap\n@callee:\nret', { isa: 'latest64' }),
    );
    const shape = shapeOfBlock(program, new InstructionDecoder(program), 0);
    expect(shape).toMatchObject({ end: BlockEnd.call, returnsTo: program.jumpTable.get(0), instructions: 1 });
    expect(shape.callee).toBeGreaterThan(shape.returnsTo);
  });

  it('sees calls through a register, of what nobody knows', () => {
    const shape = firstBlock('a1 = @callee\nra = @back\njump [a1]');
    expect(shape).toMatchObject({ end: BlockEnd.call, returnsTo: shape.back, callee: -1 });
  });

  it('is not sure of a call where ra was loaded long before', () => {
    const shape = firstBlock('ra = @back\na0 = 5\njump @callee');
    expect(shape).toMatchObject({ end: BlockEnd.maybeCall, returnsTo: shape.back, callee: -1 });
  });

  it.each([
    ['ra = @back\nret', BlockEnd.dynamic],
    ['jump [a0]', BlockEnd.dynamic],
    ['ra = 2, jump [a0]', BlockEnd.dynamic],
    ['ra = @callee\na0 = 5\njump @callee', BlockEnd.jump],
    ['ra = 999\njump @callee', BlockEnd.jump],
    ['ra = @back\nra = a0 + 1\njump @callee', BlockEnd.jump],
    ['ra = 5, jump @callee', BlockEnd.jump],
    ['jump @callee if a0 == 0', BlockEnd.jump],
  ])('sees no call in %j', (code, end) => {
    expect(firstBlock(code)).toMatchObject({ end, returnsTo: -1, callee: -1 });
  });
});

const SOURCE = `pub @main:
ra = @back
jump @work
@back:
trap
@work:
a0 = a0 + 1
ret`;

describe('functionsOf', () => {
  it('names functions by exports, and by code offsets where they are only called', () => {
    const program = parseProgram(assemble(SOURCE, { isa: 'latest64' }));
    const functions = functionsOf(program, []);
    expect(functions.map(({ name, knownBy }) => `${name} ${knownBy}`.replace(/\d+/, 'N'))).toEqual([
      'main export',
      'fn@N call',
    ]);
  });

  it('goes by debug information where there is some', () => {
    const program = parseProgram(assemble(SOURCE, { isa: 'latest64', debugPath: 'a.pvmasm' }));
    expect(functionsOf(program, sourceRegions(program))).toMatchObject([
      { name: 'main', knownBy: 'debugInfo', path: 'a.pvmasm', line: 2, pc: 0 },
      { name: 'work', knownBy: 'debugInfo', path: 'a.pvmasm', line: 7 },
    ]);
  });

  it('has one function at least', () => {
    expect(functionsOf(parseProgram(assemble('trap', { isa: 'latest64' })), [])).toHaveLength(1);
  });
});

describe('sourceRegions', () => {
  const program = parseProgram(assemble(SOURCE, { isa: 'latest64', debugPath: 'a.pvmasm' }));

  it('has the line of each instruction that was assembled', () => {
    const cursor = new RegionCursor(sourceRegions(program));
    const lines: (number | undefined)[] = [];
    for (let offset = 0; offset < program.code.length; offset++) {
      const line = cursor.regionAt(offset)?.frames[0]?.line;
      if (lines.at(-1) !== line) lines.push(line);
    }
    expect(lines).toEqual([2, 3, 5, 7, 8]);
    expect(cursor.regionAt(program.code.length)).toBeUndefined();
  });

  it('leaves out what is malformed', () => {
    const { debugLinePrograms } = program;
    const cut = debugLinePrograms.slice(0, -1);
    expect(sourceRegions({ ...program, debugLinePrograms: cut }).length).toBe(sourceRegions(program).length);
    const wrong = debugLinePrograms.slice();
    wrong[1] = 99;
    expect(sourceRegions({ ...program, debugLinePrograms: wrong }).length).toBeLessThan(sourceRegions(program).length);
    expect(sourceRegions({ ...program, debugLinePrograms: new Uint8Array(0) })).toEqual([]);
  });

  it('takes linear time for ranges that share one long line program', () => {
    const count = 20_000;
    // A stack of one frame, then a region of one byte again and again.
    const debugLinePrograms = new Uint8Array([1, 10, 1, ...new Array(count).fill(14), 0]);
    const ranges = new DataView(new ArrayBuffer(12 * count));
    for (let range = 0; range < count; range++) {
      ranges.setUint32(12 * range, range, true);
      ranges.setUint32(12 * range + 4, range + 1, true);
      ranges.setUint32(12 * range + 8, 1, true);
    }
    const hostile = { ...program, debugLinePrograms, debugLineProgramRanges: new Uint8Array(ranges.buffer) };
    expect(sourceRegions(hostile).length).toBeLessThan(3 * count);
  });
});

describe('blobSections', () => {
  it('has what the blob consists of, optional sections too', () => {
    const blob = assemble(SOURCE, { isa: 'latest64', debugPath: 'a.pvmasm' });
    const sections = blobSections(blob);
    expect(sections.map(({ id }) => id)).toEqual([5, 6, 128, 129, 130]);
    const { offset, size } = sections.at(-1)!;
    expect(parseProgram(blob).debugLineProgramRanges).toEqual(blob.subarray(offset, offset + size));
    expect(offset + size).toBe(blob.length - 1);
  });
});
