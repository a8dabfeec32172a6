import { expect, test } from 'vitest';
import type { LegalMove, MoveName } from '../page/types';
import { tasksFor, whyNot } from './sorting';

const legal = (move: MoveName, task?: number): LegalMove => ({ move, task, reason_required: false });

test('a verdict answers the tasks that it is legal for', () => {
  const moves = [legal('approve', 3), legal('reject', 3), legal('handle', 4), legal('approve', 5), legal('nudge')];
  expect(tasksFor(moves, 'approve')).toEqual([3, 5]);
  expect(tasksFor(moves, 'reject')).toEqual([3]);
  expect(tasksFor([legal('handle', 4)], 'approve')).toEqual([]);
});

test('whatever is left out says why', () => {
  expect(whyNot([legal('resubmit', 3), legal('withdraw')], 'returned')).toMatch(/submit it again/);
  expect(whyNot([legal('handle', 3)], 'running')).toMatch(/mark it as done/);
  expect(whyNot([legal('retry_failed'), legal('skip')], 'running')).toMatch(/script failed/);
  expect(whyNot([], 'approved')).toMatch(/Nothing in it waits/);
  expect(whyNot([], 'running')).toMatch(/its page/);
});
