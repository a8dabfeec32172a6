import { expect, test } from 'vitest';
import { formatMoney, sumOfMoney, tidyMoney } from './money';

test('an amount is stored with two places, however it was typed', () => {
  expect(['1200.5', '1,200.50', ' 1 200.5 ', '１２００．５', '1200.50'].map(tidyMoney)).toEqual(Array(5).fill('1200.50'));
  expect(['3', '-3', '0', '1,234,567'].map(tidyMoney)).toEqual(['3.00', '-3.00', '0.00', '1234567.00']);
});

test('what is no amount stays as it was typed, so that nobody loses it', () => {
  expect(['abc', '1.234', '1,2', '--3', '', '1e5'].map(tidyMoney)).toEqual(['abc', '1.234', '1,2', '--3', '', '1e5']);
});

test('amounts are exact where floating point is not', () => {
  expect(sumOfMoney(['0.10', '0.20'])).toBe('0.30');
  expect(sumOfMoney(['9999999999999.99', undefined, '0.01'])).toBe('10000000000000.00');
  expect(sumOfMoney(['1.00', 'abc'])).toBeNull();
});

test('an amount is read in groups of three', () => {
  expect(formatMoney('1234567.80')).toBe('1,234,567.80');
  expect(formatMoney('-0.05')).toBe('-0.05');
});
