import type { Entry } from '../api/types';
import { Listeners } from './listeners';

/**
 * One's own feed is one log with one reader, and concerns several features: the reader tells it here, and
 * whoever is interested picks out what is theirs.
 */
export const feed = {
  entries: new Listeners<readonly Entry[]>(),
  /** Entries were skipped: what was made from the feed has to be asked for anew. */
  jumps: new Listeners<void>(),
};
