import type { Stage } from './stage.js';

/** What contracts go through, with what must come of it on either machine. */
export interface Story {
  readonly name: string;
  play(stage: Stage): Promise<void>;
}
