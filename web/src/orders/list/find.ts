import { api, withQuery } from '../../api/client';
import type { OrderSummary, OrdersPage } from '../page/types';

/** Orders by a part of their title, or by their number. */
export async function findOrders(query: string, limit: number): Promise<OrderSummary[]> {
  const q = query.replace(/^#(?=\d)/, '');
  const { orders } = await api.get<OrdersPage>(withQuery('/api/orders', { box: 'all', q, limit }));
  return orders;
}
