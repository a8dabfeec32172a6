import { t } from './messages';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `04:09`, `3 h 05 min`, `2 d 04 h`: of one width for a while, so that a column of them stands still while it ticks. */
export function durationText(ms: number): string {
  const length = Math.max(0, ms);
  if (length < HOUR) return `${pad(length / MINUTE)}:${pad((length % MINUTE) / SECOND)}`;
  if (length < DAY) return t('hours', { hours: whole(length / HOUR), minutes: pad((length % HOUR) / MINUTE) });
  return t('days', { days: whole(length / DAY), hours: pad((length % DAY) / HOUR) });
}

function whole(value: number): string {
  return String(Math.floor(value));
}

function pad(value: number): string {
  return whole(value).padStart(2, '0');
}
