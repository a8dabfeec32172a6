import { expect, it } from 'vitest';
import { filtersFrom, isFiltered, pathWith } from './filters';

const from = (text: string) => filtersFrom(new URLSearchParams(text));

it('the address says what is shown', () => {
  expect(from('q=screen&status=running&flow=purchase&requester=7')).toMatchObject({
    box: 'all',
    q: 'screen',
    status: 'running',
    flow: 'purchase',
    requester: 7,
  });
});

it('a day begins and ends with the reader’s day', () => {
  const { from: start, to: end } = from('from=2024-11-23&to=2024-11-23');
  expect(new Date(start ?? 0).toTimeString().slice(0, 8)).toBe('00:00:00');
  expect((end ?? 0) - (start ?? 0)).toBe(86_400_000);
});

it('what makes no sense filters nothing', () => {
  const filters = from('status=hovering&requester=me&from=soon&to=2024-99-99');
  expect(isFiltered(filters)).toBe(false);
});

it('a change keeps the other filters, and what is empty goes', () => {
  expect(pathWith(new URLSearchParams('q=a&status=done'), { q: '', flow: 'leave' })).toBe('/orders?status=done&flow=leave');
});
