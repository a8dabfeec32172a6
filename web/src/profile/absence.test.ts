import { expect, test } from 'vitest';
import { dayOf, endOfDay, problemOfDays, startOfDay, stateOf } from './absence';

const noon = new Date(2026, 10, 25, 12).getTime();

test('the last day of an absence counts in full', () => {
  const from_at = startOfDay('2026-11-25') ?? 0;
  const until_at = endOfDay('2026-11-25') ?? 0;
  expect(stateOf({ from_at, until_at }, noon)).toBe('now');
  expect(stateOf({ from_at, until_at }, from_at - 1)).toBe('coming');
  expect(stateOf({ from_at, until_at }, until_at)).toBe('over');
});

test('a day survives the way to milliseconds and back', () => {
  expect(dayOf(startOfDay('2028-02-29') ?? 0)).toBe('2028-02-29');
  expect(dayOf((endOfDay('2026-12-31') ?? 0) - 1)).toBe('2026-12-31');
});

test('a day that is in no calendar is none', () => {
  expect([startOfDay('2026-02-30'), startOfDay(''), endOfDay('soon')]).toEqual([null, null, null]);
});

test('an absence begins before it ends, and does not end in the past', () => {
  expect(problemOfDays('2026-11-25', '2026-11-25', noon)).toBeNull();
  expect(problemOfDays('', '2026-11-25', noon)).toEqual({ field: 'from', problem: 'missing' });
  expect(problemOfDays('2026-11-25', '', noon)).toEqual({ field: 'until', problem: 'missing' });
  expect(problemOfDays('2026-11-20', '2026-11-24', noon)).toEqual({ field: 'until', problem: 'past' });
  expect(problemOfDays('2026-12-02', '2026-12-01', noon)).toEqual({ field: 'until', problem: 'order' });
});
