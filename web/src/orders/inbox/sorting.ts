import { api, asProblem } from '../../api/client';
import type { LegalMove, OrderStatus, OrderSummary, OrderView } from '../page/types';
import { t } from './messages';

export type Verdict = 'approve' | 'reject';

/** An order with those of my tasks that this verdict answers. */
export interface Decidable {
  order: OrderSummary;
  tasks: readonly number[];
}

/** An order that has to be opened instead, and why. */
export interface LeftOut {
  order: OrderSummary;
  words: string;
}

export interface Sorted {
  ready: readonly Decidable[];
  left: readonly LeftOut[];
}

/** Asks what is legal in each order: work to be done and orders that came back are no question of yes or no. */
export async function sortForVerdict(orders: readonly OrderSummary[], verdict: Verdict): Promise<Sorted> {
  const asked = await Promise.all(orders.map((order) => sortOne(order, verdict)));
  return {
    ready: asked.filter((one): one is Decidable => 'tasks' in one),
    left: asked.filter((one): one is LeftOut => 'words' in one),
  };
}

async function sortOne(order: OrderSummary, verdict: Verdict): Promise<Decidable | LeftOut> {
  try {
    const { moves } = await api.get<Pick<OrderView, 'moves'>>(`/api/orders/${order.id}`);
    const tasks = tasksFor(moves, verdict);
    return tasks.length > 0 ? { order, tasks } : { order, words: whyNot(moves, order.status) };
  } catch (cause) {
    return { order, words: asProblem(cause).message };
  }
}

export function tasksFor(moves: readonly LegalMove[], verdict: Verdict): number[] {
  return moves.flatMap(({ move, task }) => (move === verdict && task !== undefined ? [task] : []));
}

/** Why an order that waits for me can be neither approved nor rejected from the list. */
export function whyNot(moves: readonly LegalMove[], status: OrderStatus): string {
  const has = (name: LegalMove['move']): boolean => moves.some(({ move }) => move === name);
  if (has('resubmit')) return t('leftResubmit');
  if (has('retry_failed') || has('skip')) return t('leftRun');
  if (has('handle')) return t('leftHandle');
  return t(status === 'running' ? 'leftOther' : 'noTask');
}
