import { wordsIn } from '../../i18n/words';
import type { OrderSummary } from './types';

/** What an order is called: a draft may not have a title yet. */
export function titleOf({ title, flow_name }: Pick<OrderSummary, 'title' | 'flow_name'>): string {
  return wordsIn(title) || wordsIn(flow_name);
}
