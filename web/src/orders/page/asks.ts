import { t } from './messages';
import type { Order } from './order.svelte';
import { ownerOf } from './tasks';
import type { LegalMove, Task } from './types';

/** One thing that is asked of me, and what I can answer. */
export interface Ask {
  task: Task;
  text: string;
  moves: LegalMove[];
}

/** Moves that are about the order as a whole, or about tasks of others. */
const forOthers: readonly string[] = ['nudge', 'withdraw', 'force_close', 'force_transfer'];

/** What is asked of me now. */
export function asksOf(order: Order): Ask[] {
  const moves = order.moves.filter(({ move }) => !forOthers.includes(move));
  const asks: Ask[] = [];
  for (const move of moves) {
    const task = taskOf(order, move);
    if (!task) continue;
    const ask = asks.find((other) => other.task.id === task.id);
    if (ask) ask.moves.push(move);
    else asks.push({ task, text: textOf(order, task), moves: [move] });
  }
  return asks;
}

/** What else I can do with the order, without being asked. */
export function otherMoves(order: Order): LegalMove[] {
  const asked = new Set(asksOf(order).flatMap(({ moves }) => moves));
  return order.moves.filter((move) => !asked.has(move) && move.move !== 'nudge' && move.move !== 'force_transfer');
}

/** Moves at this node, for its panel and for the list view. */
export function movesAt(order: Order, node: string): LegalMove[] {
  return order.moves.filter((move) => {
    if (move.node) return move.node === node;
    return move.task ? order.names.nodeOfTask(move.task) === node : false;
  });
}

/** A run's moves name its node; the task about it is the open one there. */
function taskOf(order: Order, { task, node }: LegalMove): Task | undefined {
  if (task) return order.task(task);
  return node ? order.view.tasks.find((other) => other.node === node && other.state === 'open') : undefined;
}

function textOf(order: Order, task: Task): string {
  const node = order.nodeName(task.node);
  const isForOne = ownerOf(task) !== null;
  switch (task.kind) {
    case 'approve':
      return t(isForOne ? 'askedApprove' : 'askedClaim', { node });
    case 'handle':
      return t(isForOne ? 'askedHandle' : 'askedClaim', { node });
    case 'resubmit':
      return t('askedResubmit');
    case 'run_failed':
      return t('askedRun', { node });
    case 'administer':
      return t('askedAdminister', { node });
    default:
      task.kind satisfies never;
      return node;
  }
}
