import { expect, test } from 'vitest';
import { moved, placeAfterMove, placeAfterRemoval } from './rows';

test('a row that moves takes its place among the others', () => {
  for (let from = 0; from < 4; from += 1) {
    for (let to = 0; to < 4; to += 1) {
      const rows = moved([0, 1, 2, 3], from, to);
      expect([0, 1, 2, 3].map((row) => rows.indexOf(row))).toEqual(
        [0, 1, 2, 3].map((row) => placeAfterMove(row, from, to)),
      );
    }
  }
});

test('a row that goes lets the rows below it move up', () => {
  expect([0, 1, 2].map((row) => placeAfterRemoval(row, 1))).toEqual([0, null, 1]);
});
