import { api } from '../api/client';
import { feed } from '../live/feed';
import { live } from '../live/connection.svelte';
import type { OrderCounts } from './page/types';

/** Several things mostly happen at once: one question answers them all. */
const GATHER_MS = 150;
const none: OrderCounts = { waiting: 0, mine_open: 0, drafts: 0, copied_unread: 0 };

/** How much waits in the inbox; the rail and the tabs show it. */
class Counts {
  #counts = $state.raw<OrderCounts>(none);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Answers of an earlier sign-in are not for this one. */
  #generation = 0;

  get waiting(): number {
    return this.#counts.waiting;
  }
  get open(): number {
    return this.#counts.mine_open;
  }
  get drafts(): number {
    return this.#counts.drafts;
  }
  get copied(): number {
    return this.#counts.copied_unread;
  }

  start(): void {
    this.#generation += 1;
    void this.#load();
  }

  stop(): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#counts = none;
  }

  /** Asks again soon. */
  refresh(): void {
    this.#timer ??= setTimeout(() => void this.#load(), GATHER_MS);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const generation = this.#generation;
    try {
      const counts = await api.get<OrderCounts>('/api/orders/counts');
      if (generation === this.#generation) this.#counts = counts;
    } catch {
      // The numbers stay as they were; the next entry of the feed puts them right.
    }
  }
}

export const counts = new Counts();

live.onStart(() => counts.start());
live.onStop(() => counts.stop());
live.onGap(() => counts.refresh());
feed.jumps.add(() => counts.refresh());
feed.entries.add((entries) => {
  if (entries.some(({ kind }) => kind === 'task' || kind === 'order_news')) counts.refresh();
});
