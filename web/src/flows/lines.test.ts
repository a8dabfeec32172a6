import { expect, test } from 'vitest';
import { lineOf, rangeOfLine } from './lines';

const yaml = ['flow: leave', 'nodes:', '  - id: start', '    kind: start', '  - {id: lead-2, kind: approve}', '  - id: lead # the boss', ''].join('\n');

test('a problem of a node stands at the line that names it', () => {
  expect(lineOf({ node: 'start' }, yaml)).toBe(3);
  expect(lineOf({ node: 'lead' }, yaml)).toBe(6);
  expect(lineOf({ node: 'lead-2' }, yaml)).toBe(5);
  expect(lineOf({ node: 'nobody' }, yaml)).toBeNull();
});

test('a line that the server names is the line', () => {
  expect(lineOf({ line: 4, node: 'start' }, yaml)).toBe(4);
  expect(lineOf({}, yaml)).toBeNull();
});

test('a line is a range of the text', () => {
  const [start, end] = rangeOfLine(yaml, 3);
  expect(yaml.slice(start, end)).toBe('  - id: start');
  expect(rangeOfLine('a', 9)).toEqual([1, 1]);
});
