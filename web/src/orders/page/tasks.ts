import type { OrderTimer, Task } from './types';

/** Whose task it is: the one who took it on or decided it, or the only one who was asked. Null: one of several. */
export function ownerOf({ claimed_by, decided_by, people }: Task): number | null {
  if (decided_by !== null && decided_by !== 'system') return decided_by.person;
  if (claimed_by !== null) return claimed_by;
  return people.length === 1 ? (people[0] ?? null) : null;
}

/** Whether somebody still has to answer it, now or after others. */
export function isLive({ state }: Task): boolean {
  return state === 'open' || state === 'waiting';
}

/** When it was decided, or since when it waits. */
export function timeOf({ at_ms, opened_ms }: Task): number | null {
  return at_ms ?? opened_ms;
}

/** When something happens to it by itself: the first of its timers. */
export function dueOf({ id }: Task, timers: readonly OrderTimer[]): number | null {
  const times = timers.flatMap(({ at, what }) => (what.due === 'timeout' && what.task === id ? [at] : []));
  return times.length === 0 ? null : Math.min(...times);
}
