import { expect, test } from 'vitest';
import { cellPath, fieldOfPath, movedPaths, pathOfServerField } from './path';

test('a cell is named by its table, its row and its column', () => {
  expect(cellPath('items', 2, 'price')).toBe('items[2].price');
  expect(fieldOfPath('items[2].price')).toBe('items');
  expect(fieldOfPath('days')).toBe('days');
});

test('problems of the server that are not about the form have no path', () => {
  expect(pathOfServerField('form.items[2].price')).toBe('items[2].price');
  expect(pathOfServerField('reason')).toBeNull();
});

test('what is known of a cell goes with its row, and away with it', () => {
  const paths = ['days', 'items', 'items[0].price', 'items[2].price', 'others[2].price'];
  const withoutFirst = (row: number): number | null => (row === 0 ? null : row - 1);
  expect(movedPaths(paths, 'items', withoutFirst)).toEqual(['days', 'items', 'items[1].price', 'others[2].price']);
});
