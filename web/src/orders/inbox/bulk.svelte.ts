import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { asProblem } from '../../api/client';
import { live } from '../../live/connection.svelte';
import type { RowResult } from '../list/results';
import type { Move, OrderSummary } from '../page/types';
import { t } from './messages';
import type { Decidable, Sorted, Verdict } from './sorting';

/** A result stays in its row so long, unless the row leaves before. */
const SHOW_DONE_MS = 4_000;
const SHOW_REFUSED_MS = 12_000;

/** Several orders at once: each decision is a command of its own, and each row says what became of it. */
export class Bulk {
  readonly selection = new SvelteSet<number>();
  readonly results = new SvelteMap<number, RowResult>();

  /** Those that are selected, or the one that the keys stand on. */
  chosen(orders: readonly OrderSummary[], active: OrderSummary | null): readonly OrderSummary[] {
    const selected = orders.filter(({ id }) => this.selection.has(id));
    if (selected.length > 0) return selected;
    return active ? [active] : [];
  }

  /** Decides what can be decided; the rows of the others say why they were left out. */
  async decide(orders: readonly OrderSummary[], sorting: Promise<Sorted>, verdict: Verdict, words: string): Promise<void> {
    this.selection.clear();
    for (const { id } of orders) this.results.set(id, { state: 'sending' });
    const { ready, left } = await sorting;
    for (const { order, words: why } of left) this.#show(order.id, { state: 'refused', words: why });
    await Promise.all(ready.map((one) => this.#decideOne(one, verdict, words)));
  }

  async #decideOne({ order, tasks }: Decidable, verdict: Verdict, words: string): Promise<void> {
    try {
      for (const task of tasks) {
        await live.send({ type: 'decide', order: order.id, move: moveOf(verdict, task, words) });
        // One reject ends the whole order: there is nothing left to decide in it.
        if (verdict === 'reject') break;
      }
      this.#show(order.id, { state: 'done', words: t(verdict === 'approve' ? 'approved' : 'rejected') });
    } catch (cause) {
      this.#show(order.id, { state: 'refused', words: asProblem(cause).message });
    }
  }

  #show(id: number, result: RowResult): void {
    this.results.set(id, result);
    const shown = result.state === 'refused' ? SHOW_REFUSED_MS : SHOW_DONE_MS;
    setTimeout(() => {
      if (this.results.get(id) === result) this.results.delete(id);
    }, shown);
  }
}

function moveOf(verdict: Verdict, task: number, words: string): Move {
  if (verdict === 'reject') return { move: 'reject', task, reason: words };
  return words === '' ? { move: 'approve', task } : { move: 'approve', task, comment: words };
}
