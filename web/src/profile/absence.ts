import type { components } from '../api/schema';

/** While somebody is away, another one gets their tasks: of one flow, or of every one. */
export type Absence = components['schemas']['Absence'];

export type AbsenceState = 'coming' | 'now' | 'over';

export function stateOf({ from_at, until_at }: Pick<Absence, 'from_at' | 'until_at'>, now: number): AbsenceState {
  if (now < from_at) return 'coming';
  return now < until_at ? 'now' : 'over';
}

/** When this calendar day (`2026-11-25`) begins here, in milliseconds; null when it is none. */
export function startOfDay(date: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (parts === null) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const start = new Date(year, month - 1, day);
  // The 31st of February would become a day of March.
  return start.getMonth() === month - 1 && start.getDate() === day ? start.getTime() : null;
}

/** When the day after this one begins: the last day counts in full. */
export function endOfDay(date: string): number | null {
  const start = startOfDay(date);
  if (start === null) return null;
  const next = new Date(start);
  next.setDate(next.getDate() + 1);
  return next.getTime();
}

/** The calendar day here, as a date field wants it. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** What is wrong with a first and a last day, by field. */
export function problemOfDays(
  from: string,
  until: string,
  now: number,
): { field: 'from' | 'until'; problem: 'missing' | 'past' | 'order' } | null {
  const first = startOfDay(from);
  const end = endOfDay(until);
  if (first === null) return { field: 'from', problem: 'missing' };
  if (end === null) return { field: 'until', problem: 'missing' };
  if (end <= now) return { field: 'until', problem: 'past' };
  return end <= first ? { field: 'until', problem: 'order' } : null;
}
