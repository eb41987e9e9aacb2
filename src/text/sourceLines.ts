import { type Program, RegionCursor, sourceRegions } from '../program/index.js';
import { escapeControls } from './symbols.js';

/** Finds out at which instructions of a listing another line of the sources begins, as far as debug information tells. */
export class SourceLines {
  readonly #cursor: RegionCursor;
  #place = '';

  constructor(program: Program) {
    this.#cursor = new RegionCursor(sourceRegions(program));
  }

  /** The comments to print in front of the instruction at a code offset: the line, then where it was inlined. */
  linesBefore(offset: number): string[] {
    const frames = this.#cursor.regionAt(offset)?.frames ?? [];
    const places = frames.flatMap(({ path, line }) => (path === undefined ? [] : `${path}:${line ?? '?'}`)).reverse();
    const place = places.join(', inlined at ');
    if (place === this.#place) return [];
    this.#place = place;
    return place === '' ? [] : [`// ${escapeControls(place)}`];
  }
}
