import { expect, test } from 'vitest';
import { batchesOf, isBatch, isThreshold, readBatches, readSpan } from './span';

test('a length of time is a number and a unit', () => {
  expect(readSpan('2h')).toEqual({ count: 2, unit: 'h' });
  expect(readSpan('0s')).toEqual({ count: 0, unit: 's' });
  for (const text of ['', 'h', '2', '2 h', '-1h', '1.5h', '2y']) expect(readSpan(text), text).toBeNull();
});

test('batches are counts, percentages and the rest', () => {
  expect(readBatches('1, 25%, rest')).toEqual(['1', '25%', 'rest']);
  expect(readBatches(' 2 ')).toEqual(['2']);
  expect(readBatches('1，rest')).toEqual(['1', 'rest']);
  for (const text of ['', '0', '0%', '101%', '1 all', '-1']) expect(readBatches(text), text).toBeNull();
  expect(isBatch('0')).toBe(false);
  expect(isThreshold('0')).toBe(true);
  expect(isThreshold('101%')).toBe(false);
});

test('batches add up to all hosts, as on the server', () => {
  expect(batchesOf(['1', '25%', 'rest'], 20)).toEqual([1, 5, 14]);
  expect(batchesOf(['1', '25%', 'rest'], 1)).toEqual([1]);
  expect(batchesOf(['2'], 5)).toEqual([2, 2, 1]);
  expect(batchesOf(['50%'], 3)).toEqual([2, 1]);
  expect(batchesOf(['rest'], 3)).toEqual([3]);
  expect(batchesOf(['1'], 0)).toEqual([]);
});
