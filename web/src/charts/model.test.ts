import { expect, it } from 'vitest';
import { labelled, totalOf, wholeTicks } from './model';

it('an axis has few whole numbers and reaches above the largest value', () => {
  expect(wholeTicks(0)).toEqual([0, 1]);
  expect(wholeTicks(3)).toEqual([0, 1, 2, 3]);
  expect(wholeTicks(17)).toEqual([0, 5, 10, 15, 20]);
  expect(wholeTicks(950)).toEqual([0, 500, 1000]);
  for (const most of [1, 4, 9, 63, 999, 12_345]) {
    const ticks = wholeTicks(most);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
    expect(ticks.length).toBeLessThanOrEqual(6);
  }
});

it('labels that do not fit are left out, never the last one', () => {
  const fits = labelled(30, 300, 50);
  const shown = Array.from({ length: 30 }, (_, index) => index).filter(fits);
  expect(shown).toEqual([4, 9, 14, 19, 24, 29]);
  expect(labelled(7, 700, 50)(0)).toBe(true);
});

it('a column is as high as all its series', () => {
  const series = [
    { key: 'a', label: 'A', tone: 'ok' as const },
    { key: 'b', label: 'B', tone: 'bad' as const },
  ];
  expect(totalOf({ key: '1', label: '1', title: '1', values: { a: 2, c: 9 } }, series)).toBe(2);
});
