import { expect, test } from 'vitest';
import { lineChanges } from './line_changes';

test('what one text has and the other has not stands in the order of the lines', () => {
  expect(lineChanges('a\nb\nc\nd\n', 'a\nx\nc\nd\ne\n').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'both a',
    'theirs b',
    'mine x',
    'both c',
    'both d',
    'mine e',
  ]);
});

test('equal texts have no changes', () => {
  expect(lineChanges('a\nb', 'a\nb').every(({ kind }) => kind === 'both')).toBe(true);
});
