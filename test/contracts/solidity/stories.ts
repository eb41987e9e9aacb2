import { EXCHANGE_STORIES } from './exchangeStories.js';
import { FEATURE_STORIES } from './featureStories.js';
import { GOVERNANCE_STORIES } from './governanceStories.js';
import { SECURITY_STORIES } from './securityStories.js';
import type { Story } from './story.js';
import { TOKEN_STORIES } from './tokenStories.js';

/** All stories. */
export const STORIES: readonly Story[] = [
  ...TOKEN_STORIES,
  ...GOVERNANCE_STORIES,
  ...EXCHANGE_STORIES,
  ...SECURITY_STORIES,
  ...FEATURE_STORIES,
];
