import { expect, it } from 'vitest';
import { dayColumns, minuteColumns, releaseSuccess, zoneText } from './figures';

const nothing = {
  ...{ submitted: 0, ended: 0, approved: 0, rejected: 0, returned: 0, handled: 0 },
  ...{ succeeded: 0, partly: 0, failed: 0 },
};

it('a day is the same day wherever it is read', () => {
  const [column] = dayColumns([{ ...nothing, date: '2026-01-31', approved: 3, rejected: 1 }]);
  expect(column).toMatchObject({ key: '2026-01-31', values: { approved: 3, rejected: 1 } });
  expect(column?.label).toContain('31');
});

it('releases within their threshold went well, and none is no success', () => {
  expect(releaseSuccess([{ succeeded: 2, partly: 1, failed: 1 }])).toEqual({ percent: 75, count: 4 });
  expect(releaseSuccess([{ succeeded: 199, partly: 0, failed: 1 }]).percent).toBe(99);
  expect(releaseSuccess([])).toEqual({ percent: 0, count: 0 });
});

it('minutes keep their order', () => {
  const columns = minuteColumns([
    { at: 60_000, count: 1 },
    { at: 120_000, count: 4 },
  ]);
  expect(columns.map(({ values }) => values.count)).toEqual([1, 4]);
});

it('zones are said as the server reads them', () => {
  expect([480, 0, -210, 330].map((minutes) => zoneText(minutes))).toEqual(['+08:00', '+00:00', '-03:30', '+05:30']);
});
