import { expect, test } from 'vitest';
import { stretches } from './people.svelte';

test('ids near each other are loaded as one page', () => {
  expect(stretches([3, 4, 9, 102])).toEqual([[3, 4, 9, 102]]);
  expect(stretches([3, 103, 500])).toEqual([[3], [103], [500]]);
  expect(stretches([])).toEqual([]);
});
