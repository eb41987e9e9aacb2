import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_SIZE, type LinearLayout, layOutLinearMemory } from './layout.js';
import { layOutMemory, type MemoryMap } from './memoryMap.js';

const PAGE = 0x1000;

function mapOf(readOnlyDataSize: number, readWriteDataSize: number, stackSize: number, auxDataSize = 0): MemoryMap {
  return layOutMemory({ pageSize: PAGE, readOnlyDataSize, readWriteDataSize, stackSize, auxDataSize });
}

/** Start and end of everything in linear memory. */
function partsOf(map: MemoryMap, layout: LinearLayout): readonly (readonly [start: number, end: number])[] {
  return [
    [0, HEADER_SIZE],
    [layout.readOnly, layout.readOnly + map.readOnlySize],
    [layout.stack, layout.stack + map.stackSize],
    [layout.aux, layout.aux + map.auxSize],
    [layout.readWrite, layout.readWrite + map.readWriteSize],
  ];
}

describe.each(['buffer', 'wasm'] as const)('a layout in a %s', (kind) => {
  const size = fc.oneof(fc.integer({ min: 0, max: 40 * PAGE }), fc.integer({ min: 0, max: 1 << 22 }));

  it('has everything apart from everything else, the growing region last', () => {
    fc.assert(
      fc.property(size, size, size, size, (readOnly, readWrite, stack, aux) => {
        const map = mapOf(readOnly, readWrite, stack, aux);
        const layout = layOutLinearMemory(map, kind);
        const parts = partsOf(map, layout)
          .filter(([start, end]) => end > start)
          .sort(([a], [b]) => a - b);
        for (const [i, [start]] of parts.entries()) {
          if (i > 0) expect(start).toBeGreaterThanOrEqual(parts[i - 1]![1]);
        }
        expect(Math.max(...parts.map(([, end]) => end))).toBeLessThanOrEqual(layout.size);
        expect(layout.size).toBe(layout.readWrite + map.readWriteSize);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a layout in a WebAssembly memory', () => {
  it.each([
    ['little of everything', 1, 1, 1, 1],
    ['no read-only data', 0, 0x20000, 0x10000, 0],
    ['a stack that fits behind the read-only data', 0x1000, 0x20000, 0x10000, 0],
    ['a stack there and aux data in front', 0x1000, 0x20000, 0x10000, 0x8000],
  ])('has data where the guest has it: %s', (_, readOnly, readWrite, stack, aux) => {
    const map = mapOf(readOnly, readWrite, stack, aux);
    expect(layOutLinearMemory(map, 'wasm')).toMatchObject({
      readOnly: map.readOnlyBase,
      readWrite: map.readWriteBase,
    });
  });

  it('has data further on where the stack or the aux data fits into no gap', () => {
    const map = mapOf(0x1000, 0x1000, 0x300000, 0x200000);
    const layout = layOutLinearMemory(map, 'wasm');
    expect(layout.readOnly).toBe(map.readOnlyBase + 0x500000);
    expect(layout.readWrite).toBe(map.readWriteBase + 0x500000);
  });
});

it('a layout in a buffer has no gaps', () => {
  const map = mapOf(0x1000, 0x2000, 0x3000, 0x4000);
  expect(layOutLinearMemory(map, 'buffer').size).toBe(HEADER_SIZE + 0x1000 + 0x2000 + 0x3000 + 0x4000);
});
