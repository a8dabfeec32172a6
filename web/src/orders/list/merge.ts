import type { OrderSummary, OrdersPage } from '../page/types';

export interface Loaded {
  orders: readonly OrderSummary[];
  /** Where the next page begins; null: all is there. */
  next: string | null;
}

/** A page that follows what is loaded. What moved up meanwhile may be in both; it stays where it is now. */
export function append({ orders }: Loaded, page: OrdersPage): Loaded {
  const known = new Set(orders.map(({ id }) => id));
  return { orders: [...orders, ...page.orders.filter(({ id }) => !known.has(id))], next: page.next };
}

/**
 * The list after its beginning was read anew: the page stands for everything up to its last order, and what
 * was loaded below that stays, so that nobody who has scrolled down loses their place.
 */
export function renew({ orders, next }: Loaded, page: OrdersPage): Loaded {
  const last = page.orders.at(-1);
  if (!last || page.next === null) return { orders: page.orders, next: page.next };
  const end = orders.findIndex(({ id }) => id === last.id);
  if (end < 0) return { orders: page.orders, next: page.next };
  const fresh = new Set(page.orders.map(({ id }) => id));
  const below = orders.slice(end + 1).filter(({ id }) => !fresh.has(id));
  return { orders: [...page.orders, ...below], next: below.length > 0 ? next : page.next };
}

/** Orders that leave keep the place that they had until they are gone. */
export function withLeaving(
  next: readonly OrderSummary[],
  before: readonly OrderSummary[],
  isLeaving: (id: number) => boolean,
): readonly OrderSummary[] {
  const present = new Set(next.map(({ id }) => id));
  const rows = [...next];
  for (const [index, order] of before.entries()) {
    if (isLeaving(order.id) && !present.has(order.id)) rows.splice(Math.min(index, rows.length), 0, order);
  }
  return rows;
}
