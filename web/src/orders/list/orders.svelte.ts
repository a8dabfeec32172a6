import { SvelteMap } from 'svelte/reactivity';
import { api, asProblem, withQuery, type ApiProblem } from '../../api/client';
import type { Entry, TaskEntry } from '../../api/types';
import { live } from '../../live/connection.svelte';
import { feed } from '../../live/feed';
import type { Box, OrderSummary, OrdersPage } from '../page/types';
import { append, renew, withLeaving, type Loaded } from './merge';

const PAGE = 50;
const PAGE_AT_MOST = 100;
/** Decisions mostly come with several entries; one question answers for all of them. */
const GATHER_MS = 150;
/** So long a row that leaves says why. */
const LEAVE_AFTER_MS = 4_500;

export interface OrderFilters {
  box: Box;
  status?: string;
  flow?: string;
  requester?: number | null;
  /** Unix milliseconds. */
  from?: number | null;
  to?: number | null;
  q?: string;
}

/** Why a row leaves: what was done, and by whom (null: by the clock or the system). */
export interface Leaving {
  by: number | null;
  verdict: string | null;
  reason: string | null;
}

export function queryOf({ box, status, flow, requester, from, to, q }: OrderFilters, more: Record<string, string | number | null> = {}) {
  return { box, status, flow, requester, from, to, q: q?.trim(), ...more };
}

/** A list of orders that is read page by page, and changes by itself while it is shown. */
export class OrderList {
  readonly filters: OrderFilters;
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<ApiProblem | null>(null);
  isLoadingMore = $state(false);
  readonly leaving = new SvelteMap<number, Leaving>();
  #loaded = $state.raw<Loaded>({ orders: [], next: null });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request = 0;
  #isStopped = false;

  constructor(filters: OrderFilters) {
    this.filters = filters;
  }

  get orders(): readonly OrderSummary[] {
    return this.#loaded.orders;
  }

  get hasMore(): boolean {
    return this.#loaded.next !== null;
  }

  /** Reads it, and keeps it up to date until the answer of this is called. */
  start(): () => void {
    void this.#load();
    const ends = [
      feed.entries.add((entries) => this.#hear(entries)),
      feed.jumps.add(() => this.refresh()),
      live.onGap(() => this.refresh()),
    ];
    return () => {
      this.#isStopped = true;
      clearTimeout(this.#timer);
      for (const end of ends) end();
    };
  }

  async loadMore(): Promise<void> {
    const { next } = this.#loaded;
    if (this.isLoadingMore || next === null) return;
    this.isLoadingMore = true;
    try {
      const page = await this.#page({ before: next, limit: PAGE });
      // The list was read anew meanwhile, and ends elsewhere now.
      if (this.#loaded.next === next) this.#loaded = append(this.#loaded, page);
    } catch (cause) {
      this.problem = asProblem(cause);
    } finally {
      this.isLoadingMore = false;
    }
  }

  /** Reads its beginning again soon. */
  refresh(): void {
    this.#timer ??= setTimeout(() => void this.#load(), GATHER_MS);
  }

  /** The order has no more business here: its row says why, and goes. */
  leave(id: number, why: Leaving): void {
    if (this.leaving.has(id) || !this.orders.some((order) => order.id === id)) return;
    this.leaving.set(id, why);
    setTimeout(() => {
      this.leaving.delete(id);
      this.#loaded = { ...this.#loaded, orders: this.orders.filter((order) => order.id !== id) };
      // It may have come back while it was leaving, for example as the next step of the same order.
      if (!this.#isStopped) this.refresh();
    }, LEAVE_AFTER_MS);
  }

  #hear(entries: readonly Entry[]): void {
    let concerns = false;
    for (const entry of entries) {
      if (entry.kind === 'task') this.#task(entry);
      concerns ||= entry.kind === 'task' || entry.kind === 'order_news';
    }
    if (concerns) this.refresh();
  }

  #task({ body }: TaskEntry): void {
    if (this.filters.box !== 'waiting' || body.change !== 'removed') return;
    const order = this.orders.find(({ id }) => id === body.order);
    if (!order) return;
    const tasks = order.my_tasks.filter((task) => task !== body.task);
    this.#loaded = {
      ...this.#loaded,
      orders: this.orders.map((other) => (other === order ? { ...order, my_tasks: tasks } : other)),
    };
    if (tasks.length === 0) this.leave(order.id, body);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isStopped) return;
    const request = ++this.#request;
    try {
      const limit = Math.min(PAGE_AT_MOST, Math.max(PAGE, this.orders.length));
      const page = await this.#page({ limit });
      if (request !== this.#request || this.#isStopped) return;
      const next = renew(this.#loaded, page);
      this.#loaded = { ...next, orders: withLeaving(next.orders, this.orders, (id) => this.leaving.has(id)) };
      this.status = 'ready';
      this.problem = null;
    } catch (cause) {
      if (request !== this.#request || this.#isStopped) return;
      this.problem = asProblem(cause);
      if (this.status === 'loading') this.status = 'failed';
    }
  }

  retry(): void {
    if (this.status === 'failed') this.status = 'loading';
    void this.#load();
  }

  #page(more: Record<string, string | number>): Promise<OrdersPage> {
    return api.get<OrdersPage>(withQuery('/api/orders', queryOf(this.filters, more)));
  }
}
