import { describe, expect, it } from 'vitest';
import { ISAS, Op } from '../isa/index.js';
import { immediateLength } from './encode.js';
import { type CodeItem, layOut, type UnplacedInstruction } from './layout.js';

const isa = ISAS.latest64;

function instruction(op: Op, fields: Partial<UnplacedInstruction> = {}): UnplacedInstruction {
  return { op, r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0, target: 0, targetItem: undefined, ...fields };
}

const jumpTo = (targetItem: number) => instruction(Op.jump, { targetItem });
const trap = instruction(Op.trap);
const traps = (count: number) => new Array<CodeItem>(count).fill(trap);

/** The displacement that the code has for a jump item, and the one that it needs. */
function displacement(items: readonly CodeItem[], item: number): { has: number; needs: number; length: number } {
  const { code, offsets } = layOut(isa, items);
  const bytes = code.subarray(offsets[item] + 1, offsets[item + 1]);
  const has = bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  const { targetItem } = items[item] as UnplacedInstruction;
  return { has: signExtended(has, bytes.length), needs: offsets[targetItem!] - offsets[item], length: bytes.length };
}

function signExtended(value: number, bytes: number): number {
  return value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value;
}

describe('layOut', () => {
  it('makes displacements as short as the distance allows', () => {
    for (const [between, distance, length] of [
      [0, 2, 1],
      [125, 127, 1],
      [126, 129, 2],
      [32764, 32767, 2],
      [32765, 32769, 3],
    ]) {
      const forward = [jumpTo(between + 1), ...traps(between + 1)];
      expect(displacement(forward, 0), `over ${between}`).toEqual({ has: distance, needs: distance, length });
    }
    for (const [distance, length] of [
      [1, 1],
      [128, 1],
      [129, 2],
      [32768, 2],
      [32769, 3],
    ]) {
      const backward = [...traps(distance), jumpTo(0)];
      expect(displacement(backward, distance), `${distance} backward`).toEqual({
        has: -distance,
        needs: -distance,
        length,
      });
    }
  });

  it('needs no displacement for a jump to itself', () => {
    expect([...layOut(isa, [trap, jumpTo(1)]).code]).toEqual([0, 40]);
  });

  it('lets a jump go to the end of the code, and to an offset', () => {
    expect([...layOut(isa, [jumpTo(2), trap]).code]).toEqual([40, 3, 0]);
    expect([...layOut(isa, [trap, instruction(Op.jump, { target: 100 })]).code]).toEqual([0, 40, 99]);
    expect([...layOut(isa, [trap, instruction(Op.jump, { target: 0xffffffff })]).code]).toEqual([0, 40, 0xfe]);
  });

  it('marks the first byte of each instruction, and of raw bytes where asked to', () => {
    const items: CodeItem[] = [
      { bytes: Uint8Array.of(9, 9), marked: false },
      instruction(Op.load_imm, { imm0: 300 }),
      { bytes: Uint8Array.of(51, 0, 0, 0, 0), marked: true },
      trap,
    ];
    const { code, bitmask, offsets } = layOut(isa, items);
    expect([...code]).toEqual([9, 9, 51, 0, 0x2c, 0x01, 51, 0, 0, 0, 0, 0]);
    expect([...offsets]).toEqual([0, 2, 6, 11, 12]);
    expect([...bitmask]).toEqual([0b0100_0100, 0b1000]);
  });

  it('is consistent when lengths and distances depend on each other', () => {
    // Each jump spans the next ones, at distances around the limit of one byte.
    for (let padding = 100; padding < 140; padding++) {
      const items: CodeItem[] = [];
      for (let i = 0; i < 40; i++) items.push(jumpTo(i + padding - (i % 7)), ...traps(i % 3));
      items.push(...traps(200));
      const { offsets } = layOut(isa, items);
      items.forEach((item, i) => {
        if (!('op' in item) || item.op !== Op.jump) return;
        const { has, needs, length } = displacement(items, i);
        expect(has).toBe(needs);
        expect(length).toBe(immediateLength(needs));
        expect(offsets[i + 1] - offsets[i]).toBe(1 + length);
      });
    }
  });

  it('gives correct code in bounded time for jumps that lengthen one another, one in each pass', () => {
    // Each jump spans 63 others of two bytes, so that its distance fits one byte until one of those has three.
    const count = 12_000;
    const items: CodeItem[] = Array.from({ length: count }, (_, i) => jumpTo(i + 64));
    items.push(...traps(300));
    const started = performance.now();
    const { code, offsets } = layOut(isa, items);
    expect(performance.now() - started).toBeLessThan(5_000);
    for (let i = 0; i < count; i++) {
      const bytes = code.subarray(offsets[i] + 1, offsets[i + 1]);
      const value = bytes.reduceRight((rest, byte) => rest * 256 + byte, 0);
      expect(offsets[i] + signExtended(value, bytes.length)).toBe(offsets[i + 64]);
    }
    expect(offsets[1], 'it was too much work to find the shortest').toBe(5);
  });
});
