/** The script of a page in which Solidity contracts run, with viem. */
import { createPolkaVm } from '../../contracts/solidity/polkavm.js';
import { Stage } from '../../contracts/solidity/stage.js';
import { STORIES } from '../../contracts/solidity/stories.js';
import type { CompiledContract } from '../../support/solidity/compile.js';

/** What the page can be asked to do. */
export interface StoryPage {
  readonly names: readonly string[];
  /** Plays a story, and tells how many steps it had. */
  play(name: string, contracts: readonly (readonly [string, CompiledContract])[]): Promise<number>;
}

const storyPage: StoryPage = {
  names: STORIES.map(({ name }) => name),
  async play(name, contracts) {
    const stage = new Stage(await createPolkaVm(), new Map(contracts));
    await STORIES.find((story) => story.name === name)!.play(stage);
    return stage.steps.length;
  },
};

Object.assign(globalThis, { storyPage });
