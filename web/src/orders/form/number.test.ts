import { expect, test } from 'vitest';
import { numberOf, textOfNumber } from './number';

test('numbers are numbers, also with full-width digits', () => {
  expect(['3', '-2.5', '１２', ' 7 ', '.5', '3.'].map(numberOf)).toEqual([3, -2.5, 12, 7, 0.5, 3]);
});

test('what is no number is kept as it was typed, so that it can be said to be wrong', () => {
  expect(['three', '1,5', '-', '1e5', '0x10'].map(numberOf)).toEqual(['three', '1,5', '-', '1e5', '0x10']);
  expect(numberOf('  ')).toBeUndefined();
});

test('a number in a text box has no groups and no exponent', () => {
  expect([1234567, 1e15, 0.000001, undefined, 'abc'].map(textOfNumber)).toEqual(
    ['1234567', '1000000000000000', '0.000001', '', 'abc'],
  );
});
