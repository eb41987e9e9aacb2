import { flameGraphScript, flameGraphStyle } from './flameGraphPage.js';
import type { CallNode, Profile } from './profile.js';

/** How {@link flameGraph} draws. */
export interface FlameGraphOptions {
  /** What the width of a frame stands for. Default: `gas`, or `instructions` where no gas was taken. */
  readonly unit?: 'gas' | 'instructions';
  /** What is written above. Default: none. */
  readonly title?: string;
}

/** Frames narrower than this part of the whole are left out: a thousandth of a pixel on a large screen. */
const LEAST_PART = 1 / 100_000;
const MAX_FRAMES = 10_000;

const WIDTH = 1200;
const ROW_HEIGHT = 18;
const MARGIN = 10;
const HEADER_HEIGHT = 56;
const FOOTER_HEIGHT = 34;
/** Width of a letter at the font size of frames, for cutting off names where no script runs. */
const LETTER_WIDTH = 6.7;

/** A frame as it is drawn: what is above it is its caller. */
interface Frame {
  readonly node: CallNode;
  readonly depth: number;
  readonly start: number;
  readonly value: number;
}

/**
 * Draws a profile as a flame graph: an SVG image that needs nothing else. Each frame is a function; its width is what it
 * took with all that it called, and below it is what it called. In a browser it shows what is pointed at, zooms into what
 * is clicked, and finds functions by their names.
 */
export function flameGraph(profile: Profile, options: FlameGraphOptions = {}): string {
  const unit = options.unit ?? (profile.total.gas > 0 ? 'gas' : 'instructions');
  const frames = framesOf(profile.root, unit);
  const whole = Math.max(1, frames[0]?.value ?? 0);
  const rows = 1 + Math.max(0, ...frames.map(({ depth }) => depth));
  const height = HEADER_HEIGHT + rows * ROW_HEIGHT + FOOTER_HEIGHT;
  const title = options.title ?? '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeXml(title || 'Flame graph')}</title>`,
    `<style>${flameGraphStyle}</style>`,
    `<rect class="page" width="100%" height="100%"/>`,
    `<text class="title" x="${MARGIN}" y="24">${escapeXml(title)}</text>`,
    `<text class="note" x="${MARGIN}" y="43">${escapeXml(noteOf(profile, unit))}</text>`,
    `<text id="reset" class="button" x="${WIDTH - MARGIN}" y="24" text-anchor="end" visibility="hidden">back to all (Esc)</text>`,
    `<text id="search" class="button" x="${WIDTH - MARGIN}" y="43" text-anchor="end">find (Ctrl-F)</text>`,
    `<g id="frames" data-whole="${whole}" data-unit="${unit}" data-width="${WIDTH - 2 * MARGIN}" data-margin="${MARGIN}" data-letter="${LETTER_WIDTH}">`,
    ...frames.map((frame) => frameMarkup(frame, unit, whole)),
    '</g>',
    `<text id="details" class="note" x="${MARGIN}" y="${height - 12}"> </text>`,
    `<script><![CDATA[${flameGraphScript}]]></script>`,
    '</svg>',
    '',
  ].join('\n');
}

function noteOf({ total }: Profile, unit: string): string {
  return `${count(total.gas)} gas, ${count(total.instructions)} instructions. Width: ${unit}.`;
}

/** The frames that are wide enough to be seen, callers before what they call. */
function framesOf(root: CallNode, unit: 'gas' | 'instructions'): Frame[] {
  const widthOf = memoizedValue(unit);
  const least = widthOf(root) * LEAST_PART;
  const frames: Frame[] = [];
  let level: Frame[] = [{ node: root, depth: 0, start: 0, value: widthOf(root) }];
  // Level by level, so that what is left out of a huge graph is what lies deepest.
  while (level.length > 0 && frames.length + level.length <= MAX_FRAMES) {
    frames.push(...level);
    const next: Frame[] = [];
    for (const { node, depth, start } of level) {
      let at = start;
      for (const child of node.children) {
        const value = widthOf(child);
        if (value > 0 && value >= least) next.push({ node: child, depth: depth + 1, start: at, value });
        at += value;
      }
    }
    level = next;
  }
  return frames;
}

/** What a node is drawn as: at least as wide as what it calls, and never less than nothing, though a host may give gas. */
function memoizedValue(unit: 'gas' | 'instructions'): (node: CallNode) => number {
  const values = new Map<CallNode, number>();
  const widthOf = (node: CallNode): number => {
    let value = values.get(node);
    if (value === undefined) {
      value = Math.max(0, node.self[unit]) + node.children.reduce((sum, child) => sum + widthOf(child), 0);
      values.set(node, value);
    }
    return value;
  };
  return widthOf;
}

function frameMarkup({ node, depth, start, value }: Frame, unit: 'gas' | 'instructions', whole: number): string {
  const scale = (WIDTH - 2 * MARGIN) / whole;
  const x = MARGIN + start * scale;
  const y = HEADER_HEIGHT + depth * ROW_HEIGHT;
  const width = value * scale;
  const name = node.kind === 'syscall' ? `ecalli ${node.name}` : node.name;
  const letters = Math.floor((width - 6) / LETTER_WIDTH);
  const label = letters < 2 ? '' : name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
  const own = node.kind === 'function' && node.children.length > 0 ? `, ${count(node.self[unit])} of its own` : '';
  const details = `${name}: ${count(value)} ${unit} (${percent(value / whole)})${own}${callsOf(node)}${placeOf(node)}`;
  return (
    `<g class="frame ${node.kind}" data-start="${start}" data-value="${value}" data-depth="${depth}" data-name="${escapeXml(name)}">` +
    `<title>${escapeXml(details)}</title>` +
    `<rect x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${ROW_HEIGHT - 1}" rx="1.5" fill="${colour(node)}"/>` +
    `<text x="${fixed(x + 4)}" y="${y + 13}">${escapeXml(label)}</text></g>`
  );
}

function callsOf({ kind, calls }: CallNode): string {
  return kind === 'root' || kind === 'elsewhere' ? '' : `, ${count(calls)} ${calls === 1 ? 'call' : 'calls'}`;
}

function placeOf({ function: called }: CallNode): string {
  if (called === undefined) return '';
  return called.path === undefined ? `, code offset ${called.pc}` : `, ${called.path}:${called.line ?? '?'}`;
}

/** A warm colour for a function, the same wherever it appears; a cool one for what the host did. */
function colour({ kind, name }: CallNode): string {
  if (kind === 'root' || kind === 'elsewhere') return 'hsl(40 12% 82%)';
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  if (kind === 'syscall') return `hsl(${195 + (hash % 25)} 62% 70%)`;
  return `hsl(${12 + (hash % 38)} ${72 + ((hash >>> 8) % 18)}% ${64 + ((hash >>> 16) % 12)}%)`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(part < 0.1 ? 2 : 1)} %`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Names come from the program: markup in them stays text, and what XML forbids becomes a replacement character. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
