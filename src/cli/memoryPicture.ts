import type { MemoryMap } from '../memory/index.js';
import { bytesText } from './table.js';

const INNER_WIDTH = 34;
const ADDRESS_SPACE = 2 ** 32;
/** Where the address space that programs can have ends. */
const AUX_END = 0xffff0000;

interface Band {
  readonly start: number;
  readonly end: number;
  /** Undefined for a stretch that nothing is in. */
  readonly text: string | undefined;
}

/** Declared sizes, of which the map knows only whole pages. */
interface Declared {
  readonly readOnly: number;
  readonly readWrite: number;
  readonly stack: number;
}

/** Draws the address space, the highest addresses first. Heights say nothing about sizes. */
export function memoryPicture(map: MemoryMap, declared: Declared): string[] {
  const bands = bandsOf(map, declared);
  const border = '─'.repeat(INNER_WIDTH);
  const lines = [`  ${address(ADDRESS_SPACE - 1)} ┌${border}┐`];
  for (const [index, { start, text }] of bands.entries()) {
    lines.push(
      `  ${' '.repeat(10)} │${text === undefined ? '·'.repeat(INNER_WIDTH) : ` ${text}`.padEnd(INNER_WIDTH)}│`,
    );
    const isLast = index === bands.length - 1;
    lines.push(`  ${address(start)} ${isLast ? '└' : '├'}${border}${isLast ? '┘' : '┤'}`);
  }
  return lines;
}

function bandsOf(map: MemoryMap, declared: Declared): Band[] {
  const heapEnd = map.heapBase + map.maxHeapSize;
  const regions: Band[] = [
    { start: AUX_END, end: ADDRESS_SPACE, text: 'host: to return there ends a call' },
    { start: map.auxBase, end: map.auxBase + map.auxSize, text: `auxiliary data ${bytesText(map.auxSize)}` },
    {
      start: map.stackLow,
      end: map.stackHigh,
      text: `stack ↓ ${sized(map.stackSize, declared.stack)}`,
    },
    { start: map.heapBase, end: heapEnd, text: `heap ↑ at most ${bytesText(map.maxHeapSize)}` },
    {
      start: map.readWriteBase,
      end: map.heapBase,
      text: `read-write ${sized(map.readWriteSize, declared.readWrite)}`,
    },
    {
      start: map.readOnlyBase,
      end: map.readOnlyBase + map.readOnlySize,
      text: `read-only ${sized(map.readOnlySize, declared.readOnly)}`,
    },
  ];
  const bands: Band[] = [];
  let above = ADDRESS_SPACE;
  for (const region of regions) {
    if (region.end <= region.start) continue;
    if (region.end < above) bands.push({ start: region.end, end: above, text: undefined });
    bands.push(region);
    above = region.start;
  }
  if (above > 0) bands.push({ start: 0, end: above, text: undefined });
  return bands;
}

function sized(pages: number, declared: number): string {
  return pages === declared ? bytesText(pages) : `${bytesText(declared)} in ${bytesText(pages)}`;
}

function address(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
