import { expect, it } from 'vitest';
import { summary } from '../page/fixtures';
import { append, renew, withLeaving } from './merge';

function orders(...ids: number[]) {
  return ids.map((id) => summary({ id }));
}
const idsOf = (list: readonly { id: number }[]) => list.map(({ id }) => id);
const page = (ids: number[], next: string | null) => ({ orders: orders(...ids), next, feed_seq: 0 });

it('a next page is added, and what moved up meanwhile is not shown twice', () => {
  const after = append({ orders: orders(9, 8, 7), next: 'a' }, page([7, 6], 'b'));
  expect(idsOf(after.orders)).toEqual([9, 8, 7, 6]);
  expect(after.next).toBe('b');
});

it('a beginning that was read anew replaces what it stands for, and keeps what is below', () => {
  const after = renew({ orders: orders(5, 4, 3, 2, 1), next: 'z' }, page([6, 5, 3], 'c'));
  expect(idsOf(after.orders)).toEqual([6, 5, 3, 2, 1]);
  expect(after.next).toBe('z');
});

it('an order that moved to the top is not below any more', () => {
  const after = renew({ orders: orders(5, 4, 3, 2, 1), next: null }, page([1, 5, 4], 'c'));
  expect(idsOf(after.orders)).toEqual([1, 5, 4, 3, 2]);
  expect(after.next).toBeNull();
});

it('a page that is everything leaves nothing else', () => {
  expect(renew({ orders: orders(3, 2, 1), next: 'z' }, page([2], null))).toEqual({ orders: orders(2), next: null });
});

it('a page that does not meet what was loaded begins the list anew', () => {
  const after = renew({ orders: orders(3, 2, 1), next: 'z' }, page([9, 8], 'n'));
  expect(idsOf(after.orders)).toEqual([9, 8]);
  expect(after.next).toBe('n');
});

it('an order that leaves keeps its place until it is gone', () => {
  const rows = withLeaving(orders(5, 3), orders(5, 4, 3), (id) => id === 4);
  expect(idsOf(rows)).toEqual([5, 4, 3]);
});
