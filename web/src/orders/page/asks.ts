import { t } from './messages';
import type { Order } from './order.svelte';
import { ownerOf } from './tasks';
import type { LegalMove, OrderEvent, Task } from './types';

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

const askedAfter: Readonly<Record<string, 'askedInterrupted' | 'askedStopped'>> = {
  interrupted: 'askedInterrupted',
  cancelled: 'askedStopped',
};

/** How the last attempt at this node ended. */
function endOf(order: Order, node: string): string {
  const isEnd = (event: OrderEvent) => event.event === 'run_ended' && event.node === node;
  const change = order.changes.findLast(({ events }) => events.some(isEnd));
  const event = change?.events.findLast(isEnd);
  return event?.event === 'run_ended' ? event.state : '';
}

/** What a move is called where it is made: what `cancel_run` does depends on whether something runs. */
export function wordOf(order: Order, { move, node }: LegalMove): string {
  if (move === 'cancel_run' && !isRunning(order, node)) return t('give_up');
  const hasHosts = order.diagram.nodes.some(({ parent }) => parent !== undefined && parent === node);
  return t(move === 'retry_failed' && !hasHosts ? 'retry_run' : move);
}

export function isRunning(order: Order, node: string | undefined): boolean {
  return order.diagram.nodes.some(({ id, state }) => id === node && state === 'running');
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
      return t(askedAfter[endOf(order, task.node)] ?? 'askedRun', { node });
    case 'administer':
      return t('askedAdminister', { node });
    default:
      task.kind satisfies never;
      return node;
  }
}
